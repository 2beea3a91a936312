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

/**
 * The consignments the names point to: by a strong name at most one each; weak names count only where no strong one is known
 * and they all point to the same open consignment.
 */
export async function findConsignments(tx: Queryable, organisation: string, names: readonly Name[]): Promise<string[]> {
  for (const strong of [true, false]) {
    const asked = names.filter((name) => name.strong === strong);
    if (asked.length === 0) continue;
    const { rows } = await tx.query<{ consignment: string }>(
      `select distinct a.consignment from alias a
         join unnest($2::text[], $3::text[]) as n (kind, value) on n.kind = a.kind and n.value = a.value
         join consignment c on c.id = a.consignment
        where a.organisation = $1 and a.valid_to is null and a.strong = $4 and ($4 or c.closed_at is null)`,
      [organisation, asked.map((n) => n.kind), asked.map((n) => n.value), strong],
    );
    if (rows.length > 0) return rows.map((row) => row.consignment);
  }
  return [];
}

/** A new consignment. Its names are added by {@link addNames} in the same transaction. */
export async function mint(tx: Queryable, organisation: string): Promise<string> {
  const id = internalId();
  await tx.query('insert into consignment (id, organisation) values ($1, $2)', [id, organisation]);
  return id;
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
