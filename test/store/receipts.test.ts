import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { OutgoingNote } from '../../domain/facts/content.ts';
import type { NewFact } from '../../domain/facts/facts.ts';
import { createIdentity } from '../../store/identity/identity.ts';
import { claimDoubtful, claimWaiting, returnToWaiting } from '../../store/outbox/notes.ts';
import {
  decide,
  type Intent,
  type Item,
  intend,
  keepProgress,
  markAnswered,
  markNotSent,
  markSending,
  type Outcome,
  settle,
} from '../../store/outbox/receipts.ts';
import { type Database, inTransaction } from '../../store/postgres/database.ts';
import { askResend } from '../../store/record/commands.ts';
import { planOf } from '../../store/record/plan.ts';
import { claimWakes, giveBack, markSignalled, type Wake } from '../../store/record/wake.ts';
import type { FreshSchema } from '../postgres.ts';
import { countWaiting, take } from './due-items.ts';
import { attemptsOf, countToTell, endWait, itemAt, obligationsOf, openKeys, receiptAt, statusRow } from './reads.ts';
import { type Recorded, useRecord } from './record.ts';
import { labels, order, plan, scan, trackingFact } from './said.ts';

const record = useRecord();
let store: FreshSchema;
let organisation: string;
let consignment: string;
const scanKey = 'scan:B1:load:2025-11-24T06:02:00.000Z';
beforeEach(async () => {
  const of: Recorded = record();
  ({ store, organisation } = of);
  consignment = await of.heard({ trackingId: '60012340167' }, [
    order('A', 0),
    trackingFact(0, '60012340167'),
    labels(1, 'B1'),
    scan(2, 'B1'),
    plan('trip-1', 2),
  ]);
});

/** What Palletways or Qargo says besides. */
const say = (...facts: NewFact[]) => record().hear({}, facts, { consignment });
/** What is open under a key at this moment. */
const of = (key: string) => itemAt(store.db, consignment, key);
const scanOf = (barcode: string, n = 2) => scan(n, barcode);
const keyOf = ({ barcode, at }: ReturnType<typeof scan>) => `scan:${barcode}:load:${at}`;
/** Has a scan of each heard; answers what is owed of them. */
async function scans(...barcodes: string[]): Promise<Item[]> {
  await say(...barcodes.map((barcode) => scanOf(barcode)));
  const items: Item[] = [];
  for (const barcode of barcodes) items.push(await of(keyOf(scanOf(barcode))));
  return items;
}
/** A person has it sent again. */
const again = (key: string) => askResend(store.db, { organisation, consignment }, key, { who: 'anna', why: 'asked' });
const note = (ref: string, at = '2025-11-24T06:00:00.000Z'): OutgoingNote => ({
  trackingId: '60012340167',
  what: 'scan-load',
  late: false,
  at,
  barcode: 'B00432B6FE',
  signedBy: '',
  description: '',
  text: 'Loaded',
  ref,
});

const doubtMs = 60_000;
type How = { to?: 'qargo' | 'palletways'; sender?: string; doubt?: number };
async function intended(
  item: Item,
  waiting?: { ref: string; payload: unknown },
  { to = 'palletways', sender = 'me', doubt = doubtMs }: How = {},
) {
  const owner = { organisation, consignment, counterpart: to, sender, doubtMs: doubt };
  return intend(store.db, owner, [waiting === undefined ? { item } : { item, waiting }]);
}
async function intent(item: Item, waiting?: { ref: string; payload: unknown }, how: How = {}): Promise<Intent> {
  const [only] = await intended(item, waiting, how);
  if (only === undefined) throw new Error('no intent');
  return only;
}
const waits = (item: Item, ref = item.key) => intent(item, { ref, payload: note(ref) });
const end = (outcome: Outcome) => inTransaction(store.db, (tx) => settle(tx, { organisation, consignment }, [outcome]));
const row = (key: string) => receiptAt(store.db, consignment, key);
const obligation = async (key: string) => (await obligationsOf(store.db, consignment)).find((each) => each.key === key);
const attempts = async (key: string) =>
  (await attemptsOf(store.db, consignment, key)).map(({ fact, revision, outcome }) => `${fact} ${revision} ${outcome}`);
