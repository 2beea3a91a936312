import { expect, test } from 'vitest';
import { compare } from '../../local/agreement.ts';
import { readOptions } from '../../local/options.ts';
import { Progress, readable, stepOf } from '../../local/progress.ts';
import { sweptSince, untilSettled } from '../../local/settle.ts';
import { judgeAnswer, sweepsAnswer } from '../../local/shapes.ts';
import { serve } from './fakes.ts';

test('a day has settled when nothing is owed, no push waits, nothing is to be read, and a sweep that began after that found nothing', async () => {
  const said: string[] = [];
  let [owed, pushes, startedAt, due] = [2, 1, 0, 1];
  const { url } = await serve((request, response) => {
    const answers: Record<string, unknown> = {
      '/operations/owed': { owed, waiting: 0, facts: 9 },
      '/operations/reads': { due },
      '/control/pending': { pushes, uploads: 0 },
      '/operations/sweeps': { sweeps: [{ organisation: 'a', startedAt: new Date(startedAt).toISOString(), found: 0 }] },
    };
    response.end(JSON.stringify(answers[request.url ?? '']));
  });
  const sources = { service: url, palletways: url, qargo: url, organisations: ['a'] };
  const options = { everyMs: 10, say: (line: string) => void said.push(line), signal: new AbortController().signal };
  expect(await untilSettled(sources, { ...options, until: Date.now() + 100 })).toBe(false);
  owed = 0;
  expect(await untilSettled(sources, { ...options, until: Date.now() + 100 })).toBe(false);
  pushes = 0;
  expect(await untilSettled(sources, { ...options, until: Date.now() + 100 })).toBe(false);
  expect(said.at(-1)).toMatch(/1 to be read/);
  due = 0;
  startedAt = Date.now() - 1_000;
  expect(await untilSettled(sources, { ...options, until: Date.now() + 100 })).toBe(false);
  expect(said.at(-1)).toBe('settling: nothing owed; swept after that 0 of 1');
  startedAt = Date.now() + 50;
  expect(await untilSettled(sources, { ...options, until: Date.now() + 1_000 })).toBe(true);
});

test('a sweep that found something does not count, whichever form the answer has', () => {
  const sweeps = sweepsAnswer.parse({ a: { startedAt: 10, found: 0 }, b: { startedAt: 10, found: 1 }, c: null });
  expect(sweptSince(sweeps, 10, ['a', 'b', 'c'])).toEqual(['a']);
  expect(sweptSince(sweeps, 11, ['a'])).toEqual([]);
});

test('the counts of a day agree only where each thing said is one fact and one delivery', () => {
  const judged = judgeAnswer.parse({
    rows: [
      { kind: 'created', said: 2, arrived: 2, lost: 0, doubled: 0 },
      // Came too late for one of them: it ended as well, and Palletways was told why.
      { kind: 'edited', said: 3, arrived: 2, lost: 0, doubled: 0, withheld: 1 },
      { kind: 'scan', said: 5, arrived: 4, lost: 0, doubled: 0, neverHeard: 1 },
      { kind: 'cancelled', said: 1, arrived: 1, lost: 0, doubled: 0 },
    ],
    total: { p50: 100, p99: 200 },
  });
  const good = {
    // Told by push and by note: two facts of one cancellation.
    facts: { scan: 4, order: 5, cancellation: 2 },
    receipts: { scan: 4, order: 5, cancel: 1 },
    waits: {},
  };
  expect(compare(judged, good).every(({ agrees }) => agrees)).toBe(true);
  const doubled = { ...good, receipts: { ...good.receipts, scan: 5 } };
  expect(
    compare(judged, doubled)
      .filter(({ agrees }) => !agrees)
      .map(({ kinds }) => kinds),
  ).toEqual(['scan']);
});

test('progress is one updating line on a terminal, and a line at most every five seconds elsewhere', () => {
  const written: string[] = [];
  const terminal = new Progress({ isTTY: true, write: (text) => written.push(text) });
  terminal.show('one');
  terminal.show('two');
  terminal.line('stays');
  expect(written.join('')).toBe('\r\u001b[2Kone\r\u001b[2Ktwo\r\u001b[2Kstays\n');
  written.length = 0;
  const plain = new Progress({ write: (text) => written.push(text) });
  plain.show('one');
  plain.show('two');
  expect(written).toEqual(['one\n']);
  expect(readable('{"at":"noon","said":12,"of":{"scans":3}}')).toBe('day: noon, said 12, scans 3');
  expect(readable('{"phase":"planning","step":3,"steps":9,"said":4}')).toBe('day: step 3 of 9, planning, said 4');
  expect(stepOf('{"phase":"planning","step":3,"steps":9,"said":4}')).toEqual({ step: 3, steps: 9 });
  expect(stepOf('{"at":"noon"}')).toBeUndefined();
  expect(readable('no json')).toBeUndefined();
});

test('what the twins play is asked for by name, and flips of both sides together', () => {
  expect(readOptions(['--character', 'published', '--flip', '7b', '38a'], '/p')).toMatchObject({
    character: 'published',
    flip: ['7b', '38a'],
  });
  expect(readOptions([], '/p').character).toBeUndefined();
});

test('options have defaults for a newcomer', () => {
  expect(readOptions([], '/p')).toEqual({
    once: false,
    consignments: 24,
    pace: 3,
    probe: 0,
    reset: false,
    contact: false,
    data: '/p/.palletways-qargo',
    organisations: 4,
    kill: 0,
    pushTries: 4,
    loseTemporal: false,
  });
  expect(readOptions(['--once', '--seed', '7', '--consignments', '200'], '/p')).toMatchObject({
    once: true,
    seed: 7,
    consignments: 200,
  });
});
