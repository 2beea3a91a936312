/** What a workflow asks to have delivered while its row has been switched off meanwhile. */
import { expect, test } from 'vitest';
import { deliverWhatIsOn } from '../../activities/switched.ts';
import type { DeliverInput } from '../../activities/types.ts';
import { defaultPolicy } from '../../domain/organisation.ts';
import type { Row, Switch } from '../../domain/rows.ts';
import { workflowPolicy } from '../../domain/workflow-policy.ts';
import type { Installation } from '../../store/installation.ts';

const items: DeliverInput['items'] = (['scan', 'milestone', 'evidence'] as const).map((kind) => ({
  key: kind,
  kind,
  digest: '1',
  revision: 1,
  fact: kind,
}));
const input: DeliverInput = { organisation: 'alpha', consignment: 'c1', items };

async function asked(rows: Partial<Record<Row, Switch>>, of = input) {
  const policy = { ...defaultPolicy, rows: { ...defaultPolicy.rows, ...rows } };
  const installation = { organisations: { cached: async () => ({ policy }) } } as unknown as Installation;
  const handed: string[][] = [];
  const result = await deliverWhatIsOn(installation, of, async (on) => {
    handed.push(on.items.map(({ key }) => key));
    return { outcomes: [], facts: [] };
  });
  return { handed, told: result.policy, now: workflowPolicy(policy) };
}

test('all on: everything is delivered, and no policy is told', async () => {
  expect(await asked({})).toMatchObject({ handed: [['scan', 'milestone', 'evidence']], told: undefined });
});

test('what is off is left out and the policy of now is told, so that it is owed no more; a read is never off', async () => {
  const { handed, told, now } = await asked({ scans: 'off', milestones: 'shadow' });
  expect(handed).toEqual([['evidence']]);
  expect(told).toEqual(now);
  expect(told?.withheld).toEqual({ scans: 'off', milestones: 'shadow', network: 'off' });
});

test('where nothing is left nothing is called', async () => {
  const { handed, told } = await asked({ scans: 'off' }, { ...input, items: items.slice(0, 1) });
  expect(handed).toEqual([]);
  expect(told?.withheld).toEqual({ scans: 'off', network: 'off' });
});
