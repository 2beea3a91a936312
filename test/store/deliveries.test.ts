import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { OutgoingNote } from '../../domain/content.ts';
import { due } from '../../domain/deliveries.ts';
import { owed } from '../../domain/obligations.ts';
import { inTransaction } from '../../store/database.ts';
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
} from '../../store/deliveries.ts';
import { claim, giveBack, markDispatched, newsOf } from '../../store/dispatch.ts';
import { hear } from '../../store/hearing.ts';
import { mint } from '../../store/identity.ts';
import { load } from '../../store/memory.ts';
import { claimDoubtful, claimWaiting, countWaiting, returnToWaiting } from '../../store/notes.ts';
import type { FreshSchema } from '../postgres.ts';
import { useRecord } from './record.ts';

const record = useRecord();
let store: FreshSchema;
let organisation: string;
let consignment: string;
beforeEach(async () => {
  ({ store, organisation } = record());
  consignment = await inTransaction(store.db, (tx) => mint(tx, organisation));
});

const of = (key: string, more: Partial<Item> = {}): Item => ({
  key,
  kind: key === 'order' || key === 'plan' ? key : 'scan',
  digest: 'A',
  revision: 1,
  fact: `fact of ${key}`,
  ...more,
});
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
async function intent(
  item: Item,
  waiting?: { ref: string; payload: unknown },
  { to = 'palletways', sender = 'me', doubt = doubtMs }: { to?: 'qargo' | 'palletways'; sender?: string; doubt?: number } = {},
): Promise<Intent> {
  const owner = { organisation, consignment, counterpart: to, sender, doubtMs: doubt };
  const [only] = await intend(store.db, owner, [waiting === undefined ? { item } : { item, waiting }]);
  if (only === undefined) throw new Error('no intent');
  return only;
}
const waits = (item: Item, ref = item.key) => intent(item, { ref, payload: note(ref) });
const end = (outcome: Outcome) => inTransaction(store.db, (tx) => settle(tx, consignment, [outcome]));
const row = async (key: string) =>
  (await store.db.query('select * from delivery where consignment = $1 and key = $2', [consignment, key])).rows[0];
const attempts = async (key: string) =>
  (
    await store.db.query<{ did: string }>(
      `select digest || revision || ' ' || outcome as did from attempt where consignment = $1 and key = $2 order by id`,
      [consignment, key],
    )
  ).rows.map(({ did }) => did);

