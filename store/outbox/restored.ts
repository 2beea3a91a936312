/**
 * Handles a record that was restored from an older back-up. The far sides know what was sent after the back-up, and the record does not. So
 * what was outstanding in the back-up, and news from before the restore that comes again, is in doubt, as after a lost answer: it is
 * looked for before it is sent, and if no look can tell, a person decides.
 */
import { kindsWith } from '../../domain/obligations/kinds.ts';
import { defaultPolicy } from '../../domain/policy/settings.ts';
import { type Database, inTransaction, type Queryable } from '../postgres/database.ts';
import { askRefresh, type CommandTarget } from '../record/commands.ts';
import type { Item } from '../record/due.ts';

/** All instants are UTC ISO, by the database's clock. */
export interface Restoration {
  /** The latest instant of which the back-up knows anything. */
  readonly knownUntil: string;
  /** When it was noted that it was restored; nothing was sent by this record before. */
  readonly notedAt: string;
  /** Calls that were on the wire when the processes were stopped may still act until then; null if none may. */
  readonly quietUntil: string | null;
}

/** Kinds that only read: a second read gives the same. */
const onlyRead = kindsWith(({ row }) => row === null);

/** The name of the read of both sides that a consignment gets which turned out to have been there before. */
const foundThere = 'found there';

/** A restore that is noted again within this many hours is the same one: what was unknown then is still unknown, whatever was sent since. */
const sameHours = 24;

/** The restoration that counts: the last one. */
const latest = '(select * from restoration order by id desc limit 1)';

/** Whether consignment `c` was there before restoration `r`: the back-up knew it, or it turned out so. */
const wasBefore = (c: string, r: string): string => `(
  ${c}.created_at <= ${r}.noted_at or exists (select 1 from fact g where g.consignment = ${c}.id and g.id = 'refresh:${foundThere}'))`;

/**
 * Whether fact `f` of consignment `c` may be one that was told before restoration `r`: it was known to the back-up, or happened before. A
 * read says by itself when it was made, not when what it found began: so all that was found counts until both sides were read once more,
 * where there can have been anything before. A photo that is pushed only now counts as new, though it was taken before: what was taken in is
 * not pushed again, and its look would seldom tell anything.
 */
const mayBeTold = (f: string, c: string, r: string): string => `(
  ${f}.heard <= ${r}.noted_at
  or ${f}.envelope->>'via' <> 'read' and ${f}.kind <> 'document' and ${f}.at <= ${r}.noted_at
  or ${f}.envelope->>'via' = 'read' and ${wasBefore(c, r)}
     and not exists (select 1 from attempt a where a.consignment = ${c}.id and a.key like 'refresh:qargo:%' and a.outcome = 'met'
                        and a.at > ${r}.noted_at and a.at < ${f}.heard))`;

/**
 * Notes that the record is an older one, before anything is sent from it. What waited to join a call is in doubt at once, since any sender
 * may take it. Numbers that far sides keep as a cursor or a name are not given twice: they go on above all that can have been given.
 * `pace` divides the quiet time.
 */
export async function noteRestored(db: Database, pace: number): Promise<Restoration> {
  return inTransaction(db, async (tx) => {
    await tx.query(
      `insert into restoration (known_until, quiet_until)
         select least((select known_until from restoration where noted_at > clock_timestamp() - $2 * interval '1 hour' order by id desc limit 1),
                      coalesce(greatest((select heard from fact order by seq desc limit 1), (select at from attempt order by id desc limit 1),
                                        (select received_at from journal order by id desc limit 1),
                                        (select started_at from sweep order by id desc limit 1),
                                        (select max(made_at) from organisation_version)), clock_timestamp())),
                clock_timestamp() + coalesce((select max(coalesce((settings->'policy'->>'quietSeconds')::float8, $1)) from organisation), $1)
                                    / $3::float8 * interval '1 second'`,
      [defaultPolicy.quietSeconds, sameHours, pace],
    );
    await tx.query(
      `update receipt d set state = 'sending', sender = 'doubt', sent_at = r.known_until, lease_until = r.quiet_until, written_at = clock_timestamp(),
              progress = d.progress || jsonb_build_object('restored', d.fact || ' ' || d.revision || ' ' || d.generation)
         from ${latest} r where d.state = 'waiting'`,
    );
    for (const [table, column] of numbered)
      await tx.query(
        `select setval(s.name, greatest(nextval(s.name), extract(epoch from clock_timestamp())::bigint))
           from (select pg_get_serial_sequence($1, $2)::regclass as name) s`,
        [table, column],
      );
    const restored = await lastRestored(tx);
    if (restored === null) throw new Error('what was just noted is not there');
    return restored;
  });
}

/** Whose numbers others keep: Palletways names an exception that it fetched by its fact, who fetches close-outs goes on behind one. */
const numbered = [
  ['fact', 'seq'],
  ['close_out', 'seq'],
] as const;

/** Whether fact `f` of consignment `c` may have been told before the record was restored. */
export const mayBeSentBefore = (f: string, c: string): string =>
  `exists (select 1 from ${latest} r where ${mayBeTold(f, c, 'r')})`;

/**
 * Whether the obligation of row `w` (key, kind, fact, revision, generation) of consignment `consignment` may have been sent before the record
 * was restored, and nobody has looked since. What a person asked for after that is sent as he asks.
 */
