/** What a new consignment is entered with, by the character that is played. */
import type { Organisation } from './organisation.ts';
import { type Tree, text } from './tree.ts';
import type { World } from './world.ts';

/** Flips 24a to 24c: lifts and bill units that do not add up. */
export function unitsOf(world: World, fields: Tree): Tree {
  if (world.plays('24a')) return { ...fields, Lifts: '1', BillUnit: { Type: 'QP', Amount: '3' } };
  if (world.plays('24b')) return { ...fields, Lifts: '2', BillUnit: { Type: 'FP', Amount: '1' } };
  if (!world.plays('24c')) return fields;
  const { BillUnit: _none, ...rest } = fields;
  return rest;
}

/**
 * The depot that asked for it, where nobody says: a delivery that another depot collects was entered there, all else by
 * our own customers. The former character knows no other depot than the reader's.
 */
export function requestingOf(world: World, fields: Tree, organisation: Organisation): string | undefined {
  if (!world.isPublished) return undefined;
  const collecting = text(fields, 'CollectionDepot');
  return text(fields, 'Type') === 'D' && collecting !== '' ? collecting : organisation.depot;
}

/** Whether it was entered by a customer of the organisation's own depot. */
export function isOwnEntry(world: World, organisation: Organisation, entered: Entered): boolean {
  const owner = world.organisation(entered.organisation);
  return (entered.requesting ?? owner?.depot) === organisation.depot;
}

interface Entered {
  organisation: string;
  requesting?: string;
}
