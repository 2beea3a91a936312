/** Notes that wait for the next call of their credential, claimed with a lease by whoever sends. */

import type { OutgoingNote } from '../../domain/facts/content.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import type { ObligationKind } from '../../domain/obligations/kinds.ts';
import type { Queryable } from '../postgres/database.ts';
import { type Item, rowIsOn, standards } from '../record/due.ts';
import { isLeaseOver } from './note-lease.ts';
import { versionOf } from './receipts.ts';

export interface NoteRow {
  readonly organisation: string;
  readonly consignment: string;
  readonly item: Item;
  readonly note: OutgoingNote;
  /** UTC ISO; when it was last put on the wire. */
  readonly sentAt: string;
  /** What was answered on it, where only settling it is left. */
  readonly proof: Readonly<Record<string, unknown>> | null;
  /** True where the engine counted an error that nobody foresaw for just this version of the note. */
  readonly raised: boolean;
  /** How often that was for just this version. */
  readonly faults: number;
  /** True where just this version may have been sent before the record was restored. */
  readonly restored: boolean;
}

interface Row {
  organisation: string;
  consignment: string;
  key: string;
  kind: ObligationKind;
  generation: number;
  revision: number;
  fact: string;
  payload: OutgoingNote;
  sent_at: Date | null;
  written_at: Date;
  progress: {
    readonly proof?: Readonly<Record<string, unknown>>;
    readonly faultOf?: string;
    readonly faults?: number;
    readonly restored?: string;
  };
}

/** The columns of a note `d` that make its row. */
const noteColumns =
  'd.organisation, d.consignment, d.key, d.kind, d.generation, d.revision, d.fact, d.payload, d.sent_at, d.written_at, d.progress';

const toNote = (row: Row): NoteRow => ({
  organisation: row.organisation,
  consignment: row.consignment,
  item: { key: row.key, kind: row.kind, generation: row.generation, revision: row.revision, fact: row.fact },
  note: row.payload,
  sentAt: (row.sent_at ?? row.written_at).toISOString(),
  proof: row.progress.proof ?? null,
  raised: row.progress.faultOf === versionOf(row),
  faults: row.progress.faultOf === versionOf(row) ? (row.progress.faults ?? 0) : 0,
  restored: row.progress.restored === versionOf(row),
});

/**
 * Whether a note is still outstanding in just this version and its row is on: what was replaced, is owed no more or was switched off while
 * it waited is not sent. `d` is its delivery, `$n` are the `standards` of store/record/due.ts.
 */
export const isWanted = (d: string, n: string) =>
  `exists (select 1 from obligation o join organisation g on g.id = o.organisation
            where o.consignment = ${d}.consignment and o.key = ${d}.key and o.state = 'open' and ${rowIsOn('o', 'g', n)}
              and (o.fact, o.revision, o.generation) = (${d}.fact, ${d}.revision, ${d}.generation))`;

/** Of one instant an exception and a milestone come before the plan: an attempt that failed is told before the un-planning that follows. */
const placeOf = ({ note, item }: NoteRow): string => `${note.at} ${item.key}`;

