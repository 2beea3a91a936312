/** CSV (RFC 4180), written and read in one place. What is written is for spreadsheets too, so no cell of it is a formula. Pure. */
import { CsvError, parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';

export type Cell = string | number | null;

/** A spreadsheet calculates what begins so, the wide signs of Japanese keyboards included; with an apostrophe before it, it is text. */
const formula = /^\s*[=+\-@＝＋－＠]|^[\t\r]/;
const plainNumber = /^-?\d+(?:\.\d+)?$/;

/** Writes one line with its end, CR LF. Null is an empty cell. A cell has quotes around it where it needs them. */
export function writeCsvLine(cells: readonly Cell[]): string {
  return stringify([cells.map(guardCell)], {
    record_delimiter: 'windows',
    quoted_match: /[\r\n]|^\s|\s$/,
    // A line of one empty cell would be an empty line.
    quoted_empty: cells.length === 1,
  });
}

function guardCell(cell: Cell): Cell {
  return typeof cell === 'string' && formula.test(cell) && !plainNumber.test(cell) ? `'${cell}` : cell;
}

export interface CsvRow {
  /** The line of the text on which the row begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface CsvRead {
  readonly rows: readonly CsvRow[];
  /** The line on which a row begins that has a quote without its end: nothing from there on was read. Null where there is none. */
  readonly openQuoteLine: number | null;
}

/**
 * Reads commas, semicolons or tabs between cells, whichever the first line that is not empty has most of. Quoted cells are read whole,
 * with the separators, quotes and line breaks in them. Blanks around a cell are left out, blanks inside its quotes stay. Empty lines
 * are no rows, and rows may differ in length. Lines end with CR LF, LF or CR.
 */
export function readCsv(text: string): CsvRead {
  const bytes = Buffer.from(text.replace(/^\uFEFF/, ''));
  const rows: CsvRow[] = [];
  let read = 0;
  let line = 1;
  try {
    parse(bytes, {
      delimiter: separatorOf(text),
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      relax_quotes: true,
      trim: true,
      // The parser's own line numbers count a CR LF inside quotes twice.
      on_record(cells: string[], { bytes: end }) {
        const written = bytes.toString('utf8', read, end);
        if (cells.length > 1 || written.trim() !== '') rows.push({ line, cells });
        line += written.match(/\r\n|\n|\r/g)?.length ?? 0;
        read = end;
        return null;
      },
    });
  } catch (error) {
    if (error instanceof CsvError && error.code === 'CSV_QUOTE_NOT_CLOSED') return { rows, openQuoteLine: line };
    throw error;
  }
  return { rows, openQuoteLine: null };
}

function separatorOf(text: string): string {
  const lines = text.replaceAll(/"[^"]*"/g, '""').split(/[\r\n]/);
  const header = lines.find((each) => each.trim() !== '') ?? '';
  const count = (separator: string) => header.split(separator).length;
  return [',', ';', '\t'].reduce((most, each) => (count(each) > count(most) ? each : most));
}
