import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Kills, killMoments, victims } from '../../local/kills.ts';
import { TemporalLoss } from '../../local/temporal-loss.ts';
import { folder } from './fakes.ts';

test('the same seed kills at the same moments, another at others; each process so often as asked, spread over the day', () => {
  const kills = killMoments(7, 3, 2);
  expect(killMoments(7, 3, 2)).toEqual(kills);
  expect(killMoments(8, 3, 2)).not.toEqual(kills);
  expect(kills.map(({ at }) => at)).toEqual(kills.map(({ at }) => at).sort((a, b) => a - b));
  // Six minutes at pace 2 in three parts: one moment of each process in each.
  for (const victim of victims) {
    const parts = kills.filter((kill) => kill.victim === victim).map(({ at }) => Math.floor(at / 60_000));
    expect([victim, parts]).toEqual([victim, [0, 1, 2]]);
  }
  // Twice the pace: the same day in half the time.
  for (const [nth, { victim, at }] of killMoments(7, 3, 4).entries()) {
    expect(victim).toBe(kills[nth]?.victim);
    expect(Math.abs(at - (kills[nth]?.at ?? 0) / 2)).toBeLessThanOrEqual(1);
  }
});

test('a day is not over before every kill was done, and each is told at once and at the end', async () => {
  const asked: string[] = [];
  const again = async (name: string, signal: string) => {
    asked.push(`${name} ${signal}`);
    return { ready: Promise.resolve() };
  };
  const moments = killMoments(7, 2, 10_000);
  const kills = new Kills({ again }, moments, new AbortController().signal);
  const said: string[] = [];
  kills.begin((line) => said.push(line));
  await kills.over;
  expect(asked.toSorted()).toEqual(['service SIGKILL', 'service SIGKILL', 'worker SIGKILL', 'worker SIGKILL']);
  expect(said).toHaveLength(4);
  expect(kills.report().join()).toMatch(/worker.*4 of 4/);
  const failing = new Kills(
    { again: () => Promise.reject(new Error('not kept running')) },
    moments,
    new AbortController().signal,
  );
  failing.begin(() => undefined);
  await expect(failing.over).rejects.toThrow('not kept running');
});

test("Temporal's data is deleted half way through the day, once, while the server does not run", async () => {
  const data = folder();
  for (const name of ['temporal.db', 'temporal.db-wal', 'master.key']) writeFileSync(join(data, name), '');
  let asked = 0;
  const again = async (_name: string, _signal: string, meanwhile?: () => unknown) => {
    asked += 1;
    expect(existsSync(join(data, 'temporal.db'))).toBe(true);
    await meanwhile?.();
    throw new Error('did not start');
  };
  const loss = new TemporalLoss({ again }, { data, dist: '/none', env: {} });
  loss.begin(() => undefined);
  loss.onStep(49, 100);
  expect(asked).toBe(0);
  loss.onStep(50, 100);
  loss.onStep(51, 100);
  // What could not be done is told to the day, which then fails.
  await expect(loss.over).rejects.toThrow('did not start');
  expect(asked).toBe(1);
  expect(['temporal.db', 'temporal.db-wal', 'master.key'].map((name) => existsSync(join(data, name)))).toEqual([
    false,
    false,
    true,
  ]);
});
