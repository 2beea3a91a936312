import type { Queryable } from '../../store/postgres/database.ts';
import { type ConsignmentRow, findByReference } from '../../store/record/consignments.ts';

/** The consignment that a reference means. @throws Error where that is none, or several. */
export async function findOne(db: Queryable, reference: string, organisation?: string): Promise<ConsignmentRow> {
  const [row, other] = await findByReference(db, reference, organisation);
  if (row === undefined) throw new Error(`no consignment is known as ${reference}`);
  if (other !== undefined)
    throw new Error(
      `${reference} fits several consignments; name its organisation, its tracking id or its internal id`,
    );
  return row;
}
