/** What is derived in the record is what all facts and receipts make of it: the promise that holds after whatever a test did. */
import { expect } from 'vitest';
import { projectAgain } from '../store/due/take.ts';
import type { Database } from '../store/postgres/database.ts';

interface Derived {
  readonly obligations: readonly unknown[];
  readonly standing: readonly unknown[];
  readonly status: unknown;
}

/**
 * Derived rows of a consignment, less what tells only when they were written, and less until when a call on the wire may still act: that is
 * known of the call (store/outbox/receipts.ts), and is asked again by whoever takes next.
 */
export async function derivedOf(db: Database, consignment: string): Promise<Derived> {
  const { rows: obligations } = await db.query(
    `select key, counterpart, kind, sort, row, lane, change, rank, revision, generation, fact, needs, gives, happened_at, state,
            nullif(cause, '{"code": "answer lost"}') as cause, case when cause->>'code' is distinct from 'answer lost' then not_before end as not_before
       from obligation where consignment = $1 order by key`,
    [consignment],
  );
  const { rows: standing } = await db.query(
    'select s.subject, f.id from standing s join fact f on f.seq = s.fact where s.consignment = $1 order by s.subject',
    [consignment],
  );
  const { rows: status } = await db.query(
    `select stage, edit_stage, ended, over, leg, roles, service, has, asked, questions, question_since, case_count, case_since,
            case_first, case_ended_at, delivered_at, goods, happened from status where consignment = $1`,
    [consignment],
  );
  return { obligations, standing, status: status[0] };
}

/** Projects every consignment of the record anew and expects nothing to change. */
export async function expectProjected(db: Database): Promise<void> {
  const { rows } = await db.query<{ id: string; organisation: string }>(
    `select c.id, c.organisation from consignment c left join status s on s.consignment = c.id
      where not coalesce(s.stale, false) and exists (select 1 from fact f where f.consignment = c.id)`,
  );
  for (const { id, organisation } of rows) {
    const before = await derivedOf(db, id);
    await projectAgain(db, organisation, id);
    expect(await derivedOf(db, id)).toEqual(before);
  }
}
