import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NewFact } from '../../domain/facts/facts.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import { standardSwitches } from '../../domain/policy/rows.ts';
import { due } from '../../domain/receipts/receipts.ts';
import { cancellationOf, factsOf, isEnded, stageOf } from '../../domain/state/state.ts';
import { questionsOf } from '../../domain/words/questions.ts';
import { decideCancellation, decideEdit, settleQuestion, stateForDecisions } from '../../store/decisions/decisions.ts';
import { startOrderGeneration } from '../../store/identity/reinstatement.ts';
import { ingest } from '../../store/intake/ingest.ts';
import { matchParked } from '../../store/intake/parked.ts';
import { notePresence } from '../../store/intake/presence.ts';
import { type Item, intend, markSending, settle } from '../../store/outbox/receipts.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { openQuestions } from '../../store/views/questions.ts';
import { take } from './due-items.ts';
import { type Recorded, useRecord } from './record.ts';
import { deliveryOf } from './rows.ts';
import { milestone, minute, order, plan, said, scan } from './said.ts';

const record = useRecord();
let made = 0;
const aliasesOf = () => ({ trackingId: `6001${String(++made).padStart(7, '0')}` });

const cancelled = (n: number, by = 'push'): NewFact => ({
  ...said(n),
  kind: 'cancellation',
  id: `pw:${by}:${n}`,
  source: 'palletways',
});

/** One message of Palletways, in a transaction of its own. */
type Message = { readonly facts: readonly NewFact[]; readonly created?: string };
const created = (n: number, version = 'A'): Message => ({ facts: [order(version, n)], created: minute(n) });
const amended = (n: number, version: string): Message => ({ facts: [order(version, n)] });
/** Where a person is asked. */
const onTheRoad: Message = { facts: [milestone('out', 3)] };
const cancels = (n: number, by?: string): Message => ({ facts: [cancelled(n, by)] });

async function heard(of: Recorded, aliases: { trackingId: string }, message: Message, n: number): Promise<string> {
  const context = { organisation: of.organisation, journal: null, heard: minute(100 + n), via: 'push' } as const;
  const { consignment } = await inTransaction(of.db, (tx) => ingest(tx, { aliases, ...message }, context));
  return consignment ?? '';
}

async function all(of: Recorded, messages: readonly Message[]): Promise<string> {
  const aliases = aliasesOf();
  let consignment = '';
  for (const [n, message] of messages.entries()) consignment = (await heard(of, aliases, message, n)) || consignment;
  return consignment;
}

const item = (key: string, fact: string, more: Partial<Item> = {}): Item => ({
  key,
  kind: 'cancel',
  revision: 1,
  generation: 1,
  fact,
  ...more,
});
const owner = (of: Recorded, consignment: string) =>
  ({ organisation: of.organisation, consignment, counterpart: 'qargo', sender: 'me', doubtMs: 1_000 }) as const;

/** What the delivery of a cancellation that was carried out leaves. */
async function takeBack(of: Recorded, consignment: string, key: string, fact: string): Promise<void> {
  await intend(of.db, owner(of, consignment), [{ item: item(key, fact) }]);
  await inTransaction(of.db, (tx) => settle(tx, owner(of, consignment), [{ item: item(key, fact), state: 'met' }]));
}

