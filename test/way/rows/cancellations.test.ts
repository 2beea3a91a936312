import { describe, expect } from 'vitest';
import { cancel, delivery, enter, holds, noted, orderOf, ordersOf, sync } from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import type { Switch } from '../../../domain/policy/rows.ts';
import { defaultPolicy } from '../../../domain/policy/settings.ts';
import { call } from '../../../local/loopback.ts';
import { type House, onRealParts, useHouse } from '../house.ts';
import { type Life, labelled } from '../lives.ts';
import {
  decisionDocument,
  decisionNote,
  decisionNotes,
  effects,
  hide,
  loaded,
  papers,
  planned,
  quiet,
  refresh,
  revive,
  settle,
  stop,
  storyOf,
  told,
} from './office.ts';
import { at, publish } from './publishing.ts';

/** As by default, configured the other way (nothing planned is cancelled, and Qargo is not told why), and one that is switched. */
const house = useHouse({
  pace: 20,
  organisations: 3,
  policy: (organisation) =>
    organisation === 'fenland'
      ? {
          cancellation: { announced: 'ask', planned: 'refuse', loaded: 'cancel', delivered: 'ask' },
          decisions: { tell: 'refused', qargo: 'off', planner: 'off' },
        }
      : {},
});

interface Silent {
  readonly row: string;
  readonly to: string;
  readonly message: Readonly<Record<string, string>>;
}

const takenBack = (of: House, { made }: Life) =>
  orderOf(of, made, ({ status }) => status === 'CANCELLED').then(async () => effects(await ordersOf(of, made)));
const asked = (of: House, { made }: Life) => told(of, made, 'the question', ({ questions }) => questions.length > 0);

/** Palletways tells its moments in whole seconds: what is said in the same one is not later. */
async function nextSecond(): Promise<void> {
  const now = () => Math.floor(Date.now() / 1_000);
  const then = now();
  await until('the next second', async () => (now() > then ? true : undefined));
}

