/**
 * How a consignment is shown, by reads and by pushes: which elements, and how their values are written. What the former
 * character shows is the consignment as it is kept; every other reading is a number of `flips.ts`.
 */
import { daysLater } from './clock.ts';
import { type Heading, identifiersOf, inOrder, wholeOf } from './consignment.ts';
import type { Organisation } from './organisation.ts';
import { all, type Leaf, type Tree, text, trees, type Value } from './tree.ts';
import type { Consignment, World } from './world.ts';

/** Elements of the published example of getConsignment, in its order; repeated ones are printed where there are some. */
const SAMPLE = ['Number', 'TrackingID', 'Type', 'Classification', 'CollectionReference', 'Lifts', 'Weight'].concat(
  ['HandBall', 'TailLift', 'ADRGoods', 'LimitedQuantityGoods', 'Insurance', 'PaperworkType'],
  ['CollectionDepot', 'DeliveryDepot', 'DueDate', 'DueTime', 'BookedIn', 'BookInRequest'],
  ['BookInContactName', 'BookInEmailAddress', 'BookInReference'],
);
const REPEATED = ['Pallet', 'BillUnit', 'Service', 'Address', 'Hub'];
const SAMPLE_ADDRESS = ['Type', 'ContactName', 'CompanyName', 'Line', 'Addr1', 'Town'].concat([
  'County',
  'Country',
  'PostCode',
  'Telephone',
]);
/** What createConsignment knows besides. */
const ENTERED = ['Reference', 'CollectionDate', 'ManifestNote', 'BookInContactPhone', 'BookInContactNote'].concat(
  ['BookInInstructions', 'BookInNotes', 'CollectionContactName', 'CollectionContactNumber'],
  ['DeliveryAddressContactName', 'DeliveryAddressContactNumber', 'NotificationSet', 'CashPayment', 'Return'],
  ['Product'],
);
const BOOKING = SAMPLE.filter((name) => name.startsWith('BookIn'));
/** Flip 8b. */
const SECRET = ['Insurance', 'BillUnit', 'BookInContactName', 'BookInEmailAddress', 'CollectionReference'];
const SECRET_ADDRESS = ['ContactName', 'Telephone'];

/** Output's word on the left, input's on the right (apis 1.4 and 1.6). */
const INPUT_WORDS: Record<string, string> = { HandBall: 'Handball', DueDate: 'DeliveryDate', DueTime: 'DeliveryTime' };
const COUNTRIES: Record<string, [three: string, name: string]> = {
  DE: ['DEU', 'Germany'],
  ES: ['ESP', 'Spain'],
  FR: ['FRA', 'France'],
  GB: ['GBR', 'United Kingdom'],
  IE: ['IRL', 'Ireland'],
  IT: ['ITA', 'Italy'],
  PT: ['PRT', 'Portugal'],
};
/** Surcharges with a time of day (apis 1.9): its deadline, empty where the time is booked. */
const TIMED: Record<string, string> = { D0: '12:00', DH: '', DY: '14:00', E: '12:00', H: '', J: '12:00', K: '' };
/** The sample's DueTime, on a service without a time. */
const END_OF_DAY = '20:00';

/** `/getConsignment`. */
export function readOf(world: World, consignment: Consignment): Tree {
  const whole = valuesOf(world, consignment, wholeOf(consignment, { responseId: false }));
  return chosen(world, consignment, whole);
}

/** The consignment in a push that carries it whole. */
export function pushOf(world: World, consignment: Consignment): Tree {
  const whole = valuesOf(world, consignment, wholeOf(consignment, { responseId: true }));
  if (!world.plays('71b')) return inPush(world, whole);
  return inPush(world, { ...identifiersOf(consignment), ...sampled(whole) });
}

/** A push of some elements: the three identifiers, and of `names` what the whole push has. */
export function partOf(world: World, consignment: Consignment, names: string[]): Tree {
  const whole = valuesOf(world, consignment, wholeOf(consignment, { responseId: true }));
  const part: Tree = identifiersOf(consignment);
  for (const name of names) part[name] = whole[name] ?? consignment.fields[name] ?? '';
  return inPush(world, part);
}

