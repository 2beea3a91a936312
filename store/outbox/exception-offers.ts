/** Exceptions that Palletways fetches instead of being told: offered in an order that a cursor can follow. */

import type { ExceptionContent } from '../../domain/facts/content.ts';
import { photosByException } from '../../domain/facts/exception-photos.ts';
import type { ExceptionFact } from '../../domain/facts/facts.ts';
import { type Database, inTransaction, type Queryable } from '../postgres/database.ts';
import { hasCode } from '../record/causes.ts';
import { readableContent } from '../record/contents.ts';
import { lockConsignments } from '../record/projection.ts';
import { touchByOutcome } from '../record/touch.ts';
import { firstPosition, mayBeSentBefore } from './restored.ts';

export interface OfferedException {
  /** Never changes; an item that comes again under its id (its photos came late) replaces the earlier one. */
  readonly id: string;
  readonly position: number;
  readonly trackingId: string;
  readonly conNo: string | null;
  readonly code: string;
  /** UTC ISO. */
  readonly at: string;
  readonly note: string;
  readonly photos: readonly OfferedPhoto[];
}

export interface OfferedPhoto {
  /** Never changes. */
  readonly id: string;
  readonly name: string;
  readonly blob: string;
}

/** What is older than this when it is first asked for is history, days. */
const offeredDays = 30;

/**
 * At most `limit` items after `cursor` (0: from the start), which count as told from now on. `told: 'leave'` offers what no note
 * tells, `'too'` everything.
 */
