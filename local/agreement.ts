import type { Counts, Judged } from './shapes.ts';

/** How what the sandbox said and what the product counts are put beside each other. */
interface Pair {
  /** Kinds of the sandbox's table. */
  readonly judged: readonly string[];
  /** Kind of the product's facts and deliveries. */
  readonly fact: string;
  readonly delivery: string;
  /**
   * `each`: one fact and one delivery for each thing said. `latest`: snapshots, of which a later one
   * replaces an earlier. `told again`: one thing said can be told in two ways (a cancellation by push and by note), each a fact.
   */
  readonly rule: 'each' | 'latest' | 'told again';
}

const pairs: readonly Pair[] = [
  { judged: ['created', 'edited'], fact: 'order', delivery: 'order', rule: 'latest' },
  { judged: ['labelled'], fact: 'labels', delivery: 'labels', rule: 'latest' },
  { judged: ['planned', 'unplanned'], fact: 'plan', delivery: 'plan', rule: 'latest' },
  { judged: ['scan'], fact: 'scan', delivery: 'scan', rule: 'each' },
  { judged: ['milestone', 'failed'], fact: 'milestone', delivery: 'milestone', rule: 'each' },
  { judged: ['exception'], fact: 'exception', delivery: 'exception', rule: 'each' },
  { judged: ['pod'], fact: 'pod', delivery: 'pod', rule: 'each' },
  { judged: ['cancelled'], fact: 'cancellation', delivery: 'cancel', rule: 'told again' },
];

export interface Compared {
  readonly kinds: string;
  readonly said: number;
  readonly facts: number;
  readonly arrived: number;
  readonly deliveries: number;
  readonly agrees: boolean;
}

/**
 * Puts the sandbox's table beside the product's own count of this day. For things told each by itself the numbers are
 * equal: facts are what was said less what nobody could hear, deliveries are what arrived. Of snapshots one may stand for
 * several said, so the product's number is no larger than what was said and not 0 where something was.
 */
export function compare(judged: Judged, counts: Counts): Compared[] {
  return pairs.map((pair) => {
    const sum = (field: 'said' | 'neverHeard' | 'arrived' | 'void'): number =>
      judged.kinds.filter(({ kind }) => pair.judged.includes(kind)).reduce((total, one) => total + one[field], 0);
    const facts = counts.facts[pair.fact] ?? 0;
    const deliveries = counts.deliveries[pair.delivery] ?? 0;
    const [heard, arrived, pointless] = [sum('said') - sum('neverHeard'), sum('arrived'), sum('void')];
    const agrees =
      pair.rule === 'each'
        ? facts === heard && deliveries >= arrived && deliveries <= arrived + pointless
        : pair.rule === 'told again'
          ? facts >= heard && deliveries >= arrived && deliveries <= arrived + pointless
          : facts <= heard && facts > 0 === heard > 0 && deliveries <= arrived + pointless && (deliveries > 0 || arrived === 0);
    return { kinds: pair.judged.join(' + '), said: sum('said'), facts, arrived, deliveries, agrees };
  });
}

/** What was counted since an earlier count. */
export function since(before: Counts, after: Counts): Counts {
  return { facts: less(after.facts, before.facts), deliveries: less(after.deliveries, before.deliveries), waits: after.waits };
}

function less(after: Record<string, number>, before: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(after).map(([kind, n]) => [kind, n - (before[kind] ?? 0)]));
}
