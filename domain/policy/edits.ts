/** Late edits: the stages at which they come, the fields that they change, and the possible rulings. decision.ts decides. */
import type { Counterpart } from '../facts/facts.ts';

/** How far the work has come, as far as it matters for an edit. Once a pallet is on the vehicle, the stage is `loaded`. */
export const editStages = ['announced', 'planned', 'loaded', 'out', 'arrived', 'failed', 'delivered'] as const;
export type EditStage = (typeof editStages)[number];

export const editFields = [
  'billUnits',
  'lifts',
  'weight',
  'collectionDate',
  'deliveryDate',
  'bookIn',
  'collectionAddress',
  'deliveryAddress',
  'instructions',
  'service',
  'references',
  'tailLift',
  'handball',
  'hazardous',
  'depots',
] as const;
export type EditField = (typeof editFields)[number];

export type Ruling = 'accept' | 'ask' | 'refuse';

/** The settings of an organisation that differ from the default, by field: its owner, and its ruling at some stages. */
export type EditPolicy = Readonly<
  Partial<
    Record<EditField, { readonly owner?: Counterpart | undefined } & { readonly [S in EditStage]?: Ruling | undefined }>
  >
>;
