/**
 * The real parts under one roof, for tests and measurements: a Temporal dev server, both twins and workers as processes
 * of their own, the HTTP service with its dispatcher in this one. All of it ends with `close()`, or with this process.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { type Logger, pino } from 'pino';
import { registerSearchAttributes } from '../client/cli/setup.ts';
import { Dispatcher } from '../client/dispatch/dispatcher.ts';
import { buildService } from '../client/http/server.ts';
import { startSchedules } from '../client/operations/schedules.ts';
import { connectTemporal } from '../client/temporal.ts';
import type { Policy } from '../domain/policy/settings.ts';
import { loopbackDirect } from '../local/environment.ts';
import { call } from '../local/loopback.ts';
import { demonstrations } from '../local/organisations.ts';
import { defaultPorts, nextFree } from '../local/ports.ts';
import { Supervisor } from '../local/processes.ts';
import { productCommand, productEnvironment } from '../local/product.ts';
import { startTemporal } from '../local/temporal.ts';
import { deleteTemporal } from '../local/temporal-loss.ts';
import { judge, type Table } from '../sandbox/judge/judge.ts';
import { readCalls, readEvidence } from '../sandbox/judge/read.ts';
import type { Call } from '../sandbox/judge/shapes.ts';
import type { Fault } from '../sandbox/server/faults.ts';
import type { CharacterName } from '../sandbox/server/flips.ts';
import { vouchForContact } from '../store/organisations/contacts.ts';
import { type Installation, openInstallation } from '../store/organisations/installation.ts';
import type { OrganisationDraft } from '../store/organisations/organisations.ts';
import { findByReference } from '../store/record/consignments.ts';
import { countOutstanding, type OwedNow } from '../store/views/overview.ts';

const here = dirname(fileURLToPath(import.meta.url));
/** Where the compiled processes are, whether this file runs compiled or as TypeScript. */
const dist = import.meta.url.endsWith('.ts') ? resolve(here, '../dist') : resolve(here, '..');

export interface Addresses {
  /** Where the product reaches Qargo. */
  readonly qargo: string;
  /** Where Qargo's events reach the product. */
  readonly service: string;
}

export interface HouseOptions {
  /** Folder for everything that is written; the caller removes it. */
  readonly data: string;
  /** A schema with all its tables. */
  readonly database: { readonly url: string; readonly schema: string };
  /** The Temporal CLI, from `findTemporal`. */
  readonly cli: string;
  /** Divides intervals, multiplies limits. */
  readonly pace?: number;
  readonly organisations?: number;
  /** What differs from the default policy, for all or by organisation. */
  readonly policy?: Partial<Policy> | ((organisation: string) => Partial<Policy>);
  /** Sweeps run. Left out, so that what is counted is the work and not the sweeps. */
  readonly schedules?: boolean;
  /** Workers say their version, and what is open is brought to another one by `release`. Left out, workers simply follow each other. */
  readonly versions?: boolean;
  /** Tries of each push of the twins. */
  readonly pushTries?: number;
  /** The twins play this character; left out they play `former`, whose reads show everything that a test may look for. */
  readonly character?: CharacterName;
  /** IANA zone of a depot that is not in its usual place. */
  readonly zones?: Readonly<Record<string, string>>;
  /** Whether the sweep reads trips; as usual where left out. */
  readonly tripReads?: boolean;
  /** The key that secrets and digests are made with, base64; a new one where left out. */
  readonly masterKey?: string;
  /** Stands something between product and Qargo: answers the addresses that each is told of the other. */
  readonly between?: (real: Addresses) => Promise<Addresses>;
}

