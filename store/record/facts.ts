/** Stores fact rows: the envelope, and its content once in a table of its own. */
import { type ClockDoubt, clockDoubt } from '../../domain/facts/clock-doubt.ts';
import type { Fact, NewFact, Via } from '../../domain/facts/facts.ts';
import { factKinds, isOrderedBySeen, subjectOf } from '../../domain/facts/kinds.ts';
import { cleanValue } from '../../domain/facts/text.ts';
import { policyOf } from '../organisations/policy.ts';
import type { Queryable } from '../postgres/database.ts';
import { storableJson } from '../postgres/door.ts';
import { keepContent } from './consignments.ts';
import { touchByFact } from './touch.ts';

/** Where a fact came from, and when we received it. */
export interface Provenance {
  readonly organisation: string;
  readonly journal: number | null;
  /** UTC ISO, database clock. */
  readonly heard: string;
  readonly via: Via;
}

/**
 * Stores a fact of a consignment, which is projected before the transaction commits. Its workflow is woken, unless the caller answers the
 * workflow itself (`handedOver`). Null if the consignment has the fact already.
 */
export async function storeFact(
  tx: Queryable,
  consignment: string,
  told: NewFact,
  said: Provenance & { readonly handedOver?: boolean },
): Promise<Fact | null> {
  const fact = cleanValue(told);
  if (fact.body !== undefined) {
    const known = await tx.query('select 1 from fact where consignment = $1 and id = $2', [consignment, fact.id]);
    if (known.rows.length > 0) return null;
  }
  const envelope = await envelopeOf(tx, consignment, fact, said);
  const { rows } = await tx.query<{ seq: number }>(
    `insert into fact (organisation, consignment, id, kind, subject, at, heard, envelope, journal, said)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (consignment, id) where consignment is not null do nothing returning seq`,
    [
      said.organisation,
      consignment,
      fact.id,
      fact.kind,
      subjectOf(envelope),
      fact.at,
      said.heard,
      storableJson(envelope),
      said.journal,
      fact.said ?? null,
    ],
  );
  if (rows.length === 0) return null;
  touchByFact(tx, said.organisation, consignment, envelope, said.handedOver !== true);
  return envelope;
}

/** When we saw the content of a fact, by the database clock: when a read began, and when anything else was received. */
export const seenAt = ({ at }: Pick<NewFact, 'at'>, { via, heard }: Pick<Provenance, 'via' | 'heard'>): string =>
  via === 'read' ? at : heard;

/** Stores the content of a fact and answers its envelope. `consignment` is null if the fact is parked. */
export async function envelopeOf(
  tx: Queryable,
  consignment: string | null,
  told: NewFact,
  said: Provenance,
): Promise<Fact> {
  const fact = cleanValue(told);
  const { body, said: _text, ...rest } = fact;
  const envelope: Record<string, unknown> = { ...rest, heard: said.heard, via: said.via };
  const doubt = await doubtOf(tx, consignment, fact, said);
  if (doubt !== null) envelope.doubt = doubt;
  if (isOrderedBySeen(fact)) envelope.seen = seenAt(fact, said);
  if (body !== undefined) {
    envelope.content = await keepContent(tx, said.organisation, consignment, body);
  }
  return envelope as unknown as Fact;
}

/** Tolerances are read only if an instant is unusual: nearly every event is of the last day. */
async function doubtOf(
  tx: Queryable,
  consignment: string | null,
  fact: NewFact,
  said: Provenance,
): Promise<ClockDoubt | null> {
  if (fact.source !== 'qargo' || factKinds[fact.kind].hasHandsetTime !== true) return null;
  const age = Date.parse(said.heard) - Date.parse(fact.at);
  if (age >= 0 && age < 86_400_000) return null;
  const { rows } = await tx.query<{ known: Date }>(
    `select least(c.created_at, (select min(f.at) from fact f where f.consignment = c.id and f.kind = 'order')) as known
       from consignment c where c.id = $1`,
    [consignment],
  );
  // The consignment of a parked fact is not known yet, so only a clock that is ahead can be recognised.
  return clockDoubt(
    fact.at,
    said.heard,
    rows[0]?.known.toISOString() ?? fact.at,
    await policyOf(tx, said.organisation),
  );
}
