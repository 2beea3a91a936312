import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NewFact } from '../../domain/facts.ts';
import { due } from '../../domain/deliveries.ts';
import { owed } from '../../domain/obligations.ts';
import { cancellationOf, stageOf } from '../../domain/state.ts';
import { inTransaction } from '../../store/database.ts';
import { type Item, intend, markSending, settle } from '../../store/deliveries.ts';
import { hear } from '../../store/hearing.ts';
import { openQuestions } from '../../store/questions.ts';
import { matchParked } from '../../store/parked.ts';
import { notePresence } from '../../store/presence.ts';
import { turnToGeneration } from '../../store/revival.ts';
import { decideCancellation, decideEdit, keepVerdict, settleQuestion, stateForVerdicts } from '../../store/verdicts.ts';
import { questionsOf } from '../../domain/questions.ts';
import { type Recorded, useRecord } from './record.ts';
import { deliveryOf } from './rows.ts';
import { milestone, minute, order, plan, said, scan } from './said.ts';

const record = useRecord();
let made = 0;
const aliasesOf = () => ({ trackingId: `6001${String(++made).padStart(7, '0')}` });

const cancelled = (n: number, by = 'push'): NewFact => ({ ...said(n), kind: 'cancellation', id: `pw:${by}:${n}`, source: 'palletways' });

/** One message of Palletways, in a transaction of its own. */
type Message = { readonly facts: readonly NewFact[]; readonly created?: string };
const created = (n: number, version = 'A'): Message => ({ facts: [order(version, n)], created: minute(n) });
const amended = (n: number, version: string): Message => ({ facts: [order(version, n)] });
const cancels = (n: number, by?: string): Message => ({ facts: [cancelled(n, by)] });

async function heard(of: Recorded, aliases: { trackingId: string }, message: Message, n: number): Promise<string> {
  const context = { organisation: of.organisation, journal: null, heard: minute(100 + n), via: 'push' } as const;
  const { consignment } = await inTransaction(of.db, (tx) => hear(tx, { aliases, ...message }, context));
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
  await inTransaction(of.db, (tx) => settle(tx, owner(of, consignment), [{ item: item(key, fact), state: 'delivered' }]));
}

describe('a consignment that is cancelled and lives again', () => {
  const lives = [created(0), cancels(5), cancels(4, 'note'), created(8)];
  const ends = [created(0), cancels(5), created(0), amended(6, 'B')];

  test('however the messages come, said as created after the cancellation it lives, and otherwise not', { timeout: 60_000 }, async () => {
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
    expect(await intend(record().db, owner(record(), consignment), [{ item: item('cancel', 'pw:push:5') }])).toEqual([]);
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
    expect(due(state, owed(state), ledger, minute(200)).held.map(({ obligation, by }) => [obligation.key, by])).toContainEqual([
      'order',
      'earlier order taken back',
    ]);
    expect(await inTransaction(db, (tx) => turnToGeneration(tx, consignment, null))).toBe(false);
    await takeBack(record(), consignment, 'cancel', 'pw:push:5');
    expect(await inTransaction(db, (tx) => turnToGeneration(tx, consignment, null))).toBe(true);
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
    const consignment = await all(record(), [created(0), cancels(5)]);
    const { db, organisation } = record();
    const asks = { on: 'cancel', verdict: 'asked', stage: 'loaded', fields: [], tell: [] } as const;
    await inTransaction(db, (tx) => keepVerdict(tx, consignment, organisation, asks));
    await intend(db, owner(record(), consignment), [{ item: item('cancel', 'pw:push:5') }]);
    await inTransaction(db, (tx) =>
      settle(tx, owner(record(), consignment), [{ item: item('cancel', 'pw:push:5'), state: 'refused', cause: 'asked' }]),
    );
    await settleQuestion(db, organisation, consignment, { verdict: 'refused', who: 'Jo', why: 'it is on the road' }, () => []);
    await heard(record(), { trackingId: `6001${String(made).padStart(7, '0')}` }, created(8), 9);
    const { state, ledger } = await record().state(consignment);
    expect(state.subjects.revived).toMatchObject({ revival: 1, generation: 1 });
    expect(due(state, owed(state), ledger, minute(200)).now.map(({ key }) => key)).not.toContain('cancel');
  });

  test('is judged anew where it is cancelled once more after a cancellation that was refused, and by no second word of that one', async () => {
    const consignment = await all(record(), [created(0), { facts: [plan('trip-1', 1)] }, cancels(5)]);
    const { db, organisation } = record();
    const aliases = { trackingId: `6001${String(made).padStart(7, '0')}` };
    const refused = { on: 'cancel', verdict: 'refused', stage: 'loaded', fields: [], tell: [] } as const;
    await inTransaction(db, (tx) => keepVerdict(tx, consignment, organisation, refused));
    await intend(db, owner(record(), consignment), [{ item: item('cancel', 'pw:push:5') }]);
    await inTransaction(db, (tx) => settle(tx, owner(record(), consignment), [{ item: item('cancel', 'pw:push:5'), state: 'void' }]));
    const cancelsDue = async () => {
      const { state, ledger } = await record().state(consignment);
      const keys = due(state, owed(state), ledger, minute(200)).now.map(({ key }) => key);
      return { keys: keys.filter((key) => key.startsWith('cancel')), stage: stageOf(state), plan: state.subjects.plan };
    };
    await heard(record(), aliases, cancels(6, 'note'), 9);
    expect(await cancelsDue()).toMatchObject({ keys: [], stage: 'planned' });
    const at = new Date(Date.now() + 60_000).toISOString();
    for (const id of ['pw:again', 'pw:again by note'])
      await heard(record(), aliases, { facts: [{ kind: 'cancellation', id, at, zone: 'UTC', source: 'palletways' }] }, 10);
    expect(await cancelsDue()).toMatchObject({ keys: ['cancel:1'], plan: { trip: 'trip-1' } });
    expect(await record().kinds(consignment)).toContain('revived');
    await inTransaction(db, (tx) => keepVerdict(tx, consignment, organisation, { ...refused, on: 'cancel:1' }));
    expect(await cancelsDue()).toMatchObject({ keys: [], stage: 'planned' });
  });

  test('cancelled once more it is another cancellation, of the order that it has now', async () => {
    const consignment = await all(record(), [created(0), cancels(5), created(8), cancels(9)]);
    const { state } = await record().state(consignment);
    expect(owed(state).map(({ key }) => key)).toEqual(['cancel', 'cancel:1']);
  });
});

