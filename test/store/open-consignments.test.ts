import { afterAll, beforeAll, expect, test } from 'vitest';
import { countOpen, openAfter } from '../../store/due/open-consignments.ts';
import { createIdentity } from '../../store/identity/identity.ts';
import { askReads, readsDue } from '../../store/outbox/reads-asked.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { type FreshSchema, freshSchema } from '../postgres.ts';

let store: FreshSchema;
beforeAll(async () => {
  store = await freshSchema();
  for (const id of ['north', 'south'])
    await store.db.query(
      "insert into organisation (id, name, settings, secrets, made_by) values ($1, $1, '{}', '', 'test')",
      [id],
    );
});
afterAll(() => store.close());

async function make(organisation: string, trackingId: string | null, closed = false): Promise<string> {
  const id = await inTransaction(store.db, (tx) => createIdentity(tx, organisation));
  await store.db.query(
    'update consignment set tracking_id = $2, closed_at = case when $3 then clock_timestamp() end where id = $1',
    [id, trackingId, closed],
  );
  return id;
}

test('open consignments are walked once each, page by page, and a closed one never', async () => {
  const north = [];
  for (let nth = 0; nth < 5; nth++) north.push(await make('north', `6001234010${nth}`));
  const south = await make('south', null);
  await make('north', '60012340199', true);
  expect([await countOpen(store.db), await countOpen(store.db, 'north'), await countOpen(store.db, 'nobody')]).toEqual([
    6, 5, 0,
  ]);
  const walked: string[] = [];
  for (let after = ''; ; ) {
    const page = await openAfter(store.db, after, 2);
    if (page.length === 0) break;
    walked.push(...page.map(({ consignment }) => consignment));
    after = walked.at(-1) ?? '';
  }
  expect(walked).toEqual([...north, south].sort());
  expect(
    (await openAfter(store.db, '', 10, 'south')).map(({ consignment, trackingId }) => [consignment, trackingId]),
  ).toEqual([[south, null]]);
});

test('a read that was asked for is due until it was made, and from the day that the consignment can be read', async () => {
  expect(await readsDue(store.db)).toBe(0);
  // One of them has no tracking id yet: asked for, and not to be had.
  expect([await askReads(store.db), await readsDue(store.db)]).toEqual([6, 5]);
  await store.db.query(
    `update consignment set palletways_read_at = clock_timestamp() where organisation = 'north' and tracking_id <> '60012340100'`,
  );
  expect(await readsDue(store.db)).toBe(1);
  await store.db.query(`update consignment set tracking_id = '60012340200' where organisation = 'south'`);
  expect(await readsDue(store.db)).toBe(2);
  await store.db.query(`update organisation set active = false where id = 'south'`);
  expect(await readsDue(store.db)).toBe(1);
  expect([await askReads(store.db, 'north'), await readsDue(store.db)]).toEqual([5, 5]);
});
