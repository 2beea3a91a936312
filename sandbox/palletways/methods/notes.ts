/** getNotes in its four forms (apis 1.7). */
import { type Answer, type Call, type Context, type Method, ownOf, rows } from '../answer.ts';
import { realDate, realTime } from '../clock.ts';
import type { Tree } from '../tree.ts';
import type { Note } from '../world.ts';
import type { Finder } from './reads.ts';

/** Elements in the order of apis 1.7. That a POD note carries the POD data, and a BIN note the book-in data, is assumed. */
function noteRow({ world }: Context, note: Note): Tree {
  const consignment = world.ofResponseId(note.responseId);
  const group = note.meant?.group ?? note.group;
  const pod = group === 'POD';
  const bookIn = group === 'BIN';
  return {
    Delta: String(note.delta),
    TrackingID: note.trackingId ?? consignment?.trackingId ?? '',
    ConNo: consignment?.conNo ?? '',
    SysNote: note.sysNote,
    Barcode: note.barcode,
    NoteDate: note.noteDate,
    NoteTime: note.noteTime,
    PodDate: pod ? note.noteDate : '',
    PodTime: pod ? note.noteTime : '',
    PodSignature: pod ? note.customerName : '',
    BookInDate: note.bookIn?.date ?? (bookIn ? note.noteDate : ''),
    BookInTime: note.bookIn?.time ?? (bookIn ? note.noteTime : ''),
    BookInContact: note.bookIn?.contact ?? (bookIn ? note.customerName : ''),
    BookInReference: note.bookInReference,
    NoteText: note.text,
    StatusCode: String(note.statusCode),
    NoteGroup: note.group,
    NoteType: note.type,
    NoteCodeID: note.codeId,
  };
}

/** The one consignment whose notes are asked for, in the two forms that name one. */
export const consignmentOfNotes: Finder = (call, { world }) => {
  const [form, id = ''] = call.args;
  if (form?.toLowerCase() === 'trackingid') return ownOf(call.organisation, world.ofTrackingId(id));
  return form?.toLowerCase() === 'conno' ? world.ofConNo(call.organisation.name, id) : null;
};

/** What tells whether a note is asked for, or null when the question has no such form. */
function filterOf(call: Call, { world }: Context): ((note: Note) => boolean) | null {
  const [form, ...args] = call.args;
  switch (form?.toLowerCase()) {
    case 'trackingid': {
      const responseId = world.ofTrackingId(args[0] ?? '')?.responseId;
      return (note) => note.responseId === responseId;
    }
    case 'conno': {
      const responseId = world.ofConNo(call.organisation.name, args[0] ?? '')?.responseId;
      return (note) => note.responseId === responseId;
    }
    case 'daterange':
      return rangeOf(args);
    case 'delta': {
      // Inclusive (wire-assumptions 2.2, assumed): a reader that asks from the last second it saw loses none.
      if (!/^\d{1,12}$/.test(args[0] ?? '')) return null;
      const since = Number(args[0]);
      return (note) => note.delta >= since;
    }
    default:
      return null;
  }
}

/** `/dateRange/{YYYY-MM-DD}/{HH:MM:SS}/{YYYY-MM-DD}/{HH:MM:SS}`, of the notes' own local times, both ends in. */
function rangeOf(args: string[]): ((note: Note) => boolean) | null {
  const parts = [realDate(args[0] ?? ''), realTime(args[1] ?? ''), realDate(args[2] ?? ''), realTime(args[3] ?? '')];
  if (parts.includes(null)) return null;
  const from = `${parts[0]} ${parts[1]}`;
  const to = `${parts[2]} ${parts[3]}`;
  return (note) => {
    const at = `${note.noteDate} ${note.noteTime}`;
    return at >= from && at <= to;
  };
}

/** Notes of the key's account only. A question in none of the four forms finds nothing. */
export const getNotes: Method = (call, context): Answer => {
  const wanted = filterOf(call, context);
  if (wanted === null) return rows([]);
  const { notes } = context.world.state;
  const { name } = call.organisation;
  const seen = (note: Note) =>
    note.organisation === name || ownOf(call.organisation, context.world.ofResponseId(note.responseId)) !== null;
  const found = notes.filter((note) => seen(note) && wanted(note));
  return rows(found.map((note) => noteRow(context, note)));
};