describe('a consignment that is cancelled and lives again', () => {
  const lives = [created(0), cancels(5), cancels(4, 'note'), created(8)];
  const ends = [created(0), cancels(5), created(0), amended(6, 'B')];

  test('however the messages come, said as created after the cancellation it lives, and otherwise not', async () => {
    for (const [messages, alive] of [
      [lives, true],
      [ends, false],
    ] as const) {
      await fc.assert(
        fc.asyncProperty(fc.shuffledSubarray([...messages], { minLength: messages.length }), async (shuffled) => {
          // The first word about a consignment is not its cancellation: that would be parked.
          const first = shuffled.findIndex(({ facts }) => facts.some(({ kind }) => kind === 'order'));
          const [begin] = shuffled.splice(first, 1);
          const consignment = await all(record(), [...(begin === undefined ? [] : [begin]), ...shuffled]);
          const { state } = await record().state(consignment);
          expect([cancellationOf(state) === null, stageOf(state) === 'cancelled']).toEqual([alive, !alive]);
        }),
        { numRuns: 24 },
      );
    }
  });

  test('withdraws a cancellation that nobody acted on: the order stays, and no later try of it sends', async () => {
    const consignment = await all(record(), [created(0), cancels(5)]);
    await intend(record().db, owner(record(), consignment), [{ item: item('cancel', 'pw:push:5') }]);
    await heard(record(), { trackingId: `6001${String(made).padStart(7, '0')}` }, created(8), 9);
    expect(await markSending(record().db, owner(record(), consignment), ['cancel'])).toBe(false);
    expect(await intend(record().db, owner(record(), consignment), [{ item: item('cancel', 'pw:push:5') }])).toEqual(
      [],
    );
    expect((await deliveryOf(record(), consignment, 'cancel'))?.state).toBe('void');
    const { state } = await record().state(consignment);
    expect(state.subjects.revived).toMatchObject({ revival: 1, generation: 1 });
    expect(owed(state).find(({ key }) => key === 'order')?.needs).toEqual([]);
  });

  test('is a new order where the cancellation went out: owed anew, once the earlier one is taken back', async () => {
    const consignment = await all(record(), [created(0), cancels(5)]);
    const { db } = record();
    await db.query(`update consignment set qargo = '{"orderId": "first"}' where id = $1`, [consignment]);
    await intend(db, owner(record(), consignment), [{ item: item('cancel', 'pw:push:5') }]);
    await markSending(db, owner(record(), consignment), ['cancel']);
    await heard(record(), { trackingId: `6001${String(made).padStart(7, '0')}` }, created(8), 9);
    const { state, ledger } = await record().state(consignment);
    expect(state.subjects.revived).toMatchObject({ revival: 1, generation: 2 });
    expect(
      due(state, owed(state), ledger, minute(200)).held.map(({ obligation, by }) => [obligation.key, by]),
    ).toContainEqual(['order', { code: 'needs', need: 'earlier order taken back' }]);
    expect(await inTransaction(db, (tx) => startOrderGeneration(tx, consignment, null))).toBe(false);
    await takeBack(record(), consignment, 'cancel', 'pw:push:5');
    expect(await inTransaction(db, (tx) => startOrderGeneration(tx, consignment, null))).toBe(true);
    const rows = await record().rows('select generation, qargo from consignment where id = $1', consignment);
    expect(rows).toEqual([{ generation: 2, qargo: {} }]);
    const after = await record().state(consignment);
    expect(due(after.state, owed(after.state), after.ledger, minute(200)).now.map(({ key }) => key)).toContain('order');
  });

  test('lives though its cancellation came before it was known: what is attached later is older than its creation', async () => {
    const consignment = await all(record(), [cancels(5), created(8)]);
    await inTransaction(record().db, (tx) => matchParked(tx, record().organisation));
    expect(await record().kinds(consignment)).toContain('cancellation');
    expect(cancellationOf((await record().state(consignment)).state)).toBeNull();
  });

  test('takes no order back whose cancellation a person refused', async () => {
    const consignment = await all(record(), [created(0), onTheRoad, cancels(5)]);
    const { db, organisation } = record();
    await settleQuestion(
      db,
      organisation,
      consignment,
      { decision: 'refused', who: 'Jo', why: 'it is on the road' },
      () => [],
    );
    await heard(record(), { trackingId: `6001${String(made).padStart(7, '0')}` }, created(8), 9);
    const { state, ledger } = await record().state(consignment);
    expect(state.subjects.revived).toMatchObject({ revival: 1, generation: 1 });
    expect(due(state, owed(state), ledger, minute(200)).now.map(({ key }) => key)).not.toContain('cancel');
  });

  test('is judged anew where it is cancelled once more after a cancellation that was refused, and by no second word of that one', async () => {
    const consignment = await all(record(), [
      created(0),
      { facts: [plan('trip-1', 1), milestone('delivered', 2)] },
      cancels(5),
    ]);
    const aliases = { trackingId: `6001${String(made).padStart(7, '0')}` };
    const decisions = async () => {
      const { state, ledger } = await record().state(consignment);
      const keys = due(state, owed(state), ledger, minute(200)).now.map(({ key }) => key);
      const given = factsOf(state, 'decision').map(({ on, decision }) => `${on} ${decision}`);
      return {
        keys: keys.filter((key) => key.startsWith('cancel')),
        stage: stageOf(state),
        given,
        plan: state.subjects.plan,
      };
    };
    await heard(record(), aliases, cancels(6, 'note'), 9);
    expect(await decisions()).toMatchObject({ keys: [], stage: 'delivered', given: ['cancel refused'] });
    const at = new Date(Date.now() + 60_000).toISOString();
    for (const id of ['pw:again', 'pw:again by note'])
      await heard(
        record(),
        aliases,
        { facts: [{ kind: 'cancellation', id, at, zone: 'UTC', source: 'palletways' }] },
        10,
      );
    expect(await decisions()).toMatchObject({
      keys: [],
      given: ['cancel refused', 'cancel:1 refused'],
      plan: { trip: 'trip-1' },
    });
    expect(await record().kinds(consignment)).toContain('revived');
  });

  test('cancelled once more it is another cancellation, of the order that it has now', async () => {
    const consignment = await all(record(), [created(0), cancels(5), created(8), cancels(9)]);
    const { state } = await record().state(consignment);
    expect(owed(state).map(({ key }) => key)).toEqual(['cancel', 'cancel:1']);
  });
});

