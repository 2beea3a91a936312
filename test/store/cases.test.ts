import { describe, expect, test } from 'vitest';
import { owed } from '../../domain/obligations/obligations.ts';
import { emptyState, fold, stageOf } from '../../domain/state/state.ts';
import { type CasesAsked, decideCase, listCases } from '../../store/close-out/cases.ts';
import { AskedWrongly, type PageAsked } from '../../store/postgres/pages.ts';
import { planOf } from '../../store/record/plan.ts';
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
const cases = (state: CasesAsked, page: PageAsked = {}) =>
  listCases(record().db, state, { organisation: record().organisation, ...page });
const open = async () => (await cases('open')).rows;
const carded = () =>
  record().heard(tracked, [trackingFact(0, tracked.trackingId), plan('R1', 1), exception('CARDED', 10)]);

test('an exception is a case with its note until a person ends it; who and why stay', async () => {
  const consignment = await carded();
  const [one] = await open();
  expect(one).toMatchObject({
    consignment,
    code: 'CARDED',
    note: 'carded: nobody in',
    state: 'open',
    next: null,
    decided: null,
  });
  const held = await decideCase(record().db, one?.id ?? 0, {
    step: 'hold',
    who: 'Mairead',
    why: 'consignee on holiday',
  });
  expect(held).toMatchObject({ state: 'open', next: 'hold', decided: { who: 'Mairead', why: 'consignee on holiday' } });
  await decideCase(record().db, one?.id ?? 0, { step: 'resolved', who: 'Mairead', why: '' });
  expect(await open()).toEqual([]);
  expect((await cases('resolved')).rows).toMatchObject([{ code: 'CARDED', resolved: { how: 'by a person' } }]);
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
  expect((await cases('all')).rows).toMatchObject([{ resolved: { how: 'redelivered', at: minute(20) } }]);
});

test('of two who decide at once both decisions stay, and one of them stands', async () => {
  await carded();
  const [one] = await open();
  await Promise.all(
    (['hold', 'return'] as const).map((step) => decideCase(record().db, one?.id ?? 0, { step, who: step, why: '' })),
  );
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

describe('pages of cases', () => {
  /** One case in the hour `n`, of a consignment of its own. */
  const caseAt = (n: number) => {
    const trackingId = `6001234100${n}`;
    return record().heard({ trackingId }, [trackingFact(0, trackingId), exception(`C${n}`, n)]);
  };
  const decideAll = async (codes: readonly string[]) => {
    for (const code of codes) {
      const id = (await open()).find((one) => one.code === code)?.id ?? 0;
      await decideCase(record().db, id, { step: 'resolved', who: 'Mairead', why: '' });
    }
  };
  /** The codes of each page, read to the end. */
  const paged = async (state: CasesAsked, limit: number) => {
    const pages: string[][] = [];
    for (let cursor: string | undefined; ; ) {
      const { rows, next } = await cases(state, { limit, cursor });
      pages.push(rows.map(({ code }) => code));
      if (next === null) return pages;
      cursor = next;
    }
  };

  test('open ones come what waits longest first, and a consignment keeps its cases together', async () => {
    for (const n of [3, 1, 2]) await caseAt(n);
    await record().hear({ trackingId: '60012341001' }, [exception('C9', 9)]);
    expect(await paged('open', 100)).toEqual([['C1', 'C9', 'C2', 'C3']]);
    expect(await paged('open', 1)).toEqual([['C1', 'C9'], ['C2'], ['C3']]);
  });

  test('resolved ones come the one that ended last first, all of them as they were heard last first', async () => {
    for (const n of [3, 1, 2]) await caseAt(n);
    await decideAll(['C2', 'C3']);
    expect(await paged('resolved', 1)).toEqual([['C3'], ['C2']]);
    expect(await paged('all', 2)).toEqual([['C2', 'C1'], ['C3']]);
    expect(await paged('open', 2)).toEqual([['C1']]);
  });

  test('an open one stays on the list though its consignment was closed long ago', async () => {
    const consignment = await caseAt(1);
    await record().rows(
      `update consignment set closed_at = now() - interval '1 year' where organisation = $1`,
      record().organisation,
    );
    await record().rows(
      `update fact set heard = now() - interval '1 year' where organisation = $1`,
      record().organisation,
    );
    expect(await open()).toMatchObject([{ consignment, code: 'C1' }]);
  });

  test('a cursor that no page named is refused', async () => {
    for (const cursor of ['xyz', 'WyIyMDI0IiwiYSJd', '7'])
      await expect(cases('all', { cursor })).rejects.toThrow(AskedWrongly);
  });
});
