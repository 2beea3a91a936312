/** A release whose digests are others: what an earlier one told is met, wherever it is compared, and what is said again is no news. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { due, settles } from '../../domain/deliveries.ts';
import { ledgerOf, marked, saidAnew } from '../../domain/digests.ts';
import { type Obligation, owed } from '../../domain/obligations.ts';
import { inTransaction } from '../../store/database.ts';
import { intend, type Item, markSending, settle } from '../../store/deliveries.ts';
import { owedNow } from '../../store/overview.ts';
import { type Recorded, useRecord } from './record.ts';
import { labels, minute, order, plan, trackingFact } from './said.ts';

/** What another release puts before every text that it digests. */
const release = vi.hoisted(() => ({ salt: '' }));
vi.mock(import('../../domain/hash.ts'), async (original) => {
  const real = await original();
  return { ...real, shortHash: (text: string) => real.shortHash(release.salt + text) };
});
afterEach(() => {
  release.salt = '';
});

const record = useRecord();
const ids = { trackingId: '60012340167', conNo: '2557391-564' } as const;
const begun = (of: Recorded) => of.heard(ids, [order('A', 1), trackingFact(1, ids.trackingId), labels(2, 'B1', 'B2')]);
const openOf = async (of: Recorded, consignment: string) => {
  const { state, ledger } = await of.state(consignment);
  return owed(state).filter((o) => !settles(ledger[o.key], o));
};
const ownerOf = (of: Recorded, consignment: string, counterpart: 'palletways' | 'qargo') => ({
  organisation: of.organisation,
  consignment,
  counterpart,
  sender: 'me',
  doubtMs: 60_000,
});
const itemOf = ({ key, kind, digest, revision, fact }: Obligation): Item => ({ key, kind, digest, revision, fact });

/** Tells what is owed, with proof. */
async function deliver(of: Recorded, consignment: string): Promise<string[]> {
  const open = await openOf(of, consignment);
  for (const o of open) {
    const [intent] = await intend(of.db, ownerOf(of, consignment, o.to), [{ item: itemOf(o) }]);
    expect([o.key, intent?.settled]).toEqual([o.key, null]);
    await markSending(of.db, { consignment, sender: 'me' }, [o.key]);
    await inTransaction(of.db, (tx) => settle(tx, consignment, [{ item: itemOf(o), state: 'delivered', proof: { id: o.key } }]));
  }
  return open.map(({ key }) => key).sort();
}

