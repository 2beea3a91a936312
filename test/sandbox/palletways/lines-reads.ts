/** Flips of what a consignment is, in pushes and reads: 1, 6 to 12, 23 to 28, 35 to 37 and 71 to 78. */
import type { Line } from './line.ts';
import { type Sent, texts, type Wire } from './wire.ts';

const TWO_UNITS = [
  { Type: 'FP', Amount: 2 },
  { Type: 'QP', Amount: 1 },
];
const COLLECTION = { Type: 'C', CollectionReference: 'COL-1' };
const BOOKING = { date: '2026-12-24', time: '09:30', contact: 'Pat', reference: 'BK-7' };

/** getConsignment of one that was made with these changes and deeds. */
const reading =
  (changes: Record<string, unknown> = {}, deeds: [string, unknown][] = []) =>
  async (wire: Wire) => {
    const { responseId, trackingId } = await wire.create({ DeliveryDate: '2026-12-02', ...changes });
    for (const [deed, body] of deeds) await wire.deed(responseId, deed, body);
    return wire.read(`getConsignment/${trackingId}`);
  };

const one =
  (read: (wire: Wire) => Promise<string>, ...names: string[]) =>
  async (wire: Wire) => {
    const xml = await read(wire);
    return names.map((name) => `${name}=${texts(xml, name).join('|')}`).join(' ');
  };

const booked: [string, unknown][] = [['note', { group: 'BIN', type: 'BIN', bookIn: BOOKING }]];
const labelled: [string, unknown][] = [['label', { push: false }]];

const pushing =
  (more: Record<string, unknown> = {}) =>
  async (wire: Wire) => {
    await wire.create({ DeliveryDate: '2026-12-02' }, { push: true, ...more });
    return wire.pushes();
  };

/** What is read by the old id of a consignment that got another, and the notes of it. */
async function redirected(wire: Wire): Promise<string> {
  const { responseId, trackingId: old } = await wire.create();
  await wire.deed(responseId, 'redirect', { push: false });
  const { trackingId } = await wire.view(responseId);
  const xml = await wire.read(`getConsignment/${old}`);
  const notes = await wire.read('getNotes/delta/0');
  const answered = texts(xml, 'TrackingID').join();
  const by = answered === old ? 'old' : answered === trackingId ? 'new' : 'nothing';
  const found = `${texts(notes, 'NoteText').join()} / ${texts(notes, 'BookInReference').join()}`;
  return `${by} ${texts(xml, 'BookInReference').join()}; ${found.replaceAll(trackingId, '<new>')}`;
}

/** What is left to find of one that was cancelled: pushes, notes, its status, a read. */
async function cancelled(wire: Wire): Promise<string> {
  const { responseId, trackingId } = await wire.create();
  await wire.deed(responseId, 'cancel');
  const pushes = (await wire.pushes()).includes('CANCELLED') ? 'pushed' : 'silent';
  const notes = texts(await wire.read('getNotes/delta/0'), 'NoteGroup').join() || 'no note';
  const status = texts(await wire.read(`conStatusByTrackingId/${trackingId}`), 'StatusCode').join() || 'no status';
  const read = (await wire.read(`getConsignment/${trackingId}`)).includes('<Number>') ? 'read' : 'not read';
  return `${pushes}, ${notes}, ${status}, ${read}`;
}

async function collected(wire: Wire): Promise<string> {
  const { responseId, trackingId } = await wire.create(COLLECTION);
  const went = await wire.deed(responseId, 'collect');
  const type = texts(await wire.read(`getConsignment/${String(went.trackingId)}`), 'Type')[0];
  return `${type} ${went.trackingId === trackingId ? 'same' : 'other'} ${String(went.status)}`;
}

/** Depot number of a read, of one that `requesting` entered. */
const depot =
  (changes: Record<string, unknown>, requesting: string, ...names: string[]) =>
  async (wire: Wire) => {
    const { trackingId } = await wire.create(changes, { requesting });
    const xml = await wire.read(`getConsignment/${trackingId}`);
    const number = /<Depot><Number>([^<]*)<|<Depot><Number\/>/.exec(xml)?.[1] ?? '';
    return [`[${number}]`, ...names.map((name) => texts(xml, name).join())].join(' ');
  };

async function statusRows(wire: Wire): Promise<string> {
  const { trackingId } = await wire.create();
  return `${await wire.read(`conStatusByTrackingId/${trackingId}`)} ${await wire.read(`api/getDynConStatus/${trackingId}`)}`;
}

const byId = (id: 'responseId' | 'trackingId') => async (wire: Wire) =>
  wire.read(`conStatusById/${(await wire.create())[id]}`);

