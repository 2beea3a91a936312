/** A consignment in the words of createConsignment (input) and of getConsignment (how it is kept and told). */
import type { LocalTime } from './clock.ts';
import type { Organisation } from './organisation.ts';
import { all, type Leaf, type Tree, text } from './tree.ts';
import type { Consignment } from './world.ts';

/** Order of elements in the published example (apis 1.6). Elements it does not show follow, before the repeated ones. */
const HEAD = [
  'Number',
  'TrackingID',
  'ResponseID',
  'Type',
  'Classification',
  'Reference',
  'CollectionReference',
  'Lifts',
  'Weight',
].concat(
  [
    'HandBall',
    'TailLift',
    'ADRGoods',
    'LimitedQuantityGoods',
    'Insurance',
    'PaperworkType',
    'CollectionDepot',
    'DeliveryDepot',
  ],
  [
    'CollectionDate',
    'DueDate',
    'DueTime',
    'BookedIn',
    'BookInRequest',
    'BookInContactName',
    'BookInEmailAddress',
    'BookInReference',
  ],
  ['ManifestNote'],
);
const TAIL = ['Pallet', 'BillUnit', 'Service', 'Address', 'Product', 'Hub'];

/** Input's word on the left, output's on the right (apis 1.4 and 1.6). */
const RENAMED: Record<string, string> = { Handball: 'HandBall', DeliveryDate: 'DueDate', DeliveryTime: 'DueTime' };
const IDENTIFIERS = new Set(['Number', 'TrackingID', 'ResponseID', 'Pallet', 'ImportID']);
const BOOLEANS = new Set(['HandBall', 'TailLift', 'ADRGoods', 'LimitedQuantityGoods', 'BookInRequest', 'BookedIn']);
const TRUE = new Set(['true', 't', 'yes', 'y', 'on', '1']);
const FALSE = new Set(['false', 'f', 'no', 'n', 'off', '0']);

/** The values accepted as booleans (F PW-DOC25), or null. */
export function booleanOf(value: string): boolean | null {
  const lower = value.toLowerCase();
  if (TRUE.has(lower)) return true;
  return FALSE.has(lower) ? false : null;
}

/** Input words to output words; identifiers are Palletways' to give and are left out. */
export function normalise(input: Tree): Tree {
  const fields: Tree = {};
  for (const [name, value] of Object.entries(input)) {
    const word = RENAMED[name] ?? name;
    if (IDENTIFIERS.has(word)) continue;
    if (word !== name && input[word] !== undefined) continue; // said in both words: output's counts
    fields[word] = typeof value === 'string' ? written(word, value) : value;
  }
  return fields;
}

/** How getConsignment writes a value: weight with two decimals, `DueTime` as `HH:MM`, booleans yes or no (apis 1.2). */
function written(word: string, value: string): string {
  if (word === 'Weight' && value !== '' && Number.isFinite(Number(value))) return Number(value).toFixed(2);
  if (word === 'DueTime') return value.slice(0, 5);
  if (!BOOLEANS.has(word)) return value;
  const boolean = booleanOf(value);
  if (boolean === null) return value;
  return boolean ? 'yes' : 'no';
}

/** A new consignment has every element of the published example, as far as it can be known. */
export function withDefaults(fields: Tree, organisation: Organisation): Tree {
  const ours = text(fields, 'Type') === 'C' ? 'CollectionDepot' : 'DeliveryDepot';
  return {
    Type: 'D',
    Classification: 'B2B',
    Lifts: '1',
    Weight: '0.00',
    HandBall: 'no',
    TailLift: 'no',
    ADRGoods: 'no',
    LimitedQuantityGoods: 'no',
    Insurance: '',
    PaperworkType: 'PALLETWAYS',
    CollectionDepot: '563',
    DeliveryDepot: '525',
    [ours]: organisation.depot,
    BookedIn: 'no',
    BookInRequest: 'no',
    Hub: [
      { Sequence: '1', Name: 'Fradley' },
      { Sequence: '2', Name: 'Zaragoza' },
    ],
    ...fields,
  };
}

/** The whole consignment, elements in the published order. `ResponseID` only where asked: the published read has none. */
export function wholeOf(consignment: Consignment, options: { responseId: boolean }): Tree {
  const known: Tree = { ...consignment.fields, ...identifiersOf(consignment) };
  if (consignment.barcodes.length > 0) known.Pallet = [...consignment.barcodes];
  if (!options.responseId) delete known.ResponseID;
  return inOrder(known);
}

/** Elements in the published order. */
export function inOrder(known: Tree): Tree {
  const between = Object.keys(known).filter((name) => !HEAD.includes(name) && !TAIL.includes(name));
  const ordered: Tree = {};
  for (const name of [...HEAD, ...between, ...TAIL]) {
    const value = known[name];
    if (value !== undefined) ordered[name] = value;
  }
  return ordered;
}

/** The three identifiers of a partial push (wire-assumptions 2.1). */
export function identifiersOf(consignment: Consignment): Tree {
  return { Number: consignment.conNo, TrackingID: consignment.trackingId ?? '', ResponseID: consignment.responseId };
}

/** Under whom a consignment stands: depot number, and name and code of the account. */
export interface Heading {
  number: string;
  name: string;
  code: string;
}

/** `Manifest{Date,Time,Depot{Number,Account{Name,Code,Consignment}}}` (apis 1.6); the push has seconds, the read has not. */
export function manifestOf(heading: Heading, moment: LocalTime, consignment: Tree, seconds: boolean): Tree {
  const { date, time } = moment;
  return {
    Date: date,
    Time: seconds ? time : time.slice(0, 5),
    Depot: {
      Number: heading.number,
      Account: { Name: heading.name, Code: heading.code, Consignment: consignment },
    },
  };
}

export function liftsOf(fields: Tree): number {
  return Math.max(1, Math.floor(Number(text(fields, 'Lifts')) || 1));
}

export function addressOf(fields: Tree, type: 'Delivery' | 'Collection'): Tree {
  const addresses = all(fields, 'Address').filter((leaf): leaf is Exclude<Leaf, string> => typeof leaf !== 'string');
  return addresses.find((address) => text(address, 'Type').toLowerCase() === type.toLowerCase()) ?? {};
}