describe('a decision', () => {
  const stages = [plan('trip-1', 1), scan(2), milestone('out', 3), milestone('delivered', 4)];

  test('is decided once, by what was heard when it was asked for, in whatever order that came', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(stages, { minLength: stages.length }),
        fc.nat(stages.length),
        async (facts, asked) => {
          const messages = facts.map((fact): Message => ({ facts: [fact] }));
          const consignment = await all(record(), [created(0), ...messages.slice(0, asked)]);
          const decide = () =>
            inTransaction(record().db, (tx) =>
              decideCancellation(tx, consignment, 'cancel', (stage) => (stage === 'delivered' ? 'refused' : 'asked')),
            );
          const first = await decide();
          const trackingId = `6001${String(made).padStart(7, '0')}`;
          for (const [n, message] of messages.slice(asked).entries())
            await heard(record(), { trackingId }, message, 10 + n);
          expect([await decide(), await decide()]).toEqual([first, first]);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('on an edit stands too, whatever the stage has become', async () => {
    const consignment = await all(record(), [created(0)]);
    const judged = (decision: 'accepted' | 'refused') =>
      inTransaction(record().db, (tx) => decideEdit(tx, consignment, 'edit-1', () => ({ weight: decision })));
    expect(await judged('accepted')).toMatchObject({ stage: 'announced', decisions: { weight: 'accepted' } });
    expect(await judged('refused')).toMatchObject({ stage: 'announced', decisions: { weight: 'accepted' } });
  });

  test('that asks is settled by the first person who answers, and by nobody after', async () => {
    const consignment = await all(record(), [created(0), onTheRoad, cancels(5)]);
    const { db, organisation } = record();
    const question = { edit: 'cancel', stage: 'out', fields: [] };
    expect(questionsOf(await stateForDecisions(db, consignment))).toMatchObject([question]);
    expect(await openQuestions(db, organisation)).toMatchObject([{ ...question, organisation, consignment }]);
    const answer = (decision: 'accepted' | 'refused') =>
      settleQuestion(db, organisation, consignment, { decision, who: decision, why: '' }, () => ['palletways']);
    const answers = await Promise.all([answer('accepted'), answer('refused'), answer('accepted')]);
    expect(answers.filter((each) => each !== null)).toHaveLength(1);
    const decisions = (await record().facts(consignment)).filter(
      ({ kind, envelope }) => kind === 'decision' && envelope.source === 'person',
    );
    expect(decisions).toHaveLength(1);
    expect(await answer('refused')).toBeNull();
    expect(await openQuestions(db, organisation)).toEqual([]);
  });
});

describe('a cancellation', () => {
  const standing = async (consignment: string) => {
    const [status] = await record().rows<{ stage: string; ended: boolean; questions: { edit: string }[] }>(
      'select stage, ended, questions from status where consignment = $1',
      consignment,
    );
    const open = await record().rows<{ key: string; state: string; cause: Cause | null }>(
      `select key, state, cause from obligation where consignment = $1 and kind = 'cancel'`,
      consignment,
    );
    const { state } = await record().state(consignment);
    return { ...status, open, domain: { ended: isEnded(state), questions: questionsOf(state).length } };
  };
  const decisionsOf = async (consignment: string) => factsOf((await record().state(consignment)).state, 'decision');
  const switchTo = (cancellations: 'on' | 'shadow' | 'off') =>
    record().db.query('update organisation set settings = $2 where id = $1', [
      record().organisation,
      { policy: { rows: { ...standardSwitches, cancellations } } },
    ]);
  const byHand = (consignment: string, n: number) =>
    record().hear({}, [{ ...said(n), kind: 'cancellation', id: `hand:${n}`, source: 'person' }], {
      via: 'hand',
      consignment,
    });

  test('is judged in the transaction that hears it: accepted, asked or refused by the stage, recorded once', async () => {
    for (const [facts, stage, decision, open] of [
      [[], 'announced', 'accepted', [{ key: 'cancel', state: 'open', cause: null }]],
      [
        [milestone('out', 3)],
        'out',
        'asked',
        [{ key: 'cancel', state: 'refused', cause: { code: 'cancellation undecided', moved: false, stage: 'out' } }],
      ],
      [[milestone('delivered', 3)], 'delivered', 'refused', []],
    ] as const) {
      const consignment = await all(record(), [created(0), { facts }, cancels(5), cancels(6, 'note')]);
      expect(await decisionsOf(consignment)).toMatchObject([{ on: 'cancel', decision, stage, source: 'engine' }]);
      expect(await standing(consignment)).toMatchObject({ ended: decision === 'accepted', open });
      const decided = await record().rows(
        `select value from decision where consignment = $1 and key = 'decision cancel'`,
        consignment,
      );
      expect(decided).toEqual([{ value: { stage, attempt: 0, decision } }]);
    }
  });

  test('that came before its consignment was known is judged in the transaction that attaches it', async () => {
    const consignment = await all(record(), [cancels(5), amended(0, 'A')]);
    await inTransaction(record().db, (tx) => matchParked(tx, record().organisation));
    expect(await decisionsOf(consignment)).toMatchObject([{ on: 'cancel', decision: 'accepted', stage: 'announced' }]);
    expect(await standing(consignment)).toMatchObject({ stage: 'cancelled', ended: true });
  });

  test('that a person said is not undone by Palletways saying it again, nor is what was asked before', async () => {
    const consignment = await all(record(), [created(0), onTheRoad, cancels(5)]);
    const aliases = { trackingId: `6001${String(made).padStart(7, '0')}` };
    expect(await standing(consignment)).toMatchObject({ ended: false, questions: [{ edit: 'cancel' }] });
    await byHand(consignment, 7);
    await heard(record(), aliases, cancels(9, 'again'), 9);
    expect(await standing(consignment)).toEqual({
      stage: 'cancelled',
      ended: true,
      questions: [],
      open: [{ key: 'cancel', state: 'open', cause: null }],
      domain: { ended: true, questions: 0 },
    });
    expect(await openQuestions(record().db, record().organisation)).toEqual([]);
  });

  test('by a person alone is carried out without a decision, and none is made when Palletways says it too', async () => {
    const consignment = await all(record(), [created(0), onTheRoad]);
    await byHand(consignment, 7);
    await heard(record(), { trackingId: `6001${String(made).padStart(7, '0')}` }, cancels(9), 9);
    expect(await standing(consignment)).toMatchObject({
      ended: true,
      questions: [],
      domain: { ended: true, questions: 0 },
    });
    expect(await decisionsOf(consignment)).toEqual([]);
  });

  test.each(['shadow', 'off'] as const)(
    'whose row is %s is not judged and silences nothing; switched on it is judged when it is taken',
    async (at) => {
      await switchTo(at);
      const consignment = await all(record(), [created(0), cancels(5), { facts: [milestone('delivered', 6)] }]);
      const { db, organisation } = record();
      const keys = () =>
        record().rows<{ key: string }>('select key from obligation where consignment = $1 order by key', consignment);
      expect(await standing(consignment)).toMatchObject({ stage: 'delivered', ended: false });
      expect((await keys()).map(({ key }) => key)).toEqual(
        expect.arrayContaining(['cancel', 'order', expect.stringMatching(/^milestone:/)]),
      );
      expect((await take(db, organisation, consignment, 'qargo')).map(({ kind }) => kind)).not.toContain('cancel');
      expect(await decisionsOf(consignment)).toEqual([]);
      await switchTo('on');
      expect((await take(db, organisation, consignment, 'qargo')).map(({ kind }) => kind)).not.toContain('cancel');
      expect(await decisionsOf(consignment)).toMatchObject([{ decision: 'refused', stage: 'delivered' }]);
      expect((await keys()).map(({ key }) => key)).not.toContain('cancel');
    },
  );
});

describe('a consignment that Palletways does not answer for', () => {
  const at = (n: number) =>
    ({ organisation: record().organisation, journal: null, heard: minute(n), via: 'read' }) as const;
  const missing = (consignment: string, n: number) =>
    inTransaction(record().db, (tx) => notePresence(tx, consignment, false, at(n)));

  test('is asked about once, is not cancelled, and is there again as soon as Palletways says anything of it', async () => {
    const consignment = await all(record(), [created(0)]);
    expect([await missing(consignment, 10), await missing(consignment, 11)].map((fact) => fact !== null)).toEqual([
      true,
      false,
    ]);
    const { state } = await record().state(consignment);
    expect([stageOf(state), questionsOf(state).map(({ edit }) => edit)]).toEqual(['announced', ['missing']]);
    const listed = await openQuestions(record().db, record().organisation);
    expect(listed).toMatchObject([{ consignment, edit: 'missing', since: minute(10) }]);
    await heard(record(), { trackingId: `6001${String(made).padStart(7, '0')}` }, created(0), 20);
    expect(questionsOf((await record().state(consignment)).state)).toEqual([]);
    expect(await openQuestions(record().db, record().organisation)).toEqual([]);
    expect(await missing(consignment, 130)).not.toBeNull();
  });

  test('left as it is by a person it is not asked about again', async () => {
    const consignment = await all(record(), [created(0)]);
    await missing(consignment, 10);
    const { db, organisation } = record();
    await settleQuestion(
      db,
      organisation,
      consignment,
      { edit: 'missing', decision: 'refused', who: 'Priya', why: 'known' },
      () => [],
    );
    expect(await missing(consignment, 11)).toBeNull();
    expect(questionsOf((await record().state(consignment)).state)).toEqual([]);
  });
});
