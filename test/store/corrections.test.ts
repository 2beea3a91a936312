/** Another name for a signature: heard by a later read, told once as a correction. */
import { expect, test } from 'vitest';
import { noteFor } from '../../activities/palletways/notes.ts';
import type { Work } from '../../activities/sending/work.ts';
import { defaultPolicy } from '../../domain/policy/settings.ts';
import { intend, markSending, settle } from '../../store/outbox/receipts.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { consignmentRow } from '../../store/record/consignments.ts';
import type { Item } from '../../store/record/due.ts';
import { take } from './due-items.ts';
import { type Recorded, useRecord } from './record.ts';
import { milestone, type New, order, said, trackingFact } from './said.ts';

const record = useRecord();
const names = { trackingId: '60012340167' };
const signed = (name: string): New<'pod'> => ({
  ...said(8),
  kind: 'pod',
  id: 'qg:pod:c1',
  source: 'qargo',
  body: { name },
});
const heardAt = (of: Recorded, name: string, n: number) => of.hear(names, [signed(name)], { via: 'read', heard: n });

async function begun(of: Recorded): Promise<string> {
  return of.heard(names, [order('A', 0), trackingFact(0, names.trackingId), milestone('delivered', 8)]);
}

async function due(of: Recorded, consignment: string): Promise<Item[]> {
  return (await take(of.db, of.organisation, consignment, 'palletways')).filter(({ kind }) => kind === 'pod');
}

async function textOf(of: Recorded, consignment: string, item: Item): Promise<string> {
  const organisation = {
    id: of.organisation,
    policy: { ...defaultPolicy, podQuantities: 'off' },
    palletways: { zone: 'Europe/London' },
  };
  const services = { installation: { db: of.db } };
  const row = await consignmentRow(of.db, consignment);
  const work = { services, organisation, consignment, row, facts: [], taken: new Map() } as unknown as Work;
  const note = await noteFor(work, item, { late: false, part: null });
  return typeof note === 'string' ? note : note.text;
}

async function tell(of: Recorded, consignment: string, item: Item): Promise<void> {
  const owner = {
    organisation: of.organisation,
    consignment,
    counterpart: 'palletways',
    sender: 'me',
    doubtMs: 1_000,
  } as const;
  await intend(of.db, owner, [{ item }]);
  await markSending(of.db, owner, [item.key]);
  await inTransaction(of.db, (tx) => settle(tx, owner, [{ item, state: 'met' }]));
}

test('a name that is corrected after it was told is told once, as a correction; read again it is no news', async () => {
  const of = record();
  const consignment = await begun(of);
  await heardAt(of, 'Kim', 10);
  const [first, ...more] = await due(of, consignment);
  if (first === undefined) throw new Error('no POD is due');
  expect([await textOf(of, consignment, first), more]).toEqual(['Signed by Kim', []]);
  await tell(of, consignment, first);
  expect(await due(of, consignment)).toEqual([]);

  expect((await heardAt(of, 'Lee', 12)).facts).toMatchObject([{ kind: 'pod', retold: expect.any(String) }]);
  const [again] = await due(of, consignment);
  if (again === undefined) throw new Error('no correction is due');
  expect([again.key, await textOf(of, consignment, again)]).toEqual([first.key, 'Correction: Signed by Lee']);
  await tell(of, consignment, again);
  for (const [name, n] of [
    ['Lee', 14],
    ['', 15],
    ['Kim', 11],
  ] as const)
    expect((await heardAt(of, name, n)).facts).toEqual([]);
  expect(await due(of, consignment)).toEqual([]);
});

test('corrected before anything was told it is told once, as if it had been said first', async () => {
  const of = record();
  const consignment = await begun(of);
  await heardAt(of, 'Kim', 10);
  await heardAt(of, 'Lee', 12);
  const [only, ...more] = await due(of, consignment);
  if (only === undefined) throw new Error('no POD is due');
  expect([await textOf(of, consignment, only), more]).toEqual(['Signed by Lee', []]);
});
