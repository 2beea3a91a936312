/**
 * The rows of the integration: what an organisation can switch. An obligation belongs to one row; what only reads (a look at either
 * side) belongs to none and cannot be switched off.
 */
import type { ObligationKind } from './obligations.ts';

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
export type Withheld = Readonly<Partial<Record<Row, 'off' | 'shadow'>>>;
export const nothingWithheld: Withheld = {};

/** What of an organisation's switches holds something back. Rows that are not named are as `standardSwitches` has them. */
export function withheldOf(switches: Readonly<Partial<Record<Row, Switch>>> | null | undefined): Withheld {
  const held: Partial<Record<Row, 'off' | 'shadow'>> = {};
  for (const row of rows) {
    const at = switches?.[row] ?? standardSwitches[row];
    if (at === 'off' || at === 'shadow') held[row] = at;
  }
  return held;
}

/** How an obligation of this kind is switched, where it is not on. */
export function switchedOff(kind: ObligationKind, withheld: Withheld): 'off' | 'shadow' | undefined {
  const row = rowOf[kind];
  return row === null ? undefined : withheld[row];
}

export const rowOf: Readonly<Record<ObligationKind, Row | null>> = {
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
  charge: 'charges',
  'close-out': 'close-out',
  consignment: null,
  verdict: 'orders',
  refresh: null,
};

/** The kinds of obligation that are not sent. */
export function kindsWithheld(withheld: Withheld): ObligationKind[] {
  return (Object.keys(rowOf) as ObligationKind[]).filter((kind) => switchedOff(kind, withheld) !== undefined);
}