describe('an intent', () => {
  test('is in the store before anything is sent, and says that nothing is known of it', async () => {
    expect(await intent(of('order'))).toEqual({
      item: of('order'),
      settled: null,
      inDoubt: null,
      quietUntil: null,
      progress: {},
      proof: null,
    });
    expect(await row('order')).toMatchObject({ state: 'intent', digest: 'A', revision: 1, organisation });
  });

  test.for(['delivered', 'void', 'refused', 'unknown', 'erased'] as const)(
    'of what was %s answers with that outcome and its proof, and writes nothing',
    async (state) => {
      await intent(of('scan'));
      await end({ item: of('scan'), state, cause: 'told', proof: { sysNote: '17' } });
      const before = await row('scan');
      const again = await intent(of('scan'));
      expect(again.settled).toMatchObject({ key: 'scan', state, cause: 'told', revision: 1 });
      expect(again.proof).toEqual({ sysNote: '17' });
      expect(await row('scan')).toEqual(before);
    },
  );

  test('a changed digest of a kind that is replaced is a new thing to send; of what happens once it is not', async () => {
    for (const key of ['order', 'scan']) {
      await intent(of(key));
      await end({ item: of(key), state: 'delivered' });
    }
    expect((await intent(of('order', { digest: 'B' }))).settled).toBeNull();
    expect((await intent(of('scan', { digest: 'as a newer release writes it' }))).settled?.state).toBe('delivered');
  });

  test('a person who asks again raises the revision: it is sent again, and an older asking is met by it', async () => {
    await intent(of('scan'));
    await end({ item: of('scan'), state: 'delivered' });
    expect((await intent(of('scan', { revision: 2 }))).settled).toBeNull();
    await end({ item: of('scan', { revision: 2 }), state: 'delivered' });
    expect((await intent(of('scan'))).settled).toMatchObject({ revision: 2 });
    expect(await attempts('scan')).toEqual(['A1 delivered', 'A2 delivered']);
  });

  test('on the wire it is in doubt since it was sent, until it is settled: who finds it looks before sending', async () => {
    await intent(of('order'));
    expect(await markSending(store.db, { consignment, sender: 'me' }, ['order'], { creating: '7' })).toBe(true);
    await keepProgress(store.db, consignment, 'order', { uploadId: 'u1' });
    const found = await intent(of('order'));
    const { sent_at: sentAt } = await row('order');
    expect(found.inDoubt).toBe((sentAt as Date).toISOString());
    expect(found.progress).toEqual({ creating: '7', uploadId: 'u1' });
    // An upload that has an id is followed, not waited for.
    expect(found.quietUntil).toBeNull();
    expect((await intent(of('order'))).inDoubt).toBe(found.inDoubt);
    await end({ item: of('order'), state: 'delivered' });
    expect((await intent(of('order'))).inDoubt).toBeNull();
  });

  test('that nobody answers for is left alone while it may still act, by its own version and by a newer one', async () => {
    await intent(of('order'));
    await markSending(store.db, { consignment, sender: 'me' }, ['order'], { creating: '7' });
    const { sent_at: sentAt } = await row('order');
    const until = new Date((sentAt as Date).getTime() + doubtMs).toISOString();
    const before = await row('order');
    expect((await intent(of('order'), undefined, { sender: 'other' })).quietUntil).toBe(until);
    expect((await intent(of('order', { digest: 'B' }), undefined, { sender: 'other' })).quietUntil).toBe(until);
    expect(await row('order')).toEqual(before);
    const newer = await intent(of('order', { digest: 'B' }), undefined, { sender: 'other', doubt: 0 });
    expect(newer).toMatchObject({ quietUntil: null, progress: { creating: '7' } });
    expect(newer.inDoubt).not.toBeNull();
    expect(await row('order')).toMatchObject({ digest: 'B', state: 'intent' });
  });

  test('whose answer was lost is left alone until the quiet time is over, then looked for and still in doubt', async () => {
    await intent(of('order'));
    await markSending(store.db, { consignment, sender: 'me' }, ['order']);
    await end({ item: of('order'), state: 'not yet', cause: 'answer lost', until: '2999-01-01T00:00:00.000Z', inDoubt: true });
    expect((await intent(of('order'))).quietUntil).toBe('2999-01-01T00:00:00.000Z');
    await store.db.query(`update delivery set until = clock_timestamp() where consignment = $1`, [consignment]);
    const found = await intent(of('order'));
    expect(found.quietUntil).toBeNull();
    expect(found.inDoubt).not.toBeNull();
    expect(await row('order')).toMatchObject({ state: 'sending', sender: 'me' });
  });

  test('that was answered is looked for at once', async () => {
    await intent(of('order'));
    await markSending(store.db, { consignment, sender: 'me' }, ['order']);
    await markAnswered(store.db, { consignment, sender: 'me' }, ['order']);
    expect(await intent(of('order'))).toMatchObject({ quietUntil: null, inDoubt: expect.any(String) });
  });

  test("is its last writer's: an earlier run, late, may send none of them", async () => {
    for (const key of ['order', 'references']) await intent(of(key), undefined, { sender: 'first' });
    await intent(of('order'), undefined, { sender: 'second' });
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
    const ofTheOrder = (key: 'order' | 'labels', digest = 'A') => of(key, { kind: key, digest });
    const first = { consignment, sender: 'first' };
    await intent(ofTheOrder('labels'), undefined, { to: 'qargo', sender: 'first' });
    expect((await intent(ofTheOrder('order'), undefined, { to: 'qargo', sender: 'second' })).quietUntil).toBeNull();
    // With goods that it read before the order changed, the labels' call would undo the change.
    expect(await markSending(store.db, first, ['labels'])).toBe(false);
    expect(await markSending(store.db, { consignment, sender: 'second' }, ['order'])).toBe(true);
    // And a change waits for labels that are on the wire, as long as their call may still act.
    await end({ item: ofTheOrder('order'), state: 'delivered' });
    await intent(ofTheOrder('labels'), undefined, { to: 'qargo', sender: 'first' });
    expect(await markSending(store.db, first, ['labels'])).toBe(true);
    expect((await intent(ofTheOrder('order', 'B'), undefined, { to: 'qargo', sender: 'second' })).quietUntil).not.toBeNull();
    expect(await row('order')).toMatchObject({ state: 'delivered', digest: 'A' });
    await markAnswered(store.db, first, ['labels']);
    expect((await intent(ofTheOrder('order', 'B'), undefined, { to: 'qargo', sender: 'second' })).quietUntil).toBeNull();
    expect(await markSending(store.db, first, ['labels'])).toBe(false);
  });

  test('of a note on the wire under an older version waits until that one was looked for', async () => {
    await waits(of('plan'), 'trip 1');
    await claimWaiting(store.db, organisation, 50, 'me', 60_000);
    const before = await row('plan');
    expect((await waits(of('plan', { digest: 'B' }), 'trip 2')).quietUntil).toBe((before.lease_until as Date).toISOString());
    expect(await row('plan')).toEqual(before);
  });

  test('that waits for the next call stays where it waits when it is asked for again', async () => {
    await waits(of('plan'), 'first');
    const before = await row('plan');
    await waits(of('plan'), 'second');
    expect(await row('plan')).toEqual(before);
  });

  test('a newer version replaces one that waits: the older one is never sent', async () => {
    await waits(of('plan'), 'trip 1');
    await waits(of('plan', { digest: 'B' }), 'trip 2');
    const sent = await claimWaiting(store.db, organisation, 50, 'me', 60_000);
    expect(sent.map((each) => [each.item.digest, each.note.ref])).toEqual([['B', 'trip 2']]);
  });

  test('of a consignment that was killed in the middle is owed again when its workflow loads the record', async () => {
    const context = { organisation, journal: null, heard: '2025-11-24T06:01:00.000Z', via: 'push' } as const;
    const scan = {
      kind: 'scan',
      id: 's1',
      at: '2025-11-24T06:00:00.000Z',
      zone: 'UTC',
      source: 'qargo',
      barcode: 'B1',
      scan: 'load',
    } as const;
    const tracking = {
      kind: 'tracking',
      id: 't1',
      at: scan.at,
      zone: 'UTC',
      source: 'palletways',
      trackingId: '1',
      conNo: null,
      responseId: null,
    } as const;
    await inTransaction(store.db, (tx) => hear(tx, { aliases: {}, facts: [tracking, scan] }, { ...context, consignment }));
    const dueNow = async () => {
      const memory = await load(store.db, consignment);
      return due(memory.state, owed(memory.state), memory.ledger, '2025-11-24T07:00:00.000Z').now.filter((o) => o.kind === 'scan');
    };
    const [o] = await dueNow();
    if (o === undefined) throw new Error('no scan is due');
    const item: Item = { key: o.key, kind: o.kind, digest: o.digest, revision: o.revision, fact: o.fact };
    await waits(item);
    expect(await dueNow()).toEqual([o]);
    await claimWaiting(store.db, organisation, 50, 'me', 60_000);
    expect(await dueNow()).toEqual([o]);
    await end({ item, state: 'delivered' });
    expect(await dueNow()).toEqual([]);
  });
});

