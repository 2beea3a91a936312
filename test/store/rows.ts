/** Rows of a record under test: puts there what another part of the product would have written, and reads what stands there. */

import type { Counterpart, Fact, FactKind } from '../../domain/facts/facts.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import type { ObligationKind } from '../../domain/obligations/kinds.ts';
import type { Policy } from '../../domain/policy/settings.ts';
import type { ReceiptState } from '../../domain/receipts/receipts.ts';
import { type Database, inTransaction } from '../../store/postgres/database.ts';
import { touchByOutcome } from '../../store/record/touch.ts';
import type { Recorded } from './record.ts';

/** Where the rows are: a record under test is one. */
export interface Of {
  readonly db: Database;
  readonly organisation: string;
}

/** A delivery as a send leaves it. What is left out is as it is outstanding under the key. */
export interface GivenReceipt {
  readonly key: string;
  readonly state: ReceiptState;
  readonly to?: Counterpart;
  readonly kind?: ObligationKind;
  readonly fact?: string;
  readonly revision?: number;
  readonly generation?: number;
  readonly ever?: boolean;
  readonly cause?: Cause;
  readonly reason?: string;
  readonly proof?: object;
  readonly progress?: object;
  /** UTC ISO; now where left out. */
  readonly settledAt?: string;
}

/** Puts a delivery there, and has what is outstanding follow. */
export async function insertReceipt({ db, organisation }: Of, consignment: string, given: GivenReceipt): Promise<void> {
  await inTransaction(db, async (tx) => {
    await tx.query(
      `insert into receipt as d (consignment, key, organisation, counterpart, kind, fact, revision, generation, state, ever, cause, reason,
                                  proof, progress, settled_at)
         select $1, $2, $3, coalesce($4, o.counterpart), coalesce($5, o.kind), coalesce($6, o.fact), coalesce($7, o.revision, 1),
                coalesce($8, o.generation, 1), $9, $10, $11, $12, $13, $14, coalesce($15, clock_timestamp())
           from (select 1) as one left join obligation o on o.consignment = $1 and o.key = $2
       on conflict (consignment, key) do update set fact = excluded.fact, revision = excluded.revision, generation = excluded.generation,
         state = excluded.state, ever = d.ever or excluded.ever, cause = excluded.cause, reason = excluded.reason, proof = excluded.proof,
         progress = d.progress || excluded.progress, settled_at = excluded.settled_at, until = null`,
      [
        consignment,
        given.key,
        organisation,
        given.to ?? null,
        given.kind ?? null,
        given.fact ?? null,
        given.revision ?? null,
        given.generation ?? null,
        given.state,
        given.ever ?? given.state === 'met',
        given.cause ?? null,
        given.reason ?? null,
        given.proof ?? null,
        given.progress ?? {},
        given.settledAt ?? null,
      ],
    );
    touchByOutcome(tx, organisation, consignment, [given.key]);
  });
}

/** What came of the delivery under a key; undefined where there is none. */
export async function deliveryOf({ db }: Of, consignment: string, key: string) {
  const { rows } = await db.query<{
    state: string;
    cause: Cause | null;
    reason: string | null;
    ever: boolean;
    until: Date | null;
  }>('select state, cause, reason, ever, until from receipt where consignment = $1 and key = $2', [consignment, key]);
  return rows[0];
}

/** An attempt that was made, e.g. before what stands now came. */
export async function keepAttempt(
  { db }: Of,
  consignment: string,
  attempt: {
    readonly key: string;
    readonly kind: ObligationKind;
    readonly fact: string;
    readonly outcome: ReceiptState;
  },
): Promise<void> {
  await db.query(
    'insert into attempt (consignment, key, kind, fact, revision, outcome) values ($1, $2, $3, $4, 1, $5)',
    [consignment, attempt.key, attempt.kind, attempt.fact, attempt.outcome],
  );
}

