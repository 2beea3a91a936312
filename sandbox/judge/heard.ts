/** Whether anything could have told the product what was said (wire-assumptions 1: which read finds which fact, and how soon). */
import type { Said } from './shapes.ts';

/** Kinds that are read hourly, not by the sweep: 30 sweeps of 2 minutes. */
const HOURLY: ReadonlySet<Said['kind']> = new Set(['edited', 'labelled']);
const SWEEPS_AN_HOUR = 30;

/**
 * True where every push failed, or there was none, and no read gives it: never (scans), or it was undone or replaced
 * before the next read of its kind was due. False while the twin does not tell.
 */
export function isNeverHeard({ kind, event, push, readable }: Said, sweepMs: number): boolean {
  const pushed = event ? push?.delivered !== false : false;
  if (pushed) return false;
  if (readable === undefined) return kind === 'scan';
  if (readable === null) return true;
  const every = HOURLY.has(kind) ? SWEEPS_AN_HOUR * sweepMs : sweepMs;
  return readable.until !== null && readable.until - readable.from < every;
}