async function afterFailure(wire: Wire, sent: Omit<Sent, 'id'>): Promise<string> {
  const { trackingId: id } = await wire.create();
  await wire.notes([{ id, ...sent }]);
  return one(() => wire.read(`getConsignment/${id}`), 'BookedIn')(wire);
}

async function entered(wire: Wire): Promise<string> {
  const data =
    '<Manifest><Confirm>yes</Confirm><Depot><Account><Consignment><Type>D</Type><Lifts>1</Lifts><Weight>10</Weight>' +
    '<Service><Type>Delivery</Type><Code>A</Code><Surcharge>A</Surcharge></Service><Address><Type>Delivery</Type>' +
    '<CompanyName>H</CompanyName><Town>T</Town><PostCode>P</PostCode><Country>GB</Country></Address>' +
    '<BillUnit><Type>FP</Type><Amount>1</Amount></BillUnit></Consignment></Account></Depot></Manifest>';
  const parameters = { apikey: 'key-north', commit: 'yes', inputformat: 'xml', outputformat: 'xml' };
  return wire.post('createConsignment', data, 'multipart', parameters);
}

/** Barcodes of a read, at once and half a second after the labels, which is more than ten minutes at this pace. */
async function barcodes(wire: Wire): Promise<string> {
  const { responseId, trackingId } = await wire.create();
  await wire.deed(responseId, 'label', { push: false });
  const at = async () => texts(await wire.read(`getConsignment/${trackingId}`), 'Pallet').join();
  const first = await at();
  await new Promise((resolve) => setTimeout(resolve, 500));
  return first === (await at()) ? 'the same' : 'others';
}

async function labels(wire: Wire, changes: Record<string, unknown> = {}): Promise<string> {
  const { responseId, trackingId } = await wire.create(changes);
  await wire.deed(responseId, 'label', { push: false });
  const { barcodes: known } = await wire.view(responseId);
  const whole = await wire.read(`getLabelsByTID/${trackingId}`);
  const single = await wire.read(`api/getLabelsByBarcode/${known[1]}`);
  const pages = (pdf: string) => pdf.split('/Type /Page\n').length - 1;
  if (!whole.startsWith('%PDF')) return whole;
  return `${pages(whole)} of ${known.length}, ${single.slice(0, 4)} ${whole.length > single.length * 1.2 ? 'whole' : 'one'}`;
}

const due = (changes: Record<string, unknown> = {}, deeds: [string, unknown][] = []) =>
  one(reading(changes, deeds), 'DueDate', 'DueTime');
const service = (surcharge: string) => ({ Service: { Type: 'Delivery', Code: 'A', Surcharge: surcharge } });

const pushLines: Line[] = [
  { flip: '1a', call: pushing(), without: /<Event>CREATED</, played: /^$/ },
  {
    flip: '1b',
    call: async (wire) => {
      await pushing()(wire);
      const files = await wire.ftp(async (client) => (await client.list('/out')).map(({ name }) => name).join());
      return `${files} ${wire.twin.ears.heard.length} pushes`;
    },
    without: / 1 pushes$/,
    played: /^created-\d+\.xml 0 pushes$/,
  },
  {
    flip: '71a',
    call: pushing(),
    without: /<HandBall>.*<DueDate>2026-12-02</,
    played: /<Handball>.*<DeliveryDate>2026-12-02</,
  },
  { flip: '71b', call: pushing(), without: /<ManifestNote>Ring first</, played: /^(?!.*ManifestNote).*<Addr1>/s },
  {
    flip: '71c',
    call: async (wire) => {
      const { responseId } = await wire.create();
      await wire.deed(responseId, 'amend', { changes: { Weight: '20' } });
      return wire.pushes();
    },
    without: /<Weight>20.00<.*<Address>/,
    played: /^(?!.*<Address>).*<Weight>20.00</s,
  },
  {
    flip: '71d',
    call: async (wire) => {
      const { responseId } = await wire.create();
      await wire.deed(responseId, 'redirect', { push: true });
      return wire.pushes();
    },
    without: /<Event>TRACKED</,
    played: /^$/,
  },
  { flip: '77a', call: pushing(), without: /<ResponseID>\d+</, played: /^(?!.*ResponseID).*<Event>CREATED</s },
];

