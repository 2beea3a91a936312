/** Takes in amendments that no clock orders, and notes those of which nothing is seen. */
import { everyPart, isCarried } from '../../domain/facts/carry-over.ts';
import type { Fact, NewFact, OrderFact } from '../../domain/facts/facts.ts';
import { shortHash } from '../../domain/facts/hash.ts';
import { orderDigest } from '../../domain/facts/order-digest.ts';
import { joinTied } from '../../domain/facts/tied-orders.ts';
import type { Queryable } from '../postgres/database.ts';
import { rawContent, readableContent } from '../record/contents.ts';
import { countUnused } from './unused.ts';

type NewOrder = Extract<NewFact, { kind: 'order' }>;

const prefix = 'pw:order:tied:';
/** The instant of the pushes that an order was made of; null where it is one push. */
const tiedAt = ({ id, at }: Fact): string =>
  id.startsWith(prefix) ? (id.slice(prefix.length).split('|')[0] ?? at) : at;

/** Whether both say one instant and no clock but that of Palletways is in either. */
export const isTied = (fact: NewFact, latest: Fact, via: Fact['via']): boolean =>
  fact.kind === 'order' &&
  latest.kind === 'order' &&
  via === 'push' &&
  latest.via === 'push' &&
  tiedAt(latest) === fact.at;

/**
 * Answers what both make together, null where that stands already, and undefined where they contradict each other: then it is noted, unless
 * reads show what they differ in.
 */
export async function joinWithTied(
  tx: Queryable,
  consignment: string,
  fact: NewOrder,
  latest: OrderFact,
  of: { readonly organisation: string; readonly journal: number | null },
): Promise<NewOrder | null | undefined> {
  const content = latest.content === undefined ? null : readableContent('order', await rawContent(tx, latest.content));
  const told = readableContent('order', fact.body);
  if (content === null || told === null) return undefined;
  const { rows } = await tx.query<{ body: unknown }>(
    `select c.body from fact f left join content c on c.id = (f.envelope->>'content')::bigint
      where f.consignment = $1 and f.kind = 'order' and f.at < $2 order by f.at desc, f.id desc limit 1`,
    [consignment, fact.at],
  );
  const before = readableContent('order', rows[0]?.body ?? null);
  const joined = joinTied(before, { fact: latest, content }, { fact, content: told });
  if ('differing' in joined) {
    const unread = await neverRead(tx, of.organisation, joined.differing);
    const code = unread.join(', ').slice(0, 80);
    if (unread.length > 0)
      await countUnused(tx, { ...of, channel: 'palletways push' }, [{ what: 'told at once', code, count: 1 }]);
    return undefined;
  }
  const digest = orderDigest(joined.order.fact);
  if (digest === orderDigest(latest)) return null;
  const at = new Date(Date.parse(latest.at) + 1).toISOString();
  const { kind, zone, source } = fact;
  return {
    ...joined.order.fact,
    kind,
    id: `${prefix}${fact.at}|${shortHash(digest)}`,
    at,
    zone,
    source,
    ...(fact.said === undefined ? {} : { said: fact.said }),
    body: joined.order.content,
  };
}

/** Which of the parts of an order the organisation's last read did not show; all where nothing was read yet. */
export async function neverRead(tx: Queryable, organisation: string, parts: readonly string[]): Promise<string[]> {
  const { rows } = await tx.query<{ carried: string[] | null }>(
    `select o.carried from (select f.seq, f.envelope->'carried' as carried, f.envelope->>'via' as via from fact f
                             where f.organisation = $1 and f.kind = 'order' order by f.seq desc limit 200) o
      where o.via = 'read' order by o.seq desc limit 1`,
    [organisation],
  );
  const [last] = rows;
  if (last === undefined) return [...parts];
  return last.carried === null ? [] : parts.filter((part) => !isCarried(last.carried ?? [], part));
}

/** Names of a consignment, which are facts of their own, and what says nothing of the work. */
const noMatter = ['conNo', 'trackingId', 'responseId', 'barcodes', 'account'];

/**
 * Notes an amendment that says what is known already, where some of an order is in none of Palletways' messages: what was amended may be
 * that (wire assumption 71). A push that is older than what stands, or a copy of it, says nothing new.
 */
export async function noteUnseen(
  tx: Queryable,
  consignment: string,
  amended: NewFact,
  of: { readonly organisation: string; readonly journal: number | null },
): Promise<void> {
  if (amended.kind !== 'order' || amended.carried === undefined) return;
  const { rows } = await tx.query<{ latest: OrderFact }>(
    `select envelope as latest from fact where consignment = $1 and kind = 'order' order by at desc, id desc limit 1`,
    [consignment],
  );
  const latest = rows[0]?.latest;
  const content = readableContent('order', amended.body);
  if (latest?.carried === undefined || content === null || amended.at <= latest.at) return;
  const carried = [...latest.carried, ...amended.carried];
  const parts = everyPart(content).filter((part) => !isCarried(carried, part));
  const fields = [...new Set((await neverRead(tx, of.organisation, parts)).map((part) => part.split('.')[0] ?? part))];
  const code = fields
    .filter((field) => !noMatter.includes(field))
    .join(', ')
    .slice(0, 80);
  if (code !== '')
    await countUnused(tx, { ...of, channel: 'palletways push' }, [{ what: 'amended unseen', code, count: 1 }]);
}
