/** A Temporal server, a worker with the real workflows, and activities that are fakes in memory: a record, and two far sides that do as told. */
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { SearchAttributeType } from '@temporalio/common';
import protocol from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, Runtime, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { TestFunction } from 'vitest';
import type { ConsignmentActivities, ConsignmentId, DeliverInput, DeliverResult } from '../../activities/types.ts';
import type { Delivery, Ledger } from '../../domain/deliveries.ts';
import type { Counterpart, Fact } from '../../domain/facts.ts';
import { emptyState, fold, type Stage, subjectOf } from '../../domain/state.ts';
import type { WorkflowPolicy } from '../../domain/workflow-policy.ts';
import { forget, record } from '../../domain/working-memory.ts';
import { type SignalName, signalOf } from '../../workflows/messages.ts';
import { searchAttributes } from '../../workflows/search-attributes.ts';
import { type Program, testWith } from '../temporal.ts';

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
  const wanted = Object.fromEntries(Object.values(searchAttributes).map(({ name, type }) => [name, indexed[type] ?? 0]));
  await connection.operatorService.addSearchAttributes({ namespace: namespace ?? 'default', searchAttributes: wanted });
}

/** One call of a delivery activity, as the far side sees it. */
export interface Call {
  readonly to: Counterpart;
  readonly keys: readonly string[];
  readonly revisions: readonly number[];
  /** Which attempt of the same activity. */
  readonly attempt: number;
  /** When, by the server's clock, ms. */
  readonly at: number;
}

export type Item = DeliverInput['items'][number];

/** What a far side answers for an item; undefined: delivered. May throw, as an activity does that is to be tried again. */
export type Answer = (item: Item, call: Call) => Promise<Partial<Delivery> | undefined> | Partial<Delivery> | undefined;

/** One consignment: what the store knows of it, and what the far sides were told. */
export class Consignment {
  readonly id: ConsignmentId;
  readonly facts: Fact[] = [];
  ledger: Ledger = {};
  policy: WorkflowPolicy = { graceHours: 72, maxHistory: 1_000 };
  readonly calls: Call[] = [];
  /** Facts said by hand, in the order in which they were recorded. */
  readonly hand: Fact[] = [];
  readonly stages: { stage: Stage; closed: boolean }[] = [];
  loads = 0;
  /** Scans of one page of the record; undefined: a load tells all. */
  scansOnPage: number | undefined;
  answer: Answer = () => undefined;
  /** Called while facts said by hand are being recorded. */
  whileRecording: () => void = () => undefined;
  /** Called while the end is being recorded. */
  whileClosing: () => Promise<void> = async () => undefined;

  constructor(name: string) {
    this.id = { organisation: 'org', consignment: name };
  }

  /** Keys sent to a side, call by call. */
  sent(to: Counterpart): readonly (readonly string[])[] {
    return this.calls.filter((call) => call.to === to).map((call) => call.keys);
  }
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
    return this.env.client.workflow.start(workflow, { workflowId: `org/${of.id.consignment}`, taskQueue: this.taskQueue, args: [of.id] });
  }

  /** As the dispatcher does: stored first, then signalled, which starts the workflow where it does not run. */
  async tell(of: Consignment, ...facts: Fact[]): Promise<void> {
    of.facts.push(...facts);
    const names = new Set(facts.map((fact) => signalOf[fact.kind]));
    const [only] = names;
    await this.env.client.workflow.signalWithStart('consignment', {
      workflowId: `org/${of.id.consignment}`,
      taskQueue: this.taskQueue,
      args: [of.id],
      signal: names.size === 1 && only !== undefined ? only : ('facts' satisfies SignalName),
      signalArgs: [{ facts }],
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

  #recordHand(of: Consignment, facts: readonly Fact[] = []): void {
    for (const fact of facts) {
      if (of.facts.some(({ id }) => id === fact.id)) continue;
      of.facts.push(fact);
      of.hand.push(fact);
    }
  }

  async #deliver(to: Counterpart, input: DeliverInput): Promise<DeliverResult> {
    const of = this.#of(input);
    this.#recordHand(of, input.hand);
    const call: Call = {
      to,
      keys: input.items.map(({ key }) => key),
      revisions: input.items.map(({ revision }) => revision),
      attempt: Context.current().info.attempt,
      at: await this.env.currentTimeMs(),
    };
    of.calls.push(call);
    const outcomes: Delivery[] = [];
    for (const item of input.items) {
      const { key, digest, revision } = item;
      const told = await of.answer(item, call);
      outcomes.push({ key, digest, revision, state: 'delivered', at: await this.clock(), ...told });
    }
    of.ledger = record(of.ledger, outcomes);
    return { outcomes, facts: [] };
  }

  #activities(): ConsignmentActivities {
    return {
      loadConsignment: async ({ beyond, ...id }) => {
        const of = this.#of(id);
        of.loads += 1;
        const rest = { policy: of.policy, reference: null };
        if (of.scansOnPage === undefined) return { ...forget({ state: fold(emptyState, of.facts), ledger: of.ledger }), ...rest };
        const unsettled = of.facts.filter((fact) => fact.kind === 'scan' && of.ledger[subjectOf(fact)]?.state !== 'delivered');
        const scans = unsettled.filter((fact) => !beyond?.facts.includes(fact.id));
        const page = [...(beyond === undefined ? of.facts.filter(({ kind }) => kind !== 'scan') : []), ...scans.slice(0, of.scansOnPage)];
        return { state: fold(emptyState, page), ledger: of.ledger, more: scans.length > of.scansOnPage ? ['palletways'] : [], ...rest };
      },
      recordHand: async ({ facts, ...id }) => {
        this.#recordHand(this.#of(id), facts);
        this.#of(id).whileRecording();
      },
      keepStage: async ({ stage, closed, ...id }) => {
        const of = this.#of(id);
        of.stages.push({ stage, closed });
        if (closed) await of.whileClosing();
      },
      deliverToPalletways: (input) => this.#deliver('palletways', input),
      deliverToQargo: (input) => this.#deliver('qargo', input),
    };
  }
}

/** Waits (in real time) until something is so; fails after `ms` with what was last seen. */
export async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined, ms = 15_000): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resume) => setTimeout(resume, 30));
  }
}
