/** Whether a day under a flip *works*, the product *says so*, or it is *silent*. Pure. */
import type { DayPlayed } from './play.ts';

export type Outcome = 'works' | 'says so' | 'silent';

export interface Judged {
  readonly outcome: Outcome;
  /** Faults at the far sides: lost, doubled, reported by nobody. */
  readonly wrong: readonly string[];
  /** The product's own lines about it, distinct and without references. */
  readonly says: readonly string[];
}

/** Digits and names of one day are left out: what is left is the kind of thing that was said. */
const kindOf = (line: string) =>
  atMost(
    160,
    line
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z?/g, '…')
      .replaceAll(/\b[A-Z]?\d[\w-]*\b/g, '…')
      .replaceAll(/\s+/g, ' '),
  );

/** Whole words of a line, at most so many characters, with `…` where it was longer. */
export function atMost(length: number, line: string): string {
  if (line.length <= length) return line;
  return `${line.slice(0, length).replace(/\s+\S*$/, '')} …`;
}

/** @param usual what a clean day of the same character calls people for. */
export function judgeDay(day: DayPlayed, usual: ReadonlySet<string> = new Set()): Judged {
  const falseWords = [
    ...day.table.doubled.map(({ kind, why }) => `doubled ${kind}: ${why}`),
    ...day.table.unsaid.map(({ group, type }) => `nobody said ${group}/${type}`),
  ];
  const lost = day.table.lost.map(({ kind, why }) => `lost ${kind}: ${why}`);
  const isSweep = (error: string) => error.startsWith('sweep of');
  // A sweep that fails is a line of `attention` where schedules run; any other error is a fault that nobody is told of.
  const says = [...new Set([...day.work, ...day.errors.filter(isSweep)].map(kindOf))].filter(
    (line) => !usual.has(line),
  );
  const faults = day.errors.filter((error) => !isSweep(error));
  const wrong = [...new Set([...falseWords, ...lost, ...faults].map(kindOf))];
  const outcome =
    falseWords.length > 0 ? 'silent' : says.length > 0 ? 'says so' : wrong.length > 0 ? 'silent' : 'works';
  return { outcome, wrong, says };
}

/** Answers the lines with which a clean day calls people: each of them is noise. */
export const usualOf = (day: DayPlayed): ReadonlySet<string> => new Set([...day.work, ...day.errors].map(kindOf));
