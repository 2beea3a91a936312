/** Where a consignment stands, in one plain sentence about the consignment itself; and what was said of an update, in words. Pure. */

import type { ExceptionContent } from '../facts/content.ts';
import type { CancellationFact, Counterpart, ExceptionFact, Fact, FactBase } from '../facts/facts.ts';
import { momentOf } from '../facts/order-of-time.ts';
import type { Cause } from '../obligations/causes.ts';
import { type ObligationKind, obligationKinds } from '../obligations/kinds.ts';
import { legOf } from '../obligations/leg.ts';
import { isTry } from '../receipts/last-try.ts';
import { caseStatusOf } from '../state/cases.ts';
import {
  carriedOut,
  emptyState,
  factsOf,
  fold,
  lastMilestone,
  type Stage,
  type State,
  stageOf,
  standingFact,
} from '../state/state.ts';
import { side } from './outstanding.ts';

export interface Standing {
  readonly stage: Stage;
  /** UTC ISO. */
  readonly since: string;
  /** One sentence, with times in the zone in which they were said. */
  readonly sentence: string;
}

/** What an exception says of itself, by its fact; undefined where nothing is known. */
export type ExceptionWords = (fact: ExceptionFact) => ExceptionContent | undefined;

/** Where a consignment stands, told from all of its facts. @throws RangeError where there is none. */
export function standingOf(facts: readonly Fact[], words: ExceptionWords): Standing {
  const first = facts.reduce<Fact | undefined>(
    (known, fact) => (known === undefined || fact.heard < known.heard ? fact : known),
    undefined,
  );
  if (first === undefined) throw new RangeError('nothing was ever said of it');
  const state = fold(emptyState, facts);
  const { since, text, told } = standing(state, first, words);
  const open = caseStatusOf(facts).first?.exception;
  const exception = factsOf(state, 'exception').find(({ id }) => id === open);
  const more =
    exception === undefined || exception.id === told
      ? ''
      : ` An exception is open since ${sayTime(exception)}: ${sayException(exception, words)}.`;
  return { stage: stageOf(state), since, sentence: `${text}.${more}` };
}

interface Said {
  readonly since: string;
  readonly text: string;
  /** The exception that the text tells already. */
  readonly told?: string | undefined;
}

function standing(state: State, first: Fact, words: ExceptionWords): Said {
  const stage = stageOf(state);
  const last = lastMilestone(state);
  const merged = standingFact(state, 'merged');
  if (merged !== undefined)
    return { since: merged.at, text: `One with another consignment (${merged.into}) since ${sayTime(merged)}` };
  const cancelled = carriedOut(state);
  if (cancelled !== null)
    return { since: momentOf(cancelled), text: `Cancelled ${sayTime(cancelled)} by ${sayWho(cancelled)}` };
  if (last !== undefined && stage !== 'planned' && stage !== 'announced') {
    const since = momentOf(last);
    const time = sayTime(last);
    if (stage === 'delivered') return { since, text: `Delivered ${time}${sayProof(state, time)}` };
    if (stage === 'out for delivery') return { since, text: `Out for delivery since ${time}` };
    if (stage === 'at consignee') return { since, text: `At the consignee since ${time}` };
    const exception = factsOf(state, 'exception').at(-1);
    const reason =
      exception === undefined ? (last.reason?.toLowerCase() ?? 'no reason was said') : sayException(exception, words);
    return { since, text: `Not delivered ${time}: ${reason}`, told: exception?.id };
  }
  const plan = standingFact(state, 'plan');
  if (stage === 'planned' && plan !== undefined)
    return { since: plan.at, text: `Planned since ${sayTime(plan)}, not on the road` };
  const order = standingFact(state, 'order') === undefined ? '; the order itself was not heard' : ', not planned';
  return { since: first.heard, text: `Received ${sayTime({ ...first, at: first.heard })}${order}` };
}

function sayProof(state: State, delivered: string): string {
  const pod = factsOf(state, 'pod').at(-1);
  if (pod !== undefined) return `, signed for ${sayTime(pod)}`;
  if (standingFact(state, 'close-out')?.accepted === true) return ', closed by a person without a POD';
  const leg = legOf(state);
  return leg === 'none' || leg === 'collection' ? '' : `, POD outstanding since ${delivered}`;
}

function sayException(fact: ExceptionFact, words: ExceptionWords): string {
  const said = words(fact);
  return [said?.name || fact.code.toLowerCase(), said?.description ?? ''].filter((part) => part !== '').join(', ');
}

function sayWho({ source, from }: CancellationFact): string {
  if (from !== undefined) return 'us, since another depot drives it';
  return source === 'person' || source === 'engine' ? 'a person' : side(source);
}

/** When a fact happened, as whoever said it reads a clock: `24 Nov 2025 14:05 (Europe/London)`. */
function sayTime(fact: Pick<FactBase, 'at' | 'zone' | 'heard' | 'doubt'>): string {
  const instant = new Date(momentOf(fact));
  const clock = (timeZone: string) =>
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
      .format(instant)
      .replace(',', '');
  try {
    return `${clock(fact.zone)} (${fact.zone})`;
  } catch {
    return `${clock('UTC')} (UTC)`;
  }
}

/** The update that the other side confirmed last. */
export interface Confirmed {
  readonly key: string;
  readonly kind: ObligationKind;
  readonly to: Counterpart;
  /** UTC ISO. */
  readonly at: string;
}

/** What is said where no update is outstanding. */
export function describeUpToDate(last: Confirmed | null): string {
  if (last === null) return 'Both sides are up to date: no update was needed so far.';
  return `Both sides are up to date: the last confirmed update was ${lower(obligationKinds[last.kind].name)} to ${side(last.to)} (${last.key}), ${last.at}.`;
}

const lower = (text: string) => `${text.charAt(0).toLowerCase()}${text.slice(1)}`;

/** What came of the last call for an update, as the record keeps it. */
export interface LastWord {
  readonly state: string;
  readonly cause: Cause | null;
  readonly reason: string | null;
  /** When it was put on the wire, UTC ISO. */
  readonly sentAt: string | null;
}

/** A sentence about an outstanding update with what the record knows besides: that it is on the wire, or what was answered. */
export function withLastWord(sentence: string, what: string, to: Counterpart, last: LastWord | undefined): string {
  if (last === undefined) return sentence;
  if (last.state === 'sending' && last.cause === null)
    return `${what} is on its way to ${side(to)}${last.sentAt === null ? '' : ` since ${last.sentAt}`}; its answer is awaited.`;
  if (last.reason === null || last.reason === '' || last.cause === null) return sentence;
  const { code } = last.cause;
  const theirs = code === 'refused' || code === 'answer lost' || isTry(code);
  return `${sentence} ${theirs ? `${side(to)} said: ${last.reason}` : `(${last.reason})`}`;
}