export interface House {
  readonly pace: number;
  readonly organisations: readonly string[];
  readonly palletways: string;
  readonly qargo: string;
  readonly service: string;
  readonly installation: Installation;
  readonly temporal: Client;
  readonly server: { readonly cli: string; readonly address: string; readonly namespace: string };
  /** Waits until all that was said has arrived and nothing is owed; throws with what is open where that takes too long. */
  settled(withinMs?: number): Promise<Table>;
  judged(): Promise<Table>;
  owed(): Promise<OwedNow>;
  faults(twin: 'palletways' | 'qargo', list: readonly Fault[]): Promise<void>;
  calls(): Promise<{ palletways: Call[]; qargo: Call[] }>;
  /** The workflow of a consignment by any of its references; throws where there is not exactly one. */
  workflowOf(reference: string): Promise<string>;
  /** Starts the worker, with more in its environment where a test wants it otherwise than it is. */
  startWorker(more?: NodeJS.ProcessEnv): Promise<void>;
  /** Starts one more beside it; answers the way to end it as a crash would. */
  startSecondWorker(more: NodeJS.ProcessEnv): Promise<{ kill(): Promise<void> }>;
  /** Runs the command `release`, with more in its environment; answers its output. */
  release(more?: NodeJS.ProcessEnv): Promise<string>;
  /** Process id of the worker that runs. */
  workerPid(): number | undefined;
  /** Ends the worker as a crash would; resolves when it is gone. */
  killWorker(): Promise<void>;
  /** Stops worker and service, does something while nothing of the product runs, and starts both again, the service on its port. */
  restartProduct(meanwhile: () => Promise<unknown>): Promise<void>;
  /** Stops Temporal, does something to its files (deletes them unless told otherwise) and starts it again on its ports. */
  restartTemporal(meanwhile?: (data: string) => unknown): Promise<void>;
  /** A command of the product, as a process; what it said. */
  command(...args: string[]): Promise<string>;
  /** The product's command `rebuild`, as a process; what it said. */
  rebuild(...args: string[]): Promise<string>;
  close(): Promise<void>;
}

const settleMs = 60_000;

