/**
 * Identity: under which names a consignment is known. Strong names (tracking id, response id, Qargo's order id, our order
 * identifier) are unique in an organisation; weak ones (consignment number, barcode) alone never choose between two, and count
 * only while they were said lately: a consignment number is used again.
 */
import { randomBytes } from 'node:crypto';
import { noteReference } from '../../domain/facts/hash.ts';
import type { Aliases } from '../../domain/facts/reading.ts';
import { cleanIdentifier } from '../../domain/facts/text.ts';
import type { Queryable } from '../postgres/database.ts';

export interface Name {
  readonly kind: 'trackingId' | 'responseId' | 'qargoOrderId' | 'orderIdentifier' | 'conNo' | 'barcode';
  readonly value: string;
  readonly strong: boolean;
}

/** Every name in the aliases, strong ones first, as identifiers are compared; one that is empty so is none. */
export function namesOf(aliases: Aliases): Name[] {
  const names: Name[] = [];
  const add = (kind: Name['kind'], said: string | undefined, strong: boolean) => {
    const value = said === undefined ? '' : cleanIdentifier(said);
    if (value !== '') names.push({ kind, value, strong });
  };
  for (const kind of ['trackingId', 'responseId', 'qargoOrderId', 'orderIdentifier'] as const)
    add(kind, aliases[kind], true);
  add('conNo', aliases.conNo, false);
  for (const barcode of aliases.barcodes ?? []) add('barcode', barcode, false);
  return names;
}

/** A fresh internal id: 12 characters, time first so that rows of a day lie together. */
function internalId(): string {
  return `${Date.now().toString(36).slice(-8)}${randomBytes(4).readUInt32BE().toString(36).padStart(7, '0').slice(-4)}`;
}

/** By which name of Palletways' an internal id is made, the first that is known: the response id is there from the beginning. */
const idNames: readonly Name['kind'][] = ['responseId', 'trackingId'];

/**
 * The internal id of what begins under these names; null where Palletways named none. What far sides are told carries it (Qargo knows an
 * order by it, a note ends with a digest of it), so a record that forgot a consignment must give it the same one again. The number goes
 * first: Palletways counts up, so that rows of a day lie together.
 */
function internalIdOf(organisation: string, names: readonly Name[]): string | null {
  const name = idNames.map((kind) => names.find((each) => each.kind === kind)).find((each) => each !== undefined);
  if (name === undefined) return null;
  const digest = noteReference(organisation, name.kind, name.value);
  const number = name.value.replaceAll(/\D/g, '').slice(-11);
  return `${number === '' ? digest.slice(0, 8) : Number(number).toString(36).padStart(8, '0')}${digest.slice(-4)}`;
}

/** Weak names count for so long after they were last said, days. */
const weakDays = 90;
/** A weak name that is said again is noted at most so often, hours. */
const noteAgainHours = 12;

/** Names of one order at Qargo: an identity that was merged keeps its own, since the order is taken back under them. */
const orderNames: readonly Name['kind'][] = ['qargoOrderId', 'orderIdentifier'];

export const isOrderName = ({ kind }: Name): boolean => orderNames.includes(kind);

const columns = (names: readonly Pick<Name, 'kind' | 'value'>[]) => [
  names.map(({ kind }) => kind),
  names.map(({ value }) => value),
];

/** A name as some consignment has it. */
export interface KnownName {
  readonly kind: Name['kind'];
  readonly value: string;
  readonly strong: boolean;
  readonly consignment: string;
  /** False for one that was replaced since. */
  readonly valid: boolean;
  /** It was last said to us so long ago that saying it again is noted. */
  readonly stale: boolean;
}

/** The consignments that names point to, and whether strong names do. */
export interface NameMatches {
  /** Internal ids of consignments that go on: where a name is that of a merged one, the one that it was merged into. */
  readonly consignments: readonly string[];
  readonly strong: boolean;
  /** Kinds of the weak names that point, where no strong one does. */
  readonly by: readonly Name['kind'][];
  /** All that is known of these names, as it was when they were looked up. */
  readonly known: readonly KnownName[];
  /** When each of the consignments was last read at Palletways, or else began; null: it has no tracking id to be read by. */
  readonly readAt: ReadonlyMap<string, Date | null>;
}

/**
 * By a strong name at most one consignment each. Weak names count only where no strong one is known, only open consignments,
 * and never one that has another strong name of a kind that was asked for: two tracking ids are two consignments, whatever
 * number they share.
 */
