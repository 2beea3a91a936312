/** Which differences at Qargo are a planner's edits: none of what we laid over the order ourselves, nor what is a charge. */
import { expect, test } from 'vitest';
import { ingestPlannerEdits } from '../../activities/agreement/planner-edits.ts';
import type { Services } from '../../activities/sending/work.ts';
import { orderInput } from '../../connectors/qargo/write-order.ts';
import type { NetworkContent, OrderContent } from '../../domain/facts/content.ts';
import type { NewFact } from '../../domain/facts/facts.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { defaultPolicy, type Policy } from '../../domain/policy/settings.ts';
import { withBookIn } from '../../domain/state/book-in.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { keepQargoSide } from '../../store/record/consignments.ts';
import { bookInThatStands } from '../../store/record/network.ts';
import { access, delivery } from '../connectors/qargo/orders.ts';
import { stored } from '../connectors/qargo/stored.ts';
import { useRecord } from './record.ts';
import { insertReceipt, keepContent } from './rows.ts';
import { type New, order, said, trackingFact } from './said.ts';

const record = useRecord();
const names = { trackingId: '60012340167' };
const window: NetworkContent = {
  text: '',
  date: '2026-12-03',
  time: '10:30',
  contact: '',
  reference: 'SLOT-9',
  signedBy: '',
};
const booked: New<'network'> = {
  ...said(2),
  kind: 'network',
  id: 'pw:network:2',
  source: 'palletways',
  code: 'BOOKED',
  bookIn: { date: '2026-12-03', time: '10:30', digest: '0' },
  body: window,
};

/** A consignment whose order, as agreed, and book-in are at Qargo; `look` takes in a read that shows Qargo's order so. */
async function agreed(...facts: readonly NewFact[]) {
  const of = record();
  const { db, organisation } = of;
  const consignment = await of.heard(names, [order('one', 0), trackingFact(0, names.trackingId), ...facts]);
  const told = { order: order('one', 0).id, 'book-in': booked.id };
  const content = await keepContent(of, consignment, delivery);
  const bookIn = (await of.facts(consignment)).find(({ kind }) => kind === 'network')?.envelope.content;
  await keepQargoSide(db, consignment, {
    orderId: 'q-1',
    agreed: content,
    ...(bookIn === undefined ? {} : { bookIn }),
  });
  const settled = async (key: 'order' | 'book-in', minutesAgo: number) => {
    const settledAt = new Date(Date.now() - minutesAgo * 60_000).toISOString();
    await insertReceipt(of, consignment, {
      key,
      to: 'qargo',
      kind: key,
      fact: told[key],
      state: 'met',
      settledAt,
    });
  };
  await settled('order', 1);
  const look = async (shown: OrderContent, policy: Policy) => {
    const installation = { db, digestOf: () => (text: string) => `<${text.length}>` };
    const services = { installation, counterparts: { accessOf: () => ({ qargo: access }) } } as unknown as Services;
    const answer = stored(orderInput(shown, { operation: 'CREATE', orderIdentifier: 'c-1-1', access }));
    const settings = { id: organisation, policy, palletways: { zone: 'Europe/London' } } as unknown as Organisation;
    const work = { services, organisation: settings, consignment };
    return inTransaction(db, (tx) =>
      ingestPlannerEdits(tx, work, { answer, startedAt: new Date().toISOString() }, { handedOver: false }),
    );
  };
  return { consignment, look, settled };
}

test('the window that the network booked, and goods that are told as charges, are none; another instruction is', async () => {
  const { look, settled } = await agreed(booked);
  const seen = async (shown: OrderContent, charges: Partial<Policy['charges']> = {}) => {
    const policy: Policy = {
      ...defaultPolicy,
      charges: { ...defaultPolicy.charges, ...charges },
      decisions: { ...defaultPolicy.decisions, planner: 'judge' },
    };
    return (await look(shown, policy)).flatMap((fact) => (fact.kind === 'held' ? [Object.keys(fact.fields)] : []));
  };
  const told = withBookIn(delivery, window);
  expect(await seen(told)).toEqual([]);
  expect(await seen({ ...told, weight: delivery.weight + 60 }, { measured: 'both' })).toEqual([]);
  // A book-in that was settled since the read began tells nothing of the read.
  await settled('book-in', -1);
  expect(await seen(delivery)).toEqual([]);
  await settled('book-in', 1);
  expect(await seen({ ...told, instructions: 'call first' })).toEqual([['instructions']]);
  expect(await seen({ ...told, instructions: 'call first', weight: delivery.weight + 60 })).toEqual([
    ['instructions', 'weight'],
  ]);
});

const set = (until: string) => withBookIn(delivery, { ...window, reference: '', window: { until, enforced: false } });
const both: Policy = {
  ...defaultPolicy,
  rows: { ...defaultPolicy.rows, network: 'on' },
  decisions: { ...defaultPolicy.decisions, planner: 'judge' },
};

test('a window that a planner sets is a book-in of ours, once, and no edit', async () => {
  const { look } = await agreed();
  const [first, ...more] = await look(set('12:15'), both);
  expect(first).toMatchObject({ kind: 'network', source: 'qargo', bookIn: { date: '2026-12-03', time: '10:30' } });
  expect(more).toEqual([]);
  expect(await look(set('12:15'), both)).toEqual([]);
  expect((await look(set('13:00'), both)).map(({ kind }) => kind)).toEqual(['network']);
  // What is an edit besides is judged as ever.
  expect((await look({ ...set('14:00'), instructions: 'call first' }, both)).map(({ kind }) => kind)).toEqual([
    'network',
    'held',
    'decision',
  ]);
});

test('a window that a planner sets over the network’s stands, though the network says the same second, or its clock is ahead', async () => {
  const at = new Date(Date.now() + 5_000).toISOString();
  const { consignment, look, settled } = await agreed({ ...booked, at });
  await settled('book-in', 1);
  const [own] = await look(set('12:15'), both);
  const stands = await bookInThatStands(record().db, consignment);
  expect({ own: own?.source, stands }).toEqual({ own: 'qargo', stands: own?.content });
});

test('a window that a planner sets is the edit that it was where book-ins are only heard', async () => {
  const { look } = await agreed();
  expect(await look(set('12:15'), { ...both, bookIns: 'in', decisions: defaultPolicy.decisions })).toEqual([]);
  const judged = await look(set('12:15'), { ...both, bookIns: 'in' });
  expect(judged.flatMap((fact) => (fact.kind === 'held' ? Object.keys(fact.fields) : []))).toEqual(['deliveryDate']);
});
