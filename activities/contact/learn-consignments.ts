/** Learns from consignments of real traffic (register 2, 6, 7, 9 to 11, 23 to 25, 36, 103, 132, 154). Pure. */
import { all, first, type Node, text } from '../../connectors/palletways/node.ts';
import type { ConsignmentSeen } from './ask-palletways.ts';
import { confirmed, contradicted, type Finding, notSeen } from './finding.ts';
import { counted, listed } from './listed.ts';

/** Elements that an order needs from a read and that the published sample does not show. */
const beyondSample = [
  'Reference',
  'ManifestNote',
  'CollectionDate',
  'CollectionContactName',
  'DeliveryAddressContactName',
];
/** Elements that Palletways may send and that no order at Qargo carries. */
const notCarried = ['CashPayment', 'Return', 'NotificationSet', 'Insurance', 'Product', 'PaperworkType'];

interface One {
  readonly consignment: Node;
  /** Number of the depot under which it stands. */
  readonly requesting: string;
}

const within = (node: Node, name: string): Node | undefined =>
  node.name.toLowerCase() === name.toLowerCase()
    ? node
    : node.children.map((child) => within(child, name)).find((found) => found !== undefined);

/** `ours` is every way in which our depot is written; `services` and `billUnits` what the mapping tables know. */
export function learnConsignments(
  seen: readonly ConsignmentSeen[],
  ours: ReadonlySet<string>,
  tables: { readonly services: ReadonlySet<string>; readonly billUnits: ReadonlySet<string> },
): Finding[] {
  const consignments = seen.flatMap(({ node }): One[] => {
    const consignment = within(node, 'Consignment') ?? node;
    const depot = within(node, 'Depot');
    return [{ consignment, requesting: depot === undefined ? '' : text(depot, 'Number') }];
  });
  if (consignments.length === 0)
    return [2, 7, 8, 9, 10, 11, 23, 24, 25, 36, 37, 103, 132, 154].map((id) => notSeen(id));
  const nodes = consignments.map(({ consignment }) => consignment);
  return [
    learnScope(consignments, ours),
    ...learnElements(nodes),
    ...learnTimes(nodes),
    ...learnPallets(nodes),
    learnCountries(nodes),
    ...learnMapping(nodes, tables),
  ];
}

const isOurs = (depot: string, ours: ReadonlySet<string>) => ours.has(depot.trim().toLowerCase());

function learnScope(all: readonly One[], ours: ReadonlySet<string>): Finding {
  const inbound = all.filter(
    ({ consignment, requesting }) =>
      isOurs(text(consignment, 'DeliveryDepot'), ours) && requesting !== '' && !isOurs(requesting, ours),
  );
  const share = `${inbound.length} of ${all.length} consignments are ours to deliver and of another depot`;
  return inbound.length > 0 ? confirmed(2, share) : contradicted(2, share, { alternative: '2a' });
}

function learnElements(nodes: readonly Node[]): Finding[] {
  const has = (name: string) =>
    nodes.some((node) => node.children.some((child) => child.name.toLowerCase() === name.toLowerCase()));
  const missing = beyondSample.filter((name) => !has(name));
  const empties = nodes.some((node) =>
    node.children.some((child) => child.children.length === 0 && child.text.trim() === ''),
  );
  const carried = notCarried.filter((name) => nodes.some((node) => first(node, name) !== undefined));
  return [
    missing.length === 0
      ? confirmed(7, `${nodes.length} reads have all that an order needs`)
      : contradicted(7, `no read of ${nodes.length} has ${missing.join(', ')}`, { alternative: '7a' }),
    empties ? confirmed(8, 'empty elements are printed') : notSeen(8, `${nodes.length} reads print no empty element`),
    carried.length === 0 ? notSeen(103) : contradicted(103, `comes and is not carried: ${carried.join(', ')}`),
    has('Reference') || has('ManifestNote')
      ? confirmed(132, 'Reference or ManifestNote stand in a read')
      : contradicted(132, `neither Reference nor ManifestNote in ${nodes.length} reads`, { alternative: '132a' }),
  ];
}

