/** A record of one consignment in memory: it makes plans as the real one does, by the rules of the domain. */
import type { ByHand, ConsignmentId, HandAnswer } from '../../activities/types.ts';
import { callPriorities } from '../../domain/calls/error.ts';
import { readByHand } from '../../domain/facts/by-hand.ts';
import type { Counterpart, Fact } from '../../domain/facts/facts.ts';
import { type Lane, laneOf, lanes } from '../../domain/obligations/lanes.ts';
import { legOf, rolesIn } from '../../domain/obligations/leg.ts';
import type { Obligation } from '../../domain/obligations/obligation.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import type { LanePlan, Outstanding, Plan } from '../../domain/obligations/plan.ts';
import { due, type Ledger, type Receipt, settles } from '../../domain/receipts/receipts.ts';
import {
  cancelKey,
  emptyState,
  factsOf,
  fold,
  type Stage,
  type State,
  stageOf,
  standingFact,
  undecidedCancellation,
} from '../../domain/state/state.ts';

/** One call of a send activity, as the far side sees it. */
export interface Call {
  readonly to: Counterpart;
  readonly lane: Lane;
  readonly keys: readonly string[];
  readonly revisions: readonly number[];
  /** Which attempt of the same activity. */
  readonly attempt: number;
  /** When, by the server's clock, ms. */
  readonly at: number;
}

export type Item = Pick<Obligation, 'key' | 'kind' | 'digest' | 'revision' | 'fact'>;

/** What a far side answers for an item; undefined: delivered. May throw, as an activity does that is to be tried again. */
export type Answer = (item: Item, call: Call) => Promise<Partial<Receipt> | undefined> | Partial<Receipt> | undefined;

/** A send takes no more than so many. */
const most = 200;
const named = 10;

/** One consignment: what the record knows of it, and what the far sides were told. */
export class Consignment {
  readonly id: ConsignmentId;
  readonly facts: Fact[] = [];
  ledger: Ledger = {};
  policy = { graceHours: 72, maxHistory: 1_000 };
  version = 0;
  readonly calls: Call[] = [];
  /** Facts said by hand, in the order in which they were taken in. */
  readonly hand: Fact[] = [];
  /** What was handed over, batch by batch, as it came. */
  readonly batches: (readonly ByHand[])[] = [];
  /** Times at which it was closed, and as what. */
  readonly closed: Stage[] = [];
  loads = 0;
  answer: Answer = () => undefined;
  /** Called while a plan is being loaded, while something by hand is being taken in, and while the end is being recorded; may throw. */
  whileLoading: () => Promise<void> | void = () => undefined;
  whileTakingIn: () => Promise<void> | void = () => undefined;
  whileClosing: () => Promise<void> | void = () => undefined;
  /** Changes a plan before it is answered. */
  bend: (plan: Plan) => Plan = (plan) => plan;
  readonly #answered = new Map<string, readonly HandAnswer[]>();
  readonly #supersedes = new Map<Lane, number>();
  #quietSince: string | undefined;

  constructor(name: string) {
    this.id = { organisation: 'org', consignment: name };
  }

  /** Keys sent to a side, call by call. */
  sent(to: Counterpart): readonly (readonly string[])[] {
    return this.calls.filter((call) => call.to === to).map((call) => call.keys);
  }

  get state(): State {
    return fold(emptyState, this.facts);
  }

  /** Takes news in; what it knows already is no news. */
  learn(news: readonly Fact[], now: string): void {
    const told = news.filter(({ id }, nth) => ![...this.facts, ...news.slice(0, nth)].some((known) => known.id === id));
    const fresh = [...told, ...this.#judged(told)];
    const before = new Map(this.#open().map((o) => [o.key, o]));
    this.facts.push(...fresh);
    this.version += 1;
    for (const o of this.#open()) {
      const earlier = before.get(o.key);
      const replaces = earlier !== undefined && (earlier.digest !== o.digest || earlier.revision !== o.revision);
      if (replaces || (earlier === undefined && o.priority === 'cancellation'))
        this.#supersedes.set(laneOf(o), this.version);
    }
    this.#project(now);
  }

  /** A cancellation is judged where it is heard: here each is accepted. */
  #judged(told: readonly Fact[]): Fact[] {
    const said = undecidedCancellation(fold(this.state, told));
    if (said === null) return [];
    const { at, zone, heard, via } = said;
    const on = cancelKey(standingFact(this.state, 'revived')?.revival ?? 0);
    const decided = {
      kind: 'decision',
      on,
      decision: 'accepted',
      stage: 'announced',
      attempt: 0,
      fields: [],
      tell: [],
    } as const;
    return [{ id: `decision:${on}`, at, zone, heard, source: 'engine', via, ...decided }];
  }

  /** What a send takes: most urgent class first, and in a class what arrived first. */
  take(lane: Lane, now: string): Obligation[] {
    const arrived = new Map(this.facts.map(({ id }, nth) => [id, nth]));
    const rank = (o: Obligation) => callPriorities.indexOf(o.priority);
    const found = this.#due(now).now.filter((o) => laneOf(o) === lane);
    const first = [...found].sort(
      (a, b) => rank(a) - rank(b) || (arrived.get(a.fact) ?? 0) - (arrived.get(b.fact) ?? 0),
    );
    const taken = new Set(first.slice(0, most));
    return found.filter((o) => taken.has(o) || o.kind === 'order');
  }

  settle(outcomes: readonly Receipt[], now: string): void {
    if (outcomes.length === 0) return;
    const next: Record<string, Receipt> = { ...this.ledger };
    for (const outcome of outcomes) {
      const ever = outcome.state === 'met' || next[outcome.key]?.ever === true;
      next[outcome.key] = ever ? { ...outcome, ever: true } : outcome;
    }
    this.ledger = next;
    this.version += 1;
    this.#project(now);
  }

  takeInByHand(batch: string, said: readonly ByHand[], at: string): readonly HandAnswer[] {
    const known = this.#answered.get(batch);
    if (known !== undefined) return known;
    this.batches.push(said);
    const answers = said.map((each, nth) => this.#takeIn(each, `${batch}:${nth}`, at));
    this.#answered.set(batch, answers);
    return answers;
  }

  #takeIn(said: ByHand, name: string, at: string): HandAnswer {
    if ('signal' in said) {
      const { facts, unreadable } = readByHand(said.signal, said.argument, at);
      this.#learnByHand(facts, at);
      return { taken: unreadable === 0 };
    }
    const base = { at, zone: 'UTC', heard: at, source: 'person', via: 'hand' } as const;
    if (said.update === 'refresh') {
      const id = `refresh:${name}`;
      this.#learnByHand([{ ...base, kind: 'refresh', id }], at);
      return { asked: id };
    }
    const { obligation } = said;
    if (!owed(this.state).some(({ key }) => key === obligation))
      return { refused: `Nothing is known under the key ${obligation}.` };
    const revision = Math.max(1, ...factsOf(this.state, 'resend').map((fact) => fact.revision)) + 1;
    this.#learnByHand([{ ...base, kind: 'resend', id: `resend:${name}`, obligation, revision }], at);
    return { obligation, revision };
  }

  #learnByHand(facts: readonly Fact[], at: string): void {
    const fresh = facts.filter(({ id }) => !this.facts.some((known) => known.id === id));
    if (fresh.length === 0) return;
    this.hand.push(...fresh);
    this.learn(fresh, at);
  }

