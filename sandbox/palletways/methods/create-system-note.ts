/** createSystemNote (apis 1.7): a depot tells what happened. What is not published of it: 15 to 19, 73 and 75. */
import { isDeepStrictEqual } from 'node:util';
import { type Answer, type Call, type Context, type Method, ownOf, successful } from '../answer.ts';
import { epochOf, isoDateOf, realTime } from '../clock.ts';
import { spoken } from '../dialect.ts';
import { isGeneral, isGroup, knowsLetters, statusOf, takeCode } from '../note-codes.ts';
import { numberOf } from '../note-rows.ts';
import { settleProof } from '../proof.ts';
import { first, type Tree, text, trees } from '../tree.ts';
import type { Consignment, Note, World } from '../world.ts';
import { asTrees, badValue, commits, dataOf, invalid, mandatory, NOT_COMMITTED, type Problem } from './submission.ts';

const MOST_NOTES = 50;
const LENGTHS: [field: string, most: number][] = [
  ['free_text', 250],
  ['customer_name', 50],
  ['note_description', 40],
];
const OUT_FOR_DELIVERY = 800;
const BARCODE = /^B[0-9A-Z]{9}$/;

export const createSystemNote: Method = (call, context): Answer => {
  const { world } = context;
  const data = dataOf(call, 'notes');
  if ('refusal' in data) return data.refusal;
  const notes = trees(data.tree, 'note');
  const header = headerProblems(world, first(data.tree, 'header'), notes.length);
  if (header.length > 0) return invalid({ Header: { Error: asTrees(header) } });
  // assumed: nothing says that a refusal always names its note (wire-assumptions 2.3)
  if (notes.some((note) => consignmentOf(call, context, note)?.archived === 'unnamed')) return invalid('');
  if (world.plays('15a') && notes.some((note) => !isGeneral(call.organisation, codeOf(note)))) return invalid('');
  const wrong: Tree[] = [];
  const good: [index: string, note: Tree][] = [];
  for (const [position, note] of notes.entries()) {
    const index = String(position + 1);
    const problems = noteProblems(call, context, note);
    if (problems.length === 0) good.push([index, note]);
    else wrong.push({ Index: index, Error: asTrees(problems) });
  }
  if (wrong.length > 0 && !world.plays('17a')) return refused(world, wrong);
  if (!commits(call)) return NOT_COMMITTED;
  const details = good.map(([index, note]) => detailOf(call, world, index, keep(call, context, note)));
  return wrong.length === 0 ? stored(world, details) : partly(details, wrong);
};

/** One wrong note, and nothing was stored (17). */
function refused(world: World, wrong: Tree[]): Answer {
  const [{ Error: error = '' } = {}] = wrong;
  return invalid(world.plays('17b') ? { Error: error } : { Note: wrong });
}

function stored(world: World, details: Tree[]): Answer {
  if (world.plays('17c')) return successful({ Message: `${details.length} notes have been imported.` });
  return successful({ ImportDetail: world.plays('17b') ? details.slice(0, 1) : details });
}

/** Flip 17a. */
function partly(details: Tree[], wrong: Tree[]): Answer {
  const Status = { Code: 'ERROR_VALIDATION', Description: 'Validation errors occurred.' };
  return { document: { Status, Detail: { ImportDetail: details }, ValidationErrors: { Note: wrong } } };
}

/** As createConsignment answers (published); the former character answered index and number (73). */
function detailOf(call: Call, world: World, index: string, note: Note): Tree {
  if (!world.isPublished || world.plays('73a'))
    return spoken(call.organisation, { Index: index, SysNote: numberOf(world, note) });
  return { ImportID: '', ResponseID: note.sysNote.slice(-7), Information: 'Note.' };
}

function headerProblems(world: World, header: Tree, notes: number): Problem[] {
  const problems: Problem[] = [];
  const quantity = text(header, 'notes_qty');
  const most = world.plays('75b') ? 1 : !world.isPublished || world.plays('75a') ? MOST_NOTES : null;
  if (isoDateOf(text(header, 'create_date')) === null)
    problems.push(badValue('Header', 'create_date', 'dd/mm/yy', text(header, 'create_date')));
  if (realTime(text(header, 'create_time')) === null)
    problems.push(badValue('Header', 'create_time', 'HH:MM', text(header, 'create_time')));
  if (notes === 0) problems.push(mandatory('Notes', 'note'));
  else if (quantity !== String(notes))
    problems.push(badValue('Header', 'notes_qty', `number of notes: ${notes}`, quantity));
  if (most !== null && notes > most) problems.push(badValue('Header', 'notes_qty', `at most ${most}`, String(notes)));
  return problems;
}

