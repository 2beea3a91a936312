/** A Temporal server, a worker with the real workflows, and activities that are fakes in memory: a record, and two far sides that do as told. */

import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { SearchAttributeType } from '@temporalio/common';
import protocol from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, Runtime, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { afterAll, beforeAll, type TestFunction } from 'vitest';
import type { ConsignmentActivities, ConsignmentId, SendInput, Sent } from '../../activities/types.ts';
import type { Counterpart, Fact } from '../../domain/facts/facts.ts';
import type { SignalName } from '../../domain/facts/kinds.ts';
import type { Receipt } from '../../domain/receipts/receipts.ts';
import { type SignalInput, type StateView, signalFor, state } from '../../workflows/messages.ts';
import { searchAttributes } from '../../workflows/search-attributes.ts';
import { type Program, testWith } from '../temporal.ts';
import { type Call, Consignment } from './fake-record.ts';

export { Consignment };

/** Makes tests that need this program, each with a minute. */
export const testsWith =
  (program: Program) =>
  (name: string, run: TestFunction): void =>
    testWith(program, name, 60_000, run);

/** Logs of servers and workers would hide what a test says. */
export function quietRuntime(): void {
  const silent = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };
  Runtime.install({ logger: silent, telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } } });
}

const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error: console.error };

/** A server that gets five seconds to start gets them again: a busy machine may need them. */
export async function patiently(start: () => Promise<TestWorkflowEnvironment>): Promise<TestWorkflowEnvironment> {
  for (let tries = 1; ; tries++) {
    try {
      return await start();
    } catch (error) {
      if (tries === 4) throw error;
    }
  }
}

/** The real workflows, or those of a fixture. */
export const bundle = (path = '../../workflows/index.ts'): Promise<WorkflowBundleWithSourceMap> =>
  bundleWorkflowCode({ workflowsPath: join(import.meta.dirname, path), logger: quiet });

const { IndexedValueType } = protocol.temporal.api.enums.v1;
const indexed: Readonly<Record<string, protocol.temporal.api.enums.v1.IndexedValueType>> = {
  [SearchAttributeType.KEYWORD]: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  [SearchAttributeType.KEYWORD_LIST]: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
  [SearchAttributeType.BOOL]: IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
};

/** Registers the search attributes that the workflows write; without them every workflow task fails. */
export async function registerSearchAttributes({ connection, namespace }: TestWorkflowEnvironment): Promise<void> {
  const wanted = Object.fromEntries(
    Object.values(searchAttributes).map(({ name, type }) => [name, indexed[type] ?? 0]),
  );
  await connection.operatorService.addSearchAttributes({ namespace: namespace ?? 'default', searchAttributes: wanted });
}

export class World {
  readonly env: TestWorkflowEnvironment;
  readonly taskQueue = 'test';
  readonly #bundle: WorkflowBundleWithSourceMap;
  readonly #consignments = new Map<string, Consignment>();
  #made = 0;

  constructor(env: TestWorkflowEnvironment, workflows: WorkflowBundleWithSourceMap) {
    this.env = env;
    this.#bundle = workflows;
  }

  consignment(): Consignment {
    const made = new Consignment(`c${++this.#made}`);
    this.#consignments.set(made.id.consignment, made);
    return made;
  }

  handle(of: Consignment): WorkflowHandle {
    return this.env.client.workflow.getHandle(`org/${of.id.consignment}`);
  }

  async start(of: Consignment, workflow = 'consignment'): Promise<WorkflowHandle> {
    return this.env.client.workflow.start(workflow, {
      workflowId: `org/${of.id.consignment}`,
      taskQueue: this.taskQueue,
      args: [of.id],
    });
  }

  /** As the dispatcher does: taken in first, then signalled with the plan, which starts the workflow where it does not run. */
  async tell(of: Consignment, ...facts: Fact[]): Promise<void> {
    of.learn(facts, await this.clock());
    await this.signal(of, signalFor(facts.map(({ kind }) => kind)), { plan: of.plan(await this.clock()) });
  }

  /** Word that the record is to be asked. */
  ask(of: Consignment): Promise<void> {
    return this.signal(of, 'facts', { ask: true });
  }

