import { describe, expect, test } from 'vitest';
import type { Fact } from '../../domain/facts/facts.ts';
import type { Aliases } from '../../domain/facts/reading.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import { stageOf, standingFact } from '../../domain/state/state.ts';
import { addNames, createIdentity, type Name } from '../../store/identity/identity.ts';
import { keepOwnOrder, mergeAndLock, nameConsignment } from '../../store/identity/merge.ts';
import { matchParked } from '../../store/intake/parked.ts';
import { claimDoubtful, claimWaiting, type NoteRow } from '../../store/outbox/notes.ts';
import { decide, type Item, intend, markSending, settle } from '../../store/outbox/receipts.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { consignmentRow } from '../../store/record/consignments.ts';
import { lockConsignments } from '../../store/record/projection.ts';
import { claimWakes, markSignalled } from '../../store/record/wake.ts';
import {
  aliasesOf,
  contentAt,
  contentsOf,
  decisionsOf,
  insertWaiting,
  itemAt,
  openKeys,
  receiptsOf,
  tellAll,
  wakeOf,
} from './reads.ts';
import { useRecord } from './record.ts';
import { labels, milestone, minute, order, plan, scan, trackingFact } from './said.ts';

const record = useRecord();

const byTracking: Aliases = { trackingId: '60012340167' };
const byResponse: Aliases = { responseId: '3972953', conNo: '2557391-564' };
/** The message that proves that the two are one. */
const both: Aliases = { ...byTracking, responseId: '3972953' };
const proof = trackingFact(30, '60012340167');

/** One consignment told under two names: the older by its labels, the younger by its order. */
async function two(): Promise<{ older: string; younger: string }> {
  const older = await record().heard(byTracking, [labels(1, 'B1', 'B2'), scan(2, 'B1')]);
  const younger = await record().heard(byResponse, [order('A', 3), scan(4, 'B2')]);
  expect(younger).not.toBe(older);
  return { older, younger };
}
const merge = () => record().heard(both, [proof]);

const names = (consignment: string) => aliasesOf(record().db, consignment);
const ofOrder = (orderId: string): Name[] => [
  { kind: 'qargoOrderId', value: orderId, strong: true },
  { kind: 'orderIdentifier', value: `${orderId}-1`, strong: true },
];
const named = (consignment: string, all: readonly Name[]) =>
  inTransaction(record().db, (tx) => addNames(tx, record().organisation, consignment, all));

/** Kinds of what is to be told to a workflow; it is told. */
async function dispatchAll(consignment: string): Promise<readonly string[] | null> {
  const wake = await wakeOf(record().db, consignment);
  await tellAll(record().db, consignment);
  return wake?.kinds ?? null;
}

