/** Flips of the feed of notes and of what is sent to it: 2 to 5 and 13 to 22. */
import type { Line } from './line.ts';
import { type Sent, texts, type Wire } from './wire.ts';

const POD_AT = '2026-07-01T05:12:33Z';

/** Delta of a network's note of now, and of `at`. */
async function noted(wire: Wire, more: Record<string, unknown> = {}) {
  const made = await wire.create();
  await wire.deed(made.responseId, 'note', { group: 'HUB', type: 'ARR', ...more });
  return made;
}

/** Whether the delta has the note of a consignment that was made so. */
async function inDelta(wire: Wire, trackingId: string): Promise<string> {
  return (await wire.read('getNotes/delta/1700000000')).includes(trackingId) ? 'in' : 'out';
}

async function ofAnotherKey(wire: Wire, changes: Record<string, string>): Promise<string> {
  await wire.organisation('other', '571', {});
  const made = await wire.create({ DeliveryDepot: '571', ...changes }, { organisation: 'other' });
  await wire.deed(made.responseId, 'note', { group: 'HUB', type: 'ARR' });
  return inDelta(wire, made.trackingId);
}

async function oneNote(wire: Wire, sent: Omit<Sent, 'id'>): Promise<string> {
  const { trackingId } = await wire.create();
  await wire.notes([{ id: trackingId, ...sent }]);
  return wire.read(`getNotes/trackingId/${trackingId}`);
}

async function numbers(wire: Wire, notes: number): Promise<string[]> {
  const { responseId, trackingId } = await wire.create();
  for (let nth = 0; nth < notes; nth += 1) await wire.deed(responseId, 'note', { group: 'HUB', type: 'ARR' });
  return texts(await wire.read(`getNotes/trackingId/${trackingId}`), 'SysNote');
}

async function failed(wire: Wire): Promise<string> {
  const { responseId, trackingId } = await wire.create();
  await wire.deed(responseId, 'fail', { reason: 'closed' });
  const xml = await wire.read(`getNotes/trackingId/${trackingId}`);
  const word = (name: string) => texts(xml, name).join();
  const { status } = await wire.view(responseId);
  return `${word('NoteGroup')} ${word('NoteText')} ${word('PodSignature')} ${word('BookInDate')} status ${status}`;
}

async function statusCode(wire: Wire, barcode = ''): Promise<string> {
  const { trackingId } = await noted(wire, { statusCode: 500, barcode });
  return texts(await wire.read(`getNotes/trackingId/${trackingId}`), 'StatusCode').join();
}

const shownText = (text: string) => async (wire: Wire) =>
  `[${texts(await oneNote(wire, { text }), 'NoteText').join()}]`;

/** A call of two notes, of which the second is of nobody. */
async function halfGood(wire: Wire): Promise<string> {
  const { trackingId } = await wire.create();
  const answer = await wire.notes([{ id: trackingId }, { id: '60000000000' }]);
  return `${answer} ${texts(await wire.read(`getNotes/trackingId/${trackingId}`), 'SysNote').length} stored`;
}

async function twoGood(wire: Wire): Promise<string> {
  const { trackingId } = await wire.create();
  return wire.notes([{ id: trackingId }, { id: trackingId }]);
}

/** In how many rows our note is, by form of the question. */
async function ownRows(wire: Wire): Promise<string> {
  const { trackingId, conNo } = await wire.create();
  await wire.notes([{ id: trackingId }]);
  const forms = ['delta/0', 'dateRange/2026-11-22/00:00:00/2026-11-24/00:00:00', `trackingId/${trackingId}`];
  const rows: number[] = [];
  for (const form of [...forms, `conNo/${conNo}`])
    rows.push(texts(await wire.read(`getNotes/${form}`), 'SysNote').length);
  return rows.join(' ');
}

async function clock(wire: Wire): Promise<string> {
  const { trackingId } = await noted(wire, { at: POD_AT });
  return texts(await wire.read(`getNotes/trackingId/${trackingId}`), 'NoteTime').join();
}

async function pod(wire: Wire): Promise<string> {
  const { trackingId } = await noted(wire, { group: 'POD', type: 'POD', customerName: 'Sam Reed', at: POD_AT });
  const xml = await wire.read(`getNotes/trackingId/${trackingId}`);
  const of = (name: string) => texts(xml, name).join('|');
  return `[${of('PodDate')}] [${of('PodTime')}] [${of('PodSignature')}]`;
}

async function statusAfterPod(wire: Wire): Promise<string> {
  const { trackingId, responseId } = await wire.create();
  await wire.notes([{ id: trackingId, group: 'POD', type: 'POD', name: 'Sam Reed' }]);
  const before = (await wire.view(responseId)).status;
  await wire.put(`/pod/564/${trackingId}_01.jpg`);
  return `${before} ${(await wire.view(responseId)).status}`;
}