const orderId = (version: string, n: number) => order(version, n).id;

describe('an intent', () => {
  test('is in the store before anything is sent, and says that nothing is known of it', async () => {
    const item = await of('order');
    expect(await intent(item)).toEqual({ item, inDoubt: null, quietUntil: null, progress: {} });
    expect(await row('order')).toMatchObject({
      state: 'intent',
      fact: orderId('A', 0),
      revision: 1,
      generation: 1,
      organisation,
    });
  });

  test.for(['met', 'void', 'refused', 'unknown', 'erased'] as const)(
    'of what was %s is none: its outcome and its proof stand, and nothing is written',
    async (state) => {
      const item = await of(scanKey);
      await intent(item);
      await end({ item, state, cause: { code: 'sent before takeover' }, proof: { sysNote: '17' } });
      const before = await row(scanKey);
      expect(before).toMatchObject({
        state,
        cause: { code: 'sent before takeover' },
        revision: 1,
        proof: { sysNote: '17' },
      });
      expect(await intended(item)).toEqual([]);
      expect(await row(scanKey)).toEqual(before);
      // What a person must look at stays outstanding; what ended is no row.
      const stays = state === 'refused' || state === 'unknown';
      expect((await obligation(scanKey))?.state).toBe(stays ? state : undefined);
    },
  );

  test('a changed digest of a kind that is replaced is a new thing to send; of what happens once it is not', async () => {
    for (const key of ['order', scanKey]) {
      const item = await of(key);
      await intent(item);
      await end({ item, state: 'met' });
    }
    await say(order('B', 5), { ...scan(2, 'B1'), id: 'as a newer release names it' });
    expect((await intent(await of('order'))).item.fact).toBe(orderId('B', 5));
    expect(await obligation(scanKey)).toBeUndefined();
  });

  test('a person who asks again raises the revision: it is sent again, and an older asking is met by it', async () => {
    const first = await of(scanKey);
    await intent(first);
    await end({ item: first, state: 'met' });
    expect((await again(scanKey)).revision).toBe(2);
    const second = await of(scanKey);
    expect((await intent(second)).item.revision).toBe(2);
    await end({ item: second, state: 'met' });
    expect(await intended(first)).toEqual([]);
    expect(await openKeys(store.db, consignment)).not.toContain(scanKey);
    expect(await attempts(scanKey)).toEqual([1, 2].map((revision) => `${scan(2, 'B1').id} ${revision} met`));
  });

  test('on the wire it is in doubt since it was sent, until it is settled: who finds it looks before sending', async () => {
    const item = await of('order');
    await intent(item);
    expect(await markSending(store.db, { consignment, sender: 'me' }, ['order'], { creating: '7' })).toBe(true);
    await keepProgress(store.db, consignment, 'order', { uploadId: 'u1' });
    const found = await intent(item);
    const { sent_at: sentAt } = await row('order');
    expect(found.inDoubt).toBe(sentAt?.toISOString());
    expect(found.progress).toEqual({ creating: '7', uploadId: 'u1' });
    // An upload that has an id is followed, not waited for.
    expect(found.quietUntil).toBeNull();
    expect((await intent(item)).inDoubt).toBe(found.inDoubt);
    await end({ item, state: 'met' });
    await again('order');
    expect((await intent(await of('order'))).inDoubt).toBeNull();
  });

  test('that nobody answers for is left alone while it may still act, by its own version and by a newer one', async () => {
    const item = await of('order');
    await intent(item);
    await markSending(store.db, { consignment, sender: 'me' }, ['order'], { creating: '7' });
    const { sent_at: sentAt } = await row('order');
    const until = new Date((sentAt?.getTime() ?? 0) + doubtMs).toISOString();
    const before = await row('order');
    expect((await intent(item, undefined, { sender: 'other' })).quietUntil).toBe(until);
    // Nor is it taken again before that.
    expect(await obligation('order')).toMatchObject({ cause: { code: 'answer lost' }, not_before: new Date(until) });
    await say(order('B', 5));
    expect((await intent(await of('order'), undefined, { sender: 'other' })).quietUntil).toBe(until);
    expect(await row('order')).toEqual(before);
    const newer = await intent(await of('order'), undefined, { sender: 'other', doubt: 0 });
    expect(newer).toMatchObject({ quietUntil: null, progress: { creating: '7' } });
    expect(newer.inDoubt).not.toBeNull();
    expect(await row('order')).toMatchObject({ fact: orderId('B', 5), state: 'intent' });
  });

  test('whose answer was lost is left alone until the quiet time is over, then looked for and still in doubt', async () => {
    const item = await of('order');
    await intent(item);
    await markSending(store.db, { consignment, sender: 'me' }, ['order']);
    await end({
      item,
      state: 'not yet',
      cause: { code: 'answer lost' },
      until: '2999-01-01T00:00:00.000Z',
      inDoubt: true,
    });
    expect((await intent(item)).quietUntil).toBe('2999-01-01T00:00:00.000Z');
    await endWait(store.db, consignment, 'order');
    const found = await intent(item);
    expect(found.quietUntil).toBeNull();
    expect(found.inDoubt).not.toBeNull();
    expect(await row('order')).toMatchObject({ state: 'sending', sender: 'me' });
  });

  test('that was answered is looked for at once', async () => {
    const item = await of('order');
    await intent(item);
    await markSending(store.db, { consignment, sender: 'me' }, ['order']);
    await markAnswered(store.db, { consignment, sender: 'me' }, ['order']);
    expect(await intent(item)).toMatchObject({ quietUntil: null, inDoubt: expect.any(String) });
  });

  test("is its last writer's: an earlier run, late, may send none of them", async () => {
    for (const key of ['order', 'references']) await intent(await of(key), undefined, { sender: 'first' });
    await intent(await of('order'), undefined, { sender: 'second' });
    expect(await markSending(store.db, { consignment, sender: 'first' }, ['order', 'references'])).toBe(false);
    expect(await row('references')).toMatchObject({ state: 'intent' });
    await markNotSent(store.db, { consignment, sender: 'first' }, ['order']);
    expect(await markSending(store.db, { consignment, sender: 'second' }, ['order'])).toBe(true);
    await markNotSent(store.db, { consignment, sender: 'first' }, ['order']);
    expect(await row('order')).toMatchObject({ state: 'sending' });
    await markNotSent(store.db, { consignment, sender: 'second' }, ['order']);
    expect(await row('order')).toMatchObject({ state: 'intent' });
  });

  test('of what changes the order is in the hands of one run, whichever part of the order it is', async () => {
    const [first, second] = [
      { to: 'qargo', sender: 'first' },
      { to: 'qargo', sender: 'second' },
    ] as const;
    const mine = { consignment, sender: 'first' };
    const made = await of('order');
    await intent(await of('labels'), undefined, first);
    expect((await intent(made, undefined, second)).quietUntil).toBeNull();
    // With goods that it read before the order changed, the labels' call would undo the change.
    expect(await markSending(store.db, mine, ['labels'])).toBe(false);
    expect(await markSending(store.db, { consignment, sender: 'second' }, ['order'])).toBe(true);
    // And a change waits for labels that are on the wire, as long as their call may still act.
    await end({ item: made, state: 'met' });
    await intent(await of('labels'), undefined, first);
    expect(await markSending(store.db, mine, ['labels'])).toBe(true);
    await say(order('B', 5));
    expect((await intent(await of('order'), undefined, second)).quietUntil).not.toBeNull();
    expect(await row('order')).toMatchObject({ state: 'met', fact: orderId('A', 0) });
    await markAnswered(store.db, mine, ['labels']);
    expect((await intent(await of('order'), undefined, second)).quietUntil).toBeNull();
    expect(await markSending(store.db, mine, ['labels'])).toBe(false);
  });

  test('of a note on the wire under an older version waits until that one was looked for', async () => {
    await waits(await of('plan'), 'trip 1');
    await claimWaiting(store.db, organisation, 50, 'me', 60_000);
    const before = await row('plan');
    await say(plan('trip-2', 5));
    expect((await waits(await of('plan'), 'trip 2')).quietUntil).toBe(before.lease_until?.toISOString());
    expect(await row('plan')).toEqual(before);
  });

  test('that waits for the next call stays where it waits when it is asked for again', async () => {
    await waits(await of('plan'), 'first');
    const before = await row('plan');
    await waits(await of('plan'), 'second');
    expect(await row('plan')).toEqual(before);
  });

  test('a newer version replaces one that waits: the older one is never sent', async () => {
    await waits(await of('plan'), 'trip 1');
    await say(plan('trip-2', 5));
    // Between the two nothing is sent: the older is not wanted any more.
    expect(await claimWaiting(store.db, organisation, 50, 'me', 60_000)).toEqual([]);
    await waits(await of('plan'), 'trip 2');
    const sent = await claimWaiting(store.db, organisation, 50, 'me', 60_000);
    expect(sent.map((each) => [each.item.fact, each.note.ref])).toEqual([[plan('trip-2', 5).id, 'trip 2']]);
  });

  test('of a consignment that was killed in the middle is owed again when its workflow takes again', async () => {
    const taken = async () =>
      (await take(store.db, organisation, consignment, 'palletways')).filter(({ kind }) => kind === 'scan');
    const [item] = await taken();
    if (item === undefined) throw new Error('no scan is due');
    await waits(item);
    expect(await taken()).toEqual([item]);
    await claimWaiting(store.db, organisation, 50, 'me', 60_000);
    expect(await taken()).toEqual([item]);
    await end({ item, state: 'met' });
    expect(await taken()).toEqual([]);
  });
});

