/**
 * A record of one consignment in memory, which projects as store/record/projection.ts does: of news only what the news touches, and all of it
 * where the news decides for all.
 */

import type { Fact } from '../../domain/facts/facts.ts';
import { subjectOf } from '../../domain/facts/kinds.ts';
import type { Obligation } from '../../domain/obligations/obligation.ts';
import { baseOf, modeOf, subjectsBeside, subjectsBesideKey } from '../../domain/receipts/base.ts';
import {
  aboutNews,
  decisiveKeys,
  happenedOf,
  joinHappened,
  type OpenObligation,
  openObligations,
  type Projection,
  projectWhole,
  type Status,
  statusOf,
} from '../../domain/receipts/projection.ts';
import type { Ledger, Receipt } from '../../domain/receipts/receipts.ts';
import { emptyState, fold, type State } from '../../domain/state/state.ts';
import { record } from './ledger.ts';

type Happened = Projection['happened'];

/** What stands as derived, in an order of its own. */
export interface Derived {
  readonly base: readonly string[];
  readonly open: readonly OpenObligation[];
  readonly status: Status;
  readonly happened: Happened;
}

const byKey = (a: { readonly key: string }, b: { readonly key: string }) => (a.key < b.key ? -1 : 1);

/** What all facts at once, and what came of them, make. */
export function projectedAtOnce(facts: Iterable<Fact>, ledger: Ledger): Derived {
  const all = [...new Map([...facts].map((fact) => [fact.id, fact])).values()];
  const { base, open, status, happened } = projectWhole(fold(emptyState, all), all, ledger);
  return { base: base.map(({ id }) => id).sort(), open: [...open].sort(byKey), status, happened };
}

export class RecordInMemory {
  readonly #facts = new Map<string, Fact>();
  #ledger: Ledger;
  /** Ids of the facts that were told, by key. */
  readonly #told = new Map<string, string>();
  #base: readonly Fact[] = [];
  readonly #open = new Map<string, OpenObligation>();
  #status: Status;
  #happened: Happened = [];
  /** So often it was projected in part and as a whole. */
  readonly projected = { part: 0, whole: 0 };

  /** `ledger`: what came of its obligations before anything is heard. */
  constructor(ledger: Ledger = {}, whose: readonly Obligation[] = []) {
    this.#ledger = ledger;
    for (const o of whose) if (ledger[o.key] !== undefined) this.#told.set(o.key, o.fact);
    this.#status = statusOf(emptyState, ledger);
  }

  get facts(): readonly Fact[] {
    return [...this.#facts.values()];
  }

  get state(): State {
    return fold(emptyState, this.#facts.values());
  }

  get ledger(): Ledger {
    return this.#ledger;
  }

  get open(): readonly OpenObligation[] {
    return [...this.#open.values()].sort(byKey);
  }

  get status(): Status {
    return this.#status;
  }

  get derived(): Derived {
    return {
      base: this.#base.map(({ id }) => id).sort(),
      open: this.open,
      status: this.#status,
      happened: this.#happened,
    };
  }

  /** Hears facts in one transaction; a second copy of a fact is none. Answers those that are news. */
  hear(batch: readonly Fact[]): Fact[] {
    const news = batch.filter(({ id }, n) => !this.#facts.has(id) && batch.findIndex((each) => each.id === id) === n);
    for (const each of news) this.#facts.set(each.id, each);
    if (news.length > 0) this.#project(news, new Set());
    return news;
  }

  /** Writes what came of open obligations, each as it stood when it was sent. */
  settle(outcomes: readonly { readonly of: OpenObligation; readonly outcome: Receipt }[]): void {
    this.#ledger = record(
      this.#ledger,
      outcomes.map(({ outcome }) => outcome),
    );
    for (const { of } of outcomes) this.#told.set(of.key, of.fact);
    if (outcomes.length > 0) this.#project([], new Set(outcomes.map(({ of }) => of.key)));
  }

  #project(news: readonly Fact[], keys: ReadonlySet<string>): void {
    const before = fold(emptyState, this.#base);
    const after = fold(before, [...this.beside(news, keys), ...news]);
    if (modeOf(before) !== modeOf(after)) {
      this.#whole();
      return;
    }
    this.projected.part += 1;
    const { about, gone } = aboutNews(before, after, keys);
    const named = about.map(({ key }) => key);
    const known = this.#known([...named, ...decisiveKeys(after)]);
    for (const key of [...gone, ...named]) this.#open.delete(key);
    for (const o of openObligations(after, about, known)) this.#open.set(o.key, o);
    this.#base = Object.values(baseOf(after).subjects);
    this.#status = statusOf(after, known);
    this.#happened = joinHappened(this.#happened, happenedOf(news));
  }

  #whole(): void {
    this.projected.whole += 1;
    const { base, open, status, happened } = projectWhole(this.state, this.facts, this.#ledger);
    this.#open.clear();
    for (const o of open) this.#open.set(o.key, o);
    [this.#base, this.#status, this.#happened] = [base, status, happened];
  }

  /** What is about the subjects that the news touches, and about those of whatever is named by key. */
  protected beside(news: readonly Fact[], keys: ReadonlySet<string>): Fact[] {
    const named = [...keys, ...news.flatMap((fact) => (fact.kind === 'resend' ? [fact.obligation] : []))];
    const ids = named.flatMap((key) => [this.#told.get(key) ?? [], this.#open.get(key)?.fact ?? []].flat());
    const about = ids.flatMap((id) => this.#facts.get(id) ?? []).map(subjectOf);
    const subjects = new Set([...news.flatMap(subjectsBeside), ...named.flatMap(subjectsBesideKey), ...about]);
    return this.facts.filter((fact) => subjects.has(subjectOf(fact)));
  }

  /** No more of the ledger than is asked for. */
  #known(keys: readonly string[]): Ledger {
    const entries = keys.flatMap((key) => (this.#ledger[key] === undefined ? [] : [[key, this.#ledger[key]] as const]));
    return Object.fromEntries(entries);
  }
}