/** Whether a read shows any of these elements, so that a change of them can be read. */
export function isReadable(world: World, names: string[]): boolean {
  if (!world.isPublished || world.plays('7b') || world.plays('7d')) return true;
  return names.some((name) => SAMPLE.includes(name) || REPEATED.includes(name));
}

/** Under whom a reader sees it stand. */
export function headingOf(world: World, reader: Organisation, consignment: Consignment): Heading {
  const owner = world.organisation(consignment.organisation);
  const requesting = consignment.requesting ?? owner?.depot ?? reader.depot;
  const own = { number: consignment.requesting ?? reader.depot, name: reader.depotName, code: reader.account };
  const heading =
    !world.isPublished || requesting === reader.depot
      ? own
      : { number: requesting, name: `Depot ${requesting}`, code: `D${requesting}` };
  return { ...heading, ...depotNumber(world, reader, consignment, heading.number) };
}

function depotNumber(world: World, reader: Organisation, consignment: Consignment, number: string): Partial<Heading> {
  if (world.plays('72a')) return { number: reader.depot, name: reader.depotName, code: reader.account };
  if (world.plays('25a') && text(consignment.fields, 'Type') === 'D')
    return { number: text(consignment.fields, 'CollectionDepot') };
  if (world.plays('25b') && number === reader.depot) return { number: '' };
  return world.plays('25c') ? { number: international(number) } : {};
}

function international(number: string): string {
  return number === '' ? '' : `ES${number}`;
}

function inPush(world: World, tree: Tree): Tree {
  const told = Object.entries(tree).filter(([name]) => name !== 'ResponseID' || !world.plays('77a'));
  if (!world.plays('71a')) return Object.fromEntries(told);
  return Object.fromEntries(told.map(([name, value]) => [INPUT_WORDS[name] ?? name, value]));
}

/** Which elements a read has. */
function chosen(world: World, consignment: Consignment, whole: Tree): Tree {
  const sample = world.isPublished && !world.plays('7d');
  let read = whole;
  if (world.plays('7b')) read = filled(whole, [...SAMPLE, ...ENTERED]);
  else if (sample) read = sampled(whole);
  if (world.plays('9d') && text(read, 'DueTime') === '') read = without(read, ['DueTime']);
  if (world.plays('7c') && consignment.barcodes.length > 0) read = without(read, BOOKING);
  if (world.plays('8a')) read = withoutEmpty(read);
  if (!world.plays('8b')) return read;
  const addresses = trees(read, 'Address').map((address) => without(address, SECRET_ADDRESS));
  return { ...without(read, SECRET), ...(addresses.length > 0 && { Address: addresses }) };
}

/** The elements of the published sample: empty ones are printed (`BookInEmailAddress` there), and no others. */
function sampled(whole: Tree): Tree {
  const read: Tree = {};
  for (const name of SAMPLE) read[name] = whole[name] ?? '';
  for (const name of REPEATED) {
    const value = whole[name];
    if (value !== undefined) read[name] = name === 'Address' ? trees(whole, name).map(sampleAddress) : value;
  }
  return read;
}

function sampleAddress(address: Tree): Tree {
  const known: Tree = { ...address, Addr1: all(address, 'Line')[0] ?? '' };
  return Object.fromEntries(SAMPLE_ADDRESS.map((name) => [name, known[name] ?? '']));
}

function filled(whole: Tree, names: string[]): Tree {
  return inOrder({ ...Object.fromEntries(names.map((name) => [name, ''])), ...whole });
}

function without(tree: Tree, names: string[]): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([name]) => !names.includes(name)));
}

function withoutEmpty(tree: Tree): Tree {
  const leaf = (value: Leaf): Leaf => (typeof value === 'string' ? value : withoutEmpty(value));
  const kept: Tree = {};
  for (const [name, value] of Object.entries(tree)) {
    if (value === '') continue;
    kept[name] = Array.isArray(value) ? value.map(leaf) : leaf(value);
  }
  return kept;
}