const listLines: Line[] = [
  {
    flip: '6b',
    call: async (wire) => {
      await wire.create(COLLECTION);
      return `${await wire.read('consEntered')} ${texts(await wire.read('api/consEntered'), 'ConNo').length} on the portal`;
    },
    without: /<Code>OK<.* 1 on the portal$/,
    played: /^The requested API is not available\. 1 on the portal$/,
  },
  { flip: '6c', call: (wire) => wire.read('consEntered'), without: /NO_RESULTS_FOUND/, played: /<Code>OK<.*<Data\/>/ },
  {
    flip: '6d',
    call: async (wire) => {
      await wire.create();
      await wire.create(COLLECTION);
      return `${texts(await wire.read('consEntered'), 'ConNo').length} listed`;
    },
    without: /^1 listed$/,
    played: /^2 listed$/,
  },
  { flip: '28a', call: statusRows, without: /<StatusCode>100</, played: /^(?!.*StatusCode).*<dc_syscon>\d{11}</s },
  {
    flip: '28b',
    call: statusRows,
    without: /<StatusCode>.*<StatusCode>/s,
    played: /^(?!.*<StatusCode>.*<StatusCode>).*<StatusCode>/s,
  },
  { flip: '28c', call: statusRows, without: /<StatusCode>/, played: /^(?!.*StatusCode).*NOT BARCODED</s },
  { flip: '28d', call: statusRows, without: /<DeliveryDate\/>/, played: /<ResponseID>\d+<.*<EntryDate>/ },
  { flip: '76a', call: byId('responseId'), without: /<Code>OK</, played: /NO_RESULTS_FOUND/ },
  { flip: '76b', call: byId('trackingId'), without: /<Code>OK</, played: /NO_RESULTS_FOUND/ },
  {
    flip: '78a',
    call: (wire) => wire.read('keytest'),
    without: /<DepotNumber>564</,
    played: /<Data><DepotName>north<\/DepotName><UserName>/,
  },
  {
    flip: '78b',
    call: (wire) => wire.read('keytest'),
    without: /<UserName>/,
    played: /^The API key provided is valid/,
  },
];

const elementLines: Line[] = [
  { flip: '7b', call: reading(), without: /^(?!.*ManifestNote)/s, played: /<ManifestNote>.*<NotificationSet\/>/ },
  { flip: '7c', call: reading({}, labelled), without: /<BookInRequest>/, played: /^(?!.*BookIn).*<Pallet>/s },
  { flip: '7d', call: reading(), without: /<BookInEmailAddress\/>/, played: /^(?!.*EmailAddress).*<ManifestNote>/s },
  { flip: '8a', call: reading(), without: /<BookInEmailAddress\/>/, played: /^(?!.*<\w+\/>).*<DueTime>/s },
  {
    flip: '8b',
    call: reading(),
    without: /<Telephone\/>.*/,
    played: /^(?!.*(Telephone|BillUnit|Insurance)).*<Lifts>/s,
  },
  { flip: '9a', call: due({}, booked), without: /DueTime=20:00$/, played: /DueTime=09:30$/ },
  { flip: '9b', call: due({ DeliveryTime: '08:00' }), without: /DueTime=08:00$/, played: /DueTime=17:30$/ },
  { flip: '9c', call: due(service('E')), without: /DueTime=20:00$/, played: /DueTime=12:00$/ },
  { flip: '9d', call: reading(), without: /<DueTime>20:00</, played: /^(?!.*DueTime).*<DueDate>/s },
  { flip: '9e', call: due(), without: /DueTime=20:00$/, played: /DueTime=00:00$/ },
  { flip: '10a', call: due({}, booked), without: /^DueDate=2026-12-02 /, played: /^DueDate=2026-12-24 DueTime=09:30$/ },
  {
    flip: '10b',
    call: due({ DeliveryDate: '2036-12-02' }, [['amend', { changes: { DeliveryDate: '2036-12-05' } }]]),
    without: /^DueDate=2036-12-05 /,
    played: /^DueDate=(?!2036)\d/,
  },
  { flip: '10c', call: due(COLLECTION), without: /^DueDate=2026-12-02 /, played: /^DueDate= / },
  {
    flip: '11a',
    call: (wire) => afterFailure(wire, { group: 'STS', type: 'FLD' }),
    without: /^BookedIn=no$/,
    played: /^BookedIn=yes$/,
  },
  {
    flip: '11b',
    call: async (wire) => {
      const { responseId, trackingId } = await wire.create();
      await wire.deed(responseId, 'note', { group: 'BIN', type: 'BIN', bookIn: BOOKING });
      const read = `${await wire.read(`getNotes/trackingId/${trackingId}`)}${await wire.read(`getConsignment/${trackingId}`)}`;
      return one(() => Promise.resolve(read), 'BookInDate', 'BookedIn')(wire);
    },
    without: /^BookInDate=2026-12-24 BookedIn=yes$/,
    played: /^BookInDate= BookedIn=yes$/,
  },
  {
    flip: '12a',
    call: redirected,
    without: /^old Rechazada\.; Re-planned .* \/ Redireccionada <new>$/,
    played: /^old Rechazada\.; Redireccionada <new> \/ $/,
  },
  { flip: '12b', call: redirected, without: /^old /, played: /^nothing ; {2}\/ $/ },
  { flip: '12c', call: redirected, without: /^old /, played: /^new ; / },
  { flip: '12d', call: redirected, without: /Redireccionada/, played: /Redirected to <new>$/ },
];

