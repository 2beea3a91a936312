/** createSystemNote (apis 1.7): a depot tells what happened. Group and type codes are assumed (wire-assumptions 2.3). */
import { isDeepStrictEqual } from 'node:util';
import { type Answer, type Call, type Context, type Method, ownOf, successful } from '../answer.ts';
import { isoDateOf, realTime } from '../clock.ts';
import { type Code, spoken, standard, written } from '../dialect.ts';
import type { Organisation } from '../organisation.ts';
import { first, type Tree, text, trees } from '../tree.ts';
import type { Consignment } from '../world.ts';
import { asTrees, badValue, commits, dataOf, invalid, mandatory, NOT_COMMITTED, type Problem } from './submission.ts';

/** Assumed, as all numbers of this file (wire-assumptions 2.3). */
const MOST_NOTES = 50;
const LENGTHS: [field: string, most: number][] = [
  ['free_text', 250],
  ['customer_name', 50],
  ['note_description', 40],
];
/** What a depot may send; CAN comes from Palletways only. NoteCodeID 32 is of the published BIN example, the others are made up. */
const CODES: Record<string, Record<string, number>> = {
  PLN: { ALC: 60, UNA: 61 },
  SCN: { LOD: 70, UNL: 71, XDK: 72, DEL: 73 },
  STS: { OFD: 80, ARR: 81, DLV: 82, FLD: 83, ETA: 84, COL: 85 },
  EXC: { CRD: 40, ADR: 41, DMG: 42, SHT: 43, REF: 44, CLO: 45, OTH: 46 },
  POD: { POD: 50 },
  JIN: { GIN: 31 },
  BIN: { BIN: 32 },
};
const AT_DELIVERY_DEPOT = 700;
const OUT_FOR_DELIVERY = 800;
const JOB_COMPLETE = 900;
/** The status a note sets (apis 1.8). A late note never takes a status back, but for a failed delivery: back at the depot. */
const STATUS: Record<string, number> = {
  'SCN/UNL': AT_DELIVERY_DEPOT,
  'SCN/XDK': AT_DELIVERY_DEPOT,
  'STS/OFD': OUT_FOR_DELIVERY,
  'STS/FLD': AT_DELIVERY_DEPOT,
  'STS/DLV': JOB_COMPLETE,
  'POD/POD': JOB_COMPLETE,
};
const BARCODE = /^B[0-9A-Z]{9}$/;

export const createSystemNote: Method = (call, context): Answer => {
  const data = dataOf(call, 'notes');
  if ('refusal' in data) return data.refusal;
  const notes = trees(data.tree, 'note');
  const header = headerProblems(first(data.tree, 'header'), notes.length);
  if (header.length > 0) return invalid({ Header: { Error: asTrees(header) } });
  const wrong: Tree[] = [];
  // assumed: nothing says that a refusal always names its note (wire-assumptions 2.3)
  if (notes.some((note) => consignmentOf(call, context, note)?.archived === 'unnamed')) return invalid('');
  for (const [position, note] of notes.entries()) {
    const problems = noteProblems(call, context, note);
    if (problems.length > 0) wrong.push({ Index: String(position + 1), Error: asTrees(problems) });
  }
  if (wrong.length > 0) return invalid({ Note: wrong });
  if (!commits(call)) return NOT_COMMITTED;
  const stored = notes.map((note, position) => ({ Index: String(position + 1), SysNote: keep(call, context, note) }));
  return successful({ ImportDetail: stored.map((one) => spoken(call.organisation, one)) });
};

function headerProblems(header: Tree, notes: number): Problem[] {
  const problems: Problem[] = [];
  const quantity = text(header, 'notes_qty');
  if (isoDateOf(text(header, 'create_date')) === null)
    problems.push(badValue('Header', 'create_date', 'dd/mm/yy', text(header, 'create_date')));
  if (realTime(text(header, 'create_time')) === null)
    problems.push(badValue('Header', 'create_time', 'HH:MM', text(header, 'create_time')));
  if (notes === 0) problems.push(mandatory('Notes', 'note'));
  else if (quantity !== String(notes))
    problems.push(badValue('Header', 'notes_qty', `number of notes: ${notes}`, quantity));
  if (notes > MOST_NOTES) problems.push(badValue('Header', 'notes_qty', `at most ${MOST_NOTES}`, String(notes)));
  return problems;
}

