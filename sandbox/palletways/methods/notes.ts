/** getNotes in its four forms (apis 1.7). */
import { type Answer, type Call, type Context, type Method, ownOf, PROSE, rows } from '../answer.ts';
import { realDate, realTime } from '../clock.ts';
import { type Form, type Row, rowOf, rowsFor } from '../note-rows.ts';
import type { Finder } from './reads.ts';

/** Flip 3b: at most so many rows. */
const MOST_ROWS = 5;
/** Flips 3d and 3e: how old a delta may be. */
const OLDEST_SECONDS = 7 * 86_400;

/** The one consignment whose notes are asked for, in the two forms that name one. */
export const consignmentOfNotes: Finder = (call, { world }) => {
  const [form, id = ''] = call.args;
  if (form?.toLowerCase() === 'trackingid') return ownOf(call.organisation, world.ofTrackingId(id));
  return form?.toLowerCase() === 'conno' ? world.ofConNo(call.organisation.name, id) : null;
};

interface Question {
  form: Form;
  isAsked: (row: Row) => boolean;
}

/** Null when the question has none of the four forms. */
function questionOf(call: Call, { world }: Context): Question | null {
  const [form, ...args] = call.args;
  switch (form?.toLowerCase()) {
    case 'trackingid': {
      const responseId = world.ofTrackingId(args[0] ?? '')?.responseId;
      return { form: 'trackingid', isAsked: ({ note }) => note.responseId === responseId };
    }
    case 'conno': {
      const responseId = world.ofConNo(call.organisation.name, args[0] ?? '')?.responseId;
      return { form: 'conno', isAsked: ({ note }) => note.responseId === responseId };
    }
    case 'daterange': {
      const isAsked = rangeOf(args);
      return isAsked === null ? null : { form: 'daterange', isAsked };
    }
    case 'delta': {
      // Inclusive (3, open): a reader that asks from the last second it saw loses none.
      if (!/^\d{1,12}$/.test(args[0] ?? '')) return null;
      const since = Number(args[0]) + (world.plays('3a') ? 1 : 0);
      return { form: 'delta', isAsked: ({ delta }) => delta >= since };
    }
    default:
      return null;
  }
}

/** `/dateRange/{YYYY-MM-DD}/{HH:MM:SS}/{YYYY-MM-DD}/{HH:MM:SS}`, of the notes' own local times, both ends in. */
function rangeOf(args: string[]): ((row: Row) => boolean) | null {
  const parts = [realDate(args[0] ?? ''), realTime(args[1] ?? ''), realDate(args[2] ?? ''), realTime(args[3] ?? '')];
  if (parts.includes(null)) return null;
  const from = `${parts[0]} ${parts[1]}`;
  const to = `${parts[2]} ${parts[3]}`;
  return ({ note }) => {
    const at = `${note.noteDate} ${note.noteTime}`;
    return at >= from && at <= to;
  };
}

/** Notes of the key's account only. A question in none of the four forms finds nothing. */
export const getNotes: Method = (call, context): Answer => {
  const { world } = context;
  const question = questionOf(call, context);
  if (question === null) return rows([]);
  const isOld = question.form === 'delta' && Number(call.args[1]) < call.now / 1000 - OLDEST_SECONDS;
  if (isOld && world.plays('3e')) return { prose: PROSE.old };
  if (isOld && world.plays('3d')) return rows([]);
  let found = rowsFor(call, context, question.form).filter(question.isAsked);
  if (question.form === 'delta' && world.plays('3b'))
    found = found
      .toReversed()
      .toSorted((a, b) => b.delta - a.delta)
      .slice(0, MOST_ROWS);
  return rows(found.map((row) => rowOf(context, row)));
};
