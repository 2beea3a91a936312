/**
 * Identity: the names by which a consignment is known. Strong names (tracking id, response id, Qargo's order id, our order
 * identifier) are unique in an organisation. Weak names (consignment number, barcode) alone never choose between two consignments, and
 * count only if they were reported recently, because Palletways uses consignment numbers again.
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

/** Answers every name in the aliases, strong ones first, cleaned for comparison. A name that is empty after cleaning is left out. */
export function namesOf(aliases: Aliases): Name[] {
  const names: Name[] = [];
  const add = (kind: Name['kind'], alias: string | undefined, strong: boolean) => {
    const value = alias === undefined ? '' : cleanIdentifier(alias);
    if (value !== '') names.push({ kind, value, strong });
  };
  for (const kind of ['trackingId', 'responseId', 'qargoOrderId', 'orderIdentifier'] as const)
    add(kind, aliases[kind], true);
  add('conNo', aliases.conNo, false);
  for (const barcode of aliases.barcodes ?? []) add('barcode', barcode, false);
  return names;
}

/** Creates an internal id of 12 characters. It begins with the time, so that rows of a day lie together. */
function internalId(): string {
  return `${Date.now().toString(36).slice(-8)}${randomBytes(4).readUInt32BE().toString(36).padStart(7, '0').slice(-4)}`;
}

/** An internal id is made from the first of these Palletways names that is known; the response id is there from the beginning. */
const idNames: readonly Name['kind'][] = ['responseId', 'trackingId'];

/**
 * Answers the internal id of a consignment that begins under these names; null if no name is one of Palletways' own. What we send contains
 * the id (Qargo knows an order by it, a note ends with a digest of it), so a record that lost a consignment must give it the same id again.
 * The number comes first: Palletways counts up, so rows of a day lie together.
 */
function internalIdOf(organisation: string, names: readonly Name[]): string | null {
  const name = idNames.map((kind) => names.find((each) => each.kind === kind)).find((each) => each !== undefined);
  if (name === undefined) return null;
  const digest = noteReference(organisation, name.kind, name.value);
  const number = name.value.replaceAll(/\D/g, '').slice(-11);
  return `${number === '' ? digest.slice(0, 8) : Number(number).toString(36).padStart(8, '0')}${digest.slice(-4)}`;
}

/** A weak name counts for this many days after it was last reported. */
const weakDays = 90;
/** A weak name that is reported again is stored at most once in this many hours. */
const noteAgainHours = 12;

/** The names of one order at Qargo. A merged consignment keeps its own, since its order is cancelled under them. */
const orderNames: readonly Name['kind'][] = ['qargoOrderId', 'orderIdentifier'];

export const isOrderName = ({ kind }: Name): boolean => orderNames.includes(kind);

const columns = (names: readonly Pick<Name, 'kind' | 'value'>[]) => [
  names.map(({ kind }) => kind),
  names.map(({ value }) => value),
];

/** A name, and the consignment that has it. */
export interface KnownName {
  readonly kind: Name['kind'];
  readonly value: string;
  readonly strong: boolean;
  readonly consignment: string;
  /** False for a name that was replaced since. */
  readonly valid: boolean;
  /** True if the last stored report of the name is so old that the next one is stored too. */
  readonly stale: boolean;
}

/** The consignments that names point to, and whether strong names point to them. */
export interface NameMatches {
  /** Internal ids of the consignments. For a merged consignment it is the one that it was merged into. */
  readonly consignments: readonly string[];
  readonly strong: boolean;
  /** Kinds of the weak names that matched, if no strong name did. */
  readonly by: readonly Name['kind'][];
  /** All that is known about these names, as it was when they were looked up. */
  readonly known: readonly KnownName[];
  /** When each consignment was last read at Palletways, or else began; null if it has no tracking id, without which it cannot be read. */
  readonly readAt: ReadonlyMap<string, Date | null>;
}

/**
 * Finds the consignments of these names. A strong name has at most one consignment. Weak names count only if no strong one is known, and
 * match only open consignments. They never match a consignment that has another strong name of a kind that was asked for: two
 * tracking ids are two consignments, even if these share a number.
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
  // An old label still belongs to its pallet, unless its barcode is now the label of another pallet.
  const current = rows.filter((row) => row.current);
  return current.length > 0 ? current : rows;
}

/**
 * Locks names, weak ones too, always in the same order. If two messages begin, name or merge consignments by the same names at the same
 * moment, the second waits and finds what the first wrote.
 */
export async function lockNames(tx: Queryable, organisation: string, names: readonly Name[]): Promise<void> {
  if (names.length === 0) return;
  await tx.query(
    `select pg_advisory_xact_lock(n.name) from (
       select distinct hashtextextended($1 || ' ' || k || ' ' || v, 0) as name from unnest($2::text[], $3::text[]) as n (k, v) order by 1 offset 0) n`,
    [organisation, ...columns(names)],
  );
}

/** Answers the consignment, merged or not, whose order at Qargo is named; null if no known order is named. */
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
 * Answers the consignment that has each name, by `<kind> <value>`; for a merged consignment it is the one that it was merged into. Names
 * that no consignment has now are left out.
 */
export async function findOwners(
  db: Queryable,
  organisation: string,
  names: readonly Pick<Name, 'kind' | 'value'>[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.query<{ name: string; owner: string }>(
    `select a.kind || ' ' || a.value as name, coalesce(c.merged_into, c.id) as owner from alias a join consignment c on c.id = a.consignment
      where a.organisation = $1 and a.valid_to is null and (a.kind, a.value) in (select k, v from unnest($2::text[], $3::text[]) as n (k, v))`,
    [organisation, ...columns(names)],
  );
  return new Map(rows.map(({ name, owner }) => [name, owner]));
}

/** Creates a consignment for these names. {@link addNames} must add them in the same transaction. */
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
    // The id is in use: the name once belonged to another consignment, and now begins a second one.
    if (rows.length > 0) return named;
  }
  const id = internalId();
  await tx.query('insert into consignment (id, organisation) values ($1, $2)', [id, organisation]);
  return id;
}

/** Deletes a consignment that was just created and has nothing but names. */
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
 * Adds names to a consignment. `saidNow`: the far side sent the names by itself, so the time for which weak names count starts again. An
 * answer to one of our reads does not prolong it.
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
      else if (saidNow && row.stale && !name.strong) await noteReportedAgain(tx, organisation, consignment, name);
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

/** Whether the name needs no row: a strong name has one consignment only, while a weak one may have several and must have this one. */
const isThere = (row: KnownName, consignment: string) => row.valid && (row.strong || row.consignment === consignment);

/**
 * Answers the consignment that has the strong name. This waits for a transaction that adds the same name; if there is one, the name belongs
 * to its consignment.
 */
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
 * Marks the barcodes in the latest labels as valid. The others are kept as former ones, since an old label may still be on its pallet.
 * A barcode that comes back is valid again.
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

async function noteReportedAgain(tx: Queryable, organisation: string, consignment: string, name: Name): Promise<void> {
  await tx.query(
    `update alias set said_at = clock_timestamp()
      where organisation = $1 and kind = $2 and value = $3 and consignment = $4 and not strong`,
    [organisation, name.kind, name.value, consignment],
  );
}