  async signal(of: Consignment, signal: SignalName, told: SignalInput): Promise<void> {
    await this.env.client.workflow.signalWithStart('consignment', {
      workflowId: `org/${of.id.consignment}`,
      taskQueue: this.taskQueue,
      args: [of.id],
      signal,
      signalArgs: [told],
    });
  }

  /** The server's clock, UTC ISO, some ms from now. */
  async clock(plusMs = 0): Promise<string> {
    return new Date((await this.env.currentTimeMs()) + plusMs).toISOString();
  }

  async worker(): Promise<Worker> {
    return Worker.create({
      connection: this.env.nativeConnection,
      taskQueue: this.taskQueue,
      workflowBundle: this.#bundle,
      activities: this.#activities(),
      maxConcurrentWorkflowTaskExecutions: 8,
      maxConcurrentActivityTaskExecutions: 20,
      shutdownGraceTime: '1s',
    });
  }

  #of({ consignment }: ConsignmentId): Consignment {
    const found = this.#consignments.get(consignment);
    if (found === undefined) throw new Error(`no consignment ${consignment}`);
    return found;
  }

  async #send(to: Counterpart, { lane, ...id }: SendInput): Promise<Sent> {
    const of = this.#of(id);
    const items = of.take(lane, await this.clock());
    if (items.length > 0) {
      const call: Call = {
        to,
        lane,
        keys: items.map(({ key }) => key),
        revisions: items.map(({ revision }) => revision),
        attempt: Context.current().info.attempt,
        at: await this.env.currentTimeMs(),
      };
      of.calls.push(call);
      const outcomes: Receipt[] = [];
      for (const item of items) {
        const { key, digest, revision } = item;
        const told = await of.answer(item, call);
        outcomes.push({ key, digest, revision, state: 'met', at: await this.clock(), ...told });
      }
      of.settle(outcomes, await this.clock());
    }
    return { plan: of.plan(await this.clock()) };
  }

  #activities(): ConsignmentActivities {
    return {
      loadPlan: async (id) => {
        const of = this.#of(id);
        of.loads += 1;
        await of.whileLoading();
        return of.plan(await this.clock());
      },
      takeInByHand: async ({ batch, at, said, ...id }) => {
        const of = this.#of(id);
        await of.whileTakingIn();
        const answers = of.takeInByHand(batch, said, at);
        return { answers, plan: of.plan(await this.clock()) };
      },
      closeConsignment: async ({ version, ...id }) => {
        const of = this.#of(id);
        await of.whileClosing();
        const plan = of.plan(await this.clock());
        if (of.version !== version) return { closed: false, plan };
        of.closed.push(plan.stage);
        return { closed: true, plan };
      },
      sendToPalletways: (input) => this.#send('palletways', input),
      sendToQargo: (input) => this.#send('qargo', input),
    };
  }
}

/** A server, a worker and the real workflows for the tests of one file. */
export function useWorld(start: () => Promise<TestWorkflowEnvironment>, found: boolean): { readonly world: World } {
  let world: World | undefined;
  let worker: Worker | undefined;
  let running: Promise<void> | undefined;
  beforeAll(async () => {
    if (!found) return;
    quietRuntime();
    const env = await patiently(start);
    await registerSearchAttributes(env);
    world = new World(env, await bundle());
    worker = await world.worker();
    running = worker.run();
  }, 60_000);
  afterAll(async () => {
    if (worker?.getState() === 'RUNNING') worker.shutdown();
    await running;
    await world?.env.teardown();
  });
  return {
    get world(): World {
      if (world === undefined) throw new Error('there is no server');
      return world;
    },
  };
}

/** Waits until the workflow has heard everything that the record knows, and rests. */
export const restsIn = (world: World, of: Consignment): Promise<StateView> =>
  until('rest', async () => {
    const seen = await world.handle(of).query(state);
    return seen.inFlight.length === 0 && Object.keys(seen.due).length === 0 && seen.version === of.version
      ? seen
      : undefined;
  });

/** Waits (in real time) until something is so; fails after `ms` with what was last seen. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  ms = 15_000,
): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resume) => setTimeout(resume, 30));
  }
}