function codeOf(note: Tree): { group: string; type: string } {
  return { group: text(note, 'note_group'), type: text(note, 'note_type') };
}

function consignmentOf(call: Call, { world }: Context, note: Tree): Consignment | null {
  return ownOf(call.organisation, world.ofTrackingId(text(note, 'pw_id')));
}

function noteProblems(call: Call, context: Context, note: Tree): Problem[] {
  const { world } = context;
  const problems: Problem[] = [];
  for (const field of ['pw_id', 'note_create_date', 'note_create_time', 'note_group', 'note_type']) {
    if (text(note, field) === '') problems.push(mandatory('Note', field));
  }
  const wrong = (field: string, format: string, ok: (value: string) => boolean) => {
    const value = text(note, field);
    if (value !== '' && !ok(value)) problems.push(badValue('Note', field, format, value));
  };
  const taken = takeCode(world, call.organisation, codeOf(note));
  const consignment = consignmentOf(call, context, note);
  wrong('pw_id', 'tracking id', () => consignment !== null && (consignment.archived ?? null) === null);
  wrong('note_create_date', 'dd/mm/yy', (value) => isoDateOf(value) !== null);
  wrong('note_create_time', 'HH:MM', (value) => /^\d\d:\d\d$/.test(value) && realTime(value) !== null);
  const { group } = codeOf(note);
  const isKnownGroup = isGroup(call.organisation, group);
  if (knowsLetters(world)) wrong('note_group', 'note group', () => taken !== null || isKnownGroup);
  if (!knowsLetters(world) || isKnownGroup)
    wrong('note_type', world.plays('15d') ? 'note code id' : `note type of ${group}`, () => taken !== null);
  wrong('barcode', 'barcode', (value) => BARCODE.test(value));
  if (knowsLetters(world) && taken?.meant.group === 'SCN' && text(note, 'barcode') === '')
    problems.push(mandatory('Note', 'barcode'));
  if (!world.isPublished || world.plays('19h'))
    for (const [field, most] of LENGTHS) wrong(field, `at most ${most} characters`, (value) => value.length <= most);
  return problems;
}

function keep(call: Call, { world, network }: Context, note: Tree): Note {
  const taken = takeCode(world, call.organisation, codeOf(note));
  const consignment = world.ofTrackingId(text(note, 'pw_id'));
  if (consignment === null || taken === null) throw new Error('a checked note lost its consignment or code');
  const { kept, meant, asText } = taken;
  const statusCode = statusOf(world, meant);
  const before = consignment.status;
  setStatus(consignment, meant, statusCode);
  const date = text(note, 'note_create_date');
  const time = text(note, 'note_create_time');
  const noteDate = isoDateOf(date) ?? '';
  const noteTime = realTime(time) ?? '';
  const own = epochOf(noteDate, noteTime, world.zoneOf(call.organisation)) ?? call.now;
  const stored = world.addNote({
    organisation: call.organisation.name,
    responseId: consignment.responseId,
    barcode: text(note, 'barcode'),
    delta: Math.floor(call.now / 1000),
    ownDelta: Math.floor(own / 1000),
    noteDate,
    noteTime,
    statusCode,
    before,
    ...kept,
    ...(isDeepStrictEqual(kept, meant) ? {} : { meant }),
    ...(asText && { asText }),
    codeId: taken.codeId,
    text: text(note, 'free_text'),
    customerName: text(note, 'customer_name'),
    description: text(note, 'note_description'),
    bookInReference: text(note, 'bin_ref'),
    received: { date, time, at: call.now },
  });
  settleProof(world, consignment);
  if (world.plays('11a') && meant.group === 'STS' && meant.type === 'FLD') network.rebook(consignment, call.now, '');
  return stored;
}

/** A late note never takes a status back, but for a failed delivery: back at the depot. */
function setStatus(consignment: Consignment, { group, type }: { group: string; type: string }, status: number): void {
  const back = group === 'STS' && type === 'FLD' && status > 0 && consignment.status === OUT_FOR_DELIVERY;
  if (status > consignment.status || back) consignment.status = status;
}
