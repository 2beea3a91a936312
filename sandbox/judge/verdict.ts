/** What became of one thing that was said. */
import type { Said, StoryRow } from './shapes.ts';

export type Outcome =
  /** The far side holds it, or what makes it old. */
  | 'arrived'
  | 'lost'
  /** A cancellation made it pointless, or the organisation was told not to tell it. */
  | 'void'
  /** An edit that was not made, and Palletways was told why. */
  | 'withheld'
  /** A cancellation that was not made, and both sides were told. Only of a story. */
  | 'refused'
  /** No push of it got through, and no read can give it back. */
  | 'never heard';

export interface Verdict {
  said: Said;
  /** Where it is not the row of its kind. */
  row?: StoryRow;
  outcome: Outcome;
  /** Epoch ms; null where it did not arrive or no effect of its own tells when. */
  arrivedAt: number | null;
  /** Effects beyond the one that is right. */
  extra: number;
  /** A milestone behind one already told, told as a note. */
  lateAsNote: boolean;
  why: string;
}

/** In words, for one that was never heard. */
export function whyNever({ event, readable }: Said): string {
  const pushed = event ? 'no push got through' : 'no push tells it';
  if (!readable?.until) return `${pushed}, no read gives it`;
  return `${pushed}, undone or replaced after ${((readable.until - readable.from) / 1_000).toFixed(1)} s`;
}

export function verdict(said: Said, outcome: Outcome, more: Partial<Omit<Verdict, 'said' | 'outcome'>> = {}): Verdict {
  return { said, outcome, arrivedAt: null, extra: 0, lateAsNote: false, why: '', ...more };
}
