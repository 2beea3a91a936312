import { describe, expect } from 'vitest';
import { amend, delivery, noted, ordersOf, sync } from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import type { Policy } from '../../../domain/policy/settings.ts';
import { type House, onRealParts, sweep, useHouse } from '../house.ts';
import { labelled } from '../lives.ts';
import {
  atQargo,
  decisionDocument,
  decisionNote,
  decisionNotes,
  heldOf,
  holdsSo,
  loaded,
  papers,
  planned,
  quiet,
  refresh,
  settle,
  stop,
  storyOf,
  told,
} from './office.ts';
import { publish, type Shown } from './publishing.ts';

/**
 * As by default; configured otherwise: weight is refused once planned, dates are Qargo's word, every decision is told; and one that
 * what no push tells reaches by a read alone: once a minute (three seconds at this pace) of what is planned, of all else once a day.
 */
const policies: Readonly<Record<string, Partial<Policy>>> = {
  northgate: { refreshMinutes: 1, decisions: { tell: 'refused', qargo: 'document', planner: 'judge' } },
  fenland: {
    refreshMinutes: 0,
    edits: { weight: { planned: 'refuse' }, deliveryDate: { owner: 'qargo' } },
    decisions: { tell: 'all', qargo: 'off', planner: 'judge' },
  },
  clydeside: { refreshMinutes: 0, pullMinutes: 1_440, pullStages: { planned: 1 } },
};
const house = useHouse({ pace: 20, organisations: 3, policy: (organisation) => policies[organisation] ?? {} });

const later = { DeliveryDate: '2027-01-15' };
const heavier = { Weight: '999' };

/** Reads of the whole consignment at Palletways so far. */
const reads = async (of: House, organisation: string) =>
  (await of.calls()).palletways.filter(
    (made) => made.organisation === organisation && /getConsignment/i.test(made.method),
  ).length;

const withPolicy = (changes: (now: Policy) => Partial<Policy>) => (now: Shown['organisation']) => ({
  ...now,
  policy: { ...now.policy, ...changes(now.policy) },
});
const withOrders = (orders: 'on' | 'off') => withPolicy(({ rows }) => ({ rows: { ...rows, orders } }));