describe('an outcome', () => {
  test('is kept with its reason in the store, and told without it', async () => {
    const item = await of('order');
    await intent(item);
    const told = await end({ item, state: 'refused', cause: { code: 'refused' }, reason: 'Jane Doe is no customer' });
    expect(told).toEqual(['order']);
    const { page } = await planOf(store.db, consignment);
    expect(page.outstanding[0]).toEqual({
      key: 'order',
      kind: 'order',
      to: 'qargo',
      state: 'refused',
      cause: { code: 'refused' },
    });
    expect(JSON.stringify(page)).not.toContain('Jane');
    expect(await row('order')).toMatchObject({ reason: 'Jane Doe is no customer', state: 'refused' });
  });

  test('not yet keeps its time, is no attempt, and is open again', async () => {
    const item = await of('order');
    await intent(item);
    const until = '2999-01-01T00:00:00.000Z';
    await end({ item, state: 'not yet', until, cause: { code: 'upload not ended' } });
    expect(await obligation('order')).toMatchObject({
      state: 'open',
      not_before: new Date(until),
      cause: { code: 'upload not ended' },
    });
    expect(await attempts('order')).toEqual([]);
    expect(await intent(item)).toMatchObject({ inDoubt: null });
    await end({ item, state: 'met' });
    expect(await attempts('order')).toEqual([`${item.fact} 1 met`]);
  });

  test('not yet with its answer lost is told as not yet and stays in doubt', async () => {
    const item = await of('order');
    await intent(item);
    await markSending(store.db, { consignment, sender: 'me' }, ['order']);
    const until = '2999-01-01T00:00:00.000Z';
    await end({ item, state: 'not yet', cause: { code: 'answer lost' }, until, inDoubt: true });
    expect((await planOf(store.db, consignment)).page.outstanding).toContainEqual({
      key: 'order',
      kind: 'order',
      to: 'qargo',
      state: 'waits',
      cause: { code: 'answer lost' },
      until,
    });
    expect((await intent(item)).inDoubt).not.toBeNull();
  });

  test('of an older version settles nothing of the newer one, and is not forgotten', async () => {
    const older = await of('plan');
    await waits(older, 'trip 1');
    await claimWaiting(store.db, organisation, 50, 'me', 0);
    await say(plan('trip-2', 5));
    const newer = await of('plan');
    await waits(newer, 'trip 2');
    expect(await end({ item: older, state: 'met', proof: { sysNote: '1' } })).toEqual([]);
    expect(await row('plan')).toMatchObject({ state: 'waiting', fact: newer.fact, proof: null, ever: true });
    expect(await attempts('plan')).toEqual([`${older.fact} 1 met`]);
    const [sent] = await claimWaiting(store.db, organisation, 50, 'me', 60_000);
    expect(sent?.note.ref).toBe('trip 2');
  });

  test('every one is kept: told, refused, asked again, told; what was met once stays known as met', async () => {
    const told = async (state: 'met' | 'refused' | 'unknown') => {
      const item = await of('order');
      await intent(item);
      await end({ item, state });
    };
    await told('met');
    await say(order('B', 5));
    await told('refused');
    await again('order');
    await told('unknown');
    const [a, b] = [orderId('A', 0), orderId('B', 5)];
    expect(await attempts('order')).toEqual([`${a} 1 met`, `${b} 1 refused`, `${b} 2 unknown`]);
    expect(await row('order')).toMatchObject({ ever: true, state: 'unknown' });
  });

  test('is all or nothing: what fails in the middle of several leaves none', async () => {
    const [first, second] = [await of('order'), await of(scanKey)];
    await intent(first);
    await intent(second);
    const failing = inTransaction(store.db, async (tx) => {
      await settle(tx, { organisation, consignment }, [{ item: first, state: 'met' }]);
      await settle(tx, { organisation, consignment }, [{ item: second, state: 'met', until: 'no instant' }]);
    });
    await expect(failing).rejects.toThrow();
    expect([await row('order'), await row(scanKey)].map((each) => each.state)).toEqual(['intent', 'intent']);
    expect(await attempts('order')).toEqual([]);
    expect(await openKeys(store.db, consignment)).toEqual(expect.arrayContaining(['order', scanKey]));
  });
});

