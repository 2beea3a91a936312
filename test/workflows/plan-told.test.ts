/** What counts as a plan, whatever it is that was signalled. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FactKind } from '../../domain/facts/facts.ts';
import { factKinds, signalNames } from '../../domain/facts/kinds.ts';
import type { Plan } from '../../domain/obligations/plan.ts';
import { signalFor } from '../../workflows/messages.ts';
import { isPlan } from '../../workflows/plan-told.ts';
import { summaryOf } from '../../workflows/sends.ts';
import { bundle } from './world.ts';

const at = '2025-11-24T06:03:00.000Z';
const whole: Plan = {
  version: 3,
  stage: 'planned',
  service: 'A-ND',
  reference: ['2557391-564', '60012340167'],
  roles: ['delivering'],
  leg: 'as told',
  attention: false,
  lanes: { qargo: { due: 1, kinds: { order: 1 }, rank: 2, supersedes: 0 } },
  wakeAt: at,
  closeAt: at,
  maxHistory: 1_000,
  page: {
    goods: { lifts: 2, weight: 640 },
    happened: [[at, 'out']],
    outstanding: [{ key: 'order', kind: 'order', to: 'qargo', state: 'waits', cause: { code: 'busy' }, until: at }],
    more: 0,
    asked: ['held'],
  },
};

type Path = readonly (string | number)[];

/** Every place in a value that holds something. */
function places(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [...(path.length === 0 ? [] : [path]), ...inner.flatMap(([name, each]) => places(each, [...path, name]))];
}

/** A copy of the plan with one place set to something else. */
function changed(path: Path, to: unknown): unknown {
  const copy = structuredClone(whole) as unknown;
  let here = copy as Record<string | number, unknown>;
  for (const name of path.slice(0, -1)) here = here[name] as Record<string | number, unknown>;
  here[path.at(-1) ?? ''] = to;
  return copy;
}

test('a whole plan is one, and one whose times and goods are left out', () => {
  expect(isPlan(whole)).toBe(true);
  const { wakeAt: _wake, closeAt: _close, ...rest } = whole;
  const { goods: _goods, ...page } = whole.page;
  expect(isPlan({ ...rest, page })).toBe(true);
});

test('with a thing of another type in any one place it is none', () => {
  const wrong = [null, true, { no: 'such' }, [[]], () => undefined];
  for (const path of places(whole)) {
    for (const value of wrong) {
      // Whether somebody must look at it is said by true as well.
      if (path.join() === 'attention' && value === true) continue;
      expect(isPlan(changed(path, value)), `${path.join('.')} = ${JSON.stringify(value)}`).toBe(false);
    }
  }
});

test.each<[string, Path, unknown]>([
  ['a version below 0', ['version'], -1],
  ['a version that is no whole number', ['version'], 1.5],
  ['a stage that is none', ['stage'], 'toString'],
  ['an instant that is no day', ['wakeAt'], '2025-13-45T00:00:00.000Z'],
  ['an instant without milliseconds', ['closeAt'], '2025-11-24T06:03:00Z'],
  ['a lane that is none', ['lanes'], { moon: { due: 1, kinds: {}, rank: 0, supersedes: 0 } }],
  ['a kind that is none', ['lanes', 'qargo', 'kinds'], { constructor: 1 }],
  ['a service that no server would search for', ['service'], 'x'.repeat(5_000)],
  ['more references than anything has', ['reference'], Array.from({ length: 500 }, () => 'x')],
  ['no number at all', ['maxHistory'], Number.NaN],
])('a plan with %s is no plan', (_, path, value) => {
  expect(isPlan(changed(path, value))).toBe(false);
});

test('anything at all is looked at without an error', () => {
  fc.assert(
    fc.property(
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withSet: true }),
      (any) => {
        expect(isPlan(any)).toBe(false);
      },
    ),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...places(whole)),
      fc.anything(),
      (path, any) => typeof isPlan(changed(path, any)) === 'boolean',
    ),
    { numRuns: 2_000 },
  );
});

test('news of one signal is told under its name, of several under facts', () => {
  expect(signalFor(['scan', 'scan'])).toBe('scan');
  expect(signalFor(['document', 'pod'])).toBe('pod');
  expect(signalFor(['scan', 'milestone'])).toBe('facts');
  expect(signalFor([])).toBe('facts');
  for (const kind of Object.keys(factKinds) as FactKind[]) expect(signalNames).toContain(signalFor([kind]));
});

test('a send says what it will find', () => {
  expect(summaryOf('qargo', { due: 3, kinds: { scan: 2, pod: 1 }, rank: 0, supersedes: 0 })).toBe(
    'Qargo: 2 x scan, POD',
  );
  expect(summaryOf('files', { due: 1, kinds: { file: 1 }, rank: 0, supersedes: 0 })).toBe('Palletways: file');
});

test('no rule of what is owed is carried by a workflow', { timeout: 30_000 }, async () => {
  const { code } = await bundle();
  const carried = new Set([...code.matchAll(/\.\/domain\/[\w-]+\/([\w-]+)\.ts/g)].map(([, name]) => name));
  expect(carried).toContain('outstanding');
  for (const rule of ['state', 'obligations', 'receipts', 'diagnosis', 'working-memory', 'by-hand'])
    expect(carried).not.toContain(rule);
});
