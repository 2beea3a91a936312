/** A release whose digests are others: what an earlier one told is met, wherever it is compared, and what is said again is no news. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { owed } from '../../domain/obligations/obligations.ts';
import { rulesVersion } from '../../domain/receipts/projection.ts';
import { projectAgain } from '../../store/due/take.ts';
import { startOrderGeneration } from '../../store/identity/reinstatement.ts';
import { type Item, intend, markSending, settle } from '../../store/outbox/receipts.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { countOutstanding } from '../../store/views/overview.ts';
import { take } from './due-items.ts';
import { itemAt, itemsOf, leaveAsOtherRules, openKeys, receiptAt, setPolicy, statusRow } from './reads.ts';
import { type Recorded, useRecord } from './record.ts';
import { labels, minute, order, plan, trackingFact } from './said.ts';

/** What another release puts before every text that it digests. */
const release = vi.hoisted(() => ({ salt: '' }));
vi.mock(import('../../domain/facts/hash.ts'), async (original) => {
  const real = await original();
  return { ...real, shortHash: (text: string) => real.shortHash(release.salt + text) };
});
afterEach(() => {
  release.salt = '';
});

const record = useRecord();
const ids = { trackingId: '60012340167', conNo: '2557391-564' } as const;
const begun = (of: Recorded) => of.heard(ids, [order('A', 1), trackingFact(1, ids.trackingId), labels(2, 'B1', 'B2')]);
const openOf = (of: Recorded, consignment: string) => openKeys(of.db, consignment);
const ownerOf = (of: Recorded, consignment: string, sender = 'me') =>
  ({ organisation: of.organisation, consignment, counterpart: 'qargo', sender, doubtMs: 60_000 }) as const;

/** Another release takes over: all is projected anew, by its own digests. */
async function releases(of: Recorded, consignment: string): Promise<void> {
  release.salt = 'another ';
  await projectAgain(of.db, of.organisation, consignment);
}

/** Tells what is owed, with proof. */
async function deliver(of: Recorded, consignment: string, items?: readonly Item[]): Promise<string[]> {
  const open = items ?? (await itemsOf(of.db, consignment));
  for (const item of open) {
    const intents = await intend(of.db, ownerOf(of, consignment), [{ item }]);
    expect(intents.map((intent) => intent.item)).toEqual([item]);
    await markSending(of.db, { consignment, sender: 'me' }, [item.key]);
    await inTransaction(of.db, (tx) =>
      settle(tx, ownerOf(of, consignment), [{ item, state: 'met', proof: { id: item.key } }]),
    );
  }
  return open.map(({ key }) => key).sort();
}

