/** Each flip of the Palletways twin on the wire: the same calls without it and with it, in the published character. */
import { afterAll, expect, test } from 'vitest';
import { flips } from '../../../sandbox/palletways/flips.ts';
import { feedLines } from './lines-feed.ts';
import { readLines } from './lines-reads.ts';
import { wireLines } from './lines-wire.ts';
import { Wire } from './wire.ts';

const lines = [...feedLines, ...readLines, ...wireLines];

/** One twin for each pace, forgotten and set anew for every line. */
const wires = new Map<number, Wire>();
afterAll(async () => {
  for (const wire of wires.values()) await wire.stop();
});

async function seen(line: (typeof lines)[number], set: string[]): Promise<string> {
  const pace = line.pace ?? 100;
  const known = wires.get(pace);
  const wire = known ?? new Wire();
  wires.set(pace, wire);
  if (known === undefined) await wire.start('published', set, pace);
  else await wire.again('published', set);
  return line.call(wire);
}

test('every flip of the table has a line here', () => {
  expect(lines.map(({ flip }) => flip).toSorted()).toEqual(flips.map(({ id }) => id).toSorted());
});

test.each(lines.map((line) => [line.flip, flips.find(({ id }) => id === line.flip)?.does ?? '', line] as const))(
  '%s: %s',
  async (flip, _does, line) => {
    const without = await seen(line, []);
    expect(without).toMatch(line.without);
    const played = await seen(line, [flip]);
    expect(played).toMatch(line.played);
    expect(without).not.toMatch(line.played);
  },
);
