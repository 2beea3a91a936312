/** How an order ends or stands still at Qargo otherwise than agreed: it is a line of work, and goes by itself where Qargo has it back. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import { sweepQargo } from '../../activities/sweep/qargo.ts';
import { call } from '../../local/loopback.ts';
import { putAside } from '../../store/intake/aside.ts';
import { attention } from '../../store/views/attention.ts';
import { ago, atPalletways, atQargo, type Made, make, notesOf, plan } from './deeds.ts';
import { useGround } from './ground.ts';

const ground = useGround({});

async function sweep({ of, id }: Made): Promise<void> {
  for (const _ of [1, 2])
    await new MockActivityEnvironment().run(() => sweepQargo(of.services, { organisation: id.organisation }));
  await of.hear(id);
}

async function planned(flips: readonly string[] = []): Promise<Made & { readonly trip: string }> {
  const of = ground();
  await call('PUT', `${of.qargo}/control/character`, { character: 'published', flips });
  // One sweep reads what it has time for: orders of earlier tests are not due any more.
  await of.installation.db.query('update consignment set closed_at = clock_timestamp()');
  const made = await make(of, of.organisations[0] ?? '');
  const trip = await plan(made, `T${made.trackingId}`, 300);
  await of.hear(made.id);
  await sweep(made);
  return { ...made, trip };
}

const lines = async ({ of, id }: Made) =>
  (await attention(of.installation.db, {})).lines.filter((line) => line.consignment === id.consignment);
const endings = async (made: Made) =>
  (await lines(made)).flatMap(({ cause }) => (cause.code === 'ending' ? [cause.how] : []));
const notes = async (made: Made) => (await notesOf(made)).map(({ group, type }) => `${group} ${type}`);

test('an order that a planner cancels is asked about, its plan is taken back, and undone it is no work any more', async () => {
  const made = await planned();
  expect(await lines(made)).toEqual([]);
  await atQargo(made, 'cancel');
  await sweep(made);
  expect(await endings(made)).toEqual(['cancelled']);
  expect(await notes(made)).toEqual(['PLN ALC', 'PLN UNA']);
  await sweep(made);
  expect(await endings(made)).toEqual(['cancelled']);
  await atQargo(made, 'undo');
  await sweep(made);
  expect(await lines(made)).toEqual([]);
});

test('one consignment of an order that is cancelled, while another lives on, is asked about', async () => {
  const made = await planned();
  await atQargo(made, 'consignments');
  await atQargo(made, 'cancel', { consignment: 1 });
  await sweep(made);
  expect(await endings(made)).toEqual(['cancelled in part']);
});

test('an order that is replaced by a similar one is asked about', async () => {
  const made = await planned();
  await atQargo(made, 'similar');
  await sweep(made);
  expect(await endings(made)).toEqual(['cancelled']);
  expect((await lines(made))[0]?.next).toContain('adopt');
});

test('a blocked order is asked about, until it is let go', async () => {
  const made = await planned();
  await atQargo(made, 'block');
  await sweep(made);
  expect(await endings(made)).toEqual(['blocked']);
  await atQargo(made, 'block', { blocked: false });
  await sweep(made);
  expect(await endings(made)).toEqual([]);
});

test('a delivery that is taken back by a reset of its trip is asked about', async () => {
  const made = await planned();
  await atQargo(made, 'stop', { stop: 'PICKUP', status: 'COMPLETED', at: ago(230), startedAt: ago(250) });
  await atQargo(made, 'stop', { stop: 'DELIVERY', status: 'COMPLETED', at: ago(100), startedAt: ago(120) });
  await made.of.hear(made.id);
  await sweep(made);
  expect(await notes(made)).toContain('STS DLV');
  await call('POST', `${made.of.qargo}/control/trips/${made.trip}/reset`, {});
  await sweep(made);
  expect(await endings(made)).toEqual(['reset']);
});

for (const [flip, what] of [
  ['38f', 'whose stop is open again without an incident'],
  ['39b', 'whose stop was removed'],
] as const)
  test(`an attempt ${what} is asked about: nobody can tell how it ended`, async () => {
    const made = await planned([flip]);
    await atQargo(made, 'stop', { stop: 'PICKUP', status: 'COMPLETED', at: ago(230), startedAt: ago(250) });
    await atQargo(made, 'stop', { stop: 'DELIVERY', status: 'AT_STOP', at: ago(120) });
    await made.of.hear(made.id);
    await sweep(made);
    expect(await endings(made)).toEqual([]);
    const incident = { code: 'CARDED', name: 'Carded', description: 'nobody in', photos: [] };
    await atQargo(made, 'stop', { stop: 'DELIVERY', status: 'FAILED', at: ago(100), startedAt: ago(120), incident });
    await sweep(made);
    expect(await endings(made)).toEqual(['attempt not known']);
  });

for (const flips of [[], ['49b'], ['49c']] as const)
  test(`an order that lives on though we took it back is asked about: ${flips[0] ?? 'undone in the screen'}`, async () => {
    const made = await planned(flips);
    await atPalletways(made, 'cancel', {});
    await made.of.hear(made.id);
    if (flips.length === 0) await atQargo(made, 'undo');
    await sweep(made);
    expect(await endings(made)).toEqual(['lives on']);
  });

test('an order that ended as agreed is no work, and one that a person knows of can be put aside', async () => {
  const made = await planned();
  await atPalletways(made, 'cancel', {});
  await made.of.hear(made.id);
  await sweep(made);
  expect(await endings(made)).toEqual([]);
  const other = await planned();
  await atQargo(other, 'cancel');
  await sweep(other);
  const [line] = await lines(other);
  expect(await putAside(other.of.installation.db, line?.id ?? '', { who: 'Priya', why: 'known' })).toBe(true);
  expect(await lines(other)).toEqual([]);
});
