/** Scans as they are shown and exported: every one that was heard, with its time as it was said and what Palletways was told of it. */
import type { ScanFact } from '../../domain/facts/facts.ts';
import type { Queryable } from '../postgres/database.ts';

export interface ScanRow {
  readonly organisation: string;
  readonly consignment: string;
  readonly reference: string | null;
  readonly trackingId: string | null;
  readonly barcode: string;
  readonly scan: ScanFact['scan'];
  /** UTC ISO. */
  readonly at: string;
  /** The same instant in the zone it was said in: `2026-11-23T06:12:33.000+01:00`. */
  readonly said: string;
  /** UTC ISO, by our clock. */
  readonly heard: string;
  readonly source: string;
  readonly via: string;
  /** Why the instant cannot be right, or null. */
  readonly doubt: string | null;
  /** What became of the note to Palletways; null where it is not settled yet. */
  readonly told: string | null;
  /** When Palletways was told, UTC ISO. */
  readonly toldAt: string | null;
  readonly fact: string;
}

export interface ScansAsked {
  readonly organisation?: string;
  readonly consignment?: string;
  /** Heard from then on, UTC ISO. */
  readonly since?: string;
}

interface Row {
  readonly seq: number;
  readonly organisation: string;
  readonly consignment: string;
  readonly reference: string | null;
  readonly tracking_id: string | null;
  readonly envelope: ScanFact;
  readonly told: string | null;
  readonly settled_at: Date | null;
}

const rowsAtOnce = 1_000;

/** In the order in which they were heard, a thousand read at a time: there may be millions. */
export async function* scans(db: Queryable, { organisation, consignment, since }: ScansAsked): AsyncGenerator<ScanRow> {
  for (let after = 0; ; ) {
    const { rows } = await db.query<Row>(
      `select f.seq, f.organisation, f.consignment, c.reference, c.tracking_id, f.envelope, d.state as told, d.settled_at
         from fact f join consignment c on c.id = f.consignment
         left join receipt d on d.consignment = f.consignment and d.fact = f.id and d.kind = 'scan'
        where f.kind = 'scan' and f.seq > $1 and ($2::text is null or f.organisation = $2)
          and ($3::text is null or f.consignment = $3) and ($4::timestamptz is null or f.heard >= $4)
        order by f.seq limit $5`,
      [after, organisation ?? null, consignment ?? null, since ?? null, rowsAtOnce],
    );
    for (const row of rows) yield toScan(row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsAtOnce) return;
    after = last.seq;
  }
}

function toScan({ envelope, ...row }: Row): ScanRow {
  const { barcode, scan, at, zone, heard, source, via, doubt, id } = envelope;
  return {
    organisation: row.organisation,
    consignment: row.consignment,
    reference: row.reference,
    trackingId: row.tracking_id,
    barcode,
    scan,
    at,
    said: writeInstant(at, zone),
    heard,
    source,
    via,
    doubt: doubt ?? null,
    told: row.told,
    toldAt: row.told === 'met' ? (row.settled_at?.toISOString() ?? null) : null,
    fact: id,
  };
}

const offset = /^([+-])(\d\d):(\d\d)$/;

/** The instant with the offset it was said in; of a zone with a name, UTC and the name. */
export function writeInstant(at: string, zone: string): string {
  const [, sign, hours, minutes] = offset.exec(zone) ?? [];
  if (sign === undefined) return zone === 'UTC' ? at : `${at}[${zone}]`;
  const ms = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1);
  return `${new Date(Date.parse(at) + ms).toISOString().slice(0, -1)}${zone}`;
}