/** Which of the codes a note is of, in the words of wire-assumptions 2.3 whatever the dialect; null for none. */
function meantBy(organisation: Organisation, note: Tree): Code | null {
  const meant = standard(organisation, { group: text(note, 'note_group'), type: text(note, 'note_type') });
  if (meant === null) return null;
  const known = Object.hasOwn(CODES, meant.group) && Object.hasOwn(CODES[meant.group] ?? {}, meant.type);
  return known || organisation.moreCodes?.includes(`${meant.group}/${meant.type}`) === true ? meant : null;
}

/** Whether any code is written with this group here. */
function isGroup(organisation: Organisation, group: string): boolean {
  const codes = Object.entries(CODES).flatMap(([name, types]) =>
    Object.keys(types).map((type) => ({ group: name, type })),
  );
  const more = (organisation.moreCodes ?? []).map((code) => ({ group: code.split('/')[0] ?? '', type: '' }));
  return codes.some((code) => written(organisation, code).group === group) || more.some((code) => code.group === group);
}

function consignmentOf(call: Call, { world }: Context, note: Tree): Consignment | null {
  return ownOf(call.organisation, world.ofTrackingId(text(note, 'pw_id')));
}

function noteProblems(call: Call, context: Context, note: Tree): Problem[] {
  const problems: Problem[] = [];
  for (const field of ['pw_id', 'note_create_date', 'note_create_time', 'note_group', 'note_type']) {
    if (text(note, field) === '') problems.push(mandatory('Note', field));
  }
  const wrong = (field: string, format: string, ok: (value: string) => boolean) => {
    const value = text(note, field);
    if (value !== '' && !ok(value)) problems.push(badValue('Note', field, format, value));
  };
  const group = text(note, 'note_group');
  const meant = meantBy(call.organisation, note);
  const consignment = consignmentOf(call, context, note);
  wrong('pw_id', 'tracking id', () => consignment !== null && (consignment.archived ?? null) === null);
  wrong('note_create_date', 'dd/mm/yy', (value) => isoDateOf(value) !== null);
  wrong('note_create_time', 'HH:MM', (value) => /^\d\d:\d\d$/.test(value) && realTime(value) !== null);
  wrong('note_group', 'note group', () => meant !== null || isGroup(call.organisation, group));
  if (isGroup(call.organisation, group)) wrong('note_type', `note type of ${group}`, () => meant !== null);
  wrong('barcode', 'barcode', (value) => BARCODE.test(value));
  if (meant?.group === 'SCN' && text(note, 'barcode') === '') problems.push(mandatory('Note', 'barcode'));
  for (const [field, most] of LENGTHS) wrong(field, `at most ${most} characters`, (value) => value.length <= most);
  return problems;
}

function keep(call: Call, { world }: Context, note: Tree): string {
  const sent = { group: text(note, 'note_group'), type: text(note, 'note_type') };
  const meant = meantBy(call.organisation, note);
  const consignment = world.ofTrackingId(text(note, 'pw_id'));
  if (consignment === null || meant === null) throw new Error('a checked note lost its consignment or code');
  const code = `${meant.group}/${meant.type}`;
  const statusCode = STATUS[code] ?? 0;
  setStatus(consignment, code, statusCode);
  const date = text(note, 'note_create_date');
  const time = text(note, 'note_create_time');
  const sysNote = String(world.next('sysNote'));
  world.state.notes.push({
    organisation: call.organisation.name,
    sysNote,
    responseId: consignment.responseId,
    barcode: text(note, 'barcode'),
    delta: Math.floor(call.now / 1000),
    noteDate: isoDateOf(date) ?? '',
    noteTime: realTime(time) ?? '',
    statusCode,
    ...sent,
    ...(isDeepStrictEqual(sent, meant) ? {} : { meant }),
    codeId: String(CODES[meant.group]?.[meant.type] ?? ''),
    text: text(note, 'free_text'),
    customerName: text(note, 'customer_name'),
    description: text(note, 'note_description'),
    bookInReference: text(note, 'bin_ref'),
    received: { date, time, at: call.now },
  });
  world.touch();
  return sysNote;
}

function setStatus(consignment: Consignment, code: string, status: number): void {
  const back = code === 'STS/FLD' && consignment.status === OUT_FOR_DELIVERY;
  if (status > consignment.status || back) consignment.status = status;
}