export async function findConsignments(
  tx: Queryable,
  organisation: string,
  names: readonly Name[],
): Promise<NameMatches> {
  if (names.length === 0) return { consignments: [], strong: false, by: [], known: [], readAt: new Map() };
  const { rows } = await tx.query<KnownName & { living: string; read_at: Date | null }>(
    `select a.kind, a.value, a.strong, a.consignment, a.valid_to is null as valid, a.said_at < clock_timestamp() - $4 * interval '1 hour' as stale,
            l.id as living, case when l.tracking_id is not null then coalesce(l.palletways_read_at, l.created_at) end as read_at
       from alias a join unnest($2::text[], $3::text[]) as n (kind, value) on n.kind = a.kind and n.value = a.value
       join consignment c on c.id = a.consignment join consignment l on l.id = coalesce(c.merged_into, c.id)
      where a.organisation = $1 and (not a.strong or a.valid_to is null)`,
    [organisation, ...columns(names), noteAgainHours],
  );
  const strong = rows.filter((row) => row.strong);
  const readAt = new Map(rows.map(({ living, read_at }) => [living, read_at]));
  const found = { known: rows, readAt };
  if (strong.length > 0)
    return { ...found, consignments: [...new Set(strong.map(({ living }) => living))], strong: true, by: [] };
  const weak = rows.length === 0 ? [] : await byWeakNames(tx, organisation, names);
  const by = [...new Set(weak.flatMap(({ kinds }) => kinds))].sort();
  return { ...found, consignments: weak.map((row) => row.consignment), strong: false, by };
}

async function byWeakNames(
  tx: Queryable,
  organisation: string,
  names: readonly Name[],
): Promise<readonly { readonly consignment: string; readonly kinds: Name['kind'][] }[]> {
  const [strong, weak] = [names.filter((name) => name.strong), names.filter((name) => !name.strong)];
  const { rows } = await tx.query<{ consignment: string; kinds: Name['kind'][]; current: boolean }>(
    `select a.consignment, array_agg(distinct a.kind) as kinds, bool_or(a.valid_to is null) as current from alias a
       join unnest($2::text[], $3::text[]) as n (kind, value) on n.kind = a.kind and n.value = a.value
       join consignment c on c.id = a.consignment
      where a.organisation = $1 and not a.strong and c.closed_at is null and c.merged_into is null
        and a.said_at > clock_timestamp() - $5 * interval '1 day'
        and not exists (select 1 from alias other where other.consignment = a.consignment and other.strong and other.valid_to is null
                           and other.kind = any($4))
      group by a.consignment order by a.consignment`,
    [organisation, ...columns(weak), strong.map(({ kind }) => kind), weakDays],
  );
  // An old label still is its pallet's, unless the same barcode is another pallet's label now.
  const current = rows.filter((row) => row.current);
  return current.length > 0 ? current : rows;
}

/**
 * Locks names, weak ones too, in one order for all: of two messages that begin, name or merge consignments by the same names at one moment
 * the second waits, and finds what the first made.
 */
export async function lockNames(tx: Queryable, organisation: string, names: readonly Name[]): Promise<void> {
  if (names.length === 0) return;
  await tx.query(
    `select pg_advisory_xact_lock(n.name) from (
       select distinct hashtextextended($1 || ' ' || k || ' ' || v, 0) as name from unnest($2::text[], $3::text[]) as n (k, v) order by 1 offset 0) n`,
    [organisation, ...columns(names)],
  );
}

/** Whose order at Qargo is named, merged or not; null where none is named that is known. */
export async function ownerOfOrder(
  tx: Queryable,
  organisation: string,
  names: readonly Name[],
): Promise<string | null> {
  const { rows } = await tx.query<{ consignment: string }>(
    `select a.consignment from alias a join unnest($2::text[], $3::text[]) as n (kind, value) on n.kind = a.kind and n.value = a.value
      where a.organisation = $1 and a.valid_to is null and a.strong limit 1`,
    [organisation, ...columns(names.filter(isOrderName))],
  );
  return rows[0]?.consignment ?? null;
}

/**
 * Answers whose each of these names is, by `<kind> <value>`; of a merged consignment the one that it was merged into. Names that nobody has
 * now are left out.
 */
