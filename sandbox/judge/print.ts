/** The table as text of fixed width. */
import type { Row, Table } from './judge.ts';
import type { Call } from './shapes.ts';

const COLUMNS: [title: string, width: number, value: (row: Row) => string][] = [
  ['kind', 11, (row) => row.kind],
  ['said', 6, (row) => String(row.said)],
  ['arrived', 8, (row) => String(row.arrived)],
  ['lost', 6, (row) => String(row.lost)],
  ['doubled', 8, (row) => String(row.doubled)],
  ['void', 6, (row) => String(row.void)],
  ['late note', 10, (row) => String(row.lateAsNote)],
  ['withheld', 9, (row) => String(row.withheld)],
  ['refused', 8, (row) => String(row.refused)],
  ['never heard', 12, (row) => String(row.neverHeard)],
  ['p50 ms', 9, (row) => row.p50?.toFixed(0) ?? '-'],
  ['p99 ms', 9, (row) => row.p99?.toFixed(0) ?? '-'],
];

const FINDINGS_SHOWN = 20;

export interface CallSummary {
  calls: number;
  /** Most calls within any 60 s. */
  peakMinute: number;
  /** Answers of 400 and above, and no answers. */
  refused: number;
}

export function summarise(calls: Call[]): CallSummary {
  const times = calls.map((call) => call.at).sort((one, other) => one - other);
  let peak = 0;
  let first = 0;
  times.forEach((at, last) => {
    while (at - (times[first] ?? at) >= 60_000) first += 1;
    peak = Math.max(peak, last - first + 1);
  });
  return {
    calls: calls.length,
    peakMinute: peak,
    refused: calls.filter((call) => !(Number(call.status) >= 200 && Number(call.status) < 400)).length,
  };
}

/** `story`: with the column that only a story has. */
export function print(table: Table, calls?: { palletways: Call[]; qargo: Call[] }, story = false): string {
  const columns = COLUMNS.filter(([title]) => story || title !== 'refused');
  const line = (cells: (column: (typeof COLUMNS)[number]) => string) =>
    columns
      .map((column, index) => (index === 0 ? cells(column).padEnd(column[1]) : cells(column).padStart(column[1])))
      .join('');
  const rule = '-'.repeat(columns.reduce((sum, [, width]) => sum + width, 0));
  const lines = [line(([title]) => title), rule, ...table.rows.map((row) => line(([, , value]) => value(row))), rule];
  lines.push(line(([, , value]) => value(table.total)));
  const list = (
    title: string,
    items: { kind: string; organisation: string; conNo: string | null; at: string; why: string }[],
  ) => {
    if (items.length === 0) return;
    lines.push('', `${title}:`);
    for (const item of items.slice(0, FINDINGS_SHOWN)) {
      lines.push(
        `  ${item.kind.padEnd(10)} ${item.organisation.padEnd(10)} ${(item.conNo ?? '').padEnd(14)} ${item.at}  ${item.why}`,
      );
    }
    if (items.length > FINDINGS_SHOWN) lines.push(`  and ${items.length - FINDINGS_SHOWN} more`);
  };
  list('lost', table.lost);
  list('doubled', table.doubled);
  list('said, never heard', table.neverHeard);
  if (table.unsaid.length > 0) {
    lines.push('', `told though nobody said it: ${table.unsaid.length}`);
    for (const note of table.unsaid.slice(0, FINDINGS_SHOWN))
      lines.push(`  ${note.group}/${note.type} ${note.trackingId} ${note.instant ?? ''}`);
  }
  for (const [name, of] of Object.entries(calls ?? {})) {
    const { calls: count, peakMinute, refused } = summarise(of);
    lines.push('', `calls of ${name}: ${count}, at most ${peakMinute} in 60 s, ${refused} refused or unanswered`);
  }
  return `${lines.join('\n')}\n`;
}