test('a decision is made once: the first that is recorded stands, whoever asks at once', async () => {
  const decided = await Promise.all(
    Array.from({ length: 8 }, (_, n) => inTransaction(store.db, (tx) => decide(tx, consignment, 'number file', n))),
  );
  expect(new Set(decided).size).toBe(1);
  expect(await inTransaction(store.db, (tx) => decide(tx, consignment, 'number file', 99))).toBe(decided[0]);
});

describe('notes that wait for the next call', () => {
  const barcodes = (n: number) => Array.from({ length: n }, (_, each) => `N${each}`);

  test('are claimed by one sender each, however many claim at once', async () => {
    const items = await scans(...barcodes(60));
    for (const item of items) await waits(item);
    const senders = Array.from({ length: 6 }, (_, n) => ({ name: `sender ${n}`, db: store.open({ max: 1 }) }));
    const claimed = await Promise.all(
      senders.map(async ({ name, db }) => {
        const own: string[] = [];
        for (;;) {
          const rows = await claimWaiting(db, organisation, 7, name, 60_000);
          if (rows.length === 0) return own;
          expect(rows.length).toBeLessThanOrEqual(7);
          own.push(...rows.map((each) => each.item.key));
        }
      }),
    );
    expect(claimed.flat().sort()).toEqual(items.map(({ key }) => key).sort());
    expect(await countWaiting(store.db, organisation)).toBe(0);
    await Promise.all(senders.map(({ db }) => db.end()));
  });

  test('of one organisation are never claimed with those of another', async () => {
    await waits(await of(scanKey));
    expect(await claimWaiting(store.db, 'another', 50, 'me', 60_000)).toEqual([]);
    expect(await countWaiting(store.db, organisation)).toBe(1);
  });

  test('are sent in the order in which they happened, not in that of their arrival', async () => {
    const at = (n: number) => `2025-11-24T06:0${n}:00.000Z`;
    const items = await scans(...barcodes(3));
    for (const [nth, n] of [3, 1, 2].entries()) {
      const item = items[nth];
      if (item !== undefined) await intent(item, { ref: String(n), payload: note(String(n), at(n)) });
    }
    expect((await claimWaiting(store.db, organisation, 50, 'me', 60_000)).map((each) => each.note.ref)).toEqual([
      '1',
      '2',
      '3',
    ]);
  });

  test('on the wire are doubtful once their lease is over, by one who looks, and not before', async () => {
    await waits(await of(scanKey));
    await claimWaiting(store.db, organisation, 50, 'who dies', 150);
    expect(await claimDoubtful(store.db, organisation, 'me', 60_000)).toEqual([]);
    await new Promise((resume) => setTimeout(resume, 200));
    const found = await Promise.all(
      Array.from({ length: 4 }, (_, n) => claimDoubtful(store.db, organisation, `looker ${n}`, 60_000)),
    );
    expect(found.flat().map((each) => each.item.key)).toEqual([scanKey]);
    expect(await claimWaiting(store.db, organisation, 50, 'me', 60_000)).toEqual([]);
  });

  test('put back by their sender wait again; one that was settled meanwhile is not', async () => {
    const [first, second] = await scans('N1', 'N2');
    if (first === undefined || second === undefined) throw new Error('no scans');
    for (const item of [first, second]) await waits(item);
    const rows = await claimWaiting(store.db, organisation, 50, 'me', 60_000);
    await end({ item: first, state: 'met' });
    await returnToWaiting(store.db, rows, 'another');
    expect(await claimWaiting(store.db, organisation, 50, 'me', 60_000)).toEqual([]);
    await returnToWaiting(store.db, rows, 'me');
    expect((await claimWaiting(store.db, organisation, 50, 'me', 60_000)).map((each) => each.item.key)).toEqual([
      second.key,
    ]);
    expect(await row(first.key)).toMatchObject({ state: 'met' });
  });
});

