/** Lists that are read page by page: a cursor names the place of the last row that a page showed, so that no page counts the ones before it. */

/** A cursor, an organisation or a limit that makes no sense. */
export class AskedWrongly extends Error {}

export interface PageAsked {
  /** Of one organisation; of all where left out. */
  readonly organisation?: string | undefined;
  readonly limit?: number | undefined;
  /** As the page before named it. */
  readonly cursor?: string | undefined;
}

export interface PageOf<Row> {
  readonly rows: readonly Row[];
  /** The cursor of the next page; null: there is none. */
  readonly next: string | null;
}

/** Rows a page at most, whatever list it is of. */
export const rowsAtMost = 500;

export const cursorOf = (place: readonly string[]): string => Buffer.from(JSON.stringify(place)).toString('base64url');

const wrong = 'the cursor is none that a page named';

/** The place that a cursor names: `parts` texts. @throws AskedWrongly */
export function placeIn(cursor: string, parts: number): string[] {
  try {
    const said: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(said) && said.length === parts && said.every((part) => typeof part === 'string'))
      return said as string[];
  } catch {
    // Said below.
  }
  throw new AskedWrongly(wrong);
}

/** Instant (UTC ISO, or `-infinity`, `infinity`) and name of a row. @throws AskedWrongly */
export function instantIn(cursor: string | undefined, beginning: readonly [string, string]): readonly [string, string] {
  if (cursor === undefined) return beginning;
  const [at = '', name = ''] = placeIn(cursor, 2);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/.test(at) || Number.isNaN(Date.parse(at))) throw new AskedWrongly(wrong);
  return [at, name];
}

/** Number of a row, for lists in the order of their numbers; 0 for the first page. @throws AskedWrongly */
export function numberIn(cursor: string | undefined): number {
  if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw new AskedWrongly(wrong);
  return Number(cursor ?? 0);
}

/** The page that rows in the order of their numbers begin with, of which one more than the limit was read. */
export function pageByNumber<Row extends { readonly seq: number }>(found: readonly Row[], limit: number): PageOf<Row> {
  const rows = found.slice(0, limit);
  return { rows, next: rows.length < found.length ? String(rows.at(-1)?.seq) : null };
}

/** SQL: ids of the organisation that a parameter names, of all where it is null. */
export const organisationsAsked = (parameter: string): string =>
  `(select id from organisation where ${parameter}::text is null or id = ${parameter})`;