export async function fetchOffers(
  db: Database,
  organisation: string,
  cursor: number,
  limit: number,
  told: 'leave' | 'too',
): Promise<OfferedException[]> {
  return inTransaction(db, async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('exceptions of ' || $1, 0))`, [organisation]);
    await offerNew(tx, organisation, told);
    await offerLatePhotos(tx, organisation);
    const { rows } = await tx.query<{
      seq: number;
      position: number;
      consignment: string;
      envelope: ExceptionFact;
      tracking_id: string;
      reference: string | null;
      body: unknown;
    }>(
      `select o.fact as seq, o.position, f.consignment, f.envelope, c.tracking_id, c.reference, t.body
         from exception_offer o join fact f on f.seq = o.fact join consignment c on c.id = f.consignment
         left join content t on t.id = (f.envelope->>'content')::bigint
        where o.organisation = $1 and o.position > $2 order by o.position limit $3`,
      [organisation, cursor, limit],
    );
    const photos = await photosOf(tx, [...new Set(rows.map((row) => row.consignment))]);
    await tx.query(
      'update exception_offer set fetched_at = coalesce(fetched_at, clock_timestamp()) where fact = any($1)',
      [rows.map(({ seq }) => seq)],
    );
    return rows.map((row) => ({
      id: String(row.seq),
      position: Number(row.position),
      trackingId: row.tracking_id,
      conNo: row.reference,
      code: row.envelope.code,
      at: row.envelope.at,
      note: noteOf(readableContent('exception', row.body)),
      photos: photos.get(row.seq) ?? [],
    }));
  });
}

/** Ends the waits for what was fetched: whoever sends looks then, and their workflows are woken. Answers how many waited. */
export async function endWaits(db: Database, organisation: string): Promise<number> {
  return inTransaction(db, async (tx) => {
    const { rows } = await tx.query<{ consignment: string; key: string }>(
      `select d.consignment, d.key from receipt d join exception_offer o on o.organisation = $1 and o.fetched_at is not null
         join fact f on f.seq = o.fact join consignment c on c.id = f.consignment
        where d.consignment = f.consignment and d.fact = f.id and c.closed_at is null and c.merged_into is null
          and d.kind = 'exception' and d.state = 'not yet' and ${hasCode('d.cause', 'not fetched yet')} and d.until > clock_timestamp()`,
      [organisation],
    );
    const ids = [...new Set(rows.map(({ consignment }) => consignment))].sort();
    await lockConsignments(tx, ids);
    for (const { consignment, key } of rows) {
      await tx.query(
        `update receipt set until = clock_timestamp()
          where consignment = $1 and key = $2 and state = 'not yet' and ${hasCode('cause', 'not fetched yet')}`,
        [consignment, key],
      );
      touchByOutcome(tx, organisation, consignment, [key], true);
    }
    return rows.length;
  });
}

/** A photo of an item that was offered; null where there is none. */
export async function offeredPhoto(
  db: Queryable,
  organisation: string,
  item: string,
  photo: string,
): Promise<OfferedPhoto | null> {
  const { rows } = await db.query<{ consignment: string }>(
    `select f.consignment from exception_offer o join fact f on f.seq = o.fact where o.organisation = $1 and o.fact::text = $2`,
    [organisation, item],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const photos = (await photosOf(db, [row.consignment])).get(Number(item)) ?? [];
  return photos.find(({ id }) => id === photo) ?? null;
}

/** When an exception was fetched, UTC ISO; null where it was not. */
export async function fetchedAt(db: Queryable, consignment: string, fact: string): Promise<string | null> {
  const { rows } = await db.query<{ fetched_at: Date | null }>(
    'select o.fetched_at from exception_offer o join fact f on f.seq = o.fact where f.consignment = $1 and f.id = $2',
    [consignment, fact],
  );
  return rows[0]?.fetched_at?.toISOString() ?? null;
}

async function offerNew(tx: Queryable, organisation: string, told: 'leave' | 'too'): Promise<void> {
  await tx.query(
    `insert into exception_offer (fact, organisation, position)
     select f.seq, $1, row_number() over (order by f.seq)
                       + greatest((select max(position) from exception_offer where organisation = $1), ${firstPosition})
       from fact f join consignment c on c.id = f.consignment
      where f.organisation = $1 and f.kind = 'exception' and f.state <> 'parked' and f.envelope->>'source' <> 'palletways'
        and f.heard > clock_timestamp() - $2 * interval '1 day' and c.merged_into is null and c.tracking_id is not null
        and not exists (select 1 from exception_offer o where o.fact = f.seq) and not ${mayBeSentBefore('f', 'c')}
        and ($3 or not exists (select 1 from receipt d where d.consignment = f.consignment and d.fact = f.id
                                 and (d.ever or d.state in ('waiting', 'sending', 'unknown'))))`,
    [organisation, offeredDays, told === 'too'],
  );
}

/** What has more photos by now than when it was offered goes to the end of the line, under its id. */
async function offerLatePhotos(tx: Queryable, organisation: string): Promise<void> {
  const { rows } = await tx.query<{ seq: number; consignment: string; photos: number }>(
    `select o.fact as seq, f.consignment, o.photos from exception_offer o join fact f on f.seq = o.fact
      where o.organisation = $1 and f.heard > clock_timestamp() - $2 * interval '1 day'
        and exists (select 1 from fact d where d.consignment = f.consignment and d.kind = 'document' and d.envelope->>'role' = 'exception-photo')
      order by o.position`,
    [organisation, offeredDays],
  );
  const photos = await photosOf(tx, [...new Set(rows.map(({ consignment }) => consignment))]);
  for (const { seq, photos: before } of rows) {
    const now = photos.get(seq)?.length ?? 0;
    if (now <= before) continue;
    await tx.query(
      `update exception_offer set photos = $2, offered_at = clock_timestamp(),
              position = case when fetched_at is null then position
                              else (select greatest(max(position), ${firstPosition}) + 1 from exception_offer where organisation = $3) end
        where fact = $1`,
      [seq, now, organisation],
    );
  }
}

/** The photos that are here, each once, by the exception that they are of. */
async function photosOf(
  db: Queryable,
  consignments: readonly string[],
): Promise<ReadonlyMap<number, readonly OfferedPhoto[]>> {
  if (consignments.length === 0) return new Map();
  const { rows } = await db.query<{
    seq: number;
    consignment: string;
    kind: string;
    heard: Date;
    name: string | null;
    blob: string | null;
  }>(
    `select f.seq, f.consignment, f.kind, f.heard, t.body->>'name' as name, d.progress->>'blob' as blob
       from fact f
       left join content t on t.id = (f.envelope->>'content')::bigint
       left join receipt d on d.consignment = f.consignment and d.key = 'document:' || (f.envelope->>'document') and d.state <> 'refused'
      where f.consignment = any($1)
        and (f.kind = 'exception' and f.envelope->>'source' <> 'palletways' or f.kind = 'document' and f.envelope->>'role' = 'exception-photo')
      order by f.seq`,
    [consignments],
  );
  const found = new Map<number, readonly OfferedPhoto[]>();
  for (const consignment of consignments) {
    const mine = rows
      .filter((row) => row.consignment === consignment)
      .map((row) => ({ ...row, heard: row.heard.toISOString() }));
    const exceptions = mine.filter(({ kind }) => kind === 'exception');
    const photos = mine.filter(({ kind }) => kind === 'document');
    for (const [exception, theirs] of photosByException(exceptions, photos)) {
      const byBytes = new Map<string, OfferedPhoto>();
      for (const { seq, name, blob } of theirs)
        if (blob !== null && !byBytes.has(blob))
          byBytes.set(blob, { id: String(seq), name: name ?? `photo ${seq}`, blob });
      found.set(exception, [...byBytes.values()]);
    }
  }
  return found;
}

const noteOf = (said: ExceptionContent | null): string =>
  [said?.name ?? '', said?.description ?? ''].filter((part) => part !== '').join(': ');
