/** What a workflow costs where the record says the same again and again. On the time-skipping server. */
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { describe, expect } from 'vitest';
import { testServer } from '../temporal.ts';
import { life, order, scan, tracking } from './facts.ts';
import type { Consignment } from './fake-record.ts';
import { restsIn, testsWith, until, useWorld } from './world.ts';

const server = testServer.path ?? null;
const timed = testsWith(testServer);
const here = useWorld(
  () =>
    TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: server ?? '' } },
    }),
  server !== null,
);

const minutes = 60_000;
const history = async (of: Consignment) => (await here.world.handle(of).fetchHistory()).events ?? [];
const rests = (of: Consignment) => restsIn(here.world, of);

describe('a plan that stays as it is', () => {
  timed('though a send found nothing to do is not sent in a loop', async () => {
    const of = here.world.consignment();
    await here.world.tell(of, order(), tracking);
    await rests(of);
    of.bend = (plan) => ({ ...plan, lanes: { palletways: { due: 1, kinds: { scan: 1 }, rank: 3, supersedes: 0 } } });
    await here.world.ask(of);
    await here.world.env.sleep('1 hour');
    const sends = (await history(of)).filter((event) => event.activityTaskScheduledEventAttributes != null).length - 1;
    expect(sends).toBeGreaterThan(5);
    expect(sends).toBeLessThan(25);
    of.bend = (plan) => plan;
    await here.world.ask(of);
    await rests(of);
    // What is new is sent at once, whatever was tried in vain before.
    const from = await here.world.env.currentTimeMs();
    await here.world.tell(of, scan(2));
    await until('the scan', () => of.sent('palletways')[0]);
    expect((of.calls.at(-1)?.at ?? 0) - from).toBeLessThan(1_000 * 5);
  });

  timed('though its time has come is asked for ever more rarely', async () => {
    const of = here.world.consignment();
    const wakeAt = await here.world.clock(10 * minutes);
    of.bend = (plan) => ({ ...plan, wakeAt });
    await here.world.tell(of, order(), tracking);
    await until('sent', () => (of.calls.length > 0 ? true : undefined));
    const { loads } = of;
    await here.world.env.sleep('9 minutes');
    expect(of.loads).toBe(loads);
    await here.world.env.sleep('1 hour');
    expect(of.loads - loads).toBeGreaterThan(5);
    expect(of.loads - loads).toBeLessThan(30);
  });

  timed('though it should be closed and is not, is closed ever more rarely', async () => {
    const of = here.world.consignment();
    let tries = 0;
    of.whileClosing = () => {
      tries += 1;
    };
    of.bend = (plan) => ({ ...plan, version: plan.version + 1 });
    await here.world.tell(of, ...life);
    await until('sent', () => (of.calls.length > 1 ? true : undefined));
    await here.world.env.sleep('73 hours');
    expect(tries).toBeGreaterThan(3);
    expect(tries).toBeLessThan(40);
    of.bend = (plan) => plan;
    await here.world.ask(of);
    await here.world.handle(of).result();
    expect(of.closed).toEqual(['delivered']);
  });
});