describe('cancellations', () => {
  onRealParts(
    'before the pallets are loaded take the order back, planned or not, and tell nobody more',
    90_000,
    async () => {
      const of = house();
      const [announced, onTrip] = [await labelled(of, 'northgate'), await labelled(of, 'northgate')];
      await planned(of, onTrip);
      await cancel(of, announced.made);
      await cancel(of, onTrip.made);
      expect([await takenBack(of, announced), await takenBack(of, onTrip)]).toEqual([
        [['CANCELLED', 1, 1]],
        [['CANCELLED', 1, 1]],
      ]);
      expect([await decisionNotes(of, announced.made), await decisionNotes(of, onTrip.made)]).toEqual([[], []]);
      expect(await storyOf(of, onTrip.made)).toMatchObject({ stage: 'cancelled', questions: [], decisions: [] });
    },
  );

  onRealParts('of what is loaded ask a person; until then the work goes on and is told', 90_000, async () => {
    const of = house();
    const one = await labelled(of, 'northgate');
    await loaded(of, one);
    await cancel(of, one.made);
    expect(await asked(of, one)).toMatchObject({
      stage: 'planned',
      questions: [{ edit: 'cancel', stage: 'loaded', fields: [] }],
    });
    await stop(of, one.orderId, 'PICKUP', 'COMPLETED');
    await noted(of, one.made, 'STS/OFD');
    expect(effects(await ordersOf(of, one.made))).toEqual([[expect.not.stringMatching('CANCELLED'), 1, 0]]);
    expect((await storyOf(of, one.made)).why.join()).toMatch(/a person must accept or refuse it/);
    await settle(of, one.made, 'refused');
    expect(await decisionNote(of, one.made)).toMatchObject({ description: 'LATE CANCELLATION REFUSED' });
    await decisionDocument(of, one.made);
    await expect(settle(of, one.made, 'accepted')).rejects.toThrow('409');
    expect(effects(await ordersOf(of, one.made))).toEqual([[expect.not.stringMatching('CANCELLED'), 1, 0]]);
    expect((await storyOf(of, one.made)).questions).toEqual([]);
  });

  onRealParts('of what is loaded are carried out once a person says so', 90_000, async () => {
    const of = house();
    const one = await labelled(of, 'northgate');
    await loaded(of, one);
    await cancel(of, one.made);
    await asked(of, one);
    await settle(of, one.made, 'accepted', 'cancel');
    expect(await takenBack(of, one)).toEqual([['CANCELLED', 1, 1]]);
    expect(await decisionNotes(of, one.made)).toEqual([]);
  });

  onRealParts(
    'of what was delivered are refused with the reason to both sides, once, and the POD is told all the same',
    90_000,
    async () => {
      const of = house();
      const one = await labelled(of, 'northgate');
      await planned(of, one);
      await sync(of, delivery(one.orderId, one.barcodes));
      await noted(of, one.made, 'STS/DLV');
      await cancel(of, one.made);
      const note = await decisionNote(of, one.made);
      expect([note.description, note.freeText]).toEqual([
        'LATE CANCELLATION REFUSED',
        expect.stringContaining('delivered'),
      ]);
      await decisionDocument(of, one.made);
      await noted(of, one.made, 'POD/POD');
      await quiet(of);
      expect(
        [await decisionNotes(of, one.made), papers(await ordersOf(of, one.made))].map(({ length }) => length),
      ).toEqual([1, 1]);
      expect(effects(await ordersOf(of, one.made))[0]?.[2]).toBe(0);
      expect((await storyOf(of, one.made)).stage).toBe('delivered');
    },
  );

  onRealParts(
    'configured otherwise: asked before planning, refused once planned, and Qargo is not told',
    90_000,
    async () => {
      const of = house();
      const [announced, onTrip] = [await labelled(of, 'fenland'), await labelled(of, 'fenland')];
      await planned(of, onTrip);
      await cancel(of, announced.made);
      await cancel(of, onTrip.made);
      expect((await asked(of, announced)).questions).toEqual([{ edit: 'cancel', stage: 'announced', fields: [] }]);
      await decisionNote(of, onTrip.made);
      expect(papers(await ordersOf(of, onTrip.made))).toEqual([]);
      expect(
        effects([...(await ordersOf(of, announced.made)), ...(await ordersOf(of, onTrip.made))]).map(([, , n]) => n),
      ).toEqual([0, 0]);
    },
  );

  onRealParts(
    'in shadow or off: what is refused is told to neither side, and shadow shows it; switched on it is told',
    180_000,
    async () => {
      const of = house();
      const switchTo = async (cancellations: Switch) => {
        await publish(of, 'clydeside', (now) => ({
          ...now,
          policy: { ...now.policy, rows: { ...defaultPolicy.rows, cancellations } },
        }));
        const since = Date.now();
        // A worker may hold what it read of an organisation for two seconds.
        await until('the worker to read it anew', async () => (Date.now() - since > 2_500 ? true : undefined));
      };
      const shadowOf = async ({ made }: Life) =>
        (await call('GET', at(of, `consignments/${made.trackingId}/shadow`), undefined, 40_000)) as Silent[];
      const toldOf = async ({ made }: Life) => [
        (await decisionNotes(of, made)).length,
        papers(await ordersOf(of, made)).length,
      ];
      const whyOf = async ({ made }: Life) => (await storyOf(of, made)).why.filter((each) => / not sent: /.test(each));

      // One that a person refuses, who was asked before, and one that comes after the delivery.
      const onTheRoad = await labelled(of, 'clydeside');
      await loaded(of, onTheRoad);
      await cancel(of, onTheRoad.made);
      await asked(of, onTheRoad);
      const delivered = await labelled(of, 'clydeside');
      await planned(of, delivered);
      await sync(of, delivery(delivered.orderId, delivered.barcodes));
      await noted(of, delivered.made, 'POD/POD');
      await quiet(of);
      await switchTo('shadow');
      await settle(of, onTheRoad.made, 'refused');
      await cancel(of, delivered.made);
      await told(of, delivered.made, 'the cancellation', ({ facts }) =>
        facts.some(({ kind }) => kind === 'cancellation'),
      );
      await quiet(of);
      expect([await toldOf(onTheRoad), await toldOf(delivered)]).toEqual([
        [0, 0],
        [0, 0],
      ]);
      const silent = /: cancellations to \w+ are in shadow for this organisation/;
      expect(await whyOf(onTheRoad)).toEqual([expect.stringMatching(silent), expect.stringMatching(silent)]);
      for (const one of [onTheRoad, delivered]) {
        const shown = (await shadowOf(one)).sort((a, b) => (a.to < b.to ? -1 : 1));
        expect(shown.map(({ row, to }) => [row, to])).toEqual([
          ['cancellations', 'palletways'],
          ['cancellations', 'qargo'],
        ]);
        expect(shown[0]?.message).toMatchObject({ note_group: 'JIN', note_type: 'GIN' });
        expect(JSON.stringify(shown[0]?.message)).toContain('LATE CANCELLATION REFUSED');
        expect(shown[1]?.message.document).toMatch(/^The cancellation came too late and was refused/);
      }
      // What is shown of a cancellation that nobody judged yet is not decided by being looked at.
      expect((await storyOf(of, delivered.made)).decisions).toEqual([]);

      await switchTo('off');
      expect([await shadowOf(onTheRoad), await shadowOf(delivered)]).toEqual([[], []]);
      expect((await whyOf(onTheRoad)).join()).toMatch(/: cancellations to \w+ are switched off for this organisation/);
      await quiet(of);
      expect([await toldOf(onTheRoad), await toldOf(delivered)]).toEqual([
        [0, 0],
        [0, 0],
      ]);

      await switchTo('on');
      for (const one of [onTheRoad, delivered]) {
        expect((await decisionNote(of, one.made)).description).toBe('LATE CANCELLATION REFUSED');
        await decisionDocument(of, one.made);
      }
      await quiet(of);
      expect([await toldOf(onTheRoad), await toldOf(delivered)]).toEqual([
        [1, 1],
        [1, 1],
      ]);
      expect(effects(await ordersOf(of, delivered.made))[0]?.[2]).toBe(0);
    },
  );

  onRealParts(
    'and revived: a new order under another identifier, with its labels; the cancelled one stays cancelled',
    90_000,
    async () => {
      const of = house();
      const one = await labelled(of, 'northgate');
      await cancel(of, one.made);
      await takenBack(of, one);
      await nextSecond();
      await revive(of, one.made);
      const live = await orderOf(of, one.made, (order) => order.status !== 'CANCELLED' && holds(one.barcodes)(order));
      expect(live.id).not.toBe(one.orderId);
      const orders = (await ordersOf(of, one.made)) as unknown as { id: string; orderIdentifier: string }[];
      expect(new Set(orders.map(({ orderIdentifier }) => orderIdentifier)).size).toBe(2);
      const ended = effects(await ordersOf(of, one.made));
      expect(ended).toHaveLength(2);
      expect(ended).toEqual(
        expect.arrayContaining([
          ['CANCELLED', 1, 1],
          [live.status, 1, 0],
        ]),
      );
      // What happens to it now is told as ever, and a second cancellation takes the new order back.
      await planned(of, { ...one, orderId: live.id });
      await noted(of, one.made, 'PLN/ALC');
      await nextSecond();
      await cancel(of, one.made);
      await until('both orders taken back', async () =>
        effects(await ordersOf(of, one.made)).every(([status]) => status === 'CANCELLED') ? true : undefined,
      );
      expect(effects(await ordersOf(of, one.made))).toEqual([
        ['CANCELLED', 1, 1],
        ['CANCELLED', 1, 1],
      ]);
    },
  );

  onRealParts('and revived before anybody could act: the order stays as it was', 90_000, async () => {
    const of = house();
    const one = await labelled(of, 'northgate');
    await quiet(of);
    await of.killWorker();
    await cancel(of, one.made);
    await told(of, one.made, 'the cancellation', ({ facts }) => facts.some(({ kind }) => kind === 'cancellation'));
    await nextSecond();
    await revive(of, one.made);
    await told(of, one.made, 'the revival', ({ facts }) => facts.some(({ kind }) => kind === 'revived'));
    await of.startWorker();
    await planned(of, one);
    await noted(of, one.made, 'PLN/ALC');
    expect(effects(await ordersOf(of, one.made)).map(([, created, cancelled]) => [created, cancelled])).toEqual([
      [1, 0],
    ]);
  });

  onRealParts(
    'are never concluded from silence: what Palletways does not answer is a question, until it answers again',
    120_000,
    async () => {
      const of = house();
      for (const how of ['none', 'error', 'empty'] as const) {
        const one = await labelled(of, 'northgate');
        await hide(of, one.made, how);
        await refresh(of, one.made);
        const story = await told(of, one.made, `the question (${how})`, ({ questions }) => questions.length > 0);
        expect([how, story.stage, story.questions.map(({ edit }) => edit)]).toEqual([how, 'announced', ['missing']]);
        expect(story.why.join()).toMatch(/has not answered for the consignment.*a person must ask Palletways/);
        expect(effects(await ordersOf(of, one.made)).map(([, created, cancelled]) => [created, cancelled])).toEqual([
          [1, 0],
        ]);
        await hide(of, one.made, null);
        await refresh(of, one.made);
        await told(of, one.made, 'its end', ({ questions }) => questions.length === 0);
      }
    },
  );

  onRealParts('of what is missing at its source: a person says so, and then it is one', 90_000, async () => {
    const of = house();
    const one = await labelled(of, 'northgate');
    await hide(of, one.made, 'none');
    await refresh(of, one.made);
    await asked(of, one);
    await settle(of, one.made, 'accepted');
    expect(await takenBack(of, one)).toEqual([['CANCELLED', 1, 1]]);
  });

  onRealParts('of an order that was never sent owe nothing', 60_000, async () => {
    const of = house();
    await of.faults('qargo', [{ match: { organisation: 'northgate' }, do: { status: 503 } }]);
    const made = await enter(of, 'northgate');
    await cancel(of, made);
    await told(of, made, 'the end', ({ stage }) => stage === 'cancelled');
    await of.faults('qargo', []);
    await quiet(of);
    expect(await ordersOf(of, made)).toEqual([]);
  });
});