describe('a message whose strong names belong to two consignments', () => {
  test('merges them: the older stays and has all facts, the younger knows that it was merged', async () => {
    const { older, younger } = await two();
    for (const each of [older, younger]) await dispatchAll(each);
    expect(await merge()).toBe(older);
    expect(await record().mergedInto(younger)).toBe(older);
    expect((await record().kinds(older)).sort()).toEqual(['hint', 'labels', 'order', 'scan', 'scan', 'tracking']);
    expect((await record().facts(younger)).map(({ kind, id }) => [kind, id])).toEqual([['merged', `merged:${older}`]]);
    // Both workflows are told; what the older heard by the younger is owed by it now.
    expect([await dispatchAll(older), await dispatchAll(younger)]).toEqual([['tracking'], ['merged']]);
    expect(await openKeys(record().db, older)).toEqual(expect.arrayContaining(['order', `scan:B2:load:${minute(4)}`]));
    expect(await openKeys(record().db, younger)).toEqual(['cancel']);
    const row = await consignmentRow(record().db, older);
    expect([row.reference, row.trackingId, row.mergedInto]).toEqual(['2557391-564', '60012340167', null]);
  });

  test('leaves the younger owing nothing but its order taken back, and in the stage merged', async () => {
    const { younger } = await two();
    await merge();
    const { state } = await record().state(younger);
    expect(owed(state).map((o) => `${o.to} ${o.key}`)).toEqual(['qargo cancel']);
    expect(stageOf(state)).toBe('merged');
  });

  test('drops what both were told, and content goes with its fact', async () => {
    const older = await record().heard(byTracking, [order('A', 1), scan(2)]);
    const younger = await record().heard(byResponse, [order('B', 3), scan(2)]);
    await merge();
    expect((await record().kinds(older)).sort()).toEqual(['order', 'order', 'scan', 'tracking']);
    expect(await contentsOf(record().db, younger)).toEqual([]);
    const standing = standingFact((await record().state(older)).state, 'order');
    const stored = await contentAt(record().db, standing?.content);
    expect(stored).toEqual([{ body: { instructions: 'version B' }, consignment: older }]);
  });

  test('moves all names but those of the younger order at Qargo, under which that order is taken back', async () => {
    const { older, younger } = await two();
    await named(younger, ofOrder('order-of-younger'));
    await merge();
    expect(await names(younger)).toEqual(['orderIdentifier=order-of-younger-1', 'qargoOrderId=order-of-younger']);
    expect(await names(older)).toEqual(['conNo=2557391-564', 'responseId=3972953', 'trackingId=60012340167']);
  });

  test('is found where an activity learns the name, too', async () => {
    const { older, younger } = await two();
    const [trackingId] = [{ kind: 'trackingId', value: '60012340167', strong: true } as const];
    const one = await inTransaction(record().db, (tx) =>
      nameConsignment(tx, record().organisation, younger, [trackingId]),
    );
    expect(one.consignment).toBe(older);
    expect(await record().mergedInto(younger)).toBe(older);
  });

  test('is found where the answer to a question about one names the other', async () => {
    const { older, younger } = await two();
    expect(await record().heard(both, [order('A', 9)], { via: 'read', consignment: younger })).toBe(older);
    expect(await record().mergedInto(younger)).toBe(older);
  });

  test('does not undo what the older has told, and a cancellation of either is one of both', async () => {
    const older = await record().heard(byTracking, [order('A', 1)]);
    const cancelled = {
      kind: 'cancellation',
      id: 'pw:cancelled:1',
      at: minute(5),
      zone: 'UTC',
      source: 'palletways',
    } as const;
    await record().heard(byResponse, [order('A', 3), cancelled]);
    await merge();
    expect(stageOf((await record().state(older)).state)).toBe('cancelled');
  });
});

