/** A delivery that failed, as each incident action and each alternative of assumptions 38 and 39 leaves it: told once, with its reason, and the next attempt is told. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import { sweepQargo } from '../../activities/sweep/qargo.ts';
import { call } from '../../local/loopback.ts';
import { ago, atQargo, type Made, make, notesOf, plan } from './deeds.ts';
import { useGround } from './ground.ts';

const ground = useGround({});

async function character(flips: readonly string[]): Promise<void> {
  await call('PUT', `${ground().qargo}/control/character`, { character: 'published', flips });
}

/** Two sweeps, so that what the first one asks for is read; then what is due is sent. */
async function sweep({ of, id }: Made): Promise<void> {
  for (const _ of [1, 2])
    await new MockActivityEnvironment().run(() => sweepQargo(of.services, { organisation: id.organisation }));
  await of.hear(id);
}

/** Notes about plan and outcome, in their order: `STS FLD CARDED`. */
async function outcomes(made: Made): Promise<string[]> {
  return (await notesOf(made))
    .filter(({ group }) => ['PLN', 'STS', 'EXC'].includes(group))
    .map(({ group, type, description }) => `${group} ${type}${type === 'FLD' ? ` ${description}` : ''}`);
}

async function onTheRoad(flips: readonly string[]): Promise<Made> {
  await character(flips);
  const of = ground();
  // One sweep reads what it has time for: orders of earlier tests are not due any more.
  await of.installation.db.query('update consignment set closed_at = clock_timestamp()');
  const made = await make(of, of.organisations[0] ?? '');
  await plan(made, `T${made.trackingId}`, 300);
  await of.hear(made.id);
  await sweep(made);
  await atQargo(made, 'stop', { stop: 'PICKUP', status: 'COMPLETED', at: ago(230), startedAt: ago(250) });
  await atQargo(made, 'stop', { stop: 'DELIVERY', status: 'AT_STOP', at: ago(120) });
  await of.hear(made.id);
  await sweep(made);
  return made;
}

const fail = (made: Made, more: object = {}) =>
  atQargo(made, 'stop', {
    stop: 'DELIVERY',
    status: 'FAILED',
    at: ago(100),
    startedAt: ago(120),
    incident: { code: 'CARDED', name: 'Carded', description: 'nobody in', photos: [] },
    ...more,
  });

const before = ['PLN ALC', 'STS OFD', 'STS ARR'];

for (const [how, flips, body] of [
  ['block', [], { action: 'block' }],
  ["don't replan", [], { action: 'dont-replan' }],
  ['retry', [], { action: 'retry' }],
  ['return', [], { action: 'return' }],
  ['cancel', [], { action: 'cancel' }],
  ['a stop that is BLOCKED', ['38a'], {}],
  ['a stop that is COMPLETED', ['38b'], {}],
  ['a stop that is to be planned again', ['38c'], {}],
  ['a stop that is CANCELLED', ['38d'], {}],
  ['a stop that is IGNORED', ['38g'], {}],
  ['a retry that the consignment names', ['39d'], {}],
  ['a retry at the same stop', ['39e'], {}],
] as const)
  test(`${how}: the failed attempt is told once, with its reason, and before what follows it`, async () => {
    const made = await onTheRoad(flips);
    await fail(made, body);
    await sweep(made);
    await sweep(made);
    const told = (await outcomes(made)).slice(before.length);
    expect(await outcomes(made)).toEqual([...before, ...told]);
    expect(told.filter((note) => note.startsWith('STS'))).toEqual(['STS FLD CARDED']);
    expect(told.filter((note) => note.startsWith('EXC'))).toHaveLength(1);
    if (told.includes('PLN UNA')) expect(told.indexOf('STS FLD CARDED')).toBeLessThan(told.indexOf('PLN UNA'));
  });

for (const flips of [[], ['39d'], ['39e'], ['38c'], ['38a']] as const)
  test(`the attempt after a failure is told: ${flips.length === 0 ? 'as published' : flips.join()}`, async () => {
    const made = await onTheRoad(flips);
    await fail(made);
    await sweep(made);
    await plan(made, `N${made.trackingId}`, 90);
    await made.of.hear(made.id);
    await sweep(made);
    const [left, arrived, done] = [30, 20, 10].map((ms) => new Date(Date.now() - ms).toISOString());
    await atQargo(made, 'stop', { stop: 'PICKUP', status: 'COMPLETED', at: left, startedAt: left, push: false });
    await atQargo(made, 'stop', { stop: 'DELIVERY', status: 'COMPLETED', at: done, startedAt: arrived, push: false });
    await sweep(made);
    await sweep(made);
    const told = await outcomes(made);
    const second = told.slice(told.indexOf('STS FLD CARDED') + 1).filter((note) => !note.startsWith('EXC'));
    expect(told.filter((note) => note === 'STS FLD CARDED')).toHaveLength(1);
    expect(second.filter((note) => note !== 'PLN UNA')).toEqual(['PLN ALC', 'STS OFD', 'STS ARR', 'STS DLV']);
  });
