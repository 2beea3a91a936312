/** First contacts: whether what is taken of both wires was seen to hold for an organisation. */

import type { Queryable } from '../postgres/database.ts';
import { storableJson } from '../postgres/door.ts';

export interface ContactRow {
  readonly organisation: string;
  /** Version of the configuration that was tried. */
  readonly version: number;
  readonly passed: boolean;
  readonly who: string;
  /** Why a person takes it as passed; left out where both sides were asked. */
  readonly why?: string;
  /** Assumptions that are contradicted, and a person accepted it. */
  readonly accepted: readonly number[];
  /** Finding by finding; nothing personal. */
  readonly findings: unknown;
}

export async function saveContact(db: Queryable, contact: ContactRow): Promise<void> {
  await db.query(
    `insert into contact (organisation, version, passed, who, why, accepted, findings) values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      contact.organisation,
      contact.version,
      contact.passed,
      contact.who,
      contact.why ?? '',
      storableJson(contact.accepted),
      storableJson(contact.findings),
    ],
  );
}

/** The latest contact that passed, UTC ISO; null where none has. */
export async function loadContactPassed(db: Queryable, organisation: string): Promise<string | null> {
  const { rows } = await db.query<{ made_at: Date }>(
    'select made_at from contact where organisation = $1 and passed order by made_at desc limit 1',
    [organisation],
  );
  return rows[0]?.made_at.toISOString() ?? null;
}

/** Takes a first contact as passed without one: a person vouches for it, of a twin or of an account that another installation has tried. */
export async function vouchForContact(
  db: Queryable,
  organisation: string,
  version: number,
  { who, why }: { readonly who: string; readonly why: string },
): Promise<void> {
  await saveContact(db, { organisation, version, passed: true, who, why, accepted: [], findings: [] });
}
