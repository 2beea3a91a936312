import { expect, test } from 'vitest';
import { owed } from '../../domain/obligations.ts';
import { emptyState, fold, stageOf } from '../../domain/state.ts';
import { decideCase, listCases } from '../../store/cases.ts';
import { planOf } from '../../store/plan.ts';
import { useRecord } from './record.ts';
import { forgetWakes, standingFacts, wakeOf } from './rows.ts';
import { minute, type New, plan, said, trackingFact } from './said.ts';

const record = useRecord();

const tracked = { trackingId: '60012340161' };
const exception = (code: string, n: number): New<'exception'> => ({
  ...said(n),
  kind: 'exception',
  id: `qg:incident:stop-1:${code}:${minute(n)}`,
  source: 'qargo',
  code,
  stop: 'stop-1',
  body: { name: code.toLowerCase(), description: 'nobody in' },
});
const open = () => listCases(record().db, 'open', { organisation: record().organisation });
const carded = () => record().heard(tracked, [trackingFact(0, tracked.trackingId), plan('R1', 1), exception('CARDED', 10)]);

test('an exception is a case with its note until a person ends it; who and why stay', async () => {
  const consignment = await carded();
  const [one] = await open();
  expect(one).toMatchObject({ consignment, code: 'CARDED', note: 'carded: nobody in', state: 'open', next: null, decided: null });
  const held = await decideCase(record().db, one?.id ?? 0, { step: 'hold', who: 'Mairead', why: 'consignee on holiday' });
  expect(held).toMatchObject({ state: 'open', next: 'hold', decided: { who: 'Mairead', why: 'consignee on holiday' } });
  await decideCase(record().db, one?.id ?? 0, { step: 'resolved', who: 'Mairead', why: '' });
  expect(await open()).toEqual([]);
  expect(await listCases(record().db, 'resolved', { organisation: record().organisation })).toMatchObject([
    { code: 'CARDED', resolved: { how: 'by a person' } },
  ]);
});

test('a decision is a fact that the workflow is told, without the name of who made it', async () => {
  const consignment = await carded();
  const [one] = await open();
  await forgetWakes(record());
  await decideCase(record().db, one?.id ?? 0, { step: 'redeliver', who: 'Mairead', why: 'asked for' });
  const facts = (await record().facts(consignment)).map(({ envelope }) => envelope);
  expect(facts.at(-1)).toMatchObject({ kind: 'case', step: 'redeliver', source: 'person' });
  expect((await wakeOf(record(), consignment))?.kinds).toEqual(['case']);
  expect(JSON.stringify([facts, await planOf(record().db, consignment)])).not.toContain('Mairead');
});

test('it owes nothing and is forgotten by the next run', async () => {
  const consignment = await carded();
  const [one] = await open();
  await decideCase(record().db, one?.id ?? 0, { step: 'return', who: 'Mairead', why: '' });
  const { state } = await record().state(consignment);
  expect(
    owed(state)
      .map(({ fact }) => fact)
      .filter((fact) => fact.startsWith('case')),
  ).toEqual([]);
  const standing = await standingFacts(record(), consignment);
  expect(standing.map(({ kind }) => kind)).not.toContain('case');
  expect(stageOf(fold(emptyState, standing))).toBe('planned');
});

test('a redelivery that is planned ends it by itself', async () => {
  await carded();
  await record().hear(tracked, [plan('R2', 20)]);
  expect(await open()).toEqual([]);
  expect(await listCases(record().db, 'all', { organisation: record().organisation })).toMatchObject([
    { resolved: { how: 'redelivered', at: minute(20) } },
  ]);
});

test('of two who decide at once both decisions stay, and one of them stands', async () => {
  await carded();
  const [one] = await open();
  await Promise.all((['hold', 'return'] as const).map((step) => decideCase(record().db, one?.id ?? 0, { step, who: step, why: '' })));
  const facts = await record().rows<{ n: number }>(
    `select count(*)::int as n from fact where organisation = $1 and kind = 'case'`,
    record().organisation,
  );
  expect(facts).toEqual([{ n: 2 }]);
  expect(['hold', 'return']).toContain((await open())[0]?.next);
});

test('nobody decides about what is no case', async () => {
  expect(await decideCase(record().db, 999_999, { step: 'hold', who: 'Mairead', why: '' })).toBeNull();
});
