/** One line of the table of flips on the wire: what is called, what it gives without the flip and with it. */
import type { FlipId } from '../../../sandbox/palletways/flips.ts';
import type { Wire } from './wire.ts';

export interface Line {
  flip: FlipId;
  /** What is done and asked; answers what the wire had, in one text. */
  call: (wire: Wire) => Promise<string>;
  without: RegExp;
  played: RegExp;
  /** Of the twin: multiplies its limits, divides its waits. 100 where none is given. */
  pace?: number;
}