  plan(now: string): Plan {
    const { state, version } = this;
    const order = standingFact(state, 'order');
    const tracking = standingFact(state, 'tracking');
    const wake = this.#due(now).wakeAt;
    const outstanding = this.#outstanding(now);
    const closeAt =
      this.#quietSince === undefined ? undefined : Date.parse(this.#quietSince) + this.policy.graceHours * 3_600_000;
    return this.bend({
      version,
      stage: stageOf(state),
      service: order?.service ?? '',
      reference: [tracking?.conNo, tracking?.trackingId].filter((name): name is string => typeof name === 'string'),
      roles: rolesIn(state),
      leg: legOf(state),
      attention: outstanding.some((o) => o.state === 'refused' || o.state === 'unknown'),
      lanes: this.#lanes(now),
      ...(wake === undefined ? {} : { wakeAt: wake }),
      ...(closeAt === undefined ? {} : { closeAt: new Date(closeAt).toISOString() }),
      maxHistory: this.policy.maxHistory,
      page: {
        ...(order === undefined ? {} : { goods: { lifts: order.lifts, weight: order.weight } }),
        happened: factsOf(state, 'milestone').map(({ at, milestone }) => [at, milestone] as const),
        outstanding: outstanding.slice(0, named),
        more: Math.max(0, outstanding.length - named),
        asked: [],
      },
    });
  }

  #lanes(now: string): Partial<Record<Lane, LanePlan>> {
    const found: Partial<Record<Lane, LanePlan>> = {};
    for (const lane of lanes) {
      const here = this.#due(now).now.filter((o) => laneOf(o) === lane);
      if (here.length === 0) continue;
      const kinds: Partial<Record<Obligation['kind'], number>> = {};
      for (const { kind } of here) kinds[kind] = (kinds[kind] ?? 0) + 1;
      const rank = Math.min(...here.map((o) => callPriorities.indexOf(o.priority)));
      found[lane] = { due: here.length, kinds, rank, supersedes: this.#supersedes.get(lane) ?? 0 };
    }
    return found;
  }

  #outstanding(now: string): Outstanding[] {
    const plan = this.#due(now);
    const of = ({ key, kind, to }: Obligation) => ({ key, kind, to });
    const stuck = owed(this.state).flatMap((o): Outstanding[] => {
      const outcome = this.ledger[o.key];
      if (outcome === undefined || !settles(outcome, o) || (outcome.state !== 'refused' && outcome.state !== 'unknown'))
        return [];
      return [{ ...of(o), state: outcome.state, ...(outcome.cause === undefined ? {} : { cause: outcome.cause }) }];
    });
    return [
      ...stuck,
      ...plan.now.map((o): Outstanding => ({ ...of(o), state: 'due' })),
      ...plan.held.map(({ obligation: o, by }): Outstanding => {
        const until = this.ledger[o.key]?.until;
        if (until !== undefined) return { ...of(o), state: 'waits', cause: by, until };
        return { ...of(o), state: 'needs', ...(by.code === 'needs' ? { by: by.need } : {}) };
      }),
    ];
  }

  #open(): Obligation[] {
    return owed(this.state).filter((o) => !settles(this.ledger[o.key], o));
  }

  #due(now: string) {
    return due(this.state, owed(this.state), this.ledger, now);
  }

  /** Over is what is delivered and signed for, or cancelled, with nothing outstanding: only the grace time is left. */
  #project(now: string): void {
    const stage = stageOf(this.state);
    const ended = stage === 'cancelled' || (stage === 'delivered' && factsOf(this.state, 'pod').length > 0);
    this.#quietSince = ended && this.#outstanding(now).length === 0 ? (this.#quietSince ?? now) : undefined;
  }
}
