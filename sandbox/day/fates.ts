/** What befalls each consignment of a day, drawn before anything is planned. */
import { type Consignment, EDITS, type EditKind, makeConsignment } from './consignments.ts';
import { Random } from './random.ts';

export type End =
  | 'delivered'
  | 'cancelled early'
  | 'cancelled late'
  | 'failed'
  | 'failed, then delivered'
  | 'un-planned'
  | 'delivered damaged';

export interface Fate {
  key: string;
  organisation: string;
  consignment: Consignment;
  end: End;
  /** Edits in their order; those with `late` come when the order is planned already. */
  edits: { kind: EditKind; late: boolean }[];
  lateTracking: boolean;
  lateLabel: boolean;
  cancel: { push: boolean; note: boolean };
  random: Random;
}

export interface FatesOptions {
  consignments: number;
  organisations: string[];
  seed: number;
  now: number;
}

/** A share of `total`; at least `least` where the day is large enough to hold one of everything. */
function share(total: number, part: number, least: number): number {
  return Math.max(Math.round(total * part), total >= 16 ? least : 0);
}

const CANCELS = [
  { push: true, note: true },
  { push: false, note: true },
  { push: true, note: false },
];

export function fates({ consignments, organisations, seed, now }: FatesOptions): Fate[] {
  const random = new Random(`day/${seed}`);
  const all = Array.from({ length: consignments }, (_, index): Fate => {
    const own = random.fork(`consignment/${index}`);
    const type = own.chance(0.08) ? 'C' : own.chance(0.03) ? '3' : 'D';
    // numbers of two days must not meet: the seed and the day stand in front
    const number = `${String(((seed * 7919 + Math.floor(now / 60_000)) % 90_000) + 10_000)}${String(index).padStart(3, '0')}`;
    return {
      key: `c${index}`,
      organisation: organisations[index % organisations.length] ?? '',
      consignment: makeConsignment({ random: own.fork('goods'), now, number, type }),
      end: 'delivered',
      edits: [],
      lateTracking: false,
      lateLabel: own.chance(0.1),
      cancel: { push: true, note: true },
      random: own,
    };
  });

  const left = random.fork('ends').shuffled(all);
  const take = (count: number, end: (nth: number) => End) => {
    for (let nth = 0; nth < count; nth += 1) {
      const fate = left.pop();
      if (fate !== undefined) fate.end = end(nth);
    }
  };
  take(share(consignments, 0.03, 2), (nth) => (nth % 2 === 0 ? 'cancelled early' : 'cancelled late'));
  take(share(consignments, 0.06, 2), (nth) => (nth % 2 === 0 ? 'failed, then delivered' : 'failed'));
  take(share(consignments, 0.04, 1), () => 'un-planned');
  take(share(consignments, 0.04, 1), () => 'delivered damaged');
  all
    .filter((fate) => fate.end.startsWith('cancelled'))
    .forEach((fate, index) => {
      fate.cancel = CANCELS[index % CANCELS.length] ?? fate.cancel;
    });

  const edited = random
    .fork('edits')
    .shuffled(all)
    .slice(0, Math.max(1, Math.round(consignments / 4)));
  edited.forEach((fate, index) => {
    const kind = EDITS[index % EDITS.length] ?? 'weight';
    const late = kind !== 'lifts' && fate.end !== 'cancelled early' && fate.random.chance(0.4);
    fate.edits.push({ kind, late });
    if (fate.random.chance(0.2)) fate.edits.push({ kind: 'weight', late });
  });
  for (const fate of random
    .fork('tracking')
    .shuffled(all)
    .slice(0, share(consignments, 0.08, 1)))
    fate.lateTracking = true;
  return all;
}
