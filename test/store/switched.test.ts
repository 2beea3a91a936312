/** What a workflow asks to have delivered while its row has been switched off meanwhile. */
import { expect, test } from 'vitest';
import { deliverWhatIsOn } from '../../activities/switched.ts';
import type { DeliverInput } from '../../activities/types.ts';
import type { Fact } from '../../domain/facts.ts';
import { defaultPolicy } from '../../domain/organisation.ts';
import type { Row, Switch } from '../../domain/rows.ts';
import { workflowPolicy } from '../../domain/workflow-policy.ts';
import type { Installation } from '../../store/installation.ts';
import { factOf } from '../domain/arbitraries.ts';

const items: DeliverInput['items'] = (['scan', 'milestone', 'evidence'] as const).map((kind) => ({
  key: kind,
  kind,
  digest: '1',
  revision: 1,
  fact: kind,
}));
const input: DeliverInput = { organisation: 'alpha', consignment: 'c1', items };

/** Answers for what is asked of a consignment by a fact's id. */
const recordOf = (facts: readonly Fact[]) => ({
  query: async (_: string, [, id]: readonly string[]) => ({
    rows: facts.filter((fact) => fact.id === id).map((envelope) => ({ envelope })),
  }),
});

async function asked(rows: Partial<Record<Row, Switch>>, of = input, facts: readonly Fact[] = []) {
  const policy = { ...defaultPolicy, rows: { ...defaultPolicy.rows, ...rows } };
  const installation = { organisations: { cached: async () => ({ policy }) }, db: recordOf(facts) } as unknown as Installation;
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

test('of verdicts and files the fact says whose they are: those on cancellations and photos of exceptions stay with their rows', async () => {
  const drawn = { at: 1, heard: 1, content: 0 };
  const draws = { edit: ['verdict', 0], refusal: ['verdict', 1], signature: ['document', 1], damage: ['document', 0] } as const;
  const told = Object.entries(draws).map(([key, [kind, subject]]) => ({ key, fact: factOf({ ...drawn, kind, subject }) }));
  const facts = told.map(({ fact }) => fact);
  const items = told.map(({ key, fact }) => {
    return { key, kind: fact.kind === 'verdict' ? ('verdict' as const) : ('file' as const), digest: '1', revision: 1, fact: fact.id };
  });
  const handed = async (rows: Partial<Record<Row, Switch>>) => (await asked(rows, { ...input, items }, facts)).handed;
  expect(await handed({ cancellations: 'shadow', exceptions: 'off' })).toEqual([['edit', 'signature']]);
  expect(await handed({ orders: 'off', pod: 'shadow' })).toEqual([['refusal', 'damage']]);
  expect(await handed({ orders: 'off', cancellations: 'off', pod: 'off', exceptions: 'shadow' })).toEqual([]);
  expect(await handed({})).toEqual([['edit', 'refusal', 'signature', 'damage']]);
});
