import { describe, expect } from 'vitest';
import { cancel, delivery, type Entered, enter, holds, noted, orderOf, ordersOf, sync } from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import { defaultPolicy } from '../../../domain/organisation.ts';
import { call } from '../../../local/loopback.ts';
import { type House, onRealParts, useHouse } from '../house.ts';
import {
  effects,
  hide,
  type Labelled,
  labelled,
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
  verdictNote,
  verdictNotes,
  verdictPaper,
} from './office.ts';
import { at, publish } from './publishing.ts';

/** As by default; configured the other way: nothing planned is cancelled, and Qargo is not told why; and two that tell nothing of it. */
const house = useHouse({
  pace: 20,
  organisations: 4,
  policy: (organisation) =>
    ({
      northgate: {},
      fenland: {
        cancellation: { announced: 'ask', planned: 'refuse', loaded: 'cancel', delivered: 'ask' } as const,
        verdicts: { tell: 'refused', qargo: 'off', planner: 'off' } as const,
      },
      clydeside: { rows: { ...defaultPolicy.rows, cancellations: 'shadow' } as const },
      liffey: { rows: { ...defaultPolicy.rows, cancellations: 'off' } as const },
    })[organisation] ?? {},
});

interface Silent {
  readonly row: string;
  readonly to: string;
  readonly message: Readonly<Record<string, string>>;
}
const shadowOf = async (of: House, made: Entered) =>
  (await call('GET', at(of, `consignments/${made.trackingId}/shadow`), undefined, 40_000)) as Silent[];

const takenBack = (of: House, { made }: Labelled) =>
  orderOf(of, made, ({ status }) => status === 'CANCELLED').then(async () => effects(await ordersOf(of, made)));
const asked = (of: House, { made }: Labelled) => told(of, made, 'the question', ({ questions }) => questions.length > 0);

/** Palletways tells its moments in whole seconds: what is said in the same one is not later. */
async function nextSecond(): Promise<void> {
  const now = () => Math.floor(Date.now() / 1_000);
  const then = now();
  await until('the next second', async () => (now() > then ? true : undefined));
}