/** Starts the parts one after the other. Where one does not start, those before it are stopped. */
export async function startHouse(options: HouseOptions): Promise<House> {
  const { data, cli, pace = 10, schedules = false, versions = false, pushTries = 4, character = 'former' } = options;
  const playing = { pace, tries: pushTries, character };
  mkdirSync(join(data, 'logs'), { recursive: true });
  const supervisor = new Supervisor(data);
  const before = { address: process.env.TEMPORAL_ADDRESS, namespace: process.env.TEMPORAL_NAMESPACE };
  const closing: (() => unknown)[] = [() => supervisor.stopAll()];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const [server, palletwaysTwin, qargoTwin] = await Promise.all([
      startServer(supervisor, cli, data),
      twin(supervisor, data, 'palletways', playing),
      twin(supervisor, data, 'qargo', playing),
    ]);
    closing.push(() => restore(before));
    process.env.TEMPORAL_ADDRESS = server.address;
    process.env.TEMPORAL_NAMESPACE = server.namespace;
    const temporal = await connectTemporal();
    closing.push(() => temporal.connection.close());
    await registerSearchAttributes();

    const env = environmentOf(options, server);
    const installation = openInstallation('service', { max: 12, variables: env });
    closing.push(() => installation.close());
    const log = pino({ level: 'info' }, pino.destination({ dest: join(data, 'logs/service.log'), sync: true }));
    const serving = await startService({ installation, temporal, log });
    closing.push(() => serving.stop());
    const { at: service } = serving;

    const twins = { palletways: `http://127.0.0.1:${palletwaysTwin[1]}`, qargo: `http://127.0.0.1:${qargoTwin[1]}` };
    const seen = (await options.between?.({ qargo: twins.qargo, service })) ?? { qargo: twins.qargo, service };
    const ports = { ...defaultPorts, palletways: Number(palletwaysTwin[1]), ftp: Number(palletwaysTwin[2]) };
    const real = { ...ports, qargo: Number(qargoTwin[1]), service: portOf(service) };
    const organisations = await putOrganisations(options, installation, twins, { real, seen });
    if (schedules) {
      const kept = startSchedules(installation, temporal, log);
      closing.push(() => kept.stop());
    }
    const worker = workerOf(supervisor, env, 'worker');
    await worker.start();
    if (versions) await productCommand(dist, ['release'], env);
    return houseOf({
      pace,
      data,
      cli,
      organisations,
      twins,
      installation,
      temporal,
      server,
      supervisor,
      env,
      serving,
      worker,
      close,
    });
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

/** The environment of the product's processes. */
function environmentOf(
  { data, database, pace = 10, versions = false, masterKey = randomBytes(32).toString('base64') }: HouseOptions,
  { address, namespace }: { readonly address: string; readonly namespace: string },
): NodeJS.ProcessEnv {
  const { url: databaseUrl, schema } = database;
  return {
    ...productEnvironment({ databaseUrl, schema, temporalAddress: address, namespace, masterKey, data, pace }),
    PALLETWAYS_QARGO_WORKER_VERSIONS: versions ? 'on' : 'off',
  };
}

/** The service, which can be stopped and served again on its port. */
interface Serving {
  readonly at: string;
  stop(): Promise<void>;
  again(): Promise<void>;
}

async function startService({
  installation,
  temporal,
  log,
}: Pick<House, 'installation' | 'temporal'> & { log: Logger }): Promise<Serving> {
  const serve = async (port: number) => {
    const dispatcher = new Dispatcher({ installation, temporal, log });
    const app = buildService({
      installation,
      temporal,
      log,
      operationsToken: undefined,
      stored: (bytes) => dispatcher.kick(bytes),
    });
    const at = await app.listen({ port, host: '127.0.0.1' });
    dispatcher.start();
    return {
      at,
      stop: async () => {
        await app.close();
        await dispatcher.stop();
      },
    };
  };
  let serving = await serve(0);
  const { at } = serving;
  return {
    at,
    stop: () => serving.stop(),
    again: async () => {
      serving = await serve(portOf(at));
    },
  };
}

type Twins = Pick<House, 'palletways' | 'qargo'>;

/** Makes the organisations known to the product and to both twins. Answers their ids. */
async function putOrganisations(
  { organisations: count = 1, data, policy = {}, zones, tripReads }: HouseOptions,
  installation: Installation,
  { palletways, qargo }: Twins,
  { real, seen }: { readonly real: Readonly<Record<keyof typeof defaultPorts, number>>; readonly seen: Addresses },
): Promise<string[]> {
  // What the product is told of Qargo, and Qargo of the product; Palletways pushes straight to the service.
  const ours = demonstrations(count, data, { ...real, qargo: portOf(seen.qargo) });
  const theirs = demonstrations(count, data, { ...real, service: portOf(seen.service) });
  for (const [index, { id, product, palletways: toPalletways }] of ours.entries()) {
    const own = typeof policy === 'function' ? policy(id) : policy;
    const draft = product as OrganisationDraft;
    const wire = tripReads === undefined ? {} : { wire: { qargo: { tripReads } } };
    const moved = zones?.[id] === undefined ? {} : { zone: zones[id] };
    await installation.organisations.put(
      { ...draft, ...wire, palletways: { ...draft.palletways, ...moved }, policy: own },
      'house',
    );
    await vouchForContact(installation.db, id, 1, { who: 'house', why: 'these are the twins' });
    await call('PUT', `${palletways}/control/organisations/${id}`, { ...(toPalletways as object), ...moved });
    await call('PUT', `${qargo}/control/organisations/${id}`, theirs[index]?.qargo);
  }
  return ours.map(({ id }) => id);
}

interface Parts extends Pick<House, 'pace' | 'organisations' | 'installation' | 'temporal' | 'close'> {
  readonly data: string;
  readonly cli: string;
  readonly twins: Twins;
  readonly server: { readonly address: string; readonly namespace: string };
  readonly supervisor: Supervisor;
  readonly env: NodeJS.ProcessEnv;
  readonly serving: Serving;
  readonly worker: ReturnType<typeof workerOf>;
}

/** What can be asked of the parts, and done to them. */
function houseOf({ data, cli, twins, server, supervisor, env, serving, worker, ...shown }: Parts): House {
  const { installation } = shown;
  return {
    ...shown,
    ...twins,
    service: serving.at,
    server: { cli, ...server },
    settled: (withinMs = settleMs) => settled({ ...twins, installation }, withinMs),
    judged: async () => {
      const { said, held, trackingIds } = await readEvidence(twins);
      return judge(said, held, { trackingIds });
    },
    owed: () => countOutstanding(installation.db),
    faults: async (which, list) => {
      await call('PUT', `${twins[which]}/control/faults`, { faults: list });
    },
    calls: () => readCalls(twins),
    workflowOf: async (reference) => {
      const [row, other] = await findByReference(installation.db, reference);
      if (row === undefined || other !== undefined)
        throw new Error(`${reference} is not the reference of one consignment`);
      return row.workflow;
    },
    startWorker: worker.start,
    startSecondWorker: async (more) => {
      const second = workerOf(supervisor, env, 'second worker');
      await second.start(more);
      return second;
    },
    release: (more) => productCommand(dist, ['release'], { ...env, ...more }),
    workerPid: worker.pid,
    killWorker: worker.kill,
    restartProduct: async (meanwhile) => {
      await worker.kill();
      await serving.stop();
      await meanwhile();
      await serving.again();
      await worker.start();
    },
    restartTemporal: async (meanwhile = deleteTemporal) => {
      const { ready } = await supervisor.again('temporal', 'SIGTERM', () => meanwhile(data));
      await ready;
    },
    command: (...args) => productCommand(dist, args, env),
    rebuild: (...args) => productCommand(dist, ['rebuild', ...args], env),
  };
}

async function startServer(supervisor: Supervisor, cli: string, data: string) {
  // Below the ports that the system gives out by itself; several houses may start at once.
  const port = await nextFree(12_000 + Math.floor(Math.random() * 9_000) * 2);
  const uiPort = await nextFree(port + 1);
  const { address, namespace } = await startTemporal(supervisor, { cli, data, port, uiPort });
  return { address, namespace };
}

async function twin(
  supervisor: Supervisor,
  data: string,
  name: 'palletways' | 'qargo',
  { pace, tries, character }: { readonly pace: number; readonly tries: number; readonly character: CharacterName },
): Promise<RegExpExecArray> {
  const running = await supervisor.start({
    name,
    command: process.execPath,
    args: [
      join(dist, `sandbox/${name}/main.js`),
      '--port=0',
      ...(name === 'palletways' ? ['--ftp-port=0'] : []),
      `--data=${join(data, name)}`,
      `--pace=${pace}`,
      `--push-tries=${tries}`,
      `--character=${character}`,
    ],
    env: loopbackDirect(process.env),
    readyLine: /^listening (\d+)(?: ftp (\d+))?/,
  });
  if (running.ready === null) throw new Error(`the ${name} twin names no port`);
  return running.ready;
}

function workerOf(supervisor: Supervisor, env: NodeJS.ProcessEnv, name: string) {
  let running: Awaited<ReturnType<Supervisor['start']>> | undefined;
  return {
    start: async (more: NodeJS.ProcessEnv = {}) => {
      running = await supervisor.start({
        name,
        command: process.execPath,
        args: [join(dist, 'client/cli/main.js'), 'worker'],
        env: { ...env, ...more },
        readyLine: /^worker ready/,
        stopWithinMs: 5_000,
      });
    },
    pid: () => running?.pid(),
    kill: async () => {
      const pid = running?.pid();
      if (running === undefined || pid === undefined) throw new Error('no worker runs');
      process.kill(pid, 'SIGKILL');
      await running.ended;
    },
  };
}

const portOf = (url: string) => Number(new URL(url).port);

function restore(before: { address: string | undefined; namespace: string | undefined }): void {
  const put = (name: string, value: string | undefined) => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  put('TEMPORAL_ADDRESS', before.address);
  put('TEMPORAL_NAMESPACE', before.namespace);
}

async function settled(
  of: { readonly palletways: string; readonly qargo: string; readonly installation: Installation },
  withinMs: number,
): Promise<Table> {
  const until = Date.now() + withinMs;
  for (;;) {
    const { said, held, trackingIds, pending } = await readEvidence(of);
    const table = judge(said, held, { trackingIds });
    const { owed, waiting, stuck, examples } = await countOutstanding(of.installation.db);
    if (table.total.lost + pending.pushes + pending.uploads + pending.late + owed + waiting === 0) return table;
    if (Date.now() > until) {
      const lost = table.lost.slice(0, 10).map((one) => `lost: ${one.kind} ${one.conNo}: ${one.why}`);
      const open = `${owed} owed (${examples.join(', ')}), ${waiting} waiting, ${stuck} stuck`;
      const far = `${pending.pushes} pushes and ${pending.uploads} uploads under way`;
      throw new Error([`not settled after ${withinMs} ms: ${open}, ${far}`, ...lost].join('\n'));
    }
    await sleep(200);
  }
}