describe('what comes after a merge', () => {
  test('for the younger goes to the older, but what is only about its own order at Qargo', async () => {
    const { older, younger } = await two();
    await named(younger, ofOrder('order-of-younger'));
    await merge();
    const event: Aliases = { qargoOrderId: 'order-of-younger', conNo: '2557391-564' };
    const resend = {
      kind: 'resend',
      id: 'resend:1',
      obligation: 'cancel',
      revision: 2,
      at: minute(9),
      zone: 'UTC',
      source: 'person',
    } as const;
    const heard = await record().hear(event, [plan('trip-1', 40), scan(41, 'B9'), milestone('out', 42)]);
    await record().hear({}, [resend], { consignment: younger });
    expect(heard.consignment).toBe(older);
    expect(await record().kinds(younger)).toEqual(['merged', 'plan', 'resend']);
    expect((await record().kinds(older)).slice(-2)).toEqual(['scan', 'milestone']);
  });

  test('as the answer to a read of the younger is told to the older, whose workflow has not got it', async () => {
    const { older, younger } = await two();
    await merge();
    for (const each of [older, younger]) await dispatchAll(each);
    const { consignment } = await record().hear({}, [scan(50, 'B7')], {
      consignment: younger,
      via: 'read',
      handedOver: true,
    });
    expect(consignment).toBe(older);
    expect(await dispatchAll(older)).toEqual(['scan']);
    expect(await openKeys(record().db, older)).toContain(`scan:B7:load:${minute(50)}`);
    // Of the one that was asked about, what was handed over is not told again.
    await record().hear({}, [scan(51, 'B7')], { consignment: older, via: 'read', handedOver: true });
    expect(await dispatchAll(older)).toBeNull();
    expect(await openKeys(record().db, older)).toContain(`scan:B7:load:${minute(51)}`);
  });

  test('goes to the last of a chain', async () => {
    const first = await record().heard({ trackingId: '1' }, [labels(0, 'B0')]);
    const { older, younger } = await two();
    await named(younger, ofOrder('order-of-younger'));
    await merge();
    expect(await record().heard({ trackingId: '1', responseId: '3972953' }, [trackingFact(31, '60012340167')])).toBe(
      first,
    );
    expect(await Promise.all([older, younger].map((each) => record().mergedInto(each)))).toEqual([first, first]);
    expect(await record().heard({ qargoOrderId: 'order-of-younger' }, [scan(60)])).toBe(first);
    expect(await record().heard({}, [scan(61)], { consignment: younger })).toBe(first);
    expect(await record().kinds(older)).toEqual(['merged']);
  });

  test('as a parked event is attached to the one that goes on, a plan of the younger order to the younger', async () => {
    await record().hear({ qargoOrderId: 'order-of-younger' }, [scan(1, 'B5'), plan('trip-9', 1)]);
    const { older, younger } = await two();
    await merge();
    const own = ofOrder('order-of-younger');
    // As the activity does that created the younger's order while the two were merged.
    await inTransaction(record().db, async (tx) => {
      await nameConsignment(tx, record().organisation, younger, own);
      await keepOwnOrder(tx, record().organisation, younger, own);
    });
    expect(await inTransaction(record().db, (tx) => matchParked(tx, record().organisation, own))).toBe(2);
    expect(await record().kinds(null)).toEqual([]);
    expect(await record().kinds(younger)).toEqual(['plan', 'merged']);
    expect((await record().facts(older)).map(({ id }) => id)).toContain(scan(1, 'B5').id);
  });

  test('the younger keeps the names of its own order though an event under its number was taken for the older before', async () => {
    const { older, younger } = await two();
    await merge();
    expect(await record().heard({ qargoOrderId: 'order-of-younger', conNo: '2557391-564' }, [scan(40)])).toBe(older);
    const own = ofOrder('order-of-younger');
    await inTransaction(record().db, async (tx) => {
      await nameConsignment(tx, record().organisation, younger, own);
      await keepOwnOrder(tx, record().organisation, younger, own);
    });
    expect(await names(younger)).toEqual(['orderIdentifier=order-of-younger-1', 'qargoOrderId=order-of-younger']);
  });

  test('parked under strong names of two consignments proves that they are one', async () => {
    await record().hear({ qargoOrderId: 'x', responseId: '3972953' }, [scan(1, 'B5')]);
    const { older, younger } = await two();
    // The response id attached it to the younger at once; the other name comes to be the older's.
    await named(older, ofOrder('x'));
    expect(await record().heard({ qargoOrderId: 'x', responseId: '3972953' }, [scan(2, 'B5')])).toBe(older);
    expect(await record().mergedInto(younger)).toBe(older);
  });
});

