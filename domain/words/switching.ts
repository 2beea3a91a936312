/** What is said of rows that are switched on, or that are held in shadow until a first contact has passed. Pure. */

import { type Row, rowNames } from '../policy/rows.ts';

const listed = (rows: readonly Row[]): string => {
  const names = rows.map((row) => rowNames[row]);
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
};

const updates = (count: number): string => `${count} ${count === 1 ? 'update' : 'updates'}`;

/** Why a version that switches rows on is not taken: nobody said what becomes of what is open in them. */
export const sayUndecided = (rows: readonly Row[], count: number): string =>
  `This switches on ${listed(rows)}, in which ${updates(count)} ${count === 1 ? 'is' : 'are'} open: say from-now-on, and none of them is ever sent, or all, and all that is open is sent now.`;

/** Rows that were to be on. */
export const sayHeld = (organisation: string, rows: readonly Row[]): string =>
  `In shadow until a first contact has passed (palletways-qargo contact ${organisation}): ${listed(rows)}.`;

/** What stands, wherever it is asked. */
export const sayNoContact = (organisation: string): string =>
  `No first contact of ${organisation} has passed: until then its rows are in shadow, which shows updates and sends none (palletways-qargo contact ${organisation}).`;

/** What follows where a first contact has passed and rows are in shadow still. */
export const sayMayGoOn = (rows: readonly Row[]): string =>
  `In shadow still: ${listed(rows)}. Switch them on in the organisation's document: organisation put --open from-now-on, or --open all.`;

/** What came of switching rows on from now on. */
export const sayWithheld = (count: number): string => `${updates(count)} that were open will not be sent.`;

/** Who switched rows on from then on, and why. */
export interface RowsBegunBy {
  readonly who: string;
  readonly why: string;
  /** UTC ISO. */
  readonly begunAt: string;
}

/** Of one consignment what was withheld when somebody switched its row on. */
export const sayPast = (keys: readonly string[], { who, why, begunAt }: RowsBegunBy): string =>
  `${updates(keys.length)} of before ${begunAt} ${keys.length === 1 ? 'is' : 'are'} not sent, because ${who} switched the row on from then on${why === '' ? '' : ` (${why})`}: ${keys.slice(0, 5).join(', ')}${keys.length > 5 ? `, and ${keys.length - 5} more` : ''}.`;
