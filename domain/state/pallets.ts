/**
 * Works out where each pallet of a consignment is, and whether enough pallets have done a step. Pure. It uses all facts of the record, and
 * their order does not matter.
 */

import type { ExceptionFact, Fact, LabelsFact, ScanFact, ScanKind } from '../facts/facts.ts';
import { momentOf } from '../facts/order-of-time.ts';

export type PalletPosition = 'expected' | 'loaded' | 'unloaded' | 'delivered' | 'missing' | 'damaged' | 'refused';

export interface Pallet {
  /** The barcode that is on the pallet now. */
  readonly barcode: string;
  /** The barcodes that the pallet had before, oldest first. An old label still identifies this pallet. */
  readonly former: readonly string[];
  readonly position: PalletPosition;
  /** The instant since which it is there, UTC ISO; null while it is expected. */
  readonly since: string | null;
  /** The reason code of the latest exception of this pallet, whether or not that decides the position. */
  readonly trouble: string | null;
}

/** The position that an exception gives to the pallet that it names, by reason code. Other codes say nothing about where a pallet is. */
const troubles: Readonly<Record<string, PalletPosition>> = {
  SHORT: 'missing',
  MISSING: 'missing',
  DAMAGE: 'damaged',
  REFUSED: 'refused',
};

const positions: Readonly<Record<ScanKind, PalletPosition>> = {
  load: 'loaded',
  unload: 'unloaded',
  'cross-dock': 'unloaded',
  delivery: 'delivered',
};

/** Decides which happened last where instants are equal: a driver scans a pallet and reports in the same second that it is damaged. */
const rank: Readonly<Record<PalletPosition, number>> = {
  expected: 0,
  unloaded: 1,
  loaded: 2,
  delivered: 3,
  damaged: 4,
  refused: 5,
  missing: 6,
};

/** Returns the pallets that are labelled, in the order of their labels; then those that were scanned and never labelled. */
export function palletsOf(facts: Iterable<Fact>): Pallet[] {
  const all = [...facts];
  const names = labelHistory(all);
  const told = new Map<string, { scans: ScanFact[]; exceptions: ExceptionFact[] }>();
  const of = (barcode: string) => {
    const now = names.now.get(barcode) ?? barcode;
    const known = told.get(now) ?? { scans: [], exceptions: [] };
    told.set(now, known);
    return known;
  };
  for (const barcode of names.labelled) of(barcode);
  for (const fact of [...all].sort(byMoment)) {
    if (fact.kind === 'scan') of(fact.barcode).scans.push(fact);
    else if (fact.kind === 'exception' && fact.barcode !== undefined) of(fact.barcode).exceptions.push(fact);
  }
  return [...told].map(([barcode, { scans, exceptions }]) => {
    const stays = [
      ...scans.map((scan) => ({ position: positions[scan.scan], at: momentOf(scan) })),
      ...exceptions.flatMap((exception) => {
        const position = troubles[exception.code];
        return position === undefined ? [] : [{ position, at: momentOf(exception) }];
      }),
    ];
    const last = stays.reduce<(typeof stays)[number] | null>(
      (best, each) => (best === null || isLater(each, best) ? each : best),
      null,
    );
    return {
      barcode,
      former: [...names.now].filter(([old, now]) => now === barcode && old !== barcode).map(([old]) => old),
      position: last?.position ?? 'expected',
      since: last?.at ?? null,
      trouble: exceptions.at(-1)?.code ?? null,
    };
  });
}

type Stay = { readonly position: PalletPosition; readonly at: string };

const isLater = (a: Stay, b: Stay): boolean => a.at > b.at || (a.at === b.at && rank[a.position] > rank[b.position]);

const byMoment = (a: Fact, b: Fact): number => {
  const [first, second] = [momentOf(a), momentOf(b)];
  if (first !== second) return first < second ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
};

/**
 * Works out which pallet an old barcode is now. Palletways does not say which label replaced which. If as many labels were removed as were
 * added, they are paired in the order of the labels. If not, an old barcode stays a pallet of its own only if it was scanned.
 */
function labelHistory(facts: readonly Fact[]): { labelled: readonly string[]; now: ReadonlyMap<string, string> } {
  const lists = facts.filter((fact): fact is LabelsFact => fact.kind === 'labels').sort(byMoment);
  let labelled: readonly string[] = [];
  const now = new Map<string, string>();
  for (const { barcodes } of lists) {
    const went = labelled.filter((barcode) => !barcodes.includes(barcode));
    const came = barcodes.filter((barcode) => !labelled.includes(barcode));
    if (went.length === came.length) {
      for (const [nth, old] of went.entries()) {
        const fresh = came[nth] ?? old;
        for (const [other, is] of now) if (is === old) now.set(other, fresh);
        now.set(old, fresh);
      }
    }
    for (const barcode of barcodes) now.set(barcode, barcode);
    labelled = [...new Set(barcodes)];
  }
  return { labelled, now };
}

/** The number of pallets that must have done a step: all of them, any one, or so many. */
export type Quorum = 'all' | 'any' | number;

export interface QuorumRules {
  readonly loaded: Quorum;
  readonly delivered: Quorum;
  /** A step waits this many minutes for the other pallets after the first pallet's scan. */
  readonly minutes: number;
}

export type StepName = 'loaded' | 'delivered';

