/** The rows of the integration: what an organisation can switch. Which row an obligation belongs to, its kind says (obligations/kinds.ts). */
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
export const switches = ['on', 'shadow', 'off'] as const;
export type Switch = (typeof switches)[number];

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
export const standardSwitches = Object.fromEntries(
  rows.map((row) => [row, row === 'network' ? 'off' : 'on']),
) as Readonly<Record<Row, Switch>>;

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
