/** Which consignment a request is about: by any of its references, of one organisation where `?organisation=` names it. */
import { z } from 'zod';
import { cleanIdentifier } from '../../domain/facts/text.ts';
import type { Queryable } from '../../store/postgres/database.ts';
import { type ConsignmentRow, findByReference } from '../../store/record/consignments.ts';
import type { Claim } from '../../store/record/wake.ts';
import { Refused } from './route.ts';

/** What a route about `:reference` looks at to find it. An organisation that is said twice or is empty counts as left out. */
export const ofConsignment = {
  params: z.object({ reference: z.string() }),
  query: z.object({ organisation: z.string().min(1).optional().catch(undefined) }),
};

interface Meant {
  readonly params: z.output<typeof ofConsignment.params>;
  readonly query: z.output<typeof ofConsignment.query>;
}

/** As it was said; else in capitals, in which barcodes are kept. */
async function find(db: Queryable, { params, query }: Meant): Promise<ConsignmentRow[]> {
  const said = cleanIdentifier(params.reference);
  const found = await findByReference(db, said, query.organisation);
  return found.length > 0 ? found : findByReference(db, said.toUpperCase(), query.organisation);
}

/** All that are meant: two organisations may know the same consignment, each its own end of it. @throws Refused where nobody is. */
export async function known(db: Queryable, meant: Meant): Promise<ConsignmentRow[]> {
  const found = await find(db, meant);
  if (found.length === 0) throw new Refused(404, `no consignment is known as ${meant.params.reference}`);
  return found;
}

/** The one that is meant. @throws Refused where it is none, or not one alone. */
export async function onlyRow(db: Queryable, meant: Meant): Promise<ConsignmentRow> {
  const [row, other] = await find(db, meant);
  if (row === undefined || other !== undefined) throw notOne();
  return row;
}

/** As {@link onlyRow}, as a workflow is told of it. */
export async function only(db: Queryable, meant: Meant): Promise<Claim> {
  const { organisation, id, reference, trackingId, workflow } = await onlyRow(db, meant);
  return { organisation, consignment: id, reference, trackingId, workflow };
}

/** The answer where a reference is nobody's, or not one's alone. */
export const notOne = () =>
  new Refused(
    404,
    'no single consignment is known by that reference: name its organisation (?organisation=), its tracking id or its internal id',
  );