export const mayHaveGone = (w: string, consignment: string): string => `exists (
  select 1 from ${latest} r join consignment c on c.id = ${consignment} join fact f on f.consignment = ${consignment} and f.id = ${w}.fact
   where not ${w}.kind = any('{${onlyRead.join(',')}}') and ${mayBeTold('f', 'c', 'r')}
     and not exists (select 1 from receipt d where d.consignment = ${consignment} and d.key = ${w}.key and d.written_at > r.noted_at
                        and (d.fact, d.revision, d.generation) = (${w}.fact, ${w}.revision, ${w}.generation))
     and not exists (select 1 from fact p where p.consignment = ${consignment} and p.kind = 'resend' and p.heard > r.noted_at
                        and p.envelope->>'obligation' = ${w}.key and (p.envelope->>'revision')::int = ${w}.revision))`;

/** What positions in a feed that a cursor follows go on above: a restored record does not know how far it was read. */
export const firstPosition = `(select coalesce(max(extract(epoch from noted_at))::bigint, 0) from restoration)`;

/** Answers which of these items may have been sent before the record was restored, by key, with what is known about when. */
export async function goneBefore(
  tx: Queryable,
  consignment: string,
  items: readonly Item[],
): Promise<ReadonlyMap<string, Restoration>> {
  if (items.length === 0) return new Map();
  const { rows } = await tx.query<Row & { key: string }>(
    `select w.key, ${columns} from jsonb_to_recordset($2::jsonb) as w (key text, kind text, fact text, revision int, generation int), ${latest} l
      where ${mayHaveGone('w', '$1')}`,
    [consignment, JSON.stringify(items)],
  );
  return new Map(rows.map((row) => [row.key, restorationOf(row)]));
}

/** Whether there can have been anything of the consignment, at either side, that the record was restored without. */
export async function isForgotten(db: Queryable, consignment: string): Promise<boolean> {
  const { rows } = await db.query<{ forgotten: boolean }>(
    `select exists (select 1 from ${latest} r where ${wasBefore('c', 'r')}) as forgotten from consignment c where c.id = $1`,
    [consignment],
  );
  return rows[0]?.forgotten === true;
}

/** Whether an order of the consignment may be at Qargo that the record was restored without; one that was only found by reading counts. */
export async function mayHaveOrder(db: Queryable, consignment: string): Promise<boolean> {
  const { rows } = await db.query<{ may: boolean }>(
    `select exists (
       select 1 from ${latest} r join fact f on f.consignment = c.id and f.kind = 'order'
        where ${mayBeTold('f', 'c', 'r')}
           or f.envelope->>'via' = 'read' and c.created_at < r.noted_at + $2 * interval '1 hour') as may
       from consignment c where c.id = $1`,
    [consignment, sameHours],
  );
  return rows[0]?.may === true;
}

/**
 * A consignment that the record was restored without was there before: both sides are read once, and what they tell may have been told
 * before, also what an intent was just written for. Answers false, having done nothing, where the record never was an older one, or knew
 * the consignment.
 */
export async function noteFound(db: Database, of: CommandTarget): Promise<boolean> {
  const { rows } = await db.query(
    `select 1 from ${latest} r join consignment c on c.id = $1 where not ${wasBefore('c', 'r')}`,
    [of.consignment],
  );
  if (rows.length === 0) return false;
  await askRefresh(db, of, { who: 'rebuild --restored', why: 'it was there before', id: foundThere });
  await db.query(
    `update receipt d set written_at = r.noted_at from ${latest} r where d.consignment = $1 and d.state = 'intent'`,
    [of.consignment],
  );
  return true;
}

/** Has both sides of a consignment read once more, to find what came since the back-up. */
export async function readOnceMore(db: Database, of: CommandTarget, { notedAt }: Restoration): Promise<void> {
  await askRefresh(db, of, {
    who: 'rebuild --restored',
    why: 'an older back-up was restored',
    id: `restored ${notedAt}`,
  });
}

/**
 * Since when new consignments of an organisation may be unknown, UTC ISO: until a sweep has ended that began after the record was restored;
 * null: they are not.
 */
export async function unreadSince(db: Queryable, organisation: string): Promise<string | null> {
  const restored = await lastRestored(db);
  if (restored === null) return null;
  const { rows } = await db.query(
    'select 1 from sweep where organisation = $1 and started_at > $2 and ended_at is not null limit 1',
    [organisation, restored.notedAt],
  );
  return rows.length === 0 ? restored.knownUntil : null;
}

/** Null if the record was never restored. */
export async function lastRestored(db: Queryable): Promise<Restoration | null> {
  const { rows } = await db.query<Row>(`select ${columns} from ${latest} l`);
  const [row] = rows;
  return row === undefined ? null : restorationOf(row);
}

interface Row {
  readonly known_until: Date;
  readonly noted_at: Date;
  readonly quiet_until: Date | null;
}

const columns =
  'l.known_until, l.noted_at, case when l.quiet_until > clock_timestamp() then l.quiet_until end as quiet_until';

const restorationOf = (row: Row): Restoration => ({
  knownUntil: row.known_until.toISOString(),
  notedAt: row.noted_at.toISOString(),
  quietUntil: row.quiet_until?.toISOString() ?? null,
});
