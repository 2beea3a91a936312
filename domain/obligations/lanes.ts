/**
 * A lane is a queue of sends to one place, one after the other. `qargo` and `palletways` are the two sides. `files` is Palletways' folder
 * of files, which has limits of its own: photos wait for Qargo's call budget and must not hold up the notes. `reads` are the reads of
 * Palletways that somebody asked for: a read holds up no note.
 */
import type { Counterpart } from '../facts/facts.ts';
import { obligationKinds } from './kinds.ts';
import type { Obligation } from './obligation.ts';

export const lanes = ['qargo', 'palletways', 'files', 'reads'] as const;
export type Lane = (typeof lanes)[number];

export const counterpartOf = (lane: Lane): Counterpart => (lane === 'qargo' ? 'qargo' : 'palletways');

export function laneOf({ kind, to }: Pick<Obligation, 'kind' | 'to'>): Lane {
  if (to === 'qargo') return 'qargo';
  const { palletways: call } = obligationKinds[kind].calls;
  if (call === 'file') return 'files';
  return call === 'read' ? 'reads' : 'palletways';
}
