/** Which consignment a request is about: by any of its references, of one organisation where `?organisation=` names it. */
import type { FastifyRequest } from 'fastify';
import { cleanIdentifier } from '../../domain/text.ts';
import { type ConsignmentRow, findByReference } from '../../store/consignments.ts';
import type { Queryable } from '../../store/database.ts';
import type { Claim } from '../../store/wake.ts';

export const notOne = {
  error: 'no single consignment is known by that reference: name its organisation (?organisation=), its tracking id or its internal id',
};

export const nobody = (request: FastifyRequest) => ({
  error: `no consignment is known as ${(request.params as { reference: string }).reference}`,
});

/** All that are meant by `:reference`; two organisations may know the same consignment, each its own end of it. */
export function known(db: Queryable, request: FastifyRequest): Promise<ConsignmentRow[]> {
  const { reference } = request.params as { reference: string };
  const { organisation } = request.query as { organisation?: unknown };
  return findByReference(
    db,
    cleanIdentifier(reference),
    typeof organisation === 'string' && organisation !== '' ? organisation : undefined,
  );
}

/** The one that is meant; null where it is none, or not one alone. */
export async function only(db: Queryable, request: FastifyRequest): Promise<Claim | null> {
  const [row, other] = await known(db, request);
  if (row === undefined || other !== undefined) return null;
  return {
    organisation: row.organisation,
    consignment: row.id,
    reference: row.reference,
    trackingId: row.trackingId,
    workflow: row.workflow,
  };
}