describe('a release whose digests are others', () => {
  test('owes nothing of what was told, to whomever asks the record', async () => {
    const of = record();
    const consignment = await begun(of);
    await of.hear({ conNo: ids.conNo }, [plan('T1', 3)]);
    await of.rows(`update fact set state = 'dispatched'`);
    expect(await deliver(of, consignment)).toEqual(['labels', 'order', 'plan', 'references']);
    const before = owed((await of.state(consignment)).state).map(({ digest }) => digest);
    release.salt = 'another ';
    expect(owed((await of.state(consignment)).state).map(({ digest }) => digest)).not.toEqual(before);
    expect(await openOf(of, consignment)).toEqual([]);
    expect((await owedNow(of.db)).owed).toBe(0);
  });

  test('finds it settled where a workflow still owes it, and sends what is really another', async () => {
    const of = record();
    const consignment = await begun(of);
    await deliver(of, consignment);
    release.salt = 'another ';
    const { state } = await of.state(consignment);
    const items = owed(state)
      .filter(({ to }) => to === 'qargo')
      .map((o) => ({ item: itemOf(o) }));
    const intents = await intend(of.db, ownerOf(of, consignment, 'qargo'), items);
    expect(intents.map(({ settled }) => settled?.state)).toEqual(items.map(() => 'delivered'));
    expect(intents.map(({ settled }) => settled?.digest)).toEqual(items.map(({ item }) => item.digest));
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
    await of.hear(ids, [order('A', 6)]);
    expect(await openOf(of, consignment)).toEqual([]);
    release.salt = 'another ';
    expect(await openOf(of, consignment)).toEqual([]);
  });

  test('what is in doubt is still looked for as what it was, and its outcome is kept', async () => {
    const of = record();
    const consignment = await begun(of);
    const [first] = (await openOf(of, consignment)).filter(({ key }) => key === 'order');
    if (first === undefined) throw new Error('no order is owed');
    await intend(of.db, ownerOf(of, consignment, 'qargo'), [{ item: itemOf(first) }]);
    await markSending(of.db, { consignment, sender: 'me' }, ['order'], { uploadId: 'u1', creating: '1' });
    release.salt = 'another ';
    const [again] = (await openOf(of, consignment)).filter(({ key }) => key === 'order');
    if (again === undefined) throw new Error('it is not owed any more');
    const [intent] = await intend(of.db, { ...ownerOf(of, consignment, 'qargo'), sender: 'you' }, [{ item: itemOf(again) }]);
    expect([intent?.settled, intent?.inDoubt === null, intent?.quietUntil, intent?.progress.uploadId]).toEqual([null, false, null, 'u1']);
    await inTransaction(of.db, (tx) => settle(tx, consignment, [{ item: itemOf(again), state: 'delivered' }]));
    expect((await openOf(of, consignment)).map(({ key }) => key)).not.toContain('order');
  });

  test('does not take what was told of an order that was taken back for the new one', async () => {
    const of = record();
    const consignment = await begun(of);
    await deliver(of, consignment);
    const revived = { at: minute(9), zone: 'UTC', source: 'engine', kind: 'revived', id: 'revived:1', revival: 1, generation: 2 } as const;
    await of.hear(ids, [revived], { consignment });
    const owedAnew = async () => (await openOf(of, consignment)).map(({ key }) => key).sort();
    const asBefore = await owedAnew();
    expect(asBefore).toEqual(['cancel', 'labels', 'order', 'references']);
    release.salt = 'another ';
    expect(await owedAnew()).toEqual(asBefore);
    // As turning to the next generation leaves it.
    await of.rows('update consignment set generation = 2 where id = $1', consignment);
    await of.rows('update delivery set ever = false where consignment = $1', consignment);
    expect(await owedAnew()).toEqual(asBefore);
    release.salt = '';
    await deliver(of, consignment);
    release.salt = 'another ';
    expect(await owedAnew()).toEqual([]);
  });

  test('a workflow that goes on with what an earlier release told it owes nothing again', async () => {
    const of = record();
    const consignment = await begun(of);
    await deliver(of, consignment);
    const loaded = await of.state(consignment);
    const outcomes = marked(Object.values(loaded.ledger), owed(loaded.state));
    release.salt = 'another ';
    const owes = owed(loaded.state);
    const open = (ledger: typeof loaded.ledger) => due(loaded.state, owes, ledger, minute(60)).now.length;
    expect(open(ledgerOf(saidAnew, loaded.ledger, loaded.state))).toBe(0);
    expect(open(Object.fromEntries(saidAnew(outcomes, owes).map((each) => [each.key, each])))).toBe(0);
    // What was not marked is of another version: that is owed.
    const other = { ...loaded.ledger, order: { ...loaded.ledger.order, digest: 'older', stands: false } } as typeof loaded.ledger;
    expect(open(ledgerOf(saidAnew, other, loaded.state))).toBe(1);
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
    await of.hear({ conNo: ids.conNo }, [{ ...plan('T1', 9), vehicle: 'bb', body: { tripName: 'T1', vehicle: 'V1' } }], { via: 'read' });
    expect(await of.kinds(consignment)).toEqual(before);
    // What is really another is news.
    await of.hear(ids, [{ ...again, id: 'pw:order:other', at: minute(10), body: { instructions: 'another text' } }], { via: 'read' });
    await of.hear({ conNo: ids.conNo }, [{ ...plan('T1', 10), vehicle: 'cc', body: { tripName: 'T1', vehicle: 'V2' } }], { via: 'read' });
    expect(await of.kinds(consignment)).toEqual([...before, 'order', 'plan']);
  });
});
