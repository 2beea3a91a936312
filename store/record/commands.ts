/** What a person, or a new configuration, asks of a consignment: recorded like any fact, under its lock; its workflow is told by the wake. */
import type { NewFact } from '../../domain/facts/facts.ts';
import { shortHash } from '../../domain/facts/hash.ts';
import { type Database, inTransaction, now, type Queryable } from '../postgres/database.ts';
import { storeFact } from './facts.ts';
import { keepAnswer, reserveEntry } from './journal.ts';
import { lockConsignments } from './projection.ts';

export interface CommandTarget {
  readonly organisation: string;
  readonly consignment: string;
}

/** The command names something that does not exist. The message names what exists. */
export class NoSuchThing extends Error {}

/** Who sent a command, and the id by which a repeated command is recognised. */
export interface Asking {
  readonly who: string;
  readonly why: string;
  /** If left out, the command is new. */
  readonly id?: string;
  /** True where the caller answers the workflow itself. */
  readonly handedOver?: boolean;
}

/** Asks for a read of both sides now. Answers the id of the command. */
export async function askRefresh(db: Database, of: CommandTarget, asking: Asking): Promise<{ readonly asked: string }> {
  return inTransaction(db, async (tx) => {
    await lockConsignments(tx, [of.consignment]);
    const at = await now(tx);
    const id = `refresh:${asking.id ?? shortHash(`${at}${asking.who}`)}`;
    await record(tx, of, { kind: 'refresh', id, at, zone: 'UTC', source: 'person' }, asking);
    return { asked: id };
  });
}

/**
 * Has an obligation sent again, even if the far side has it already. Its revision is higher than every earlier one. @throws NoSuchThing
 * if nothing is, or ever was, owed under this key.
 */
export async function askResend(
  db: Database,
  of: CommandTarget,
  obligation: string,
  asking: Asking,
): Promise<{ readonly obligation: string; readonly revision: number }> {
  return inTransaction(db, async (tx) => {
    await lockConsignments(tx, [of.consignment]);
    const known = await keysOf(tx, of.consignment);
    if (!known.includes(obligation))
      throw new NoSuchThing(
        `nothing is owed under ${obligation}; there is: ${known.slice(0, 20).join(', ') || 'nothing'}`,
      );
    return { obligation, revision: await resend(tx, of, obligation, asking) };
  });
}

/** As {@link askResend}, in the caller's transaction and under the consignment's lock, for a key that is known to exist. */
export async function resend(tx: Queryable, of: CommandTarget, obligation: string, asking: Asking): Promise<number> {
  const given = asking.id === undefined ? null : `resend:${asking.id}`;
  const { rows } = await tx.query<{ highest: number | null; mine: number | null }>(
    `select max((envelope->>'revision')::int) as highest, max((envelope->>'revision')::int) filter (where id = $2) as mine
       from fact where consignment = $1 and kind = 'resend'`,
    [of.consignment, given],
  );
  const { highest = null, mine = null } = rows[0] ?? {};
  if (mine !== null) return mine;
  const revision = (highest ?? 1) + 1;
  const at = await now(tx);
  const id = given ?? `resend:${shortHash(`${obligation}:${revision}:${asking.who}:${asking.why}`)}`;
  await record(tx, of, { kind: 'resend', id, obligation, revision, at, zone: 'UTC', source: 'person' }, asking);
  return revision;
}

/** Journals the command with who and why, which never leave the record, and stores it as a fact. */
async function record(
  tx: Queryable,
  of: CommandTarget,
  fact: NewFact,
  { who, why, handedOver }: Asking,
): Promise<void> {
  const { organisation, consignment } = of;
  const received = await reserveEntry(tx);
  const body = { who, why };
  const said = {
    organisation,
    journal: received.id,
    heard: received.receivedAt,
    via: 'hand',
    handedOver: handedOver === true,
  } as const;
  if ((await storeFact(tx, consignment, { ...fact, body }, said)) === null) return;
  const message = Buffer.from(JSON.stringify({ ...fact, ...body }));
  await keepAnswer(
    tx,
    received,
    { organisation, channel: 'hand', contentType: 'application/json', body: message, context: { consignment } },
    [],
  );
}

/** Answers every key under which something is outstanding or was ever sent, outstanding ones first. */
async function keysOf(tx: Queryable, consignment: string): Promise<string[]> {
  const { rows } = await tx.query<{ key: string }>(
    `select key from (
       select key, 0 as rank, since as at from obligation where consignment = $1
       union all select d.key, 1, d.written_at from receipt d where d.consignment = $1
          and not exists (select 1 from obligation o where o.consignment = $1 and o.key = d.key)) k
      order by rank, at desc, key`,
    [consignment],
  );
  return rows.map(({ key }) => key);
}
