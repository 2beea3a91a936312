/** The callers of one process before a budget, with a database that answers when the test says so. */
import { describe, expect, test } from 'vitest';
import {
  type BudgetRequest,
  type BudgetRules,
  type BudgetState,
  decideAll,
  emptyBudget,
  palletwaysBudget,
} from '../../domain/calls/budget.ts';
import type { CallPriority } from '../../domain/calls/error.ts';
import { BudgetDesk } from '../../store/limits/budget-desk.ts';

const rules = palletwaysBudget({ palletwaysCallsPer2s: 3 });

interface Asked {
  readonly requests: readonly BudgetRequest[];
  readonly rules: BudgetRules;
  answer(): void;
  fail(error: Error): void;
}

/** A desk whose asks stand still until they are answered, by the domain; `asks` has them all. */
function deskAndAsks() {
  const asks: Asked[] = [];
  let state: BudgetState = emptyBudget;
  const desk = new BudgetDesk('address', (requests, by) => {
    return new Promise((resolve, reject) => {
      const answer = (): void => {
        const now = Date.now();
        const decisions = decideAll(state, requests, now, by);
        state = decisions.state;
        resolve({ decisions, now });
      };
      asks.push({ requests, rules: by, answer, fail: reject });
    });
  });
  const stand = (
    organisation: string,
    more: { patience?: number; signal?: AbortSignal; rules?: BudgetRules; priority?: CallPriority } = {},
  ) =>
    desk.stand({
      organisation,
      priority: more.priority ?? 'label',
      rules: more.rules ?? rules,
      deadline: performance.now() + (more.patience ?? 60_000),
      signal: more.signal,
    });
  const asked = async (n: number): Promise<Asked> => {
    for (;;) {
      const ask = asks[n];
      if (ask !== undefined) return ask;
      await moment();
    }
  };
  return { asks, stand, asked };
}

const moment = (ms = 1) => new Promise((resume) => setTimeout(resume, ms));

describe('the callers of one process', () => {
  test('are asked for at once, and who comes meanwhile is in the next ask, never in one beside it', async () => {
    const { asks, stand, asked } = deskAndAsks();
    const first = [stand('alpha'), stand('alpha'), stand('beta')];
    const ask = await asked(0);
    expect(ask.requests).toEqual([
      { organisation: 'alpha', priority: 'label', calls: 2 },
      { organisation: 'beta', priority: 'label', calls: 1 },
    ]);
    const late = stand('gamma', { patience: 10 }).catch((error: unknown) => error);
    await moment(20);
    expect(asks.length).toBe(1);
    ask.answer();
    await Promise.all(first);
    (await asked(1)).answer();
    expect(await late).toMatchObject({ retry: 'budget' });
  });

  test('all hear of it when the database fails, and the next is asked for anew', async () => {
    const { stand, asked } = deskAndAsks();
    const both = [stand('alpha'), stand('beta')].map((each) => expect(each).rejects.toThrow('gone'));
    (await asked(0)).fail(new Error('gone'));
    await Promise.all(both);
    const next = stand('alpha');
    (await asked(1)).answer();
    await next;
  });

  test('who gives up while it is asked for leaves its call to the next in line', async () => {
    const { stand, asked } = deskAndAsks();
    const control = new AbortController();
    const given = expect(stand('alpha', { signal: control.signal })).rejects.toThrow('replaced');
    const ask = await asked(0);
    const behind = stand('alpha');
    control.abort(new Error('replaced'));
    await given;
    ask.answer();
    await behind;
  });

  test('whose patience ends while it is asked for gets what the database grants', async () => {
    const { stand, asked } = deskAndAsks();
    const patient = stand('alpha', { patience: 20 });
    const ask = await asked(0);
    await moment(40);
    ask.answer();
    await patient;
  });

  test('that bring different limits are held to the tightest', async () => {
    const { stand, asked } = deskAndAsks();
    const tight = palletwaysBudget({ palletwaysCallsPer2s: 1 });
    const all = [stand('alpha'), stand('beta', { rules: tight }), stand('gamma', { patience: 300 })].map((each) =>
      each.catch(() => 'later'),
    );
    const ask = await asked(0);
    expect(ask.rules).toEqual(tight);
    ask.answer();
    expect(await all[2]).toBe('later');
  });
});
