/** Decides, when an event is reported again, whether the report corrects the earlier one. */

import { isDeepStrictEqual } from 'node:util';
import { correctedAt, correctionOf, type Telling } from '../../domain/facts/corrections.ts';
import type { Fact, NewFact } from '../../domain/facts/facts.ts';
import { subjectOf } from '../../domain/facts/kinds.ts';
import type { Queryable } from '../postgres/database.ts';
import { storableJson } from '../postgres/door.ts';

/** Answers the fact if the event is new, a correction if it was reported otherwise before, and null if it is no news. */
export async function withStandingTelling(
  tx: Queryable,
  consignment: string,
  fact: NewFact,
  how: { readonly heard: string; readonly via: Fact['via'] },
): Promise<NewFact | null> {
  const { rows } = await tx.query<Telling>(
    `select f.envelope as fact, c.body from fact f left join content c on c.id = (f.envelope->>'content')::bigint
      where f.consignment = $1 and f.subject = $2 and (f.id = $3 or starts_with(f.id, $4))`,
    [consignment, subjectOf(fact), fact.id, `${fact.id}${correctedAt}`],
  );
  const body: unknown = fact.body === undefined ? undefined : JSON.parse(storableJson(fact.body));
  return correctionOf(fact, rows, { ...how, same: (a) => isDeepStrictEqual(a, body) });
}
