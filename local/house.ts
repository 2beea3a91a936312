import { join } from 'node:path';
import { findTemporal } from './binaries/find.ts';
import { contactAll } from './contact.ts';
import { type Made, masterKey, readMade, writeMade, writeWhole } from './data-folder.ts';
import {
  databaseName,
  demoNamespace,
  demoSchema,
  makeNamespace,
  namespaceServes,
  refuseForeign,
  schemaExists,
} from './elsewhere.ts';
import { loopbackDirect } from './environment.ts';
import { call } from './loopback.ts';
import type { Options } from './options.ts';
import { type Demonstration, demonstrations } from './organisations.ts';
import type { Feed } from './people.ts';
import { choosePorts, type Ports } from './ports.ts';
import { startPostgres } from './postgres.ts';
import type { Supervisor } from './processes.ts';
import { productCommand, productEnvironment } from './product.ts';
import type { Progress } from './progress.ts';
import type { Sources } from './settle.ts';
import { organisationsAnswer } from './shapes.ts';
import { startTemporal } from './temporal.ts';

/** Everything that runs, by its addresses. */
export interface House extends Sources {
  /** Environment of product processes. */
  readonly env: NodeJS.ProcessEnv;
  /** Feeds of exceptions that Palletways fetches. */
  readonly feeds: readonly Feed[];
  /** Rows of the table of addresses. */
  readonly addresses: readonly (readonly [string, string])[];
}

/** Starts every process in order and makes the demonstration's organisations. What was started is the supervisor's to end. */
export async function startHouse(
  supervisor: Supervisor,
  options: Options,
  dist: string,
  progress: Progress,
): Promise<House> {
  const { data, pace } = options;
  const ports = await choosePorts();
  progress.show('starting PostgreSQL ...');
  const database = await startDatabase(supervisor, data, ports);
  progress.show('starting Temporal ...');
  const temporal = await startServer(supervisor, data, ports, database.external, progress);
  progress.show('starting the twins of Palletways and Qargo ...');
  const [palletways, qargo] = await startTwins(supervisor, dist, data, ports, options);
  const env = productEnvironment({
    databaseUrl: database.url,
    schema: database.schema,
    temporalAddress: temporal.address,
    namespace: temporal.namespace,
    masterKey: masterKey(data),
    data,
    pace,
  });
  const all = demonstrations(options.organisations, data, ports, options.story);
  const own = { dist, env, data, databaseUrl: database.external ? database.url : undefined };
  await prepare(all, { ...own, contacts: options.contact === true }, progress);
  for (const { id, palletways: toPalletways, qargo: toQargo } of all) {
    await call('PUT', `${palletways}/control/organisations/${id}`, toPalletways);
    await call('PUT', `${qargo}/control/organisations/${id}`, toQargo);
  }
  if (options.contact === true) {
    progress.show('making first contacts ...');
    const learned = await contactAll(
      all.map(({ id }) => id),
      own,
    );
    progress.clear();
    for (const [id, settings] of Object.entries(learned))
      process.stdout.write(`first contact of ${id} passed: ${settings} settings changed, its rows are on\n`);
  }
  progress.show('starting the service and a worker ...');
  const service = `http://127.0.0.1:${ports.service}`;
  await startProduct(supervisor, dist, env, ports.service);
  // Until it is released a version is given no work; what an earlier build left open is brought to this one.
  await productCommand(dist, ['release', '--rate', '200', '--wait', '30'], env);
  progress.clear();
  return {
    service,
    palletways,
    qargo,
    organisations: all.map(({ id }) => id),
    env,
    feeds: all.flatMap(({ id, feed }) =>
      feed === undefined ? [] : [{ organisation: id, url: `${service}/palletways/${id}/exceptions`, ...feed }],
    ),
    addresses: [
      ['Temporal UI', temporal.ui ?? '(of the server at TEMPORAL_ADDRESS)'],
      ['Temporal', `${temporal.address}, namespace ${temporal.namespace}`],
      ['service', service],
      ['Palletways twin', `${palletways}  (FTP 127.0.0.1:${ports.ftp})`],
      ['Qargo twin', qargo],
      [
        'PostgreSQL',
        database.external ? `${databaseName(database.url)}, schema ${database.schema}` : `127.0.0.1:${ports.postgres}`,
      ],
      ['logs', join(data, 'logs')],
      ...(database.elsewhere === undefined ? [] : [['database files', database.elsewhere] as const]),
    ],
  };
}

interface Database {
  readonly url: string;
  readonly schema: string;
  readonly external: boolean;
  readonly elsewhere?: string | undefined;
}

async function startDatabase(supervisor: Supervisor, data: string, ports: Ports): Promise<Database> {
  const given = process.env.DATABASE_URL;
  if (!given) {
    const { url, elsewhere } = await startPostgres(supervisor, data, ports.postgres);
    return { url, schema: 'palletways_qargo', external: false, elsewhere };
  }
  const made = readMade(data);
  const there = await schemaExists(given);
  if (made.database !== databaseName(given))
    writeMade(data, { ...made, database: databaseName(given), organisations: [], schema: !there });
  return { url: given, schema: demoSchema, external: true };
}

