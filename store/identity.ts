/**
 * Identity: under which names a consignment is known. Strong names (tracking id, response id, Qargo's order id, our order
 * identifier) are unique in an organisation; weak ones (consignment number, barcode) alone never choose between two.
 */
import { randomBytes } from 'node:crypto';
import type { Aliases } from '../domain/heard.ts';
import type { Queryable } from './database.ts';

export interface Name {
  readonly kind: 'trackingId' | 'responseId' | 'qargoOrderId' | 'orderIdentifier' | 'conNo' | 'barcode';
  readonly value: string;
  readonly strong: boolean;
}

/** Every name in the aliases, strong ones first. */
export function namesOf(aliases: Aliases): Name[] {
  const names: Name[] = [];
  const strong = ['trackingId', 'responseId', 'qargoOrderId', 'orderIdentifier'] as const;
  for (const kind of strong) if (aliases[kind]) names.push({ kind, value: aliases[kind], strong: true });
  if (aliases.conNo) names.push({ kind: 'conNo', value: aliases.conNo, strong: false });
  for (const value of aliases.barcodes ?? []) names.push({ kind: 'barcode', value, strong: false });
  return names;
}

/** A fresh internal id: 12 characters, time first so that rows of a day lie together. */
function internalId(): string {
  return `${Date.now().toString(36).slice(-8)}${randomBytes(4).readUInt32BE().toString(36).padStart(7, '0').slice(-4)}`;
}

/** The consignments that names point to, and whether strong names do. */
export interface Pointed {
  readonly consignments: readonly string[];
  readonly strong: boolean;
}

/**
 * By a strong name at most one consignment each. Weak names count only where no strong one is known, only open consignments,
 * and never one that has another strong name of a kind that was asked for: two tracking ids are two consignments, whatever
 * number they share.
 */
export async function findConsignments(tx: Queryable, organisation: string, names: readonly Name[]): Promise<Pointed> {
  const [strong, weak] = [names.filter((name) => name.strong), names.filter((name) => !name.strong)];
  const columns = (of: readonly Name[]) => [of.map(({ kind }) => kind), of.map(({ value }) => value)];
  if (strong.length > 0) {
    const { rows } = await tx.query<{ consignment: string }>(
      `select distinct a.consignment from alias a
         join unnest($2::text[], $3::text[]) as n (kind, value) on n.kind = a.kind and n.value = a.value
        where a.organisation = $1 and a.valid_to is null and a.strong`,
      [organisation, ...columns(strong)],
    );
    if (rows.length > 0) return { consignments: rows.map((row) => row.consignment), strong: true };
  }
  if (weak.length === 0) return { consignments: [], strong: false };
  const { rows } = await tx.query<{ consignment: string }>(
    `select distinct a.consignment from alias a
       join unnest($2::text[], $3::text[]) as n (kind, value) on n.kind = a.kind and n.value = a.value
       join consignment c on c.id = a.consignment
      where a.organisation = $1 and a.valid_to is null and not a.strong and c.closed_at is null
        and not exists (select 1 from alias other where other.consignment = a.consignment and other.strong and other.valid_to is null
                           and other.kind = any($4))`,
    [organisation, ...columns(weak), strong.map(({ kind }) => kind)],
  );
  return { consignments: rows.map((row) => row.consignment), strong: false };
}

/** A new consignment. Its names are added by {@link addNames} in the same transaction. */
export async function mint(tx: Queryable, organisation: string): Promise<string> {
  const id = internalId();
  await tx.query('insert into consignment (id, organisation) values ($1, $2)', [id, organisation]);
  return id;
}

/** Takes back a consignment that was just minted and has nothing but names. */
export async function unmint(tx: Queryable, consignment: string): Promise<void> {
  await tx.query('delete from alias where consignment = $1', [consignment]);
  await tx.query('delete from consignment where id = $1', [consignment]);
}

/** Adds names to a consignment; answers the strong names that already belong to another one. */
export async function addNames(tx: Queryable, organisation: string, consignment: string, names: readonly Name[]): Promise<Name[]> {
  const taken: Name[] = [];
  for (const name of names) {
    if (name.strong) {
      const { rows } = await tx.query<{ consignment: string }>(
        `insert into alias (organisation, kind, value, consignment, strong) values ($1, $2, $3, $4, true)
         on conflict (organisation, kind, value) where strong and valid_to is null do update set kind = excluded.kind
         returning consignment`,
        [organisation, name.kind, name.value, consignment],
      );
      if (rows[0]?.consignment !== consignment) taken.push(name);
    } else {
      await tx.query(
        `insert into alias (organisation, kind, value, consignment, strong) values ($1, $2, $3, $4, false) on conflict do nothing`,
        [organisation, name.kind, name.value, consignment],
      );
    }
  }
  return taken;
}
