/** Fact rows: the envelope that travels, its content stored once beside it. */
import type { Fact, NewFact, Via } from '../domain/facts.ts';
import type { Queryable } from './database.ts';

/** Who says a fact, and when it was heard. */
export interface Said {
  readonly organisation: string;
  readonly journal: number | null;
  /** UTC ISO, database clock. */
  readonly heard: string;
  readonly via: Via;
}

/** JSON for a `jsonb` column, which cannot hold the character NUL. */
export const withoutNul = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) => (typeof each === 'string' ? each.replaceAll('\u0000', '') : each));

/** Stores a fact of a consignment, to be told to its workflow unless it was handed over; null where the consignment has it already. */
export async function storeFact(
  tx: Queryable,
  consignment: string,
  fact: NewFact,
  said: Said & { readonly handedOver?: boolean },
): Promise<Fact | null> {
  if (fact.body !== undefined) {
    const known = await tx.query('select 1 from fact where consignment = $1 and id = $2', [consignment, fact.id]);
    if (known.rows.length > 0) return null;
  }
  const envelope = await envelopeOf(tx, consignment, fact, said);
  const { rows } = await tx.query<{ seq: number }>(
    `insert into fact (organisation, consignment, id, kind, at, heard, envelope, journal, state, dispatched_at, said)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, case when $9 = 'dispatched' then clock_timestamp() end, $10)
     on conflict (consignment, id) where consignment is not null do nothing returning seq`,
    [
      said.organisation,
      consignment,
      fact.id,
      fact.kind,
      fact.at,
      said.heard,
      withoutNul(envelope),
      said.journal,
      said.handedOver ? 'dispatched' : 'new',
      fact.said ?? null,
    ],
  );
  return rows.length === 0 ? null : envelope;
}

/** The envelope of a fact, its content stored. `consignment` null: it is parked. */
export async function envelopeOf(tx: Queryable, consignment: string | null, fact: NewFact, said: Said): Promise<Fact> {
  const { body, said: _text, ...rest } = fact;
  const envelope: Record<string, unknown> = { ...rest, heard: said.heard, via: said.via };
  if (fact.kind === 'plan') envelope.seen = said.via === 'read' ? fact.at : said.heard;
  if (body !== undefined) {
    const { rows } = await tx.query<{ id: number }>(
      'insert into content (organisation, consignment, body) values ($1, $2, $3) returning id',
      [said.organisation, consignment, withoutNul(body)],
    );
    envelope.content = String(rows[0]?.id);
  }
  return envelope as unknown as Fact;
}