describe('deliveries', () => {
  /** What is owed of a scan of this pallet, or of the plan, which the consignment heard of. */
  const keyOf = (name: string) => (name === 'plan' || name.includes(':') ? name : `scan:${name}:load:${minute(5)}`);
  const nameOf = (key: string) => (key.startsWith('scan:') ? (key.split(':')[1] ?? '') : key);
  const item = async (consignment: string, name: string): Promise<Item> => {
    if (keyOf(name).startsWith('scan:')) await record().hear({}, [scan(5, name)], { consignment });
    return itemAt(record().db, consignment, keyOf(name));
  };
  const note = (ref: string) => ({
    ref,
    payload: { trackingId: '60012340167', what: 'scan-load', at: minute(0), ref },
  });
  const ownerOf = (consignment: string) =>
    ({
      organisation: record().organisation,
      consignment,
      counterpart: 'palletways',
      sender: 'me',
      doubtMs: 60_000,
    }) as const;
  const intentOf = (consignment: string, one: Item, ref: string) =>
    intend(record().db, ownerOf(consignment), [{ item: one, waiting: note(ref) }]);
  const intent = async (consignment: string, name: string, ref: string) =>
    intentOf(consignment, await item(consignment, name), ref);
  const told = async (
    consignment: string,
    name: string,
    ref: string,
    outcome: 'met' | 'refused' | 'unknown' = 'met',
  ) => {
    const one = await item(consignment, name);
    await intentOf(consignment, one, ref);
    await inTransaction(record().db, (tx) =>
      settle(tx, ownerOf(consignment), [{ item: one, state: outcome, proof: { ref } }]),
    );
  };
  const deliveries = async (consignment: string) =>
    (await receiptsOf(record().db, consignment)).map(({ key, state, ref }) => `${nameOf(key)} ${state} ${ref ?? ''}`);
  /** Sends all that waits, as the desk does; the answer is the caller's to settle. */
  const send = (leaseMs: number) => claimWaiting(record().db, record().organisation, 50, 'desk', leaseMs);

  test('of the younger are the older’s, with reference and payload, so that nothing is told twice', async () => {
    const { older, younger } = await two();
    await told(younger, 'a', 'told');
    await intent(younger, 'b', 'waiting');
    await told(younger, 'c', 'refused', 'refused');
    await merge();
    expect(await deliveries(younger)).toEqual([]);
    expect(await deliveries(older)).toEqual(['a met told', 'b waiting waiting', 'c refused refused']);
    // The older's activity finds what waits, and writes nothing of its own; what is told is not outstanding any more.
    expect(await openKeys(record().db, older)).not.toContain(keyOf('a'));
    expect(await intentOf(older, await itemAt(record().db, older, keyOf('b')), 'anew')).toHaveLength(1);
    expect(await deliveries(older)).toEqual(['a met told', 'b waiting waiting', 'c refused refused']);
    expect((await send(60_000)).map(({ consignment, note: { ref } }) => [consignment, ref])).toEqual([
      [older, 'waiting'],
    ]);
  });

  test.for([
    ['told by both: the older’s stays', 'met', 'met', ['a met older'], ['a met younger']],
    ['told by the younger, waiting at the older', 'met', 'waiting', ['a met younger'], []],
    ['told by the older, waiting at the younger', 'waiting', 'met', ['a met older'], ['a void younger']],
    ['waiting at both', 'waiting', 'waiting', ['a waiting older'], ['a void younger']],
    ['on the wire from the younger, waiting at the older', 'sending', 'waiting', ['a sending younger'], []],
    ['unknown of the younger, waiting at the older', 'unknown', 'waiting', ['a unknown younger'], []],
  ] as const)('of one thing that both were to tell: %s', async ([, younger, older, kept, left]) => {
    const made = await two();
    const bring = async (consignment: string, to: string, ref: string) => {
      if (to === 'waiting') return intent(consignment, 'a', ref);
      if (to === 'sending') {
        await intent(consignment, 'a', ref);
        return send(60_000);
      }
      return told(consignment, 'a', ref, to as 'met' | 'unknown');
    };
    await bring(made.younger, younger, 'younger');
    await bring(made.older, older, 'older');
    await merge();
    expect(await deliveries(made.older)).toEqual(kept);
    expect(await deliveries(made.younger)).toEqual(left);
    // Nothing of it waits at two places.
    expect((await send(60_000)).length).toBe([...kept, ...left].filter((row) => row.includes('waiting')).length);
  });

  test('a note on the wire while they are merged is found by its reference and ends once', async () => {
    const { older, younger } = await two();
    await intent(younger, 'a', 'ref1');
    const [sent] = await send(150);
    await merge();
    // Its sender comes back and settles it under the old id: that changes nothing.
    const late = (row: NoteRow) =>
      inTransaction(record().db, (tx) => settle(tx, ownerOf(younger), [{ item: row.item, state: 'met' }]));
    if (sent === undefined) throw new Error('not sent');
    await late(sent);
    expect(await deliveries(older)).toEqual(['a sending ref1']);
    expect(await send(150)).toEqual([]);
    await new Promise((resume) => setTimeout(resume, 200));
    const doubtful = await claimDoubtful(record().db, record().organisation, 'another', 60_000);
    expect(doubtful.map(({ consignment, note: { ref } }) => [consignment, ref])).toEqual([[older, 'ref1']]);
    await inTransaction(record().db, (tx) =>
      settle(tx, ownerOf(older), [{ item: sent.item, state: 'met', proof: { sysNote: '17' } }]),
    );
    expect(await deliveries(older)).toEqual(['a met ref1']);
    expect(await send(150)).toEqual([]);
  });

  test('a run of the younger that comes late writes no intent and puts nothing on the wire', async () => {
    const { younger } = await two();
    const [a, b] = [await item(younger, 'a'), await item(younger, 'b')];
    await intend(record().db, ownerOf(younger), [{ item: a }]);
    await merge();
    expect(await markSending(record().db, { consignment: younger, sender: 'me' }, [a.key])).toBe(false);
    expect(await intentOf(younger, b, 'ref2')).toEqual([]);
    expect(await deliveries(younger)).toEqual([]);
  });

  test('an intent that is being written while they are merged is handed over with the rest', async () => {
    const { older, younger } = await two();
    const late = await item(younger, 'late');
    const db = record().store.open({ max: 2 });
    // Who writes an intent has the consignment's lock, and the merge waits for it.
    const merged = await inTransaction(db, async (tx) => {
      await lockConsignments(tx, [younger]);
      const merging = merge();
      await new Promise((resume) => setTimeout(resume, 100));
      await insertWaiting(tx, ownerOf(younger), late, 'late');
      return { merging };
    });
    await merged.merging;
    await db.end();
    expect(await deliveries(older)).toEqual(['late waiting late']);
  });

  test('numbers of files never meet: those under which something was put stay taken, the others are decided anew', async () => {
    const { older, younger } = await two();
    const { db } = record();
    const photo = (document: string) =>
      ({
        kind: 'document',
        id: `qg:${document}`,
        document,
        role: 'photo',
        at: minute(6),
        zone: 'UTC',
        source: 'qargo',
      }) as const;
    const put = async (consignment: string, key: string, number: number) => {
      await decide(db, consignment, `number ${key}`, number);
      await record().hear({}, [photo(key.split(':')[1] ?? '')], { consignment });
      await told(consignment, key, key);
    };
    await put(older, 'document:a', 1);
    await put(older, 'document:b', 2);
    await put(younger, 'document:a', 1);
    await put(younger, 'document:c', 2);
    await put(younger, 'document:d', 3);
    await decide(db, younger, 'number document:never put', 4);
    await decide(db, younger, 'late milestone 1', true);
    await merge();
    expect(await decisionsOf(db, older)).toEqual({
      'late milestone 1': true,
      [`number ${younger} document:a`]: 1,
      'number document:a': 1,
      'number document:b': 2,
      'number document:c': 2,
      'number document:d': 3,
    });
    expect(await decisionsOf(db, younger)).toEqual({});
  });

  test('a plan that the younger told is taken back where the older has none, for its order is', async () => {
    const { older, younger } = await two();
    await record().hear({}, [plan('trip-1', 5)], { consignment: younger });
    await told(younger, 'plan', 'plan');
    await merge();
    const { state } = await record().state(older);
    expect(standingFact(state, 'plan')?.trip).toBeNull();
    expect(owed(state).find((o) => o.key === 'plan')?.digest).not.toBe('none');
    expect(standingFact((await record().state(younger)).state, 'plan')?.trip).toBe('trip-1');
  });

  test('a plan that the younger told after the older told its own makes the older tell it again', async () => {
    const { older, younger } = await two();
    await record().hear({}, [plan('trip-1', 5)], { consignment: older });
    await record().hear({}, [plan('trip-2', 6)], { consignment: younger });
    await told(older, 'plan', 'older');
    await told(younger, 'plan', 'younger');
    await merge();
    const { state } = await record().state(older);
    expect(standingFact(state, 'plan')?.trip).toBe('trip-1');
    expect(owed(state).find((o) => o.key === 'plan')?.revision).toBe(2);
  });

  test('a plan that was never told leaves nothing to take back', async () => {
    const { older, younger } = await two();
    await record().hear({}, [plan('trip-1', 5)], { consignment: younger });
    await merge();
    expect(await record().kinds(older)).not.toContain('plan');
    expect(await record().kinds(older)).not.toContain('resend');
  });
});

