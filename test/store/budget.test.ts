import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { palletwaysBudget } from '../../domain/budget.ts';
import { CallError, type CallPriority } from '../../domain/call-error.ts';
import { hold, look, take } from '../../store/budget.ts';
import { type FreshSchema, freshSchema } from '../postgres.ts';

let store: FreshSchema;
beforeAll(async () => {
  store = await freshSchema();
});
afterAll(() => store.close());

const rules = palletwaysBudget({ palletwaysCallsPer2s: 3 });
/** The same 3 calls in 200 ms, so that a test sees many windows. */
const quick = { ...rules, windows: [{ ms: 200, calls: 3 }] };

function most(times: readonly number[], ms: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return Math.max(0, ...sorted.map((t, i) => sorted.filter((other, j) => j >= i && other - t <= ms).length));
}

describe('the budget shared by all workers', () => {
  test('two pools at once never exceed a window, and use it', async () => {
    // The database itself keeps each grant, by the clock it was granted by.
    await store.db.query(`create table granted (t bigint);
      create function grant_seen() returns trigger language plpgsql as $$ begin
        if new.state->'count' <> old.state->'count' then
          insert into granted values ((new.state->'grants'->>-1)::bigint);
        end if;
        return null;
      end $$;
      create trigger grant_seen after update on budget for each row when (new.id = 'two pools') execute function grant_seen()`);
    const pools = [store.db, store.open()];
    let taken = 0;
    const end = performance.now() + 4_000;
    const worker = async (i: number) => {
      const db = pools[i % 2] ?? store.db;
      const priority: CallPriority = i % 3 === 0 ? 'label' : 'milestone';
      while (performance.now() < end) {
        await take(db, { budget: 'two pools', organisation: `org${i % 4}`, priority, rules: quick }, { maxWaitMs: 5_000 });
        taken++;
      }
    };
    await Promise.all(Array.from({ length: 12 }, (_, i) => worker(i)));
    const { rows } = await store.db.query<{ t: number }>('select t from granted order by t');
    expect(rows.length).toBe(taken);
    const times = rows.map(({ t }) => t);
    expect(most(times, 200)).toBe(3);
    expect(taken).toBeGreaterThan(30);
  });

  test('says not before when, without taking anything, where the wait would be too long', async () => {
    const ask = { budget: 'full', organisation: 'alpha', priority: 'label', rules } as const;
    for (let i = 0; i < 3; i++) await take(store.db, ask);
    const began = performance.now();
    const refused = await take(store.db, ask, { maxWaitMs: 500 }).catch((error: unknown) => error);
    expect(performance.now() - began).toBeLessThan(400);
    expect(refused).toBeInstanceOf(CallError);
    expect(refused).toMatchObject({ retry: 'budget' });
    expect(((refused as CallError).until ?? 0) - Date.now()).toBeGreaterThan(1_000);
    expect(((refused as CallError).until ?? 0) - Date.now()).toBeLessThan(2_500);
  });

  test('waits for the window to open', async () => {
    const ask = { budget: 'waits', organisation: 'alpha', priority: 'label', rules: quick } as const;
    const began = performance.now();
    for (let i = 0; i < 7; i++) await take(store.db, ask);
    expect(performance.now() - began).toBeGreaterThan(400);
  });

  test('many callers of one worker stand in line, and who is too late is told a later time than the one in front', async () => {
    const slow = { ...rules, windows: [{ ms: 400, calls: 1 }] };
    const ask = { budget: 'line', organisation: 'alpha', priority: 'milestone', rules: slow } as const;
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => take(store.db, ask, { maxWaitMs: 1_000 })));
    const granted = results.filter((each) => each.status === 'fulfilled').length;
    const untils = results.flatMap((each) => (each.status === 'rejected' ? [(each.reason as CallError).until ?? 0] : []));
    expect(granted).toBeGreaterThanOrEqual(2);
    expect(granted).toBeLessThanOrEqual(3);
    expect(Math.max(...untils) - Math.min(...untils)).toBeGreaterThan(1_000);
  });

  test('a wait is given up by its signal, and the next in line goes on', async () => {
    const slow = { ...rules, windows: [{ ms: 600, calls: 1 }] };
    const ask = { budget: 'given up', organisation: 'alpha', priority: 'milestone', rules: slow } as const;
    await take(store.db, ask);
    const control = new AbortController();
    const given = take(store.db, ask, { signal: control.signal });
    const behind = take(store.db, ask);
    const alsoGiven = take(store.db, ask, { signal: control.signal });
    setTimeout(() => control.abort(new Error('replaced')), 50);
    await Promise.all([given, alsoGiven].map((each) => expect(each).rejects.toThrow('replaced')));
    await behind;
  });

  test('a waiting cancellation is served before polls that wait too', async () => {
    const order: string[] = [];
    const ask = (priority: CallPriority, organisation: string) =>
      take(
        store.db,
        { budget: 'order', organisation, priority, rules: { ...rules, windows: [{ ms: 300, calls: 1 }] } },
        { maxWaitMs: 10_000 },
      ).then(() => order.push(priority));
    await ask('label', 'alpha');
    const polls = ['alpha', 'beta', 'gamma'].map((who) => ask('poll', who));
    await new Promise((resume) => setTimeout(resume, 50));
    await Promise.all([...polls, ask('cancellation', 'alpha')]);
    expect(order.slice(0, 2)).toEqual(['label', 'cancellation']);
  });

  test('held, nobody is granted a call before the time', async () => {
    const began = Date.now();
    await hold(store.db, 'banned', 900_000);
    const until = (await look(store.db, 'banned'))?.heldUntil ?? 0;
    expect(until).toBeGreaterThan(began + 890_000);
    const refused = await take(store.db, { budget: 'banned', organisation: 'alpha', priority: 'cancellation', rules }).catch(
      (error: unknown) => error,
    );
    expect(Math.abs(((refused as CallError).until ?? 0) - until)).toBeLessThanOrEqual(5);
    expect(refused).toMatchObject({ retry: 'budget' });
    expect(await look(store.db, 'banned')).toMatchObject({ heldUntil: until, grants: [] });
    expect(await look(store.db, 'nobody asked for')).toBeUndefined();
  });
});