describe('updates', () => {
  onRealParts(
    'of what is only planned go to Qargo as they are, each field of them, and nobody is told more',
    90_000,
    async () => {
      const of = house();
      const one = await labelled(of, 'northgate');
      await planned(of, one);
      await amend(of, one.made, { ...heavier, ...later, ManifestNote: 'Side gate' });
      const held = await holdsSo(of, one.made, 'the edit', ({ weight }) => weight === 999);
      expect([held.dates.includes('2027-01-15'), held.instructions]).toEqual([true, 'Side gate']);
      await quiet(of);
      // Our own echo: what Qargo shows of it is no edit of theirs.
      await refresh(of, one.made);
      await quiet(of);
      expect(await decisionNotes(of, one.made)).toEqual([]);
      expect((await storyOf(of, one.made)).decisions).toEqual([]);
    },
  );

  onRealParts(
    'of what is loaded wait for a person field by field decided, and go on by the decision',
    90_000,
    async () => {
      const of = house();
      const one = await labelled(of, 'northgate');
      await loaded(of, one);
      const before = await heldOf(of, one.made);
      await amend(of, one.made, { ...heavier, ...later });
      // The question is there a moment before the update that waits for it.
      const isHeld = (story: { why: readonly string[] }) => story.why.some((each) => each.includes('late amendment'));
      const { questions, why } = await told(
        of,
        one.made,
        'the question',
        (story) => story.questions.length > 0 && isHeld(story),
      );
      expect(questions).toEqual([
        { edit: expect.stringContaining('pw:order:'), stage: 'loaded', fields: ['deliveryDate'] },
      ]);
      expect(why.join()).toMatch(/late amendment of (the )?delivery date.*a person must accept or refuse it/);
      expect(await heldOf(of, one.made)).toEqual(before);
      await settle(of, one.made, 'accepted');
      const held = await holdsSo(of, one.made, 'the edit', ({ weight }) => weight === 999);
      expect(held.dates).toContain('2027-01-15');
      await quiet(of);
      expect((await storyOf(of, one.made)).questions).toEqual([]);
    },
  );

  onRealParts(
    'that a person refuses leave that field as agreed and take the rest, told to both sides once',
    90_000,
    async () => {
      const of = house();
      const one = await labelled(of, 'northgate');
      await loaded(of, one);
      const before = await heldOf(of, one.made);
      await amend(of, one.made, { ...heavier, ...later });
      await told(of, one.made, 'the question', (story) => story.questions.length > 0);
      await settle(of, one.made, 'refused');
      const held = await holdsSo(of, one.made, 'the rest of the edit', ({ weight }) => weight === 999);
      expect(held.dates).toEqual(before.dates);
      const note = await decisionNote(of, one.made);
      expect([note.description, note.freeText]).toEqual([
        'LATE EDIT REFUSED',
        expect.stringContaining('delivery date'),
      ]);
      await decisionDocument(of, one.made);
      // Said again beside something new it is not judged again.
      await amend(of, one.made, { ManifestNote: 'Side gate' });
      await holdsSo(of, one.made, 'the instructions', ({ instructions }) => instructions === 'Side gate');
      await quiet(of);
      expect((await heldOf(of, one.made)).dates).toEqual(before.dates);
      expect(
        [await decisionNotes(of, one.made), papers(await ordersOf(of, one.made))].map(({ length }) => length),
      ).toEqual([1, 1]);
    },
  );

  onRealParts(
    'of what was delivered are refused by themselves, and the words of it taken all the same',
    90_000,
    async () => {
      const of = house();
      const one = await labelled(of, 'northgate');
      await planned(of, one);
      await sync(of, delivery(one.orderId, one.barcodes));
      await noted(of, one.made, 'STS/DLV');
      const before = await heldOf(of, one.made);
      await amend(of, one.made, { ...heavier, ManifestNote: 'Rear door' });
      expect((await decisionNote(of, one.made)).freeText).toContain(
        'The change of weight came too late and was refused: delivered.',
      );
      await decisionDocument(of, one.made);
      const held = await holdsSo(of, one.made, 'the words', ({ instructions }) => instructions === 'Rear door');
      expect(held.weight).toBe(before.weight);
    },
  );

  onRealParts(
    'configured otherwise: refused once planned, asked where Qargo has the word, and each decision told',
    90_000,
    async () => {
      const of = house();
      const one = await labelled(of, 'fenland');
      await planned(of, one);
      const before = await heldOf(of, one.made);
      await amend(of, one.made, heavier);
      expect((await decisionNote(of, one.made)).description).toBe('LATE EDIT REFUSED');
      await amend(of, one.made, { ManifestNote: 'Side gate' });
      await until('the second decision', async () =>
        (await decisionNotes(of, one.made)).length === 2 ? true : undefined,
      );
      expect((await decisionNotes(of, one.made)).map(({ description }) => description)).toContain('LATE EDIT ACCEPTED');
      await amend(of, one.made, later);
      const { questions } = await told(of, one.made, 'the question', (story) => story.questions.length > 0);
      expect(questions[0]?.fields).toEqual(['deliveryDate']);
      expect(await heldOf(of, one.made)).toEqual({ ...before, instructions: 'Side gate' });
      expect(papers(await ordersOf(of, one.made))).toEqual([]);
    },
  );

  onRealParts('that no push told are found when an operator, or an order event of Qargo, asks', 90_000, async () => {
    const of = house();
    const one = await labelled(of, 'fenland');
    await amend(of, one.made, heavier, { push: false });
    await refresh(of, one.made);
    await holdsSo(of, one.made, 'the edit', ({ weight }) => weight === 999);
    await amend(of, one.made, { Weight: '998' }, { push: false });
    await atQargo(of, one.orderId, 'custom', { name: 'PALLETWAYS_REFRESH' });
    await holdsSo(of, one.made, 'the second edit', ({ weight }) => weight === 998);
  });

  onRealParts(
    'that no push told are found by any event once the last read is old, and not where that is off',
    90_000,
    async () => {
      const of = house();
      const [one, other] = [await labelled(of, 'northgate'), await labelled(of, 'fenland')];
      await quiet(of);
      const before = await reads(of, 'fenland');
      for (const { made } of [one, other]) await amend(of, made, { ManifestNote: 'Dock 4' }, { push: false });
      // A minute of the configuration is three seconds at this pace.
      const since = Date.now();
      await until('the last read to be old', async () => (Date.now() - since > 3_200 ? true : undefined));
      await stop(of, one.orderId, 'PICKUP', 'COMPLETED');
      await stop(of, other.orderId, 'PICKUP', 'COMPLETED');
      await holdsSo(of, one.made, 'the edit', ({ instructions }) => instructions === 'Dock 4');
      await noted(of, other.made, 'STS/OFD');
      await quiet(of);
      expect(await reads(of, 'fenland')).toBe(before);
    },
  );

  onRealParts('of an organisation that sends no orders are kept and shown, and sent once it does', 90_000, async () => {
    const of = house();
    const one = await labelled(of, 'clydeside');
    await quiet(of);
    const done = async () => (await ordersOf(of, one.made)).map(({ effects }) => effects);
    const before = [await heldOf(of, one.made), await done()];
    await publish(of, 'clydeside', withOrders('off'));
    await amend(of, one.made, { ...heavier, ...later });
    const held = /\(order\) is not sent: orders to Qargo are switched off for this organisation/;
    await told(of, one.made, 'what is not sent', ({ why }) => why.some((each) => held.test(each)));
    await quiet(of);
    expect([await heldOf(of, one.made), await done()]).toEqual(before);
    await publish(of, 'clydeside', withOrders('on'));
    const now = await holdsSo(of, one.made, 'the edit', ({ weight }) => weight === 999);
    expect(now.dates).toContain('2027-01-15');
    await quiet(of);
    expect((await storyOf(of, one.made)).why.filter((each) => held.test(each))).toEqual([]);
  });

  onRealParts(
    'that no push told are found by the scheduled pull, at each stage as often as it is set',
    90_000,
    async () => {
      const of = house();
      const [one, other] = [await labelled(of, 'clydeside'), await labelled(of, 'clydeside')];
      await planned(of, one);
      await quiet(of);
      const before = await heldOf(of, other.made);
      for (const { made } of [one, other]) await amend(of, made, heavier, { push: false });
      const since = Date.now();
      await until('the last read to be old', async () => (Date.now() - since > 3_200 ? true : undefined));
      await sweep(of, 'clydeside');
      await holdsSo(of, one.made, 'the edit', ({ weight }) => weight === 999);
      await quiet(of);
      expect(await heldOf(of, other.made)).toEqual(before);
      // Set for its stage too it is found by the next sweeps, and nothing was started anew.
      await publish(
        of,
        'clydeside',
        withPolicy(() => ({ pullStages: { announced: 1, planned: 1 } })),
      );
      await until('the edit of what is not planned', async () => {
        await sweep(of, 'clydeside');
        return (await heldOf(of, other.made)).weight === 999 ? true : undefined;
      });
      const read = (await storyOf(of, other.made)).facts.filter(({ kind, via }) => kind === 'order' && via === 'read');
      expect(read.length).toBeGreaterThan(0);
    },
  );

  onRealParts(
    'that no push told are found by the command line, and by the order event that is set and no other',
    90_000,
    async () => {
      const of = house();
      const one = await labelled(of, 'clydeside');
      await amend(of, one.made, heavier, { push: false });
      expect(await of.command('refresh', one.made.trackingId)).toContain('asked: ');
      await holdsSo(of, one.made, 'the edit', ({ weight }) => weight === 999);
      await publish(of, 'clydeside', (now) => ({
        ...now,
        wire: { ...now.wire, qargo: { ...now.wire.qargo, refreshEvents: ['ASK_AGAIN'] } },
      }));
      await quiet(of);
      await amend(of, one.made, { Weight: '998' }, { push: false });
      const before = await reads(of, 'clydeside');
      await atQargo(of, one.orderId, 'custom', { name: 'PALLETWAYS_REFRESH' });
      // What Qargo says next has come: so has the event before it, and it had nothing read.
      await planned(of, one);
      await quiet(of);
      expect(await reads(of, 'clydeside')).toBe(before);
      await atQargo(of, one.orderId, 'custom', { name: 'ASK_AGAIN' });
      await holdsSo(of, one.made, 'the second edit', ({ weight }) => weight === 998);
    },
  );

  onRealParts(
    'made by a planner in Qargo are found by a read: asked about, told to Palletways or refused, by whose word the field is',
    90_000,
    async () => {
      const of = house();
      const [one, other] = [await labelled(of, 'northgate'), await labelled(of, 'fenland')];
      for (const each of [one, other]) {
        await planned(of, each);
        await quiet(of);
        await atQargo(of, each.orderId, 'edit', { changes: { deliveryDate: '2027-02-01' } });
        await refresh(of, each.made);
      }
      // Palletways' word: a person is asked, and what he accepts is told to Palletways.
      const { questions, why } = await told(of, one.made, 'the question', (story) => story.questions.length > 0);
      expect(questions).toEqual([
        { edit: expect.stringContaining('qg:held:'), stage: 'planned', fields: ['deliveryDate'] },
      ]);
      expect(why.join()).toMatch(/Qargo holds another delivery date than agreed/);
      await settle(of, one.made, 'accepted');
      expect((await decisionNote(of, one.made)).freeText).toContain(
        'The change of delivery date made in Qargo, decided by the depot, stands.',
      );
      // Qargo's word, as configured: Palletways is told.
      expect((await decisionNote(of, other.made)).description).toBe('QARGO EDIT ACCEPTED');
      expect((await storyOf(of, other.made)).questions).toEqual([]);
      // Seen again it is no news, and nothing was written back.
      for (const { made } of [one, other]) await refresh(of, made);
      await quiet(of);
      expect(
        [await decisionNotes(of, one.made), await decisionNotes(of, other.made)].map(({ length }) => length),
      ).toEqual([1, 1]);
      expect((await heldOf(of, one.made)).dates).toContain('2027-02-01');
    },
  );

  onRealParts(
    'made by a planner after delivery are refused, and both sides told; put back, nothing is asked any more',
    90_000,
    async () => {
      const of = house();
      const [late, early] = [await labelled(of, 'northgate'), await labelled(of, 'northgate')];
      for (const each of [late, early]) await planned(of, each);
      await sync(of, delivery(late.orderId, late.barcodes));
      await noted(of, late.made, 'STS/DLV');
      const { dates } = await heldOf(of, early.made);
      for (const each of [late, early]) {
        await atQargo(of, each.orderId, 'edit', { changes: { deliveryDate: '2027-02-01' } });
        await refresh(of, each.made);
      }
      expect((await decisionNote(of, late.made)).description).toBe('QARGO EDIT REFUSED');
      await decisionDocument(of, late.made);
      await told(of, early.made, 'the question', (story) => story.questions.length > 0);
      await atQargo(of, early.orderId, 'edit', { changes: { deliveryDate: dates.at(-1) } });
      await refresh(of, early.made);
      await told(of, early.made, 'its end', (story) => story.questions.length === 0);
    },
  );
});
