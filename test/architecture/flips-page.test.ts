/** `docs/flips.md` is made from days that were played (`npm run flips`), which no test repeats whole; that it has every flip is held here. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { flips as palletways } from '../../sandbox/palletways/flips.ts';
import { flips as qargo } from '../../sandbox/qargo/flips.ts';

const page = readFileSync(new URL('../../docs/flips.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| (\w+) \| (palletways|qargo) \| .* \| (works|says so|silent|) \| .* \|$/gm)];

test('the table of flips has every alternative that a twin plays, in order and with its outcome or none', () => {
  const of = (side: string) => rows.filter((row) => row[2] === side).map((row) => row[1]);
  expect(of('palletways')).toEqual(palletways.map(({ id }) => id));
  expect(of('qargo')).toEqual(qargo.map(({ id }) => id));
});

test('its figures are those of its rows', () => {
  const count = (outcome: string) => rows.filter((row) => row[3] === outcome).length;
  const played = rows.length - count('');
  expect(page).toContain(
    `${rows.length} alternatives, ${played} played: ${count('works')} work, ${count('says so')} say so, ${count('silent')} silent.`,
  );
});
