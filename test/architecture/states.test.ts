/** A state that a statement asks for is one that its column can have: else the question is answered "none", in silence. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { house } from './house.ts';

const baseline = readFileSync('store/postgres/migrations/0001_baseline.sql', 'utf8');
const quoted = (text: string) => [...text.matchAll(/'([^']*)'/g)].map(([, word]) => word ?? '');

/** All values that the checks of a column of this name allow, in whatever table. */
function allowed(column: 'state'): ReadonlySet<string> {
  const checks = baseline.matchAll(new RegExp(`check \\(${column} in \\(([^)]*)\\)`, 'g'));
  return new Set([...checks].flatMap(([, list]) => quoted(list ?? '')));
}

/** `file: column value` for each value that a statement compares with and no table allows. */
function impossible(files: ReadonlyMap<string, string>): string[] {
  return ['state', 'outcome'].flatMap((column) => {
    // Of an attempt the outcome is the state that its receipt had then.
    const values = allowed('state');
    const asked = new RegExp(`\\b(?:[a-z]\\.)?${column} (?:(?:not )?in \\(([^)$]*)\\)|(?:=|<>) ('[^']*'))`, 'g');
    return [...files].flatMap(([path, text]) =>
      [...text.matchAll(asked)]
        .flatMap(([, list, one]) => quoted(list ?? one ?? ''))
        .filter((value) => value !== '' && !values.has(value))
        .map((value) => `${path}: ${column} ${value}`),
    );
  });
}

const store = new Map([...house].filter(([path]) => path.startsWith('store/')));

test('a statement asks for no state that its column cannot have', () => {
  expect(allowed('state').size).toBeGreaterThan(8);
  expect(impossible(store)).toEqual([]);
});

test('one that does is seen', () => {
  const planted = `db.query(\`select 1 from receipt d where d.state in ('delivered', 'sending') and d.state <> 'gone'\`)`;
  expect(impossible(new Map([['store/outbox/notes.ts', planted]]))).toEqual([
    'store/outbox/notes.ts: state delivered',
    'store/outbox/notes.ts: state gone',
  ]);
});
