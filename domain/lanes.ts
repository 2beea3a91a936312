/**
 * Lanes: what is sent to one place goes one flight after the other. A lane is a counterpart, or its folder of files, which has
 * limits of its own (photos wait for Qargo's call budget, and must not hold up the notes).
 */
import type { Counterpart } from './facts.ts';
import type { Obligation } from './obligations.ts';

export type Lane = Counterpart | 'files';
export const lanes: readonly Lane[] = ['qargo', 'palletways', 'files'];
export const laneOf = (o: Pick<Obligation, 'kind' | 'to'>): Lane => (o.kind === 'file' ? 'files' : o.to);
