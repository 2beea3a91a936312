/** The tray: proofs that match nothing. A person gives them to consignments, gives one to several, or moves one that went astray. */

import type { Fact, NewFact } from '../../domain/facts/facts.ts';
import { evidenceKinds, subjectOf } from '../../domain/facts/kinds.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import { showCause } from '../../domain/words/causes.ts';
import { lookAfter } from '../intake/evidence.ts';
import { decide } from '../outbox/receipts.ts';
import { type Database, inTransaction, now, type Queryable } from '../postgres/database.ts';
import { numberIn, organisationsAsked, type PageAsked, type PageOf, pageByNumber } from '../postgres/pages.ts';
import { toCause } from '../record/causes.ts';
import { rawContent } from '../record/contents.ts';
import { storeFact } from '../record/facts.ts';
import { touchByOutcome } from '../record/touch.ts';

export interface UnmatchedItem {
  readonly seq: number;
  readonly organisation: string;
  readonly kind: 'pod' | 'document';
  /** Of a document: photo, signature, ... */
  readonly role: string | null;
  /** Who signed, or the file's name. */
  readonly name: string;
  /** UTC ISO. */
  readonly at: string;
  readonly heard: string;
  /** Why it matches nothing, or not one alone. */
  readonly cause: string | null;
  /** Its code. */
  readonly code: string | null;
  /** The names it came with, `kind=value`. */
  readonly names: readonly string[];
}

/** A page of the proofs that belong to nobody, oldest first; 100 where no limit is said. @throws AskedWrongly */
export async function listUnmatched(
  db: Queryable,
  { organisation, limit = 100, cursor }: PageAsked = {},
): Promise<PageOf<UnmatchedItem>> {
  const { rows } = await db.query<
    Omit<UnmatchedItem, 'at' | 'heard' | 'cause' | 'code'> & { at: Date; heard: Date; cause: unknown }
  >(
    `select f.seq, f.organisation, f.kind, f.envelope->>'role' as role, coalesce(t.body->>'name', '') as name, f.at, f.heard,
            f.cause,
            coalesce((select array_agg(p.kind || '=' || p.value order by p.kind, p.value) from parked_alias p where p.fact = f.seq), '{}') as names
       from ${organisationsAsked('$1')} org cross join lateral (
              select * from fact p
               where p.organisation = org.id and p.state = 'parked' and p.consignment is null and p.kind = any($4) and p.seq > $3
               order by p.seq limit $2) f
       left join content t on t.id = (f.envelope->>'content')::bigint
      order by f.seq limit $2`,
    [organisation ?? null, limit + 1, numberIn(cursor), evidenceKinds],
  );
  return pageByNumber(
    rows.map((row) => ({
      ...row,
      ...showCause(toCause(row.cause)),
      at: row.at.toISOString(),
      heard: row.heard.toISOString(),
    })),
    limit,
  );
}

export interface Assignment {
  /** Internal ids; a merged one stands for the one that goes on. */
  readonly to: readonly string[];
  readonly who: string;
  readonly why: string;
  /** It is not the one's that has it: what was not told of it there is told no more. */
  readonly move: boolean;
}

export interface Assigned {
  readonly seq: number;
  /** Who has it by this, internal ids; one that had it already is left out. */
  readonly given: readonly string[];
  /** Moved, and Palletways was told of it before (or is being told): nothing takes that back but a person. */
  readonly toldBefore: boolean;
}

/**
 * Gives a proof to consignments of its organisation, each of which tells it. Null where there is no such proof, or one of `to` is
 * not of its organisation. What a person gave stays given: the same proof said again is not unmatched again.
 */
export async function assignPod(
  db: Database,
  seq: number,
  { to, who, why, move }: Assignment,
): Promise<Assigned | null> {
  return inTransaction(db, async (tx) => {
    const { rows } = await tx.query<{
      organisation: string;
      consignment: string | null;
      envelope: Fact;
      state: string;
    }>(`select organisation, consignment, envelope, state from fact where seq = $1 and kind = any($2) for update`, [
      seq,
      evidenceKinds,
    ]);
    const [fact] = rows;
    if (fact === undefined || (fact.consignment === null && fact.state !== 'parked')) return null;
    const { organisation, envelope, consignment: from } = fact;
    const living = await tx.query<{ id: string; living: string }>(
      'select id, coalesce(merged_into, id) as living from consignment where organisation = $1 and id = any($2)',
      [organisation, to],
    );
    if (to.some((id) => !living.rows.some((row) => row.id === id))) return null;
    const at = await now(tx);
    const told = await factAgain(tx, envelope);
    const given: string[] = [];
    for (const id of [...new Set(living.rows.map((row) => row.living))].sort()) {
      const stored = await storeFact(tx, id, told, { organisation, journal: null, heard: at, via: envelope.via });
      if (stored !== null) {
        given.push(id);
        await lookAfter(tx, organisation, id, [stored]);
      }
      await decide(tx, id, `assigned ${envelope.id}`, { who, why, from, at });
    }
    if (from === null)
      await tx.query(`update fact set state = 'kept', cause = '{"code": "assigned"}' where seq = $1`, [seq]);
    const toldBefore =
      move && from !== null && !given.includes(from)
        ? await takeAway(tx, { organisation, from, envelope, to: given })
        : false;
    return { seq, given, toldBefore };
  });
}

/** The fact as its source said it, with its content. */
async function factAgain(tx: Queryable, envelope: Fact): Promise<NewFact> {
  const { heard: _heard, via: _via, content: ref, ...rest } = envelope;
  const body = ref === undefined ? null : await rawContent(tx, ref);
  return (body === null ? rest : { ...rest, body }) as NewFact;
}

/** What is not told yet of a fact that was moved away is told no more. Answers whether it was told. */
async function takeAway(
  tx: Queryable,
  { organisation, from, envelope, to }: { organisation: string; from: string; envelope: Fact; to: readonly string[] },
): Promise<boolean> {
  const key = subjectOf(envelope);
  const moved: Cause = { code: 'moved', to };
  const kind = envelope.kind === 'document' ? 'file' : 'pod';
  await tx.query('update fact set cause = $3 where consignment = $1 and id = $2', [from, envelope.id, moved]);
  const { rows } = await tx.query<{ told: boolean }>(
    `insert into receipt as d (consignment, key, organisation, counterpart, kind, revision, fact, state, cause, settled_at)
     values ($1, $2, $3, 'palletways', $4, 1, $5, 'void', $6, clock_timestamp())
     on conflict (consignment, key) do update set
       state = case when d.ever or d.state in ('met', 'sending') then d.state else 'void' end,
       cause = case when d.ever or d.state in ('met', 'sending') then d.cause else excluded.cause end,
       until = case when d.ever or d.state in ('met', 'sending') then d.until end,
       settled_at = coalesce(d.settled_at, excluded.settled_at)
     returning d.state <> 'void' as told`,
    [from, key, organisation, kind, envelope.id, moved],
  );
  touchByOutcome(tx, organisation, from, [key], true);
  return rows[0]?.told === true;
}
