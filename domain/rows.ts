/**
 * The rows of the integration: what an organisation can switch. An obligation belongs to one row, by its kind or, where that says too
 * little, by what it is about; what only reads (a look at either side) belongs to none and cannot be switched off.
 */
import { isOfCancellation } from './cancellation-name.ts';
import type { Fact } from './facts.ts';
import type { ObligationKind, Sort } from './obligation.ts';

export const rows = [
  'orders',
  'labels',
  'cancellations',
  'planning',
  'milestones',
  'scans',
  'exceptions',
  'pod',
  'charges',
  'close-out',
  'network',
] as const;
export type Row = (typeof rows)[number];

/** `shadow`: everything is heard and read, nothing is sent, and what would have been sent can be seen. */
export type Switch = 'on' | 'shadow' | 'off';

/** What a row carries, in the middle of a sentence. */
export const rowNames: Readonly<Record<Row, string>> = {
  orders: 'orders',
  labels: 'references and labels',
  cancellations: 'cancellations',
  planning: 'plans',
  milestones: 'milestones',
  scans: 'scans',
  exceptions: 'exceptions',
  pod: 'PODs and photos',
  charges: 'changes of charges',
  'close-out': 'final quantities',
  network: 'news of the network',
};

/** How a row is switched where nobody said. The network's side of the journey is heard only where it is asked for. */
export const standardSwitches = Object.fromEntries(rows.map((row) => [row, row === 'network' ? 'off' : 'on'])) as Readonly<
  Record<Row, Switch>
>;

/** Rows that are not on; none is named that is. */
export type RowsWithheld = Readonly<Partial<Record<Row, 'off' | 'shadow'>>>;
/**
 * `byKind`: as before a part of a kind could belong to another row.
 */
export type Withheld = RowsWithheld & { readonly byKind?: true };
export const nothingWithheld: Withheld = {};

/** What of an organisation's switches holds something back. Rows that are not named are as `standardSwitches` has them. */
export function withheldOf(switches: Readonly<Partial<Record<Row, Switch>>> | null | undefined): RowsWithheld {
  const held: Partial<Record<Row, 'off' | 'shadow'>> = {};
  for (const row of rows) {
    const at = switches?.[row] ?? standardSwitches[row];
    if (at === 'off' || at === 'shadow') held[row] = at;
  }
  return held;
}

/** Which sort is owed under this kind for this fact. */
export function sortOf(kind: ObligationKind, fact: Fact): Sort {
  if (kind === 'file' && fact.kind === 'document' && fact.role === 'exception-photo') return 'file:exception';
  if (kind === 'verdict' && fact.kind === 'verdict' && isOfCancellation(fact.on)) return 'verdict:cancel';
  return kind;
}

const parts: readonly { readonly part: Sort; readonly of: ObligationKind }[] = [
  { part: 'file:exception', of: 'file' },
  { part: 'verdict:cancel', of: 'verdict' },
];

/** How what is of this sort is switched, where it is not on. */
export function switchedOff(sort: Sort, withheld: Withheld): 'off' | 'shadow' | undefined {
  const row = rowOf[withheld.byKind === true ? (parts.find(({ part }) => part === sort)?.of ?? sort) : sort];
  return row === null ? undefined : withheld[row];
}

/** Whether a kind says too little: of some a part is sent and the rest is not. */
export function tellsApart(withheld: Withheld): boolean {
  return parts.some(({ part, of }) => (switchedOff(part, withheld) === undefined) !== (switchedOff(of, withheld) === undefined));
}

export const rowOf: Readonly<Record<Sort, Row | null>> = {
  order: 'orders',
  references: 'labels',
  labels: 'labels',
  cancel: 'cancellations',
  journey: 'network',
  'book-in': 'network',
  booking: 'network',
  evidence: null,
  proof: null,
  plan: 'planning',
  scan: 'scans',
  milestone: 'milestones',
  eta: 'milestones',
  exception: 'exceptions',
  notice: 'exceptions',
  pod: 'pod',
  file: 'pod',
  'file:exception': 'exceptions',
  charge: 'charges',
  'close-out': 'close-out',
  consignment: null,
  verdict: 'orders',
  'verdict:cancel': 'cancellations',
  refresh: null,
};