async function againHigher(wire: Wire): Promise<string> {
  await noted(wire);
  const first = texts(await wire.read('getNotes/delta/0'), 'Delta')[0];
  await new Promise((resolve) => setTimeout(resolve, 2_100));
  const next = await wire.read(`getNotes/delta/${Number(first) + 1}`);
  return texts(next, 'SysNote').length > 0 ? 'again' : 'once';
}

export const feedLines: Line[] = [
  { flip: '2a', call: async (wire) => inDelta(wire, (await noted(wire)).trackingId), without: /^in$/, played: /^out$/ },
  { flip: '2b', call: (wire) => ofAnotherKey(wire, { CollectionDepot: '564' }), without: /^out$/, played: /^in$/ },
  { flip: '2c', call: (wire) => ofAnotherKey(wire, { CollectionDepot: '312' }), without: /^out$/, played: /^in$/ },
  {
    flip: '3a',
    call: async (wire) => {
      await noted(wire);
      return wire.read(`getNotes/delta/${texts(await wire.read('getNotes/delta/0'), 'Delta').join()}`);
    },
    without: /<SysNote>/,
    played: /NO_RESULTS_FOUND/,
  },
  {
    flip: '3b',
    call: async (wire) => {
      await numbers(wire, 7);
      return texts(await wire.read('getNotes/delta/0'), 'SysNote').join();
    },
    without: /^21971,21972,.*21977$/,
    played: /^21977,21976,21975,21974,21973$/,
  },
  { flip: '3c', call: async (wire) => inDelta(wire, (await noted(wire)).trackingId), without: /^in$/, played: /^out$/ },
  {
    flip: '3d',
    call: async (wire) => inDelta(wire, (await noted(wire)).trackingId),
    without: /^in$/,
    played: /^out$/,
  },
  {
    flip: '3e',
    call: async (wire) => {
      await noted(wire);
      return wire.read('getNotes/delta/1700000000');
    },
    without: /<SysNote>/,
    played: /^ERROR: The date/,
  },
  {
    flip: '4a',
    call: async (wire) => {
      await noted(wire, { at: POD_AT });
      return texts(await wire.read('getNotes/delta/0'), 'Delta').join();
    },
    without: /^(?!1782882753)\d{10}$/,
    played: /^1782882753$/,
  },
  { flip: '4b', call: againHigher, without: /^once$/, played: /^again$/ },
  {
    flip: '4c',
    call: async (wire) => {
      await noted(wire);
      const ahead = Number(texts(await wire.read('getNotes/delta/0'), 'Delta').join()) - Date.now() / 1000;
      return `${Math.round(ahead / 360) / 10} h`;
    },
    without: /^-?0 h$/,
    played: /^5.5 h$/,
  },
  { flip: '5a', call: async (wire) => (await numbers(wire, 2)).join(), without: /^21971,21972$/, played: /^1,2$/ },
  {
    flip: '5b',
    call: async (wire) => `${new Set(await numbers(wire, 10)).size} numbers`,
    without: /^10 numbers$/,
    played: /^8 numbers$/,
  },
  {
    flip: '5c',
    call: async (wire) => `[${(await numbers(wire, 1)).join(',')}]`,
    without: /^\[21971\]$/,
    played: /^\[\]$/,
  },
  {
    flip: '5d',
    call: async (wire) => `${(await numbers(wire, 1)).join(',')} ${(await numbers(wire, 1)).join(',')}`,
    without: /^21971 21971$/,
    played: /^(\d{8}) (?!\1)\d{8}$/,
  },
  { flip: '13b', call: failed, without: /^BIN Re-planned .* status 100$/, played: /^ {3} ?status 700$/ },
  { flip: '13c', call: failed, without: /^BIN /, played: /^JIN Not delivered: closed/ },
  { flip: '13d', call: failed, without: /^BIN /, played: /^POD closed Rechazada/ },
  { flip: '13e', call: failed, without: /^BIN /, played: /^REJ closed/ },
  { flip: '14b', call: statusCode, without: /^0$/, played: /^100$/ },
  {
    flip: '14c',
    call: async (wire) => `${await statusCode(wire)} ${await statusCode(wire, 'B000000001')}`,
    without: /^0 0$/,
    played: /^0 500$/,
  },
  { flip: '14d', call: statusCode, without: /^0$/, played: /^500$/ },
  {
    flip: '15a',
    call: async (wire) => wire.notes([{ id: (await wire.create()).trackingId, group: 'STS', type: 'OFD' }]),
    without: /<Code>OK<\/Code>/,
    played: /ERROR_VALIDATION.*<ValidationErrors\/>/,
  },
  {
    flip: '15b',
    call: async (wire) => wire.notes([{ id: (await wire.create()).trackingId, group: 'STS', type: 'OFD' }]),
    without: /<Code>OK<\/Code>/,
    played: /<Index>1<\/Index><Error><Code>ERROR_NOTE_NOTE_TYPE_VALUE/,
  },
  {
    flip: '15d',
    call: async (wire) => {
      const { trackingId: id } = await wire.create();
      return `${await wire.notes([{ id }])} ${await wire.notes([{ id, group: 'JIN', type: '31' }])}`;
    },
    without: /^.*<Code>OK<.*<Code>OK</s,
    played: /note code id.*<Code>OK</s,
  },
  {
    flip: '15e',
    call: (wire) => oneNote(wire, { group: 'STS', type: 'OFD' }),
    without: /<NoteGroup>JIN<\/NoteGroup><NoteType>GIN</,
    played: /<NoteGroup>STS<\/NoteGroup><NoteType>OFD</,
  },
  { flip: '16b', call: statusAfterPod, without: /^100 100$/, played: /^100 900$/ },
  {
    flip: '16c',
    call: async (wire) => {
      const { trackingId: id, responseId } = await wire.create();
      await wire.notes([{ id, group: 'STS', type: 'OFD' }]);
      return `${(await wire.view(responseId)).status}`;
    },
    without: /^100$/,
    played: /^800$/,
  },
  {
    flip: '17a',
    call: halfGood,
    without: /ERROR_VALIDATION.*<Index>2<.* 0 stored$/s,
    played: /ERROR_VALIDATION.*<ImportDetail>.*<Index>2<.* 1 stored$/s,
  },
  {
    flip: '17b',
    call: async (wire) => `${await halfGood(wire)} ${(await twoGood(wire)).split('<ImportDetail>').length - 1} details`,
    without: /<Index>2<.* 2 details$/s,
    played: /<ValidationErrors><Error>.* 1 details$/s,
  },
  { flip: '17c', call: twoGood, without: /<ImportDetail>/, played: /<Detail><Message>2 notes have been imported/ },
  { flip: '19a', call: shownText('a'.repeat(300)), without: /^\[a{300}\]$/, played: /^\[a{100}\]$/ },
  { flip: '19b', call: shownText('1 + 1 für\nzwei'), without: /1 \+ 1 für\nzwei/, played: /1 {3}1 fur zwei/ },
  { flip: '19c', call: shownText('A word'), without: /^\[A word\]$/, played: /^\[north: A word\]$/ },
  { flip: '19d', call: shownText('A word'), without: /^\[A word\]$/, played: /^\[A WORD\]$/ },
  { flip: '19e', call: shownText('a'.repeat(300)), without: /^\[a{300}\]$/, played: /^\[a{50}\]$/ },
  { flip: '19f', call: shownText('a'.repeat(300)), without: /^\[a{300}\]$/, played: /^\[a{255}\]$/ },
  { flip: '19g', call: shownText('A word'), without: /^\[A word\]$/, played: /^\[A word \(north\)\]$/ },
  {
    flip: '19h',
    call: async (wire) => wire.notes([{ id: (await wire.create()).trackingId, text: 'a'.repeat(251) }]),
    without: /<Code>OK</,
    played: /ERROR_NOTE_FREE_TEXT_VALUE/,
  },
  { flip: '20a', call: ownRows, without: /^1 1 1 1$/, played: /^0 0 1 1$/ },
  { flip: '20b', call: ownRows, without: /^1 1 1 1$/, played: /^0 0 0 0$/ },
  { flip: '20c', call: ownRows, without: /^1 1 1 1$/, played: /^2 2 2 2$/ },
  { flip: '21a', call: clock, without: /^10:42:33$/, played: /^07:12:33$/ },
  { flip: '21b', call: clock, without: /^10:42:33$/, played: /^05:12:33$/ },
  { flip: '21c', call: clock, without: /^10:42:33$/, played: /^06:12:33$/ },
  { flip: '22a', call: pod, without: /^\[2026-07-01\] \[10:42:33\]/, played: /^\[(?!2026-07-01)[\d-]+\] \[[\d:]+\]/ },
  { flip: '22b', call: pod, without: /^\[2026-07-01\]/, played: /^\[\] \[\] \[Sam Reed\]$/ },
  { flip: '22c', call: pod, without: /\[10:42:33\]/, played: /^\[2026-07-01\] \[\] \[Sam Reed\]$/ },
  { flip: '22d', call: pod, without: /\[Sam Reed\]$/, played: /\[\|Sam Reed\]$/ },
  {
    flip: '75a',
    call: async (wire) => {
      const { trackingId: id } = await wire.create();
      return wire.notes(Array.from({ length: 51 }, () => ({ id })));
    },
    without: /<Code>OK</,
    played: /at most 50/,
  },
  { flip: '75b', call: twoGood, without: /<Code>OK</, played: /at most 1\b/ },
  { flip: '73a', call: twoGood, without: /<ImportID\/><ResponseID>\d+</, played: /<Index>2<\/Index><SysNote>21972</ },
];