describe('a release whose digests are others', () => {
  test('owes nothing of what was told, to whomever asks the record', async () => {
    const of = record();
    const consignment = await begun(of);
    await of.hear({ conNo: ids.conNo }, [plan('T1', 3)]);
    expect(await deliver(of, consignment)).toEqual(['labels', 'order', 'plan', 'references']);
    const before = owed((await of.state(consignment)).state).map(({ digest }) => digest);
    await releases(of, consignment);
    expect(owed((await of.state(consignment)).state).map(({ digest }) => digest)).not.toEqual(before);
    expect(await openOf(of, consignment)).toEqual([]);
    for (const lane of ['qargo', 'palletways'] as const)
      expect(await take(of.db, of.organisation, consignment, lane)).toEqual([]);
    expect((await countOutstanding(of.db)).owed).toBe(0);
  });

  test('finds it settled where a send still has it in hand, and sends what is really another', async () => {
    const of = record();
    const consignment = await begun(of);
    const inHand = await itemsOf(of.db, consignment);
    await deliver(of, consignment);
    await releases(of, consignment);
    expect(
      await intend(
        of.db,
        ownerOf(of, consignment),
        inHand.map((item) => ({ item })),
      ),
    ).toEqual([]);
    await of.hear(ids, [order('B', 5)]);
    expect(await deliver(of, consignment)).toEqual(['order']);
    expect(await openOf(of, consignment)).toEqual([]);
  });

  test('knows what was told though the latest fact that says so is another one than was told', async () => {
    const of = record();
    const consignment = await begun(of);
    await deliver(of, consignment);
    // There and back before anybody was told.
    await of.hear(ids, [order('B', 5)]);
    expect(await openOf(of, consignment)).toEqual(['order']);
    await of.hear(ids, [order('A', 6)]);
    expect(await openOf(of, consignment)).toEqual([]);
    await releases(of, consignment);
    expect(await openOf(of, consignment)).toEqual([]);
    // The receipt names the fact that it told, which is not the one that stands.
    expect((await receiptAt(of.db, consignment, 'order')).fact).toBe(order('A', 1).id);
  });

  test('what is in doubt is still looked for as what it was, and its outcome is kept', async () => {
    const of = record();
    const consignment = await begun(of);
    const item = await itemAt(of.db, consignment, 'order');
    await intend(of.db, ownerOf(of, consignment), [{ item }]);
    await markSending(of.db, { consignment, sender: 'me' }, ['order'], { uploadId: 'u1', creating: '1' });
    await releases(of, consignment);
    expect(await itemAt(of.db, consignment, 'order')).toEqual(item);
    const [intent] = await intend(of.db, ownerOf(of, consignment, 'you'), [{ item }]);
    expect([intent?.inDoubt === null, intent?.quietUntil, intent?.progress.uploadId]).toEqual([false, null, 'u1']);
    await inTransaction(of.db, (tx) => settle(tx, ownerOf(of, consignment), [{ item, state: 'met' }]));
    expect(await openOf(of, consignment)).not.toContain('order');
  });

  test('does not take what was told of an order that was taken back for the new one', async () => {
    const of = record();
    const consignment = await begun(of);
    await deliver(of, consignment);
    const revived = {
      at: minute(9),
      zone: 'UTC',
      source: 'engine',
      kind: 'revived',
      id: 'revived:1',
      revival: 1,
      generation: 2,
    } as const;
    await of.hear(ids, [revived], { consignment });
    const asBefore = ['cancel', 'labels', 'order', 'references'];
    expect(await openOf(of, consignment)).toEqual(asBefore);
    await releases(of, consignment);
    expect(await openOf(of, consignment)).toEqual(asBefore);
    await deliver(of, consignment, [await itemAt(of.db, consignment, 'cancel')]);
    expect(await inTransaction(of.db, (tx) => startOrderGeneration(tx, consignment, null))).toBe(true);
    expect(await openOf(of, consignment)).toEqual(asBefore.slice(1));
    release.salt = '';
    await deliver(of, consignment);
    await releases(of, consignment);
    expect(await openOf(of, consignment)).toEqual([]);
  });

  test('a send that goes on with what it took of an earlier release settles it, and nothing is owed again', async () => {
    const of = record();
    const consignment = await begun(of);
    const inHand = await itemsOf(of.db, consignment);
    await releases(of, consignment);
    expect(await deliver(of, consignment, inHand)).toEqual(['labels', 'order', 'references']);
    expect(await openOf(of, consignment)).toEqual([]);
    release.salt = '';
    await projectAgain(of.db, of.organisation, consignment);
    expect(await openOf(of, consignment)).toEqual([]);
  });

  test('whose rules are others makes what stands anew before anything is taken, and owes nothing again of what is met', async () => {
    const of = record();
    const consignment = await begun(of);
    await deliver(of, consignment);
    await of.hear({ conNo: ids.conNo }, [plan('T1', 3)]);
    await leaveAsOtherRules(of.db, consignment, rulesVersion - 1);
    release.salt = 'another ';
    expect((await take(of.db, of.organisation, consignment, 'palletways')).map(({ key }) => key)).toEqual(['plan']);
    expect([await openOf(of, consignment), (await statusRow(of.db, consignment)).rules]).toEqual([
      ['plan'],
      rulesVersion,
    ]);
  });

  test('nor does another configuration make anything owed again that is met', async () => {
    const of = record();
    const consignment = await begun(of);
    await deliver(of, consignment);
    for (const rows of [{ orders: 'off', labels: 'shadow' }, { network: 'on' }] as const) {
      await setPolicy(of.db, of.organisation, { rows: rows as never, graceHours: 1 });
      await projectAgain(of.db, of.organisation, consignment);
      expect([await openOf(of, consignment), await take(of.db, of.organisation, consignment, 'qargo')]).toEqual([
        [],
        [],
      ]);
    }
  });
});

describe('a release that digests personal data otherwise', () => {
  test('an order and a plan that say the same as before are no news', async () => {
    const of = record();
    const consignment = await begun(of);
    await of.hear({ conNo: ids.conNo }, [{ ...plan('T1', 3), vehicle: 'aa', body: { tripName: 'T1', vehicle: 'V1' } }]);
    const before = await of.kinds(consignment);
    const again = { ...order('A', 9), id: 'pw:order:again', digests: { instructions: 'of another release' } };
    await of.hear(ids, [again], { via: 'read' });
    await of.hear(
      { conNo: ids.conNo },
      [{ ...plan('T1', 9), vehicle: 'bb', body: { tripName: 'T1', vehicle: 'V1' } }],
      { via: 'read' },
    );
    expect(await of.kinds(consignment)).toEqual(before);
    // What is really another is news.
    await of.hear(ids, [{ ...again, id: 'pw:order:other', at: minute(10), body: { instructions: 'another text' } }], {
      via: 'read',
    });
    await of.hear(
      { conNo: ids.conNo },
      [{ ...plan('T1', 10), vehicle: 'cc', body: { tripName: 'T1', vehicle: 'V2' } }],
      { via: 'read' },
    );
    expect(await of.kinds(consignment)).toEqual([...before, 'order', 'plan']);
  });
});