describe('a merge among others at work', () => {
  test('a fact that a dispatcher is telling to the younger just then is told to the older, too', async () => {
    const { older, younger } = await two();
    const lease = (await claimWakes(record().db, 1_000, 60_000)).find((each) => each.consignment === younger);
    if (lease === undefined) throw new Error('not claimed');
    await merge();
    await markSignalled(record().db, lease, lease.version, 0);
    expect([
      (await wakeOf(record().db, older)) === null,
      (await wakeOf(record().db, younger))?.kinds.includes('merged'),
    ]).toEqual([false, true]);
    expect(await openKeys(record().db, older)).toContain('order');
    expect(await openKeys(record().db, younger)).toEqual(['cancel']);
  });

  test('facts of either that are heard at the same moment are all the older’s, each once', async () => {
    const readers = Array.from({ length: 6 }, (_, n) =>
      record().store.open({ max: 1, applicationName: `reader ${n}` }),
    );
    for (let round = 0; round < 6; round++) {
      const [trackingId, responseId] = [`6001234${round}`, `39729${round}`];
      const older = await record().heard({ trackingId }, [labels(1, `L${round}`)]);
      const younger = await record().heard({ responseId }, [order('A', 3)]);
      const said: [Aliases, Fact['id'], number][] = readers.map((_, n) => [
        n % 3 === 0 ? { trackingId, responseId } : n % 3 === 1 ? { responseId } : { trackingId },
        `B${round}-${n}`,
        n,
      ]);
      await Promise.all(
        readers.map(async (reader, n) => {
          const [aliases, barcode] = said[n] ?? [{}, ''];
          await inTransaction(reader, (tx) => record().hear(aliases, [scan(10 + n, barcode)], { on: tx }));
        }),
      );
      const scans = (await record().facts(older))
        .filter(({ kind }) => kind === 'scan')
        .map(({ envelope }) => envelope.id);
      expect(scans.sort()).toEqual(said.map(([, barcode, n]) => scan(10 + n, barcode).id).sort());
      expect(await record().kinds(younger)).toEqual(['merged']);
      expect(await record().mergedInto(younger)).toBe(older);
    }
    await Promise.all(readers.map((reader) => reader.end()));
  });

  test('two who prove it the other way round at once merge them once', async () => {
    for (let round = 0; round < 5; round++) {
      const made: string[] = [];
      for (let n = 0; n < 3; n++)
        made.push(await inTransaction(record().db, (tx) => createIdentity(tx, record().organisation)));
      const [a = '', b = '', c = ''] = made;
      const found = await Promise.all(
        [
          [a, b],
          [b, a],
          [c, b],
          [a, c],
        ].map((pair) => inTransaction(record().db, (tx) => mergeAndLock(tx, record().organisation, pair))),
      );
      expect(
        new Set([...(await Promise.all([b, c].map((each) => record().mergedInto(each)))), found[0], found[3]]),
      ).toEqual(new Set([a]));
      expect(await record().mergedInto(a)).toBeNull();
      for (const each of [b, c]) expect(await record().kinds(each)).toEqual(['merged']);
    }
  });
});
