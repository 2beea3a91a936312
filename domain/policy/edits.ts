/** Late edits: the stages at which they come, the fields that they change, and what can be said of them. What is decided: decision.ts. */
import type { Counterpart } from '../facts/facts.ts';

/** How far the work has come, as far as an edit cares: a pallet on the vehicle is past the desk. */
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

/** What an organisation sets otherwise: of a field its owner, and the ruling at stages. */
export type EditPolicy = Readonly<
  Partial<
    Record<EditField, { readonly owner?: Counterpart | undefined } & { readonly [S in EditStage]?: Ruling | undefined }>
  >
>;
