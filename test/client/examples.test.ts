/** The organisations in examples/ are taken as they are, and each shows what its name says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkWire } from '../../client/operations/organisation-wire.ts';
import { partOf } from '../../domain/facts/roles.ts';
import { type Organisation, oursOf } from '../../domain/policy/organisation.ts';
import { rows, withheldOf } from '../../domain/policy/rows.ts';
import { defaultPolicy } from '../../domain/policy/settings.ts';
import type { OrganisationDraft } from '../../store/organisations/organisations.ts';
import { organisationSchema, secretPaths } from '../../store/organisations/schema.ts';

const folder = join(import.meta.dirname, '../../examples');
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

function loadExample(file: string): Organisation {
  const draft = JSON.parse(readFileSync(join(folder, file), 'utf8')) as OrganisationDraft;
  checkWire(draft);
  return organisationSchema.parse(draft);
}

/** Which leg is ours of a delivery (`D`) or a collection (`C`) between these depots. */
function legOf(of: Organisation, type: 'D' | 'C', collecting: string, delivering: string): string | undefined {
  const order = { type, service: 'A-ND', collectable: true };
  return partOf(order, { requesting: '', collecting, delivering }, oursOf(of))?.leg;
}

const settingAt = (of: Organisation, path: string) =>
  path.split('.').reduce<unknown>((at, step) => (at as Record<string, unknown> | null)?.[step], of);

test('there are three, under ids and depots of their own that no demonstration uses', () => {
  expect(files.sort()).toEqual(['collections-and-charges.json', 'plain.json', 'shadow-first.json']);
  const all = files.map(loadExample);
  for (const own of [all.map(({ id }) => id), all.map(({ palletways }) => palletways.depot.number)])
    expect(new Set(own).size).toBe(all.length);
  const used = readFileSync(join(import.meta.dirname, '../../local/organisations.ts'), 'utf8');
  for (const { id, palletways } of all)
    for (const text of [id, palletways.depot.number, palletways.account]) expect(used).not.toContain(`'${text}'`);
});

test.for(files)('%s: each secret is a sentence that says where the real one comes from', (file) => {
  const example = loadExample(file);
  for (const path of secretPaths)
    expect([path, settingAt(example, path)]).toEqual([path, expect.stringMatching(/^(the|made|told) .* .*/)]);
});

test('plain: delivers for its depot, with every default but a cut-off time', () => {
  const example = loadExample('plain.json');
  expect(example.policy).toEqual({ ...defaultPolicy, cutOffs: example.policy.cutOffs });
  expect(example.policy.cutOffs.rules).toHaveLength(1);
  expect(legOf(example, 'D', '999', example.palletways.depot.number)).toBe('as told');
  expect(withheldOf(example.policy.rows)).toEqual({ network: 'off' });
});

test('shadow-first: sends nothing in any row, and every row can be seen', () => {
  const { policy } = loadExample('shadow-first.json');
  expect(withheldOf(policy.rows)).toEqual(Object.fromEntries(rows.map((row) => [row, 'shadow'])));
  expect({ ...policy, rows: defaultPolicy.rows }).toEqual(defaultPolicy);
});

test('collections-and-charges: collects what others deliver and no more, and changes of charges go both ways', () => {
  const example = loadExample('collections-and-charges.json');
  const own = example.palletways.depot.number;
  expect([legOf(example, 'D', own, '999'), legOf(example, 'C', own, '999')]).toEqual(['collection', 'collection']);
  const { charges, chargePaths, closeOut, roles, rows: switches } = example.policy;
  expect(charges).toEqual({ measured: 'both', regrade: 'both', surcharge: 'both' });
  expect(chargePaths).toEqual(defaultPolicy.chargePaths);
  expect([closeOut, roles.collections, switches.charges, switches['close-out']]).toEqual([
    'both',
    'collected',
    'on',
    'on',
  ]);
});
