/** Tables of plain text, as the benches print them and docs/measurements.md shows them. */

export type Cell = string | number;

/** One line for each row, columns aligned: numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, column) => Math.max(...texts.map((row) => (row[column] ?? '').length)));
  const right = head.map((_, column) =>
    rows.every((row) => typeof row[column] === 'number' || /^[<\d.]+$/.test(String(row[column]))),
  );
  const line = (row: readonly string[]) =>
    row
      .map((text, column) => (right[column] ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...texts.slice(1).map(line)].join('\n');
}

/** With so many digits that it can be compared: `0.42`, `4.2`, `42`. */
export function short(value: number): string {
  return value >= 10 || value === 0 ? String(Math.round(value)) : value >= 1 ? value.toFixed(1) : value.toFixed(2);
}

/** The value below which that part of all lies; 0 of none. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