describe('an outcome', () => {
  test('is kept with its reason in the store, and answered without it', async () => {
    await intent(of('order'));
    const [told] = await end({ item: of('order'), state: 'refused', cause: 'refused', reason: 'Jane Doe is no customer' });
    expect(told).toMatchObject({ key: 'order', digest: 'A', revision: 1, state: 'refused', cause: 'refused' });
    expect(JSON.stringify(told)).not.toContain('Jane');
    expect(await row('order')).toMatchObject({ reason: 'Jane Doe is no customer', state: 'refused' });
  });

  test('not yet keeps its time, is no attempt, and is open again', async () => {
    await intent(of('order'));
    const until = '2030-01-01T00:00:00.000Z';
    expect(await end({ item: of('order'), state: 'not yet', until, cause: 'upload not ended' })).toMatchObject([
      { state: 'not yet', until },
    ]);
    expect(await attempts('order')).toEqual([]);
    expect(await intent(of('order'))).toMatchObject({ settled: null, inDoubt: null });
  });

  test('not yet with its answer lost is told as not yet and stays in doubt', async () => {
    await intent(of('order'));
    await markSending(store.db, { consignment, sender: 'me' }, ['order']);
    const told = await end({ item: of('order'), state: 'not yet', cause: 'answer lost', until: '2030-01-01T00:00:00.000Z', inDoubt: true });
    expect(told).toMatchObject([{ state: 'not yet', cause: 'answer lost' }]);
    expect((await intent(of('order'))).inDoubt).not.toBeNull();
  });

  test('of an older version settles nothing of the newer one, and is not forgotten', async () => {
    await waits(of('plan'), 'trip 1');
    await claimWaiting(store.db, organisation, 50, 'me', 0);
    await waits(of('plan', { digest: 'B' }), 'trip 2');
    expect(await end({ item: of('plan'), state: 'delivered', proof: { sysNote: '1' } })).toEqual([]);
    expect(await row('plan')).toMatchObject({ state: 'waiting', digest: 'B', proof: null, ever: true });
    expect(await attempts('plan')).toEqual(['A1 delivered']);
    const [sent] = await claimWaiting(store.db, organisation, 50, 'me', 60_000);
    expect(sent?.note.ref).toBe('trip 2');
  });

  test('every one is kept: told, refused, asked again, told', async () => {
    await intent(of('order'));
    await end({ item: of('order'), state: 'delivered' });
    await intent(of('order', { digest: 'B' }));
    await end({ item: of('order', { digest: 'B' }), state: 'refused' });
    await intent(of('order', { digest: 'B', revision: 2 }));
    const [last] = await end({ item: of('order', { digest: 'B', revision: 2 }), state: 'unknown' });
    expect(await attempts('order')).toEqual(['A1 delivered', 'B1 refused', 'B2 unknown']);
    expect(last?.ever).toBe(true);
  });

  test('is all or nothing: what fails in the middle of several leaves none', async () => {
    await intent(of('order'));
    await intent(of('scan'));
    const failing = inTransaction(store.db, async (tx) => {
      await settle(tx, consignment, [{ item: of('order'), state: 'delivered' }]);
      await settle(tx, consignment, [{ item: of('scan'), state: 'delivered', until: 'no instant' }]);
    });
    await expect(failing).rejects.toThrow();
    expect([await row('order'), await row('scan')].map((each) => each.state)).toEqual(['intent', 'intent']);
    expect(await attempts('order')).toEqual([]);
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
  test('are claimed by one sender each, however many claim at once', async () => {
    for (let n = 0; n < 60; n++) await waits(of(`scan:${n}`));
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
    expect(claimed.flat().sort()).toEqual(Array.from({ length: 60 }, (_, n) => `scan:${n}`).sort());
    expect(await countWaiting(store.db, organisation)).toBe(0);
    await Promise.all(senders.map(({ db }) => db.end()));
  });

  test('of one organisation are never claimed with those of another', async () => {
    await waits(of('scan:1'));
    expect(await claimWaiting(store.db, 'another', 50, 'me', 60_000)).toEqual([]);
    expect(await countWaiting(store.db, organisation)).toBe(1);
  });

  test('are sent in the order in which they happened, not in that of their arrival', async () => {
    const at = (n: number) => `2025-11-24T06:0${n}:00.000Z`;
    for (const n of [3, 1, 2]) await intent(of(`scan:${n}`), { ref: String(n), payload: note(String(n), at(n)) });
    expect((await claimWaiting(store.db, organisation, 50, 'me', 60_000)).map((each) => each.note.ref)).toEqual(['1', '2', '3']);
  });

  test('on the wire are doubtful once their lease is over, by one who looks, and not before', async () => {
    await waits(of('scan:1'));
    await claimWaiting(store.db, organisation, 50, 'who dies', 150);
    expect(await claimDoubtful(store.db, organisation, 'me', 60_000)).toEqual([]);
    await new Promise((resume) => setTimeout(resume, 200));
    const found = await Promise.all(Array.from({ length: 4 }, (_, n) => claimDoubtful(store.db, organisation, `looker ${n}`, 60_000)));
    expect(found.flat().map((each) => each.item.key)).toEqual(['scan:1']);
    expect(await claimWaiting(store.db, organisation, 50, 'me', 60_000)).toEqual([]);
  });

  test('put back by their sender wait again; one that was settled meanwhile is not', async () => {
    await waits(of('scan:1'));
    await waits(of('scan:2'));
    const rows = await claimWaiting(store.db, organisation, 50, 'me', 60_000);
    await end({ item: of('scan:1'), state: 'delivered' });
    await returnToWaiting(store.db, rows, 'another');
    expect(await claimWaiting(store.db, organisation, 50, 'me', 60_000)).toEqual([]);
    await returnToWaiting(store.db, rows, 'me');
    expect((await claimWaiting(store.db, organisation, 50, 'me', 60_000)).map((each) => each.item.key)).toEqual(['scan:2']);
    expect(await row('scan:1')).toMatchObject({ state: 'delivered' });
  });
});

describe('a claim of the dispatcher', () => {
  /** Facts that were heard long enough ago that nothing more is gathered. */
  async function news(of: string, ...ids: string[]): Promise<void> {
    for (const id of ids) {
      await store.db.query(
        `insert into fact (organisation, consignment, id, kind, at, heard, envelope) values ($1, $2, $3, 'scan', now(), now() - interval '1 minute', $4)`,
        [organisation, of, id, JSON.stringify({ kind: 'scan', id })],
      );
    }
  }
  const mine = async (leaseMs: number) => (await claim(store.db, 1_000, leaseMs)).filter((each) => each.organisation === organisation);

  test('keeps a consignment to itself until it is told, given back or its lease is over', async () => {
    await news(consignment, 'a');
    expect((await mine(200)).map((each) => each.consignment)).toEqual([consignment]);
    expect(await mine(200)).toEqual([]);
    await new Promise((resume) => setTimeout(resume, 250));
    const [held] = await mine(60_000);
    if (held === undefined) throw new Error('not claimed');
    await giveBack(store.db, held, 0);
    const [again] = await mine(60_000);
    if (again === undefined) throw new Error('not claimed again');
    await markDispatched(
      store.db,
      again,
      (await newsOf(store.db, consignment, 10)).map(({ seq }) => seq),
      0,
    );
    expect(await mine(60_000)).toEqual([]);
  });

  test('keeps what was just told quiet for a while, so that what follows rides together', async () => {
    await news(consignment, 'a');
    const [held] = await mine(60_000);
    if (held === undefined) throw new Error('not claimed');
    await markDispatched(
      store.db,
      held,
      (await newsOf(store.db, consignment, 10)).map(({ seq }) => seq),
      300,
    );
    await news(consignment, 'b', 'c');
    expect(await mine(60_000)).toEqual([]);
    await new Promise((resume) => setTimeout(resume, 350));
    expect(await mine(60_000)).toHaveLength(1);
    expect((await newsOf(store.db, consignment, 10)).map(({ fact }) => fact.id)).toEqual(['b', 'c']);
  });

  test('is for the news of a consignment that has some, the oldest first where not all can be had', async () => {
    const second = await inTransaction(store.db, (tx) => mint(tx, organisation));
    await news(second, 'a');
    await news(consignment, 'b');
    const all = await claim(store.db, 1_000, 60_000);
    for (const each of all.filter((one) => one.organisation !== organisation))
      await markDispatched(
        store.db,
        each,
        (await newsOf(store.db, each.consignment, 100)).map(({ seq }) => seq),
        0,
      );
    for (const each of all.filter((one) => one.organisation === organisation)) await giveBack(store.db, each, 0);
    expect((await claim(store.db, 1, 60_000)).map((each) => each.consignment)).toEqual([second]);
    expect((await claim(store.db, 1, 60_000)).map((each) => each.consignment)).toEqual([consignment]);
  });

  /**
   * Dispatchers at work, each with a connection of its own: they claim, hold for a moment, tell and mark. True where no two ever
   * held one consignment at once, and every fact was told once and in the order of its arrival.
   */
  async function dispatch(
    plan: { dispatchers: number; limit: number; holdMs: number; consignments: number },
    claimWith: typeof claim,
  ): Promise<boolean> {
    const ids: string[] = [];
    for (let n = 0; n < plan.consignments; n++) ids.push(await inTransaction(store.db, (tx) => mint(tx, organisation)));
    const all = new Set(ids);
    const held = new Set<string>();
    const told = new Map<string, string[]>();
    let clean = true;
    let saying = true;
    const say = async () => {
      for (let n = 0; n < 6; n++) for (const id of ids) await news(id, `${randomBytes(4).toString('hex')}-${n}`);
      saying = false;
    };
    const left = async () =>
      (await store.db.query<{ n: number }>(`select count(*) as n from fact where consignment = any($1) and state = 'new'`, [ids])).rows[0]
        ?.n ?? 0;
    const work = async () => {
      const db = store.open({ max: 1 });
      while (saying || (await left()) > 0) {
        for (const each of await claimWith(db, plan.limit, 5_000)) {
          if (!all.has(each.consignment)) continue;
          if (held.has(each.consignment)) clean = false;
          held.add(each.consignment);
          const facts = await newsOf(db, each.consignment, 3);
          await new Promise((resume) => setTimeout(resume, plan.holdMs));
          told.set(each.consignment, [...(told.get(each.consignment) ?? []), ...facts.map(({ fact }) => fact.id)]);
          held.delete(each.consignment);
          await markDispatched(
            db,
            each,
            facts.map(({ seq }) => seq),
            0,
          );
        }
      }
      await db.end();
    };
    await Promise.all([say(), ...Array.from({ length: plan.dispatchers }, work)]);
    for (const id of ids) {
      const { rows } = await store.db.query<{ id: string }>('select id from fact where consignment = $1 order by seq', [id]);
      if (JSON.stringify(told.get(id)) !== JSON.stringify(rows.map((each) => each.id))) clean = false;
    }
    return clean;
  }

  const plans = fc.record({
    dispatchers: fc.integer({ min: 2, max: 5 }),
    limit: fc.integer({ min: 1, max: 4 }),
    holdMs: fc.integer({ min: 0, max: 4 }),
    consignments: fc.integer({ min: 1, max: 4 }),
  });

  test('is never had by two dispatchers at once, and every fact is told once, in the order of arrival', async () => {
    await fc.assert(
      fc.asyncProperty(plans, (plan) => dispatch(plan, claim)),
      { numRuns: 12, endOnFailure: true },
    );
  });

  test('a claim without a lease is caught by that', async () => {
    const careless: typeof claim = (db, limit) => claim(db, limit, -1);
    const found = await fc.check(
      fc.asyncProperty(plans, (plan) => dispatch({ ...plan, holdMs: 4, dispatchers: 4 }, careless)),
      { numRuns: 10, endOnFailure: true },
    );
    expect(found.failed).toBe(true);
  });
});
