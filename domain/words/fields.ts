/** Fields of an order in words. Pure. */

import type { EditField } from '../policy/edits.ts';

/** For people. */
export const fieldWords: Readonly<Record<EditField, string>> = {
  billUnits: 'bill units',
  lifts: 'lifts',
  weight: 'weight',
  collectionDate: 'collection date',
  deliveryDate: 'delivery date',
  bookIn: 'book-in',
  collectionAddress: 'collection address',
  deliveryAddress: 'delivery address',
  instructions: 'instructions',
  service: 'service',
  references: 'references',
  tailLift: 'tail-lift',
  handball: 'handball',
  hazardous: 'hazardous goods',
  depots: 'depots',
};

/** Fields in words, as a list in a sentence; one that is not known stands as it came. */
export const sayFields = (fields: readonly string[]): string =>
  fields.map((field) => (fieldWords as Readonly<Record<string, string>>)[field] ?? field).join(', ');
