import type { Counts, Judged } from './shapes.ts';

/** How what the sandbox said and what the product counts are put beside each other. */
interface Pair {
  /** Kinds of the sandbox's table. */
  readonly judged: readonly string[];
  /** Kinds of the product's facts and deliveries. */
  readonly facts: readonly string[];
  readonly deliveries: readonly string[];
  /**
   * `each`: one fact and one delivery for each thing said. `latest`: snapshots, of which a later one
   * replaces an earlier. `told again`: one thing said can be told in two ways (a cancellation by push and by note), each a fact.
   * `at least`: one thing said is several of the product's, or the product says some itself.
   */
  readonly rule: 'each' | 'latest' | 'told again' | 'at least';
}

const pairs: readonly Pair[] = [
  { judged: ['created', 'edited'], facts: ['order'], deliveries: ['order'], rule: 'latest' },
  { judged: ['labelled'], facts: ['labels'], deliveries: ['labels'], rule: 'latest' },
  { judged: ['planned', 'unplanned'], facts: ['plan'], deliveries: ['plan'], rule: 'latest' },
  { judged: ['scan'], facts: ['scan'], deliveries: ['scan'], rule: 'each' },
  { judged: ['milestone', 'failed'], facts: ['milestone'], deliveries: ['milestone'], rule: 'each' },
  { judged: ['exception'], facts: ['exception'], deliveries: ['exception'], rule: 'each' },
  { judged: ['pod'], facts: ['pod'], deliveries: ['pod'], rule: 'each' },
  { judged: ['cancelled'], facts: ['cancellation'], deliveries: ['cancel'], rule: 'told again' },
];

/** Of a story: rows that an ordinary day has not, and those in which it counts more. */
const storyPairs: readonly Pair[] = [
  { judged: ['created', 'edited', 'revived'], facts: ['order'], deliveries: ['order'], rule: 'latest' },
  // An order that is made anew gets its labels anew.
  { judged: ['labelled', 'revived'], facts: ['labels'], deliveries: ['labels'], rule: 'latest' },
  { judged: ['exception', 'notice'], facts: ['exception'], deliveries: ['exception', 'notice'], rule: 'each' },
  // The window that a planner sets is a book-in, of anything else it is noted that Qargo holds it otherwise.
  {
    judged: ['network', 'book-in', 'planner'],
    facts: ['network', 'held'],
    deliveries: ['journey', 'book-in', 'booking'],
    rule: 'latest',
  },
  { judged: ['charge to Q', 'charge to P'], facts: ['charge'], deliveries: ['charge'], rule: 'at least' },
  // Both sides are read.
  { judged: ['refresh'], facts: ['refresh'], deliveries: ['refresh'], rule: 'at least' },
  // Planning makes estimates too.
  { judged: ['estimate'], facts: ['eta'], deliveries: ['eta'], rule: 'at least' },
  { judged: ['pod', 'document'], facts: ['document'], deliveries: ['file'], rule: 'at least' },
];
const inStory = (pair: Pair): boolean =>
  pair.facts.some((fact) => storyPairs.some(({ facts }) => facts.includes(fact)));

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
export function compare(judged: Judged, counts: Counts, story = false): Compared[] {
  const all = story ? [...pairs.filter((pair) => !inStory(pair)), ...storyPairs] : pairs;
  return all.map((pair) => {
    const sum = (field: 'said' | 'neverHeard' | 'arrived' | 'void' | 'refused' | 'withheld'): number =>
      judged.kinds.filter(({ kind }) => pair.judged.includes(kind)).reduce((total, one) => total + one[field], 0);
    const total = (of: Record<string, number>, kinds: readonly string[]) =>
      kinds.reduce((all, kind) => all + (of[kind] ?? 0), 0);
    const facts = total(counts.facts, pair.facts);
    const deliveries = total(counts.deliveries, pair.deliveries);
    // What was refused ended as well, with nothing to be sent.
    const [heard, arrived, pointless] = [
      sum('said') - sum('neverHeard'),
      sum('arrived'),
      sum('void') + sum('refused') + sum('withheld'),
    ];
    const agrees =
      pair.rule === 'each'
        ? facts === heard && deliveries >= arrived && deliveries <= arrived + pointless
        : pair.rule === 'at least'
          ? facts >= arrived && deliveries >= arrived
          : pair.rule === 'told again'
            ? facts >= heard && deliveries >= arrived && deliveries <= arrived + pointless
            : facts <= heard &&
              facts > 0 === heard > 0 &&
              deliveries <= arrived + pointless &&
              (deliveries > 0 || arrived === 0);
    return { kinds: pair.judged.join(' + '), said: sum('said'), facts, arrived, deliveries, agrees };
  });
}