/** Stores content of a consignment; answers its reference. */
export async function keepContent({ db, organisation }: Of, consignment: string, body: object): Promise<string> {
  const { rows } = await db.query<{ id: number }>(
    'insert into content (organisation, consignment, body) values ($1, $2, $3) returning id',
    [organisation, consignment, body],
  );
  return String(rows[0]?.id);
}

/** The organisation's policy says this, and of all else the standard. */
export async function setPolicy(
  { db, organisation }: Of,
  policy: { readonly [K in keyof Policy]?: Policy[K] extends object ? Partial<Policy[K]> : Policy[K] },
): Promise<void> {
  await db.query('update organisation set settings = $2, updated_at = clock_timestamp() where id = $1', [
    organisation,
    { policy },
  ]);
}

/** What the workflow of a consignment is to be told; undefined where nothing is. */
export async function wakeOf(
  { db }: Of,
  consignment: string,
): Promise<{ readonly kinds: readonly FactKind[] } | undefined> {
  const { rows } = await db.query<{ kinds: FactKind[] }>('select kinds from wake where consignment = $1 and pending', [
    consignment,
  ]);
  return rows[0];
}

/** Its workflow was told all there is. */
export async function forgetWakes({ db, organisation }: Of): Promise<void> {
  await db.query('delete from wake where organisation = $1', [organisation]);
}

/** Consignments of the organisation whose workflows are to be told something, in the order of their ids. */
export async function wakes({ db, organisation }: Of): Promise<string[]> {
  const { rows } = await db.query<{ consignment: string }>(
    'select consignment from wake where organisation = $1 and pending order by consignment',
    [organisation],
  );
  return rows.map(({ consignment }) => consignment);
}

/** Keys that are outstanding of a consignment, whatever holds them; with the state that is not `open`. */
export async function outstandingKeys({ db }: Of, consignment: string): Promise<string[]> {
  const { rows } = await db.query<{ key: string; state: string }>(
    'select key, state from obligation where consignment = $1 order by key',
    [consignment],
  );
  return rows.map(({ key, state }) => (state === 'open' ? key : `${key} ${state}`));
}

/** The facts that the state of a consignment is told from. */
export async function standingFacts({ db }: Pick<Of, 'db'>, consignment: string): Promise<Fact[]> {
  const { rows } = await db.query<{ envelope: Fact }>(
    'select f.envelope from standing s join fact f on f.seq = s.fact where s.consignment = $1 order by s.subject',
    [consignment],
  );
  return rows.map(({ envelope }) => envelope);
}

/** Facts of one kind of all consignments, in the order in which they came. */
export async function factsOfKind<K extends FactKind>(
  { db, organisation }: Of,
  kind: K,
): Promise<{ readonly consignment: string; readonly fact: Extract<Fact, { kind: K }> }[]> {
  const { rows } = await db.query<{ consignment: string; fact: Extract<Fact, { kind: K }> }>(
    'select consignment, envelope as fact from fact where organisation = $1 and kind = $2 and consignment is not null order by seq',
    [organisation, kind],
  );
  return rows;
}

/** Runs `run` while the record refuses what `when` says of a fact `new`, as it refuses data that it cannot hold. */
export async function refusing(
  { db, store }: Pick<Recorded, 'db' | 'store'>,
  when: string,
  run: () => Promise<void>,
): Promise<void> {
  await db.query(`create or replace function ${store.schema}.refuse() returns trigger language plpgsql as $$
    begin if ${when} then raise exception 'refused by the test' using errcode = '22P05'; end if; return new; end $$`);
  await db.query(`create trigger refuse before insert on fact for each row execute function ${store.schema}.refuse()`);
  try {
    await run();
  } finally {
    await db.query('drop trigger refuse on fact');
  }
}

/** Messages of which the journal notes problems, in the order in which they came. */
export const problemsNoted = ({ rows, organisation }: Pick<Recorded, 'rows' | 'organisation'>) =>
  rows<{ channel: string; consignment: string; problems: unknown }>(
    `select channel, context->>'consignment' as consignment, problems from journal where organisation = $1 and problems <> '[]' order by id`,
    organisation,
  );