export interface Step {
  readonly step: StepName;
  /** `timed out`: the step was decided without the pallets that hold it up. */
  readonly state: 'not begun' | 'waiting' | 'complete' | 'timed out';
  readonly done: number;
  /** The number of pallets that must be done. */
  readonly needed: number;
  readonly of: number;
  /** The barcodes of the pallets that were not scanned. */
  readonly holding: readonly string[];
  /** A sentence for people; '' where nothing was scanned yet. */
  readonly sentence: string;
}

/** The scans that show that a pallet passed a step. A delivered pallet was loaded, whether or not somebody scanned it then. */
const passes: Readonly<Record<StepName, readonly ScanKind[]>> = {
  loaded: ['load', 'delivery'],
  delivered: ['delivery'],
};

/**
 * Works out whether enough pallets have done each step in the latest attempt. Scans up to the last failed delivery belong to an earlier
 * attempt. A pallet that was refused or is missing does not count as delivered. `now` is UTC ISO.
 */
export function stepsOf(facts: Iterable<Fact>, rules: QuorumRules, now: string): Step[] {
  const all = [...facts];
  const pallets = palletsOf(all);
  const failed = all.reduce(
    (last, fact) =>
      fact.kind === 'milestone' && fact.milestone === 'failed' && momentOf(fact) > last ? momentOf(fact) : last,
    '',
  );
  const scans = all.filter((fact): fact is ScanFact => fact.kind === 'scan' && momentOf(fact) > failed);
  return (['loaded', 'delivered'] as const).map((step) => {
    const mine = scans.filter((scan) => passes[step].includes(scan.scan));
    const scanned = new Set(mine.map(({ barcode }) => barcode));
    const passed = (pallet: Pallet) =>
      [pallet.barcode, ...pallet.former].some((barcode) => scanned.has(barcode)) &&
      (step === 'loaded' || (pallet.position !== 'refused' && pallet.position !== 'missing'));
    const holding = pallets.filter((pallet) => !passed(pallet));
    const done = pallets.length - holding.length;
    const needed = neededOf(rules[step], pallets.length);
    const began = mine.reduce((first, scan) => (first === '' || momentOf(scan) < first ? momentOf(scan) : first), '');
    const over = began !== '' && Date.parse(now) - Date.parse(began) > rules.minutes * 60_000;
    const state = began === '' ? 'not begun' : done >= needed ? 'complete' : over ? 'timed out' : 'waiting';
    const base = {
      step,
      state,
      done,
      needed,
      of: pallets.length,
      holding: holding.map(({ barcode }) => barcode),
    } as const;
    return { ...base, sentence: sentenceOf(base, holding, rules.minutes) };
  });
}

/** Returns at least one, and never more pallets than there are. */
function neededOf(quorum: Quorum, of: number): number {
  if (quorum === 'all') return Math.max(1, of);
  return quorum === 'any' ? 1 : Math.max(1, Math.min(quorum, of));
}

function sentenceOf(
  { step, state, done, of }: Omit<Step, 'sentence'>,
  holding: readonly Pallet[],
  minutes: number,
): string {
  if (state === 'not begun') return '';
  const named = holding.map(({ barcode, position }) =>
    position === 'missing' || position === 'refused' || position === 'damaged'
      ? `${barcode} is ${position}`
      : `${barcode} was not scanned`,
  );
  const rest = named.length === 0 ? '' : `: ${named.join(', ')}`;
  const end = state === 'timed out' ? ` (not waited for after ${minutes} minutes)` : '';
  return `${step} ${done} of ${of}${rest}${end}`;
}

/** The result for the pallets at the door: which were left there, and which were not and why. */
export interface DoorOutcome {
  readonly delivered: readonly string[];
  /** The pallets that were not delivered, with the reason code that was given. */
  readonly left: readonly LeftOver[];
}

export interface LeftOver {
  readonly barcode: string;
  readonly position: 'missing' | 'refused';
  readonly trouble: string;
  /** The next step for this pallet: a refused one goes back; a missing one is looked for and delivered in another attempt. */
  readonly next: 'return' | 'redeliver';
}

/**
 * Works out the result of the delivery that ended at an instant (UTC ISO). Pallets that an exception names as missing or refused are left
 * over, and every other one counts as delivered. Reports of an earlier attempt belong to that attempt.
 */
export function doorOutcome(facts: Iterable<Fact>, ended: string): DoorOutcome {
  const all = [...facts];
  const before = endOfAttemptBefore(all, ended);
  const pallets = palletsOf(all.filter((fact) => fact.kind === 'labels' || momentOf(fact) > before));
  const left = pallets.flatMap(({ barcode, position, trouble }): LeftOver[] => {
    if ((position !== 'missing' && position !== 'refused') || trouble === null) return [];
    return [{ barcode, position, trouble, next: position === 'refused' ? 'return' : 'redeliver' }];
  });
  return {
    delivered: pallets
      .map(({ barcode }) => barcode)
      .filter((barcode) => !left.some((each) => each.barcode === barcode)),
    left,
  };
}

/**
 * Returns when the attempt before the one that ended at `ended` was over; '' where there was none. Two milestones may report the same end.
 */
function endOfAttemptBefore(facts: readonly Fact[], ended: string): string {
  const milestones = facts
    .filter((fact) => fact.kind === 'milestone')
    .map(({ milestone, ...fact }) => ({ milestone, at: momentOf(fact) }));
  const out = milestones.filter(({ milestone, at }) => milestone === 'out' && at <= ended);
  return milestones.reduce((last, { milestone, at }) => {
    const over = milestone === 'failed' || (milestone === 'delivered' && out.some((again) => again.at > at));
    return over && at < ended && at > last ? at : last;
  }, '');
}