describe('a claim of the dispatcher', () => {
  let said = 0;
  /** News of a consignment that somebody waits for: it is told at once where it was quiet. */
  const news = (of: string) => record().hear({}, [scan(10, `C${++said}`)], { consignment: of });
  const begun = () => inTransaction(store.db, (tx) => createIdentity(tx, organisation));
  const mine = async (leaseMs: number) =>
    (await claimWakes(store.db, 1_000, leaseMs)).filter((each) => each.organisation === organisation);
  const sleep = (ms: number) => new Promise((resume) => setTimeout(resume, ms));
  const one = (claimed: readonly Wake[]): Wake => {
    const [held] = claimed;
    if (held === undefined || claimed.length > 1) throw new Error(`claimed ${claimed.length} times`);
    return held;
  };
  let quiet: string;
  beforeEach(async () => {
    for (const each of await mine(60_000)) await markSignalled(store.db, each, each.version, 0);
    quiet = await begun();
  });

  test('keeps a consignment to itself until it is told, given back or its lease is over', async () => {
    await news(quiet);
    expect((await mine(200)).map((each) => each.consignment)).toEqual([quiet]);
    expect(await mine(200)).toEqual([]);
    await sleep(250);
    await giveBack(store.db, one(await mine(60_000)), 0);
    await sleep(2);
    const again = one(await mine(60_000));
    await markSignalled(store.db, again, again.version, 0);
    await sleep(100);
    expect(await mine(60_000)).toEqual([]);
  });

  test('whose time is over changes nothing any more: another has it', async () => {
    await news(quiet);
    const late = one(await mine(20));
    await sleep(110);
    one(await mine(60_000));
    await markSignalled(store.db, late, late.version, 0);
    await giveBack(store.db, late, 0);
    expect(await countToTell(store.db, [quiet])).toBe(1);
    expect(await mine(60_000)).toEqual([]);
  });

  test('keeps what was just told quiet for a while, so that what follows rides together', async () => {
    await news(quiet);
    const held = one(await mine(60_000));
    await markSignalled(store.db, held, held.version, 300);
    await news(quiet);
    await news(quiet);
    expect(await mine(60_000)).toEqual([]);
    await sleep(350);
    expect(one(await mine(60_000)).version).toBe((await statusRow(store.db, quiet)).version);
  });

  test('is for the news of a consignment that has some, the oldest first where not all can be had', async () => {
    const second = await begun();
    await news(second);
    await news(quiet);
    for (const each of await claimWakes(store.db, 1_000, 60_000)) {
      if (each.organisation === organisation) await giveBack(store.db, each, 0);
      else await markSignalled(store.db, each, each.version, 0);
    }
    await sleep(100);
    expect((await claimWakes(store.db, 1, 60_000)).map((each) => each.consignment)).toEqual([second]);
    expect((await claimWakes(store.db, 1, 60_000)).map((each) => each.consignment)).toEqual([quiet]);
  });

  /**
   * Dispatchers at work, each with a connection of its own: they claim, hold for a moment, tell the plan of that moment and mark it.
   * True where no two ever held one consignment at once, no plan was told after a newer one, and the last that was told is the latest.
   */
  async function dispatch(
    plan: { dispatchers: number; limit: number; holdMs: number; consignments: number },
    claimWith: typeof claimWakes,
  ): Promise<boolean> {
    const ids: string[] = [];
    for (let n = 0; n < plan.consignments; n++) ids.push(await begun());
    const all = new Set(ids);
    const held = new Set<string>();
    const told = new Map<string, number[]>();
    let clean = true;
    let saying = true;
    const say = async () => {
      for (let n = 0; n < 6; n++) for (const id of ids) await news(id);
      saying = false;
    };
    const tellWith = async (db: Database, each: Wake) => {
      if (held.has(each.consignment)) clean = false;
      held.add(each.consignment);
      const { version } = await planOf(db, each.consignment);
      await sleep(plan.holdMs);
      told.set(each.consignment, [...(told.get(each.consignment) ?? []), version]);
      held.delete(each.consignment);
      await markSignalled(db, each, version, 0);
    };
    const work = async () => {
      const db = store.open({ max: 1 });
      while (saying || (await countToTell(db, ids)) > 0) {
        for (const each of await claimWith(db, plan.limit, 5_000))
          if (all.has(each.consignment)) await tellWith(db, each);
      }
      await db.end();
    };
    await Promise.all([say(), ...Array.from({ length: plan.dispatchers }, work)]);
    for (const id of ids) {
      const versions = told.get(id) ?? [];
      if (versions.some((version, n) => version <= (versions[n - 1] ?? 0))) clean = false;
      if (versions.at(-1) !== (await statusRow(store.db, id)).version) clean = false;
    }
    return clean;
  }

  const plans = fc.record({
    dispatchers: fc.integer({ min: 2, max: 5 }),
    limit: fc.integer({ min: 1, max: 4 }),
    holdMs: fc.integer({ min: 0, max: 4 }),
    consignments: fc.integer({ min: 1, max: 4 }),
  });

  test('is never had by two dispatchers at once, and what is told last is the latest, each version once', async () => {
    await fc.assert(
      fc.asyncProperty(plans, (plan) => dispatch(plan, claimWakes)),
      { numRuns: 12, endOnFailure: true },
    );
  });

  test('a claim without a lease is caught by that', async () => {
    const careless: typeof claimWakes = (db, limit) => claimWakes(db, limit, -1);
    const found = await fc.check(
      fc.asyncProperty(plans, (plan) => dispatch({ ...plan, holdMs: 4, dispatchers: 4 }, careless)),
      { numRuns: 10, endOnFailure: true },
    );
    expect(found.failed).toBe(true);
  });
});