/** The values of a consignment as they are written here. */
function valuesOf(world: World, consignment: Consignment, whole: Tree): Tree {
  const known: Tree = { ...whole, ...bookedOf(world, consignment), ...dueOf(world, consignment) };
  if (world.plays('25c'))
    for (const name of ['CollectionDepot', 'DeliveryDepot']) known[name] = international(text(known, name));
  if (world.plays('23d') && consignment.barcodes.length > 0) known.Pallet = consignment.barcodes.join('|');
  if (world.plays('36b')) known.Weight = text(known, 'Weight').replace('.', ',');
  if (world.plays('36c')) known.Lifts = '';
  if (world.plays('36a') || world.plays('36d') || world.plays('36e'))
    known.Address = trees(known, 'Address').map((address) => addressOf(world, address));
  if (known.Service !== undefined) known.Service = servicesOf(world, known.Service);
  return inOrder(known);
}

function addressOf(world: World, address: Tree): Tree {
  const country = text(address, 'Country');
  const [three, name] = COUNTRIES[country] ?? [country, country];
  if (world.plays('36a') && country === 'GB') return { ...address, Country: 'UK' };
  if (world.plays('36d')) return { ...address, Country: three };
  return world.plays('36e') ? { ...address, Country: name } : address;
}

function servicesOf(world: World, services: Value): Value {
  const shown = (Array.isArray(services) ? services : [services]).map((service) => {
    if (typeof service === 'string') return service;
    const code = text(service, 'Code');
    const surcharge = text(service, 'Surcharge');
    if (world.plays('37a')) return { ...service, Surcharge: '' };
    if (world.plays('37c')) return { ...service, Code: `1${code}`, Surcharge: `1${surcharge}` };
    if (world.plays('37d')) return { ...service, Code: code.toLowerCase(), Surcharge: surcharge.toLowerCase() };
    return service;
  });
  return world.plays('37b') ? [...shown, { Type: 'Delivery', Code: 'B', Surcharge: 'B' }] : shown;
}

/** What a booking shows of itself on the consignment; the former character shows nothing of it. */
function bookedOf(world: World, { booked, fields }: Consignment): Tree {
  if (booked === undefined || !(world.isPublished || world.plays('11a') || world.plays('11b'))) return {};
  return { BookedIn: 'yes', BookInReference: booked.reference || text(fields, 'BookInReference') };
}

/** `DueDate` and `DueTime` where they are not as entered. */
export function dueOf(world: World, consignment: Consignment): Tree {
  const { fields, booked, entered } = consignment;
  const due: Tree = {};
  if (world.plays('10c') && text(fields, 'Type') === 'C') due.DueDate = '';
  if (world.plays('10b')) due.DueDate = daysLater(entered.date, promisedDays(fields));
  if (world.plays('10a') && booked !== undefined) due.DueDate = booked.date;
  const time = dueTimeOf(world, consignment);
  if (time !== null) due.DueTime = time;
  else if (world.plays('9d')) due.DueTime = '';
  return due;
}

/** Null: as it was entered. */
function dueTimeOf(world: World, { fields, booked }: Consignment): string | null {
  const surcharge = surchargeOf(fields);
  if (world.plays('10a') && booked !== undefined) return booked.time.slice(0, 5);
  if (world.plays('9a')) return booked?.time.slice(0, 5) ?? '';
  if (world.plays('9b')) return '17:30';
  if (world.plays('9e')) return '00:00';
  if (world.plays('9c')) return TIMED[surcharge] || END_OF_DAY;
  const entered = text(fields, 'DueTime');
  if (world.plays('9d')) return TIMED[surcharge] === undefined ? null : entered || TIMED[surcharge] || END_OF_DAY;
  return world.isPublished ? entered || END_OF_DAY : null;
}

function surchargeOf(fields: Tree): string {
  const services = trees(fields, 'Service');
  const delivery = services.find((service) => text(service, 'Type').toLowerCase() === 'delivery') ?? services[0] ?? {};
  return text(delivery, 'Surcharge').toUpperCase();
}

/** Days from entry to delivery by service (apis 1.9): premium 1, economy 2, the rest 3. */
function promisedDays(fields: Tree): number {
  const [service] = trees(fields, 'Service');
  const group = service === undefined ? '' : text(service, 'Code');
  return group === 'A' ? 1 : group === 'B' ? 2 : 3;
}