/** DueTime by service: one that never changes is no time of its own. */
function learnTimes(nodes: readonly Node[]): Finding[] {
  const times = nodes.map((node) => text(node, 'DueTime').slice(0, 5));
  const there = times.filter((time) => time !== '');
  const booked = nodes.filter((node) => /^(y|yes|true|1)$/i.test(text(node, 'BookedIn')));
  const undated = booked.filter((node) => text(node, 'DueDate') === '');
  const [most] = counted(there);
  const histogram = `DueTime: ${listed(times.map((time) => time || 'none'))}`;
  const constant = most !== undefined && there.length >= 5 && most[1] === there.length;
  return [
    there.length === 0
      ? contradicted(9, histogram, { alternative: '9d' })
      : constant
        ? contradicted(9, histogram, { alternative: '9b' })
        : notSeen(9, histogram),
    nodes.some((node) => text(node, 'DueDate') !== '') ? notSeen(10, 'DueDate is there') : notSeen(10),
    booked.length === 0
      ? notSeen(11)
      : undated.length > 0
        ? contradicted(11, `${undated.length} of ${booked.length} booked in without a date`, { alternative: '11b' })
        : confirmed(11, `${booked.length} booked in, all with a date`),
  ];
}

function learnPallets(nodes: readonly Node[]): Finding[] {
  const counts = nodes.map((node) => ({
    lifts: Number(text(node, 'Lifts')),
    barcodes: all(node, 'Pallet').length,
    units: all(node, 'BillUnit').reduce((sum, unit) => sum + Number(text(unit, 'Amount') || 0), 0),
  }));
  const labelled = counts.filter(({ barcodes }) => barcodes > 0);
  const fits = labelled.filter(({ lifts, barcodes }) => lifts === barcodes).length;
  const sums = counts.filter(({ units }) => units > 0);
  const added = sums.filter(({ lifts, units }) => lifts === units).length;
  return [
    labelled.length === 0
      ? notSeen(23)
      : fits === labelled.length
        ? confirmed(23, `${fits} consignments have a barcode for each lift`)
        : contradicted(23, `${labelled.length - fits} of ${labelled.length} have another count of barcodes than lifts`),
    sums.length === 0
      ? contradicted(24, 'no consignment has bill units', { alternative: '24c' })
      : added === sums.length
        ? confirmed(24, `bill units add up to lifts in ${added}`)
        : contradicted(24, `bill units do not add up to lifts in ${sums.length - added} of ${sums.length}`),
  ];
}

function learnCountries(nodes: readonly Node[]): Finding {
  const countries = nodes.flatMap((node) => all(node, 'Address').map((address) => text(address, 'Country')));
  const odd = countries.filter((country) => country !== '' && !/^[A-Za-z]{2}$/.test(country));
  const numbers = nodes.map((node) => text(node, 'Weight')).filter((weight) => weight.includes(','));
  if (countries.length === 0) return notSeen(36);
  if (odd.length > 0) return contradicted(36, `countries: ${listed(odd)}`, { alternative: '36a' });
  if (numbers.length > 0) return contradicted(36, `${numbers.length} weights have a comma`, { alternative: '36b' });
  return confirmed(36, `countries: ${listed(countries.filter((country) => country !== ''))}`);
}

function learnMapping(
  nodes: readonly Node[],
  tables: { readonly services: ReadonlySet<string>; readonly billUnits: ReadonlySet<string> },
): Finding[] {
  const services = nodes.flatMap((node) =>
    all(node, 'Service').map((service) => `${text(service, 'Code')}-${text(service, 'Surcharge')}`),
  );
  const units = nodes.flatMap((node) => all(node, 'BillUnit').map((unit) => text(unit, 'Type')));
  const bare = services.filter((service) => /^-|-$/.test(service));
  const without = [
    ...services.filter((service) => !tables.services.has(service)),
    ...units.filter((unit) => !tables.billUnits.has(unit)),
  ];
  return [
    bare.length > 0
      ? contradicted(37, `${bare.length} of ${services.length} services lack a part`, { alternative: '37a' })
      : confirmed(37, `services: ${listed(services)}`),
    without.length === 0
      ? confirmed(154, 'every service and bill unit has a line')
      : notSeen(154, `without a line in qargo.serviceLevels or qargo.packagings, so unchanged: ${listed(without)}`),
  ];
}
