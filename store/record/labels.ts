/** What is on a consignment's labels, for a depot that prints them itself, and every name that it was known by. */
import type { OrderContent } from '../../domain/facts/content.ts';
import type { Queryable } from '../postgres/database.ts';
import { type ConsignmentRow, latestOrder } from './consignments.ts';
import { UnreadableContent } from './contents.ts';

export interface LabelSheet {
  readonly organisation: string;
  readonly consignment: string;
  readonly reference: string | null;
  readonly trackingId: string | null;
  /** `<service group>-<service code>`, or null where the order is not known. */
  readonly service: string | null;
  /** Null where the order is not known, was erased, or has no delivery address. */
  readonly consignee: {
    readonly name: string;
    readonly lines: readonly string[];
    readonly town: string;
    readonly postCode: string;
    readonly country: string;
  } | null;
  /** As they are labelled now, in the order of the labels. */
  readonly labels: readonly { readonly barcode: string; readonly number: number; readonly of: number }[];
  /** Barcodes and tracking ids that were replaced: what carries them is still this consignment. UTC ISO. */
  readonly former: readonly {
    readonly kind: string;
    readonly value: string;
    readonly from: string;
    readonly to: string | null;
  }[];
  /** The sheet as Palletways printed it, null where it was not read yet. */
  readonly pdf: { readonly key: string; readonly bytes: number } | null;
}

export async function labelSheet(db: Queryable, row: ConsignmentRow): Promise<LabelSheet> {
  const labels = await db.query<{ barcodes: string[] }>(
    `select envelope->'barcodes' as barcodes from fact where consignment = $1 and kind = 'labels' order by at desc, id desc limit 1`,
    [row.id],
  );
  const former = await db.query<{ kind: string; value: string; valid_from: Date; valid_to: Date | null }>(
    `select kind, value, valid_from, valid_to from alias
      where consignment = $1 and ((kind = 'barcode' and valid_to is not null) or (kind = 'trackingId' and value is distinct from $2))
      order by valid_from, kind, value`,
    [row.id, row.trackingId],
  );
  const pdf = await db.query<{ key: string; size: string }>(
    `select b.key, b.size from receipt d join blob b on b.key = d.progress->>'blob' where d.consignment = $1 and d.key = 'labels'
        and d.progress->>'labelOf' in (d.fact, d.fact || ':' || d.revision)`,
    [row.id],
  );
  const order = (await latestOrder(db, row.id).catch(nullIfUnreadable))?.order ?? null;
  const barcodes = labels.rows[0]?.barcodes ?? [];
  const [stored] = pdf.rows;
  return {
    organisation: row.organisation,
    consignment: row.id,
    reference: row.reference,
    trackingId: row.trackingId,
    service: order === null ? null : `${order.serviceGroup}-${order.serviceCode}`,
    consignee: consigneeOf(order),
    labels: barcodes.map((barcode, index) => ({ barcode, number: index + 1, of: barcodes.length })),
    former: former.rows.map(({ kind, value, valid_from, valid_to }) => ({
      kind,
      value,
      from: valid_from.toISOString(),
      to: valid_to?.toISOString() ?? null,
    })),
    pdf: stored === undefined ? null : { key: stored.key, bytes: Number(stored.size) },
  };
}

/** The barcodes are there also where the content of the order cannot be read. @throws every other error again */
function nullIfUnreadable(error: unknown): null {
  if (error instanceof UnreadableContent) return null;
  throw error;
}

function consigneeOf(order: OrderContent | null): LabelSheet['consignee'] {
  const at = order?.delivery ?? null;
  if (at === null) return null;
  return {
    name: at.companyName || at.contactName,
    lines: at.lines,
    town: at.town,
    postCode: at.postCode,
    country: at.country,
  };
}