describe('cancellations', () => {
  onRealParts('before the pallets are loaded take the order back, planned or not, and tell nobody more', 90_000, async () => {
    const of = house();
    const [announced, onTrip] = [await labelled(of, 'northgate'), await labelled(of, 'northgate')];
    await planned(of, onTrip);
    await cancel(of, announced.made);
    await cancel(of, onTrip.made);
    expect([await takenBack(of, announced), await takenBack(of, onTrip)]).toEqual([[['CANCELLED', 1, 1]], [['CANCELLED', 1, 1]]]);
    expect([await verdictNotes(of, announced.made), await verdictNotes(of, onTrip.made)]).toEqual([[], []]);
    expect(await storyOf(of, onTrip.made)).toMatchObject({ stage: 'cancelled', questions: [], verdicts: [] });
  });

  onRealParts('of what is loaded ask a person; until then the work goes on and is told', 90_000, async () => {
    const of = house();
    const one = await labelled(of, 'northgate');
    await loaded(of, one);
    await cancel(of, one.made);
    expect(await asked(of, one)).toMatchObject({ stage: 'planned', questions: [{ edit: 'cancel', stage: 'loaded', fields: [] }] });
    await stop(of, one.orderId, 'PICKUP', 'COMPLETED');
    await noted(of, one.made, 'STS/OFD');
    expect(effects(await ordersOf(of, one.made))).toEqual([[expect.not.stringMatching('CANCELLED'), 1, 0]]);
    expect((await storyOf(of, one.made)).why.join()).toMatch(/a person must accept or refuse it/);
    await settle(of, one.made, 'refused');
    expect(await verdictNote(of, one.made)).toMatchObject({ description: 'LATE CANCELLATION REFUSED' });
    await verdictPaper(of, one.made);
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
    expect(await verdictNotes(of, one.made)).toEqual([]);
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
      const note = await verdictNote(of, one.made);
      expect([note.description, note.freeText]).toEqual(['LATE CANCELLATION REFUSED', expect.stringContaining('delivered')]);
      await verdictPaper(of, one.made);
      await noted(of, one.made, 'POD/POD');
      await quiet(of);
      expect([await verdictNotes(of, one.made), papers(await ordersOf(of, one.made))].map(({ length }) => length)).toEqual([1, 1]);
      expect(effects(await ordersOf(of, one.made))[0]?.[2]).toBe(0);
      expect((await storyOf(of, one.made)).stage).toBe('delivered');
    },
  );

  onRealParts('configured otherwise: asked before planning, refused once planned, and Qargo is not told', 90_000, async () => {
    const of = house();
    const [announced, onTrip] = [await labelled(of, 'fenland'), await labelled(of, 'fenland')];
    await planned(of, onTrip);
    await cancel(of, announced.made);
    await cancel(of, onTrip.made);
    expect((await asked(of, announced)).questions).toEqual([{ edit: 'cancel', stage: 'announced', fields: [] }]);
    await verdictNote(of, onTrip.made);
    expect(papers(await ordersOf(of, onTrip.made))).toEqual([]);
    expect(effects([...(await ordersOf(of, announced.made)), ...(await ordersOf(of, onTrip.made))]).map(([, , n]) => n)).toEqual([0, 0]);
  });

  onRealParts(
    'in shadow or off: one that is refused is told to neither side, and shadow shows it; switched on it is told',
    180_000,
    async () => {
      const of = house();
      const [watched, silent] = [await labelled(of, 'clydeside'), await labelled(of, 'liffey')];
      for (const one of [watched, silent]) {
        await planned(of, one);
        await sync(of, delivery(one.orderId, one.barcodes));
        await noted(of, one.made, 'POD/POD');
        await cancel(of, one.made);
        await told(of, one.made, 'the verdict', ({ verdicts }) => verdicts.some(({ verdict }) => verdict === 'refused'));
      }
      await quiet(of);
      const toldOf = async ({ made }: Labelled) => [await verdictNotes(of, made), papers(await ordersOf(of, made))];
      expect([await toldOf(watched), await toldOf(silent)]).toEqual([
        [[], []],
        [[], []],
      ]);
      const whyOf = async ({ made }: Labelled) => (await storyOf(of, made)).why.filter((each) => / not sent: /.test(each));
      expect([await whyOf(watched), await whyOf(silent)]).toEqual([
        [expect.stringMatching(/cancellations to \w+ are in shadow/), expect.stringMatching(/cancellations to \w+ are in shadow/)],
        [expect.stringMatching(/cancellations to \w+ are switched off/), expect.stringMatching(/cancellations to \w+ are switched off/)],
      ]);
      expect(await shadowOf(of, silent.made)).toEqual([]);
      const shown = (await shadowOf(of, watched.made)).sort((a, b) => (a.to < b.to ? -1 : 1));
      expect(shown.map(({ row, to }) => [row, to])).toEqual([
        ['cancellations', 'palletways'],
        ['cancellations', 'qargo'],
      ]);
      expect(shown[0]?.message).toMatchObject({ note_group: 'JIN', note_type: 'GIN', note_description: 'LATE CANCELLATION REFUSED' });
      expect(shown[1]?.message.document).toMatch(/^The cancellation came too late and was refused: delivered/);

      const on = { ...defaultPolicy.rows, cancellations: 'on' };
      await publish(of, 'clydeside', (now) => ({ ...now, policy: { ...now.policy, rows: on } }));
      expect((await verdictNote(of, watched.made)).description).toBe('LATE CANCELLATION REFUSED');
      await verdictPaper(of, watched.made);
      await quiet(of);
      expect((await toldOf(watched)).map(({ length }) => length)).toEqual([1, 1]);
      expect(await toldOf(silent)).toEqual([[], []]);
    },
  );

  onRealParts('and revived: a new order under another identifier, with its labels; the cancelled one stays cancelled', 90_000, async () => {
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
  });

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
    expect(effects(await ordersOf(of, one.made)).map(([, created, cancelled]) => [created, cancelled])).toEqual([[1, 0]]);
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
        expect(effects(await ordersOf(of, one.made)).map(([, created, cancelled]) => [created, cancelled])).toEqual([[1, 0]]);
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
