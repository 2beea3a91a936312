/** An order of which a message carried a part alone: the rest is what was known before. */
import { carryOver } from '../../domain/facts/carry-over.ts';
import type { OrderContent } from '../../domain/facts/content.ts';
import type { Fact, NewFact, OrderFact } from '../../domain/facts/facts.ts';
import type { Queryable } from '../postgres/database.ts';

/**
 * The order as a whole. Where what it did not carry is not known (its content was erased), or the message came late behind another that
 * carried a part, a hint in its place: one read decides. A first message stands as it is.
 */
export async function completeOrder(
  tx: Queryable,
  consignment: string,
  told: NewFact,
  heard: string,
): Promise<NewFact> {
  if (told.kind !== 'order' || told.carried === undefined) return told;
  const { rows } = await tx.query<{ latest: Fact; body: OrderContent | null }>(
    `select f.envelope as latest, c.body from fact f left join content c on c.id = (f.envelope->>'content')::bigint
      where f.consignment = $1 and f.kind = 'order' order by f.at desc, f.id desc limit 1`,
    [consignment],
  );
  const [row] = rows;
  if (row === undefined) return told;
  const latest = row.latest as OrderFact;
  if (told.at < latest.at && latest.carried === undefined) return told;
  if (row.body === null || told.at < latest.at) {
    const at = [heard, told.at, latest.at].sort().at(-1) ?? heard;
    return { kind: 'hint', id: `hint:${told.id}`, at, zone: told.zone, source: told.source };
  }
  const { fact, content } = carryOver(
    { fact: latest, content: row.body },
    { fact: told, content: told.body as OrderContent },
  );
  const { roles: _roles, leg: _leg, ...rest } = told;
  // Which elements this message carried stays with it.
  return { ...rest, ...fact, carried: told.carried, body: content };
}