export async function findOwners(
  db: Queryable,
  organisation: string,
  names: readonly Pick<Name, 'kind' | 'value'>[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.query<{ name: string; whose: string }>(
    `select a.kind || ' ' || a.value as name, coalesce(c.merged_into, c.id) as whose from alias a join consignment c on c.id = a.consignment
      where a.organisation = $1 and a.valid_to is null and (a.kind, a.value) in (select k, v from unnest($2::text[], $3::text[]) as n (k, v))`,
    [organisation, ...columns(names)],
  );
  return new Map(rows.map(({ name, whose }) => [name, whose]));
}

/** A new consignment under these names. They are added by {@link addNames} in the same transaction. */
export async function createIdentity(
  tx: Queryable,
  organisation: string,
  names: readonly Name[] = [],
): Promise<string> {
  const named = internalIdOf(organisation, names);
  if (named !== null) {
    const { rows } = await tx.query(
      'insert into consignment (id, organisation) values ($1, $2) on conflict do nothing returning id',
      [named, organisation],
    );
    // A name that was another's once begins a second consignment.
    if (rows.length > 0) return named;
  }
  const id = internalId();
  await tx.query('insert into consignment (id, organisation) values ($1, $2)', [id, organisation]);
  return id;
}

/** Takes back a consignment that was just minted and has nothing but names. */
export async function discardIdentity(tx: Queryable, consignment: string): Promise<void> {
  await tx.query('delete from alias where consignment = $1', [consignment]);
  await tx.query('delete from consignment where id = $1', [consignment]);
}

export interface Added {
  /** Strong names that already belong to another consignment. */
  readonly taken: readonly Name[];
  /** Names that it did not have. */
  readonly added: readonly Name[];
}

/**
 * Adds names to a consignment. `saidNow` tells that the far side said them by itself, so that weak ones count anew; what only
 * answers a question of ours does not keep a consignment number alive.
 */
export async function addNames(
  tx: Queryable,
  organisation: string,
  consignment: string,
  names: readonly Name[],
  { saidNow = false, known }: { readonly saidNow?: boolean; readonly known?: readonly KnownName[] } = {},
): Promise<Added> {
  if (names.length === 0) return { taken: [], added: [] };
  const rows = known ?? (await findConsignments(tx, organisation, names)).known;
  const taken: Name[] = [];
  const added: Name[] = [];
  for (const name of names) {
    const row = rows.find((each) => each.kind === name.kind && each.value === name.value && isThere(each, consignment));
    if (row !== undefined) {
      if (row.consignment !== consignment) taken.push(name);
      else if (saidNow && row.stale && !name.strong) await sayAgain(tx, organisation, consignment, name);
    } else if (!name.strong) {
      await tx.query(
        `insert into alias (organisation, kind, value, consignment, strong) values ($1, $2, $3, $4, false) on conflict do nothing`,
        [organisation, name.kind, name.value, consignment],
      );
      added.push(name);
    } else if ((await claimName(tx, organisation, consignment, name)) === consignment) added.push(name);
    else taken.push(name);
  }
  return { taken, added };
}

/** A strong name is somebody's; a weak one may be several's, and counts where it is this consignment's. */
const isThere = (row: KnownName, consignment: string) => row.valid && (row.strong || row.consignment === consignment);

/** Whose the strong name is: waits for whoever adds the same one in a transaction of their own; theirs stands. */
async function claimName(
  tx: Queryable,
  organisation: string,
  consignment: string,
  name: Name,
): Promise<string | undefined> {
  const { rows } = await tx.query<{ consignment: string }>(
    `insert into alias (organisation, kind, value, consignment, strong) values ($1, $2, $3, $4, true)
     on conflict (organisation, kind, value) where strong and valid_to is null do update set kind = excluded.kind
     returning consignment`,
    [organisation, name.kind, name.value, consignment],
  );
  return rows[0]?.consignment;
}

/**
 * The barcodes that stand, as the labels say: the others are kept as former ones, since an old label may still be on its pallet.
 * One that comes back stands again.
 */
export async function keepBarcodes(tx: Queryable, organisation: string, consignment: string): Promise<void> {
  await tx.query(
    `update alias a set valid_to = case when a.value = any(l.barcodes) then null else clock_timestamp() end
       from (select array(select jsonb_array_elements_text(envelope->'barcodes')) as barcodes from fact
              where consignment = $2 and kind = 'labels' order by at desc, id desc limit 1) as l
      where a.organisation = $1 and a.consignment = $2 and a.kind = 'barcode' and not a.strong
        and (a.value = any(l.barcodes)) = (a.valid_to is not null)`,
    [organisation, consignment],
  );
}

async function sayAgain(tx: Queryable, organisation: string, consignment: string, name: Name): Promise<void> {
  await tx.query(
    `update alias set said_at = clock_timestamp()
      where organisation = $1 and kind = $2 and value = $3 and consignment = $4 and not strong`,
    [organisation, name.kind, name.value, consignment],
  );
}