const valueLines: Line[] = [
  {
    flip: '23b',
    call: one(reading({ BillUnit: TWO_UNITS }, labelled), 'Pallet'),
    without: /^Pallet=B\w{9}\|B\w{9}$/,
    played: /^Pallet=B\w{9}\|B\w{9}\|B\w{9}$/,
  },
  { flip: '23c', call: barcodes, without: /^the same$/, played: /^others$/, pace: 5_000 },
  {
    flip: '23d',
    call: reading({}, labelled),
    without: /<Pallet>B\w{9}<\/Pallet><Pallet>/,
    played: /<Pallet>B\w{9}\|B\w{9}<\/Pallet>/,
  },
  { flip: '23e', call: one(reading(), 'Pallet'), without: /^Pallet=$/, played: /^Pallet=B\w{9}\|B\w{9}$/ },
  { flip: '24a', call: one(reading(), 'Lifts', 'Amount'), without: /^Lifts=2 Amount=2$/, played: /^Lifts=1 Amount=3$/ },
  { flip: '24b', call: one(reading(), 'Lifts', 'Amount'), without: /^Lifts=2 Amount=2$/, played: /^Lifts=2 Amount=1$/ },
  { flip: '24c', call: one(reading(), 'Lifts', 'Amount'), without: /^Lifts=2 Amount=2$/, played: /^Lifts=2 Amount=$/ },
  { flip: '25a', call: depot({ CollectionDepot: '563' }, '571'), without: /^\[571\]$/, played: /^\[563\]$/ },
  { flip: '25b', call: depot({ Type: 'C' }, '564'), without: /^\[564\]$/, played: /^\[\]$/ },
  {
    flip: '25c',
    call: depot({}, '571', 'CollectionDepot', 'DeliveryDepot'),
    without: /^\[571\] 563 564$/,
    played: /^\[ES571\] ES563 ES564$/,
  },
  { flip: '26a', call: collected, without: /^C same 300$/, played: /^D same 300$/ },
  { flip: '26b', call: collected, without: /^C same 300$/, played: /^D other 100$/ },
  { flip: '26c', call: collected, without: /^C same 300$/, played: /^C same 900$/ },
  { flip: '27a', call: cancelled, without: /^pushed, no note, 100, read$/, played: /^silent, no note, 15, read$/ },
  { flip: '27b', call: cancelled, without: /^pushed/, played: /^silent, no note, no status, not read$/ },
  { flip: '27c', call: cancelled, without: /^pushed/, played: /^silent, no note, 100, read$/ },
  { flip: '27d', call: cancelled, without: /^pushed/, played: /^silent, JIN, 100, read$/ },
  { flip: '27e', call: cancelled, without: /^pushed, no note/, played: /^pushed, CAN, 100, read$/ },
  { flip: '35a', call: labels, without: /^\d of 2/, played: /^There was an error generating this label/ },
  {
    flip: '35b',
    call: async (wire) => `${await labels(wire, COLLECTION)}; ${await labels(wire)}`,
    without: /whole; \d of 2/,
    played: /whole; There was an error/,
  },
  { flip: '35c', call: labels, without: / whole$/, played: /%PDF one$/ },
  { flip: '36a', call: one(reading(), 'Country'), without: /=GB$/, played: /=UK$/ },
  { flip: '36b', call: one(reading(), 'Weight'), without: /=110\.00$/, played: /=110,00$/ },
  { flip: '36c', call: one(reading(), 'Lifts'), without: /=2$/, played: /=$/ },
  { flip: '36d', call: one(reading(), 'Country'), without: /=GB$/, played: /=GBR$/ },
  { flip: '36e', call: one(reading(), 'Country'), without: /=GB$/, played: /=United Kingdom$/ },
  { flip: '37a', call: one(reading(), 'Code', 'Surcharge'), without: /\|A Surcharge=A$/, played: /Surcharge=$/ },
  { flip: '37b', call: one(reading(), 'Surcharge'), without: /=A$/, played: /=A\|B$/ },
  { flip: '37c', call: one(reading(), 'Surcharge'), without: /=A$/, played: /=1A$/ },
  { flip: '37d', call: one(reading(), 'Surcharge'), without: /=A$/, played: /=a$/ },
  {
    flip: '72a',
    call: depot({}, '571', 'Name'),
    without: /^\[571\] Depot 571/,
    played: /^\[564\] north/,
  },
  { flip: '74a', call: entered, without: /^(?!.*TrackingID).*<ResponseID>/s, played: /<TrackingID>\d{11}</ },
  { flip: '74b', call: entered, without: /^(?!.*TrackingID).*<ResponseID>/s, played: /<TrackingID>Array</ },
];

export const readLines: Line[] = [...pushLines, ...listLines, ...elementLines, ...valueLines];
