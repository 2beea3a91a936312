import type { Counts, Judged } from './shapes.ts';

/** How what the sandbox said and what the product counts are put beside each other. */
interface Pair {
  /** Kinds of the sandbox's table. */
  readonly judged: readonly string[];
  /** Kinds of the product's facts and receipts. */
  readonly facts: readonly string[];
  readonly receipts: readonly string[];
  /**
   * `each`: one fact and one delivery for each thing said. `latest`: snapshots, of which a later one
   * replaces an earlier. `latest of all`: the same, of which reads find more than was said. `told again`: one thing said can be told in two ways (a cancellation by push and by note), each a fact.
   * `at least`: one thing said is several of the product's, or the product says some itself.
   */
  readonly rule: 'each' | 'latest' | 'latest of all' | 'told again' | 'at least';
}

const pairs: readonly Pair[] = [
  // A read may show what no push said.
  { judged: ['created', 'edited'], facts: ['order'], receipts: ['order'], rule: 'latest of all' },
  { judged: ['labelled'], facts: ['labels'], receipts: ['labels'], rule: 'latest' },
  // A read of an order that was cancelled finds besides that it is not planned.
  { judged: ['planned', 'unplanned'], facts: ['plan'], receipts: ['plan'], rule: 'latest of all' },
  { judged: ['scan'], facts: ['scan'], receipts: ['scan'], rule: 'each' },
  { judged: ['milestone', 'failed'], facts: ['milestone'], receipts: ['milestone'], rule: 'each' },
  { judged: ['exception'], facts: ['exception'], receipts: ['exception'], rule: 'each' },
  { judged: ['pod'], facts: ['pod'], receipts: ['pod'], rule: 'each' },
  { judged: ['cancelled'], facts: ['cancellation'], receipts: ['cancel'], rule: 'told again' },
];

/** Of a story: rows that an ordinary day has not, and those in which it counts more. */
const storyPairs: readonly Pair[] = [
  { judged: ['created', 'edited', 'revived'], facts: ['order'], receipts: ['order'], rule: 'latest of all' },
  // An order that is made anew gets its labels anew.
  { judged: ['labelled', 'revived'], facts: ['labels'], receipts: ['labels'], rule: 'latest' },
  { judged: ['exception', 'notice'], facts: ['exception'], receipts: ['exception', 'notice'], rule: 'each' },
  // The window that a planner sets is a book-in, of anything else it is noted that Qargo holds it otherwise.
  {
    judged: ['network', 'book-in', 'planner'],
    facts: ['network', 'held'],
    receipts: ['journey', 'book-in', 'booking'],
    rule: 'latest',
  },
  { judged: ['charge to Q', 'charge to P'], facts: ['charge'], receipts: ['charge'], rule: 'at least' },
  // Both sides are read.
  { judged: ['refresh'], facts: ['refresh'], receipts: ['refresh'], rule: 'at least' },
  // Planning makes estimates too.
  { judged: ['estimate'], facts: ['eta'], receipts: ['eta'], rule: 'at least' },
  { judged: ['pod', 'document'], facts: ['document'], receipts: ['file'], rule: 'at least' },
];
const inStory = (pair: Pair): boolean =>
  pair.facts.some((fact) => storyPairs.some(({ facts }) => facts.includes(fact)));

export interface Compared {
  readonly kinds: string;
  readonly said: number;
  readonly facts: number;
  readonly arrived: number;
  readonly receipts: number;
  readonly agrees: boolean;
}

/**
 * Puts the sandbox's table beside the product's own count of this day. For things told each by itself the numbers are
 * equal: facts are what was said less what nobody could hear, receipts are what arrived. Of snapshots one may stand for
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
    const receipts = total(counts.receipts, pair.receipts);
    // What was refused ended as well, with nothing to be sent.
    const [heard, arrived, pointless] = [
      sum('said') - sum('neverHeard'),
      sum('arrived'),
      sum('void') + sum('refused') + sum('withheld'),
    ];
    const agrees =
      pair.rule === 'each'
        ? facts === heard && receipts >= arrived && receipts <= arrived + pointless
        : pair.rule === 'at least'
          ? facts >= arrived && receipts >= arrived
          : pair.rule === 'told again'
            ? facts >= heard && receipts >= arrived && receipts <= arrived + pointless
            : (facts <= heard || pair.rule === 'latest of all') &&
              facts > 0 === heard > 0 &&
              receipts <= arrived + pointless &&
              (receipts > 0 || arrived === 0);
    return { kinds: pair.judged.join(' + '), said: sum('said'), facts, arrived, receipts, agrees };
  });
}
