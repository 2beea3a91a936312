/** The rows of the integration, which an organisation can switch. The kind of an obligation names its row (obligations/kinds.ts). */
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

/** `shadow`: everything is received and read, nothing is sent, and people can see what would have been sent. */
export const switches = ['on', 'shadow', 'off'] as const;
export type Switch = (typeof switches)[number];

/** The name of what a row carries, for the middle of a sentence. */
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

/** The switch of a row that an organisation does not set. The network's side of the journey is received only where somebody asks for it. */
export const standardSwitches = Object.fromEntries(
  rows.map((row) => [row, row === 'network' ? 'off' : 'on']),
) as Readonly<Record<Row, Switch>>;

/** The rows that are not on. A row that is on is left out. */
export type Withheld = Readonly<Partial<Record<Row, 'off' | 'shadow'>>>;
export const nothingWithheld: Withheld = {};

/** Returns the rows that an organisation's switches hold back. A row that is not named is as `standardSwitches` has it. */
export function withheldOf(switches: Readonly<Partial<Record<Row, Switch>>> | null | undefined): Withheld {
  const held: Partial<Record<Row, 'off' | 'shadow'>> = {};
  for (const row of rows) {
    const at = switches?.[row] ?? standardSwitches[row];
    if (at === 'off' || at === 'shadow') held[row] = at;
  }
  return held;
}

/** What becomes of the updates that are open in a row when it is switched on: none of them is ever sent, or all of them are. */
export const openChoices = ['from-now-on', 'all'] as const;
export type OpenChoice = (typeof openChoices)[number];

/** Returns the switches as they are kept until a first contact has passed: what is on is in shadow. Every row is named. */
export function holdInShadow(switches: Readonly<Partial<Record<Row, Switch>>> | null | undefined): Record<Row, Switch> {
  const held = { ...standardSwitches, ...switches };
  for (const row of rows) if (held[row] === 'on') held[row] = 'shadow';
  return held;
}

/** Returns the rows that were not on before and are now. */
export function rowsSwitchedOn(
  before: Readonly<Partial<Record<Row, Switch>>> | null | undefined,
  after: Readonly<Partial<Record<Row, Switch>>> | null | undefined,
): Row[] {
  const [were, are] = [withheldOf(before), withheldOf(after)];
  return rows.filter((row) => Object.hasOwn(were, row) && !Object.hasOwn(are, row));
}
