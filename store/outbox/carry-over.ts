/** Completes an order whose message carried only a part of it: the rest is as it was known before. */

import { carryOver, everyPart, isCarried } from '../../domain/facts/carry-over.ts';
import type { OrderContent } from '../../domain/facts/content.ts';
import type { Fact, NewFact, OrderFact } from '../../domain/facts/facts.ts';
import { orderDigest } from '../../domain/facts/order-digest.ts';
import type { Queryable } from '../postgres/database.ts';
import { readableContent } from '../record/contents.ts';

type NewOrder = Extract<NewFact, { kind: 'order' }>;

export interface Completed {
  /** The reported fact; the parts that it did not carry are as they were known before. */
  readonly whole: NewFact;
  /**
   * The known order, with the parts that only this message carries: no newer message has them, so no clock and no read decides about them.
   * Null if there are none.
   */
  readonly beside: NewOrder | null;
}

/**
 * Answers the whole order. If the missing parts are not known (their content was erased, or cannot be read), or if the message came later
 * than a newer one that carried a part, it answers a hint in its place: one read decides. A first message stands as it is.
 */
export async function completeOrder(
  tx: Queryable,
  consignment: string,
  told: NewFact,
  heard: string,
): Promise<Completed> {
  if (told.kind !== 'order') return { whole: told, beside: null };
  const { rows } = await tx.query<{ latest: Fact; body: unknown }>(
    `select f.envelope as latest, c.body from fact f left join content c on c.id = (f.envelope->>'content')::bigint
      where f.consignment = $1 and f.kind = 'order' order by f.at desc, f.id desc limit 1`,
    [consignment],
  );
  const [row] = rows;
  const latest = row?.latest as OrderFact | undefined;
  if (row === undefined || latest === undefined || (told.carried === undefined && latest.carried === undefined))
    return { whole: told, beside: null };
  const isLate = told.at < latest.at;
  const at = [heard, told.at, latest.at].sort().at(-1) ?? heard;
  const hint: NewFact = { kind: 'hint', id: `hint:${told.id}`, at, zone: told.zone, source: told.source };
  const body = readableContent('order', row.body);
  if (body === null) return { whole: told.carried === undefined ? told : hint, beside: null };
  const known = { fact: latest, content: body };
  const whole = told.carried === undefined ? told : completed(known, told, told.carried);
  const beside = await tellBeside(tx, consignment, told, known);
  const isKnown = orderDigest(beside ?? latest) === orderDigest(whole);
  if (!isLate || latest.carried === undefined) return { whole, beside };
  return { whole: isKnown ? (beside ?? whole) : hint, beside };
}

interface Known {
  readonly fact: OrderFact;
  readonly content: OrderContent;
}

/** Completes the reported order; `carried` still names the elements that the message carried. */
function completed(known: Known, told: NewOrder, carried: readonly string[]): NewOrder {
  const { fact, content } = carryOver(known, { fact: { ...told, carried }, content: told.body as OrderContent });
  const { roles: _roles, leg: _leg, ...rest } = told;
  return { ...rest, ...fact, carried, body: content };
}

async function tellBeside(tx: Queryable, consignment: string, told: NewOrder, known: Known): Promise<NewOrder | null> {
  const { rows } = await tx.query<{ carried: string[] | null }>(
    `select envelope->'carried' as carried from fact where consignment = $1 and kind = 'order' and at >= least($2::timestamptz, $3::timestamptz)`,
    [consignment, told.at, known.fact.at],
  );
  const newer = rows.map(({ carried }) => carried);
  if (newer.some((carried) => carried === null)) return null;
  const own = (told.carried ?? everyPart(told.body as OrderContent)).filter(
    (part) => !newer.some((carried) => isCarried(carried ?? [], part)),
  );
  if (own.length === 0) return null;
  const justAfter = new Date(Date.parse(known.fact.at) + 1).toISOString();
  const at = told.at > known.fact.at ? told.at : justAfter;
  const beside = { ...completed(known, told, own), id: `${told.id}:beside`, at };
  return orderDigest(beside) === orderDigest(known.fact) ? null : beside;
}