async function startServer(
  supervisor: Supervisor,
  data: string,
  ports: Ports,
  externalDatabase: boolean,
  progress: Progress,
): Promise<{ address: string; namespace: string; ui?: string }> {
  const given = process.env.TEMPORAL_ADDRESS;
  if (!given) {
    const { path } = await findTemporal({ data, say: (line) => progress.line(line) });
    // Lives that belong to another database must not meet this worker.
    const namespace = externalDatabase ? demoNamespace : 'default';
    return startTemporal(supervisor, { cli: path, data, port: ports.temporal, uiPort: ports.temporalUi, namespace });
  }
  const created = await makeNamespace();
  const made = readMade(data);
  const ours = created || (made.temporal === given && made.namespace === true);
  writeMade(data, { ...made, temporal: given, namespace: ours });
  await namespaceServes();
  return { address: given, namespace: demoNamespace };
}

async function startTwins(
  supervisor: Supervisor,
  dist: string,
  data: string,
  ports: Ports,
  { pace, pushTries, character, flip = [] }: Pick<Options, 'pace' | 'pushTries' | 'character' | 'flip'>,
): Promise<[string, string]> {
  const common = ['--pace', String(pace), '--push-tries', String(pushTries)];
  if (character !== undefined) common.push('--character', character);
  const flips = (ours: boolean) => flip.filter((id) => isPalletwaysFlip(id) === ours).flatMap((id) => ['--flip', id]);
  const twin = (name: 'palletways' | 'qargo', args: string[]) =>
    supervisor.start({
      name,
      command: process.execPath,
      args: [join(dist, `sandbox/${name}/main.js`), ...args, '--data', join(data, name), ...common],
      env: loopbackDirect(process.env),
      readyLine: /^listening (\d+)/,
    });
  await Promise.all([
    twin('palletways', ['--port', String(ports.palletways), '--ftp-port', String(ports.ftp), ...flips(true)]),
    twin('qargo', ['--port', String(ports.qargo), ...flips(false)]),
  ]);
  return [`http://127.0.0.1:${ports.palletways}`, `http://127.0.0.1:${ports.qargo}`];
}

/** Assumptions 1 to 37 and 71 to 90 are of Palletways, the others of Qargo. */
function isPalletwaysFlip(id: string): boolean {
  const number = Number.parseInt(id, 10);
  return number <= 37 || (number > 70 && number <= 90);
}

/** A day that switches its rows otherwise tells all that is open. */
const openAll = ['--open', 'all'];
/** What a contact would find is known: the twins play it. */
const vouched = ['--contact-passed', 'a demonstration, against the twins'];

interface Preparing {
  readonly dist: string;
  readonly env: NodeJS.ProcessEnv;
  readonly data: string;
  readonly databaseUrl: string | undefined;
  /** First contacts follow: none is taken as passed. */
  readonly contacts: boolean;
}

async function prepare(
  all: readonly Demonstration[],
  { dist, env, data, databaseUrl, contacts }: Preparing,
  progress: Progress,
): Promise<void> {
  progress.show('laying out the database and the search attributes ...');
  // Looked at before anything there is changed.
  if (databaseUrl !== undefined && (await schemaExists(databaseUrl))) {
    const existing = organisationsAnswer.parse(
      JSON.parse(await productCommand(dist, ['organisation', 'list', '--json'], env)),
    );
    refuseForeign(
      existing.map(({ id }) => id),
      readMade(data),
      databaseUrl,
    );
  }
  await productCommand(dist, ['migrate'], env);
  await productCommand(dist, ['setup-temporal'], env);
  progress.show('making the demonstration organisations ...');
  for (const { id, product } of all) {
    const made: Made = readMade(data);
    // Remembered before it is made: a kill between the two leaves a name too many, never an organisation that we disown.
    if (!made.organisations.includes(id)) writeMade(data, { ...made, organisations: [...made.organisations, id] });
    const file = join(data, 'organisations', `${id}.json`);
    writeWhole(file, `${JSON.stringify(product, null, 2)}\n`);
    await productCommand(dist, ['organisation', 'put', '--file', file, ...openAll, ...(contacts ? [] : vouched)], env);
  }
}

async function startProduct(supervisor: Supervisor, dist: string, env: NodeJS.ProcessEnv, port: number): Promise<void> {
  const product = (name: string, args: string[]) => ({
    name,
    command: process.execPath,
    args: [join(dist, 'client/cli/main.js'), ...args],
    env,
    restartsPerMinute: 5,
    stopWithinMs: 20_000,
  });
  const health = `http://127.0.0.1:${port}/health`;
  await Promise.all([
    supervisor.start({
      ...product('service', ['serve', '--port', String(port)]),
      readyWhen: () => call('GET', health).then(() => true),
    }),
    supervisor.start({ ...product('worker', ['worker']), readyLine: /ready|RUNNING/i }),
  ]);
}