/** Takes up to `limit` waiting notes of an organisation, oldest happening first, and marks them as on the wire. */
export async function claimWaiting(
  db: Queryable,
  organisation: string,
  limit: number,
  sender: string,
  leaseMs: number,
): Promise<NoteRow[]> {
  const { rows } = await db.query<Row>(
    `with picked as (
       select consignment, key from receipt
        where organisation = $1 and counterpart = 'palletways' and state = 'waiting' and ${isWanted('receipt', '$5')}
        order by written_at limit $2 for update skip locked
     )
     update receipt d set state = 'sending', sender = $3, progress = d.progress - 'proof', sent_at = clock_timestamp(), lease_until = clock_timestamp() + $4 * interval '1 ms'
       from picked p where d.consignment = p.consignment and d.key = p.key
     returning ${noteColumns}`,
    [organisation, limit, sender, leaseMs, standards],
  );
  return rows.map(toNote).sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

/** Takes notes that are on the wire with their lease over: their answer was lost or their sender died. */
export async function claimDoubtful(
  db: Queryable,
  organisation: string,
  sender: string,
  leaseMs: number,
): Promise<NoteRow[]> {
  const { rows } = await db.query<Row>(
    `with picked as (
       select consignment, key from receipt
        where organisation = $1 and counterpart = 'palletways' and state = 'sending' and payload is not null and ${isLeaseOver('receipt')}
        limit 500 for update skip locked
     )
     update receipt d set sender = $2, lease_until = clock_timestamp() + $3 * interval '1 ms'
       from picked p where d.consignment = p.consignment and d.key = p.key
     returning ${noteColumns}`,
    [organisation, sender, leaseMs],
  );
  return rows.map(toNote);
}

/** Renews the lease of notes just before they are sent; answers those that are still this sender's. */
export async function stillMine(
  db: Queryable,
  rows: readonly NoteRow[],
  sender: string,
  leaseMs: number,
): Promise<NoteRow[]> {
  const kept = await db.query<{ consignment: string; key: string }>(
    `update receipt d set lease_until = clock_timestamp() + $4 * interval '1 ms', sent_at = clock_timestamp()
       from unnest($1::text[], $2::text[]) as n (c, k)
      where d.consignment = n.c and d.key = n.k and d.state = 'sending' and d.sender = $3 returning d.consignment, d.key`,
    [rows.map((row) => row.consignment), rows.map((row) => row.item.key), sender, leaseMs],
  );
  const mine = new Set(kept.rows.map((row) => `${row.consignment} ${row.key}`));
  return rows.filter((row) => mine.has(`${row.consignment} ${row.item.key}`));
}

/** Puts notes back that this sender holds: they were surely not stored by Palletways. */
export async function returnToWaiting(db: Queryable, rows: readonly NoteRow[], sender: string): Promise<void> {
  if (rows.length === 0) return;
  await db.query(
    `update receipt d set state = 'waiting', sender = null, lease_until = null
       from unnest($1::text[], $2::text[]) as n (c, k) where d.consignment = n.c and d.key = n.k and d.state = 'sending' and d.sender = $3`,
    [rows.map((row) => row.consignment), rows.map((row) => row.item.key), sender],
  );
}

/**
 * Leaves notes in doubt that this sender holds: they may have been stored by Palletways, and nobody looks for them before `quietMs` are over.
 */
export async function leaveInDoubt(
  db: Queryable,
  rows: readonly NoteRow[],
  sender: string,
  quietMs: number,
  cause: Cause,
): Promise<void> {
  await db.query(
    `update receipt d set sender = 'doubt', lease_until = clock_timestamp() + $3 * interval '1 ms', cause = $5
       from unnest($1::text[], $2::text[]) as n (c, k) where d.consignment = n.c and d.key = n.k and d.state = 'sending' and d.sender = $4`,
    [rows.map((row) => row.consignment), rows.map((row) => row.item.key), quietMs, sender, cause],
  );
}

/** Whether notes of an organisation wait, and whether some are on the wire whose answer was lost or whose sender died. */
export async function notesAtHand(
  db: Queryable,
  organisation: string,
): Promise<{ readonly waiting: boolean; readonly doubtful: boolean }> {
  const { rows } = await db.query<{ waiting: boolean; doubtful: boolean }>(
    `select exists (select 1 from receipt d where d.organisation = $1 and d.counterpart = 'palletways' and d.state = 'waiting'
                       and ${isWanted('d', '$2')}) as waiting,
            exists (select 1 from receipt d where d.organisation = $1 and d.counterpart = 'palletways' and d.state = 'sending'
                       and d.payload is not null and ${isLeaseOver('d')}) as doubtful`,
    [organisation, standards],
  );
  return rows[0] ?? { waiting: false, doubtful: false };
}

interface NoteState {
  readonly state: string;
  /** It waits, or is in the hands of a sender who is not given up: `me`, or another who began less than `strangerMs` ago. */
  readonly held: boolean;
}

/** How these notes stand now, by consignment and key; one that has no receipt is left out. */
export async function statesOfNotes(
  db: Queryable,
  notes: readonly { readonly consignment: string; readonly key: string }[],
  me: string,
  strangerMs: number,
): Promise<ReadonlyMap<string, ReadonlyMap<string, NoteState>>> {
  const { rows } = await db.query<{ consignment: string; key: string; state: string; held: boolean }>(
    `select d.consignment, d.key, d.state,
            d.state = 'waiting' and ${isWanted('d', '$5')}
              or d.state = 'sending' and d.sender is distinct from 'doubt'
                 and (d.sender = $3 or d.sent_at > clock_timestamp() - $4 * interval '1 ms') as held
       from receipt d join unnest($1::text[], $2::text[]) as n (c, k) on d.consignment = n.c and d.key = n.k`,
    [notes.map(({ consignment }) => consignment), notes.map(({ key }) => key), me, strangerMs, standards],
  );
  const found = new Map<string, Map<string, NoteState>>();
  for (const { consignment, key, state, held } of rows) {
    const mine = found.get(consignment) ?? new Map<string, NoteState>();
    found.set(consignment, mine.set(key, { state, held: held === true }));
  }
  return found;
}

/** Writes what was answered on notes that are on the wire, in one statement: whoever finds it settles them, and asks nobody again. */
export async function keepAnswers(
  db: Queryable,
  rows: readonly NoteRow[],
  proofs: readonly Readonly<Record<string, unknown>>[],
  sender: string,
): Promise<void> {
  await db.query(
    `update receipt d set progress = d.progress || jsonb_build_object('proof', n.proof)
       from unnest($1::text[], $2::text[], $3::jsonb[]) as n (c, k, proof)
      where d.consignment = n.c and d.key = n.k and d.state = 'sending' and d.sender = $4`,
    [
      rows.map((row) => row.consignment),
      rows.map((row) => row.item.key),
      proofs.map((proof) => JSON.stringify(proof)),
      sender,
    ],
  );
}

/** Whether an earlier version of one of these notes is on the wire with its lease over. */
export async function isDoubtful(db: Queryable, consignment: string, keys: readonly string[]): Promise<boolean> {
  const { rows } = await db.query(
    `select 1 from receipt d join obligation o on o.consignment = d.consignment and o.key = d.key
      where d.consignment = $1 and d.key = any($2) and d.state = 'sending'
        and (d.fact, d.revision, d.generation) <> (o.fact, o.revision, o.generation)
        and ${isLeaseOver('d')} limit 1`,
    [consignment, keys],
  );
  return rows.length > 0;
}
