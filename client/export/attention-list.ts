/** The list of what needs somebody, as a table for people. */
import type { AttentionLine, AttentionPage } from '../../store/views/attention.ts';

const head = ['REFERENCE', 'ORGANISATION', 'KIND', 'SINCE', 'DUE BY', 'OWNER', 'WHAT'];

/** Each line with what to do under it, then how many there are. `now` UTC ISO. */
export function attentionTable({ lines, counts, total, next }: AttentionPage, now: string): string {
  if (lines.length === 0) return total === null ? 'Nothing more.\n' : 'Nothing needs anybody.\n';
  const rows = [head, ...lines.map((line) => cells(line, now))];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const [first, ...rest] = rows.map((row) =>
    row.map((cell, column) => (column === head.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  '),
  );
  const told = rest.flatMap((row, nth) => [row, `    next: ${lines[nth]?.next ?? ''}`]);
  const kinds = Object.entries(counts ?? {}).map(([kind, n]) => `${n} ${kind}`);
  const sum = total === null ? [] : [`${total} in all: ${kinds.join(', ')}`];
  const more = next === null ? [] : [`more: --cursor ${next}`];
  return `${[first, ...told, '', ...sum, ...more].join('\n')}\n`;
}

function cells(
  { reference, consignment, organisation, kind, since, dueBy, owner, what, count }: AttentionLine,
  now: string,
): string[] {
  const name = reference ?? consignment ?? '-';
  return [
    count > 1 && consignment !== null ? `${name} (${count})` : name,
    organisation,
    kind,
    sayAge(since, now),
    dueBy === null ? '-' : sayMinute(dueBy),
    owner,
    what,
  ];
}

const sayMinute = (instant: string): string => `${instant.slice(0, 16).replace('T', ' ')}Z`;

/** How long ago, in the largest unit that is full: `5 min`, `3 h`, `2 d`. */
function sayAge(since: string, now: string): string {
  const minutes = Math.max(0, Math.floor((Date.parse(now) - Date.parse(since)) / 60_000));
  if (minutes < 60) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1_440)} d`;
}
