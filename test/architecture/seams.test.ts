import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { type FaultName, plant } from '../way/plant.ts';
import { faults } from '../way/seams/faults.mjs';
import { house } from './house.ts';

const root = resolve(import.meta.dirname, '../..');

test.for(Object.keys(faults) as FaultName[])('the steps that %s takes the place of are there', async (name) => {
  const { module, instead } = faults[name];
  const real = (await import(`${root}/${module}`)) as object;
  expect(Object.keys(real)).toEqual(expect.arrayContaining(Object.keys(instead)));
});

test('a process that is asked for a fault that nobody knows does not begin', () => {
  const env = { ...process.env, ...plant('unknown' as FaultName) };
  const { status, stderr } = spawnSync(process.execPath, ['-e', ''], { env, encoding: 'utf8' });
  expect([status, stderr]).toEqual([1, expect.stringContaining('no fault is called unknown')]);
});

test('no file of the product names a fault', () => {
  const product = [...house].filter(([path]) => !/^(?:test|scripts)\//.test(path));
  const naming = product.filter(([, text]) => Object.keys(faults).some((name) => text.includes(name)));
  expect(naming.map(([path]) => path)).toEqual([]);
});