describe('a verdict', () => {
  const stages = [plan('trip-1', 1), scan(2), milestone('out', 3), milestone('delivered', 4)];

  test('is decided once, by what was heard when it was asked for, in whatever order that came', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(stages, { minLength: stages.length }), fc.nat(stages.length), async (facts, asked) => {
        const messages = facts.map((fact): Message => ({ facts: [fact] }));
        const consignment = await all(record(), [created(0), ...messages.slice(0, asked)]);
        const decide = () =>
          inTransaction(record().db, (tx) =>
            decideCancellation(tx, consignment, 'cancel', (stage) => (stage === 'delivered' ? 'refused' : 'asked')),
          );
        const first = await decide();
        const trackingId = `6001${String(made).padStart(7, '0')}`;
        for (const [n, message] of messages.slice(asked).entries()) await heard(record(), { trackingId }, message, 10 + n);
        expect([await decide(), await decide()]).toEqual([first, first]);
      }),
      { numRuns: 20 },
    );
  });

  test('on an edit stands too, whatever the stage has become', async () => {
    const consignment = await all(record(), [created(0)]);
    const judged = (verdict: 'accepted' | 'refused') =>
      inTransaction(record().db, (tx) => decideEdit(tx, consignment, 'edit-1', () => ({ weight: verdict })));
    expect(await judged('accepted')).toMatchObject({ stage: 'announced', verdicts: { weight: 'accepted' } });
    expect(await judged('refused')).toMatchObject({ stage: 'announced', verdicts: { weight: 'accepted' } });
  });

  test('that asks is settled by the first person who answers, and by nobody after', async () => {
    const consignment = await all(record(), [created(0), cancels(5)]);
    const { db, organisation } = record();
    const asks = { on: 'cancel', verdict: 'asked', stage: 'loaded', fields: [], tell: [] } as const;
    await inTransaction(db, (tx) => keepVerdict(tx, consignment, organisation, asks));
    const question = { edit: 'cancel', stage: 'loaded', fields: [] };
    expect(questionsOf(await stateForVerdicts(db, consignment))).toMatchObject([question]);
    expect(await openQuestions(db, organisation)).toMatchObject([{ ...question, organisation, consignment }]);
    const answer = (verdict: 'accepted' | 'refused') =>
      settleQuestion(db, organisation, consignment, { verdict, who: verdict, why: '' }, () => ['palletways']);
    const answers = await Promise.all([answer('accepted'), answer('refused'), answer('accepted')]);
    expect(answers.filter((each) => each !== null)).toHaveLength(1);
    const verdicts = (await record().facts(consignment)).filter(({ kind, envelope }) => kind === 'verdict' && envelope.source === 'person');
    expect(verdicts).toHaveLength(1);
    expect(await answer('refused')).toBeNull();
    expect(await openQuestions(db, organisation)).toEqual([]);
  });
});

describe('a consignment that Palletways does not answer for', () => {
  const at = (n: number) => ({ organisation: record().organisation, journal: null, heard: minute(n), via: 'read' }) as const;
  const missing = (consignment: string, n: number) => inTransaction(record().db, (tx) => notePresence(tx, consignment, false, at(n)));

  test('is asked about once, is not cancelled, and is there again as soon as Palletways says anything of it', async () => {
    const consignment = await all(record(), [created(0)]);
    expect([await missing(consignment, 10), await missing(consignment, 11)].map((fact) => fact !== null)).toEqual([true, false]);
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
    await settleQuestion(db, organisation, consignment, { edit: 'missing', verdict: 'refused', who: 'Priya', why: 'known' }, () => []);
    expect(await missing(consignment, 11)).toBeNull();
    expect(questionsOf((await record().state(consignment)).state)).toEqual([]);
  });
});
