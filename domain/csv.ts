/** CSV as RFC 4180 has it: every cell quoted, lines end with CR LF. For spreadsheets, so no cell is ever a formula. */

export type Cell = string | number | null;

/** What a spreadsheet would calculate begins so; with an apostrophe before it, it is text. */
const formula = /^[=+\-@\t\r]/;

/** One line with its end. Null is an empty cell. A number stays one. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: Cell): string {
  if (cell === null) return '""';
  if (typeof cell === 'number') return `"${cell}"`;
  const text = formula.test(cell) ? `'${cell}` : cell;
  return `"${text.replaceAll('"', '""')}"`;
}
