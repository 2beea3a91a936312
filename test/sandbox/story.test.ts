/** Every step that a full story adds is one that the twins take. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Known, perform, type Stage } from '../../sandbox/day/perform.ts';
import { plan } from '../../sandbox/day/plan.ts';
import type { Step } from '../../sandbox/day/steps.ts';
import { Twins } from '../../sandbox/day/twins.ts';
import { Palletways, Qargo } from './twins-under-test.ts';

test('the twins take each kind of step of a story, and say it', async () => {
  const [palletways, qargo] = [new Palletways(), new Qargo()];
  await palletways.start();
  await qargo.start();
  const twins = new Twins({ palletways: palletways.base, qargo: qargo.base });
  try {
    const options = { consignments: 60, seed: 3, organisations: ['north'], pace: 1, now: Date.now() };
    const before = new Set(plan(options).steps.map((step) => step.kind));
    const { steps } = plan({ ...options, story: 'full' });
    const { responseId } = await palletways.create({ push: false });
    const known: Known = { responseId, orderId: await qargo.order() };
    const stage: Stage = { twins, seed: 3, pace: 1, known: () => known, trips: new Map() };
    const nameOf = (step: Step) =>
      step.kind === 'desk' ? step.call : step.kind === 'network' ? String(step.note.group) : step.kind;
    const one = new Map(steps.filter((step) => !before.has(step.kind)).map((step) => [nameOf(step), step]));
    expect([...one.keys()].toSorted()).toEqual([
      'BIN',
      'CHG',
      'HLD',
      'REJ',
      'STA',
      'charges',
      'custom',
      'documents',
      'edit',
      'eta',
      'revive',
      'weigh',
    ]);
    await palletways.control('POST', `consignments/${responseId}/cancel`, { push: false });
    for (const step of one.values()) await perform(stage, { ...step, keys: ['one'] });
    const kinds = async (base: Palletways | Qargo) =>
      z
        .object({ items: z.array(z.object({ kind: z.string() })) })
        .parse(await base.control('GET', 'said?since=0'))
        .items.map(({ kind }) => kind);
    expect((await kinds(palletways)).toSorted()).toEqual([
      'cancelled',
      'created',
      ...Array.from({ length: 5 }, () => 'network'),
      'revived',
    ]);
    expect((await kinds(qargo)).toSorted()).toEqual([
      'charges',
      'custom',
      'document',
      'eta',
      'order edited',
      'order edited',
    ]);
  } finally {
    await twins.close();
    await palletways.stop();
    await qargo.stop();
  }
});
