/**
 * What somebody at Qargo changed of the goods, found where an order is read anyway: compared with the goods as Qargo had them when
 * we read them last, so that our own updates are never taken for news.
 */

import type { Fact, NewFact } from '../../domain/facts/facts.ts';
import type { Message } from '../../domain/facts/reading.ts';
import { settingOf } from '../../domain/policy/charges.ts';
import { unitsOfGoods, weightOfGoods } from '../../store/intake/charges.ts';
import { changesOrderSince } from '../../store/outbox/receipts.ts';
import type { Queryable } from '../../store/postgres/database.ts';
import { keepQargoSide, lockQargoSide, type QargoSide } from '../../store/record/consignments.ts';
import { ingestAtOnce } from '../reading/ingest.ts';
import type { StatusRead } from '../reading/order-status.ts';
import type { Work } from '../sending/work.ts';

type Goods = NonNullable<QargoSide['goods']>;
type Change = Pick<Extract<NewFact, { kind: 'charge' }>, 'charge' | 'about' | 'new'>;

/**
 * Takes in what changed; must run in a transaction. A read that overlaps an update of ours tells nothing, unless it is that
 * update's own, made before it or reading it back (`ownUpdate`): then what it wrote or may have written (`ours`) is no news.
 */
export async function ingestGoods(
  tx: Queryable,
  { organisation, consignment }: Pick<Work, 'organisation' | 'consignment'>,
  read: StatusRead,
  how: {
    readonly handedOver: boolean;
    readonly ownUpdate?: boolean;
    readonly ours?: readonly Pick<Change, 'charge' | 'new'>[];
  },
): Promise<Fact[]> {
  const { charges } = organisation.policy;
  if (charges.measured === 'off' && charges.regrade === 'off') return [];
  const { goods: before, goodsAt = '' } = await lockQargoSide(tx, consignment);
  const { goods, orderId } = read.status;
  if (before === undefined || orderId === '' || goodsAt >= read.startedAt) return [];
  if (how.ownUpdate !== true && (await changesOrderSince(tx, consignment, read.startedAt))) return [];
  const said: Pick<Extract<NewFact, { kind: 'charge' }>, 'at' | 'zone' | 'source' | 'kind' | 'old' | 'owe'> = {
    kind: 'charge',
    at: read.startedAt,
    zone: 'UTC',
    source: 'qargo',
    old: null,
    owe: [],
  };
  const isOurs = (change: Change) =>
    how.ours?.some((one) => one.charge === change.charge && one.new === change.new) === true;
  const changes = changed(before, goods).filter(
    (change) => charges[settingOf(change.charge)] !== 'off' && !isOurs(change),
  );
  const facts = changes.map(
    (change): NewFact => ({ ...said, ...change, id: `qg:charge:${change.charge}:${change.about}:${read.startedAt}` }),
  );
  const heard: Message[] = facts.length === 0 ? [] : [{ aliases: { qargoOrderId: orderId }, facts }];
  const asked = {
    organisation: organisation.id,
    channel: 'qargo status',
    answer: read.answer,
    consignment,
    handedOver: how.handedOver,
  } as const;
  const news = heard.length === 0 ? [] : await ingestAtOnce(tx, { ...asked, reading: { heard, problems: [] } });
  await keepQargoSide(tx, consignment, { goods, goodsAt: read.startedAt });
  return news;
}

function changed(before: Goods, now: Goods): Change[] {
  const changes: Change[] = [];
  const [weights, units] = [
    [weightOfGoods(before), weightOfGoods(now)],
    [unitsOfGoods(before), unitsOfGoods(now)],
  ];
  if (weights[0] !== undefined && weights[1] !== undefined && weights[0] !== weights[1])
    changes.push({ charge: 'weight', about: '', new: weights[1] });
  if (units[0] !== undefined && units[1] !== undefined && units[0] !== units[1])
    changes.push({ charge: 'regrade', about: '', new: units[1] });
  const sizes = new Map<string, string>();
  for (const good of now) {
    const old = before.find(({ id }) => id === good.id);
    if (old?.size === undefined || old.size === good.size || good.size === null || good.size === undefined) continue;
    sizes.set(now.length === 1 ? '' : (good.packaging ?? ''), good.size);
  }
  for (const [about, size] of sizes) changes.push({ charge: 'dimensions', about, new: size });
  return changes;
}
