import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeDataFolder, readMade, resetDataFolder, writeMade } from './data-folder.ts';
import { dayLimitMs, dayLimitUnderKillsMs, playDay, storyLimitMs } from './day.ts';
import { databaseName, deleteNamespace, dropSchema } from './elsewhere.ts';
import { loopbackDirect } from './environment.ts';
import { startHouse } from './house.ts';
import { Kills, killMoments } from './kills.ts';
import { closeCalls } from './loopback.ts';
import { type Options, readOptions } from './options.ts';
import { Supervisor } from './processes.ts';
import { Progress } from './progress.ts';
import { table } from './table.ts';
import { TemporalLoss } from './temporal-loss.ts';

/** `dist/`, where the compiled processes are. */
const dist = resolve(dirname(fileURLToPath(import.meta.url)), '..');

async function main(): Promise<number> {
  // Before anything opens a connection: loopback never goes to a proxy, in this process and in all it starts.
  Object.assign(process.env, loopbackDirect(process.env));
  // Files of ours are for us alone; what PostgreSQL's account must reach is opened on purpose.
  process.umask(0o077);
  const options = readOptions(process.argv.slice(2), resolve(dist, '..'));
  const data = resolve(options.data);
  makeDataFolder(data);
  const supervisor = new Supervisor(data);
  const progress = new Progress();
  const stop = stopOnSignals(supervisor, progress);
  try {
    if (options.loseTemporal && process.env.TEMPORAL_ADDRESS)
      throw new Error('--lose-temporal deletes the data of a server of its own: unset TEMPORAL_ADDRESS');
    const ended = await supervisor.clean();
    if (ended.length > 0) progress.line(`ended what an earlier start left running: ${ended.join(', ')}`);
    if (options.reset) await reset(data);
    supervisor.onUnexpectedEnd = (name, code, again) => {
      progress.line(
        `${name} ended by itself (${code ?? 'signal'})${again ? ', started again' : ''}; see ${join(data, 'logs', `${name}.log`)}`,
      );
    };
    return await run(supervisor, { ...options, data }, progress, stop);
  } catch (error) {
    if (!stop.aborted) progress.line(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    progress.clear();
    await supervisor.stopAll();
    await closeCalls();
  }
}

async function run(supervisor: Supervisor, options: Options, progress: Progress, stop: AbortSignal): Promise<number> {
  const { data } = options;
  const house = await startHouse(supervisor, options, dist, progress);
  if (stop.aborted) return 130;
  progress.line(`${table([['what', 'where'], ...house.addresses])}\n`);
  const made = readMade(data);
  writeMade(data, { ...made, days: made.days + 1 });
  const seed = options.seed ?? made.days + 1;
  const { consignments, pace, probe, kill, pushTries, loseTemporal, story } = options;
  const disturbances = [
    ...(kill > 0 ? [new Kills(supervisor, killMoments(seed, kill, pace), stop)] : []),
    ...(loseTemporal ? [new TemporalLoss(supervisor, { data, dist, env: house.env })] : []),
  ];
  const limitMs = story === 'full' ? storyLimitMs : kill > 0 ? dayLimitUnderKillsMs : dayLimitMs;
  const day = {
    dist,
    env: loopbackDirect(process.env),
    consignments,
    pace,
    probe,
    oneTry: pushTries === 1,
    limitMs,
    ...(story === undefined ? {} : { story: house }),
  };
  const good = await playDay(house, { ...day, seed, signal: stop }, disturbances, progress);
  if (stop.aborted) return 130;
  if (options.once) return good ? 0 : 1;
  progress.line('Everything stays up; Ctrl-C stops it.');
  await new Promise<void>((end) => stop.addEventListener('abort', () => end()));
  return 0;
}

/** Deletes what earlier starts made: the data folder, and elsewhere only the schema and the namespace that we made. */
async function reset(data: string): Promise<void> {
  const made = readMade(data);
  const { DATABASE_URL: database, TEMPORAL_ADDRESS: temporal } = process.env;
  if (database && made.database === databaseName(database) && made.schema === true) await dropSchema(database);
  if (temporal && made.temporal === temporal && made.namespace === true) await deleteNamespace();
  resetDataFolder(data);
  makeDataFolder(data);
}

/** The first signal asks for a clean stop, the second kills. */
function stopOnSignals(supervisor: Supervisor, progress: Progress): AbortSignal {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (abort.signal.aborted) {
        supervisor.killAll();
        process.exit(130);
      }
      progress.line('\nstopping (once more kills) ...');
      abort.abort();
      // Also while something is being started: what waits for it fails, and everything is ended in order.
      void supervisor.stopAll();
    });
  }
  return abort.signal;
}

if (!existsSync(join(dist, 'local'))) throw new Error('run it compiled: npm start');
process.exitCode = await main();
