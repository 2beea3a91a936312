import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CallError } from '../../domain/calls/error.ts';
import { type FetchedToken, SharedToken, type TokenOptions } from '../../store/limits/tokens.ts';
import { openSeal } from '../../store/postgres/secrets.ts';
import { type FreshSchema, freshSchema } from '../postgres.ts';

let store: FreshSchema;
const seal = openSeal(randomBytes(32));
beforeAll(async () => {
  store = await freshSchema();
});
afterAll(() => store.close());

let made = 0;
/** An organisation with nothing but an id, and a counterpart that counts the fetches. */
async function world(expiresInSeconds = 3600, takesMs = 20) {
  const id = `org-${++made}`;
  await store.db.query(
    "insert into organisation (id, name, settings, secrets, made_by) values ($1, $1, '{}', '', 'test')",
    [id],
  );
  const world = {
    id,
    fetched: 0,
    answer: async (): Promise<FetchedToken> => {
      const token = `token ${++world.fetched} of ${id}`;
      await new Promise((resume) => setTimeout(resume, takesMs));
      return { token, expiresInSeconds };
    },
    worker: (options: TokenOptions = {}, db = store.db) => new SharedToken(db, seal, id, () => world.answer(), options),
    /** Lets time pass: everything in the row was so much earlier. */
    age: (minutes: number) =>
      store.db.query(
        `update qargo_token set expires_at = expires_at - $2 * interval '1 minute', refresh_at = refresh_at - $2 * interval '1 minute',
         fetched = array(select each - $2 * interval '1 minute' from unnest(fetched) each) where organisation = $1`,
        [id, minutes],
      ),
  };
  return world;
}

describe('the token shared by all workers', () => {
  test('is fetched once, however many ask at once in however many workers', async () => {
    const qargo = await world();
    const workers = Array.from({ length: 8 }, (_, i) => qargo.worker({}, i % 2 === 0 ? store.db : store.open()));
    const tokens = await Promise.all(workers.flatMap((worker) => [worker.get(), worker.get(), worker.get()]));
    expect(new Set(tokens).size).toBe(1);
    expect(qargo.fetched).toBe(1);
  });

  test('stands in the database sealed', async () => {
    const qargo = await world();
    await qargo.worker().get();
    const { rows } = await store.db.query<{ all: string; sealed: Buffer }>(
      'select qargo_token::text as all, sealed from qargo_token where organisation = $1',
      [qargo.id],
    );
    expect(rows[0]?.sealed.toString('latin1')).not.toContain('token 1');
    expect(rows[0]?.all).not.toContain('token 1');
  });

  test('is fetched again 5 minutes before it expires', async () => {
    const qargo = await world();
    const worker = qargo.worker();
    await worker.get();
    await qargo.age(54);
    expect(await worker.get()).toContain('token 1');
    await qargo.age(2);
    expect(await worker.get()).toContain('token 2');
  });

  test('while one worker fetches the next, the others still use the old one', async () => {
    const qargo = await world(3600, 300);
    await qargo.worker().get();
    await qargo.age(57);
    const fetching = qargo.worker().get();
    await new Promise((resume) => setTimeout(resume, 100));
    const began = performance.now();
    expect(await qargo.worker().get()).toContain('token 1');
    expect(performance.now() - began).toBeLessThan(150);
    expect(await fetching).toContain('token 2');
  });

  test('refused, is not handed out again; refused a second time, its successor is', async () => {
    const qargo = await world();
    const worker = qargo.worker();
    const first = await worker.get();
    await worker.refused(first);
    const second = await worker.get();
    expect(second).not.toBe(first);
    await qargo.worker().refused(first);
    expect(await worker.get()).toBe(second);
    expect(qargo.fetched).toBe(2);
  });

  test('is fetched at most 5 times an hour, and then says when the next fetch may be', async () => {
    const qargo = await world();
    const worker = qargo.worker();
    for (let i = 0; i < 5; i++) await worker.refused(await worker.get());
    const refused = await worker.get().catch((error: unknown) => error);
    expect(refused).toMatchObject({ retry: 'budget' });
    const minutes = (((refused as CallError).until ?? 0) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(59);
    expect(minutes).toBeLessThan(60.1);
    await qargo.age(61);
    expect(await worker.get()).toContain('token 6');
  });

  test('with all fetches used up, the one that is held is used to its end', async () => {
    const qargo = await world();
    const worker = qargo.worker({ fetches: 1 });
    await worker.get();
    await qargo.age(58);
    expect(await worker.get()).toContain('token 1');
    expect(qargo.fetched).toBe(1);
  });

  test('a fetch that failed counts, unless it surely never was sent', async () => {
    const qargo = await world();
    const answer = qargo.answer;
    for (const retry of ['down', 'down', 'down', 'down', 'down', 'down', 'lost', 'auth'] as const) {
      qargo.answer = async () => {
        throw new CallError(retry, `it was ${retry}`);
      };
      await expect(qargo.worker().get()).rejects.toMatchObject({ retry });
    }
    qargo.answer = answer;
    const { rows } = await store.db.query<{ count: number }>(
      'select cardinality(fetched) as count from qargo_token where organisation = $1',
      [qargo.id],
    );
    expect(rows[0]?.count).toBe(2);
    expect(await qargo.worker().get()).toContain('token 1');
  });

  test('a fetch without an answer is given up, and another worker goes on', async () => {
    const qargo = await world();
    const answer = qargo.answer;
    qargo.answer = () => new Promise(() => undefined);
    await expect(qargo.worker({ fetchMs: 100 }).get()).rejects.toMatchObject({ retry: 'lost' });
    qargo.answer = answer;
    expect(await qargo.worker().get()).toContain('token 1');
  });

  test('a worker killed while it fetched holds the others up only for as long as a fetch may take', async () => {
    const qargo = await world();
    await store.db.query(
      "insert into qargo_token (organisation, fetching_until, fetched) values ($1, now() + interval '1 second', array[now()])",
      [qargo.id],
    );
    const began = performance.now();
    expect(await qargo.worker().get()).toContain('token 1');
    expect(performance.now() - began).toBeGreaterThan(900);
  });
});
