/**
 * `npm run bench:intake -- [--facts 2000] [--largest 16000] [--database URL]`: facts a second with 1, 2 and 3 services over 60
 * consignments, and deadlocks; how long large messages take, by their size, and other organisations' messages meanwhile.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { demonstrations } from '../local/organisations.ts';
import { defaultPorts } from '../local/ports.ts';
import { productEnvironment } from '../local/product.ts';
import { ingest } from '../store/intake/ingest.ts';
import { type Installation, openInstallation } from '../store/organisations/installation.ts';
import type { OrganisationDraft } from '../store/organisations/organisations.ts';
import { inTransaction } from '../store/postgres/database.ts';
import { type Message, receive } from '../store/record/journal.ts';
import { manifest, nonsense, scanOf } from './intake/messages.ts';
import { lifeOf } from './record/lives.ts';
import { percentile, say, short, table } from './table.ts';
import { withRecord } from './with-record.ts';

const { values } = parseArgs({
  options: {
    facts: { type: 'string', default: '2000' },
    largest: { type: 'string', default: '16000' },
    database: { type: 'string' },
  },
});
const facts = Number(values.facts);
const consignments = 60;
const here = dirname(fileURLToPath(import.meta.url));

interface Services {
  begin(): void;
  /** Ends them; answers the longest time for which one did nothing else, ms. */
  stop(): Promise<number>;
}

async function startServices(count: number, env: NodeJS.ProcessEnv): Promise<Services> {
  const processes: readonly ChildProcess[] = Array.from({ length: count }, () =>
    spawn(process.execPath, [join(here, 'intake/service.js')], { env, stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  let block = 0;
  await Promise.all(
    processes.map(async (each) => {
      await once(each.stdout ?? each, 'data');
      each.stdout?.on('data', (said: Buffer) => {
        block = Math.max(block, Number(/block (\d+)/.exec(said.toString())?.[1] ?? 0));
      });
    }),
  );
  return {
    begin: () => {
      for (const each of processes) each.stdin?.write('go\n');
    },
    async stop() {
      await Promise.all(
        processes.map(async (each) => {
          each.kill('SIGTERM');
          await once(each, 'exit');
        }),
      );
      return block;
    },
  };
}

/** Consignments whose order Qargo has; their organisations in turn. */
async function begin(
  { db }: Installation,
  organisations: readonly string[],
): Promise<{ organisation: string; order: string; barcode: string }[]> {
  const made: { organisation: string; order: string; barcode: string }[] = [];
  for (let nth = 0; nth < consignments; nth += 1) {
    const organisation = organisations[nth % organisations.length] ?? '';
    const mark = `zq${nth}qz`;
    for (const { at, ...heard } of lifeOf({ name: 'planned', until: 'planned', share: 1 }, mark).heard)
      await inTransaction(db, (tx) => ingest(tx, heard, { organisation, journal: null, heard: at, via: 'push' }));
    made.push({ organisation, order: `0f${mark}a`, barcode: `B${mark}A` });
  }
  return made;
}

async function numberOf({ db }: Installation, sql: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(`select (${sql})::int as n`);
  return rows[0]?.n ?? 0;
}

const deadlocks = 'select deadlocks from pg_stat_database where datname = current_database()';

async function untilRead(installation: Installation, withinMs = 600_000): Promise<void> {
  const end = Date.now() + withinMs;
  while ((await numberOf(installation, 'select count(*) from inbox')) > 0) {
    if (Date.now() > end) throw new Error('messages are not read');
    await sleep(20);
  }
}

async function receiveAll({ db }: Installation, messages: readonly Message[]): Promise<void> {
  for (let first = 0; first < messages.length; first += 20)
    await Promise.all(messages.slice(first, first + 20).map((message) => receive(db, message)));
}

/** Facts a second: all messages wait before the services begin. */
async function throughput(
  installation: Installation,
  env: NodeJS.ProcessEnv,
  organisations: readonly string[],
): Promise<void> {
  const of = await begin(installation, organisations);
  const rows: (string | number)[][] = [];
  for (const [round, services] of [1, 2, 3].entries()) {
    const messages = Array.from({ length: facts }, (_, nth) => {
      const { organisation, order, barcode } = of[(nth * 7) % of.length] ?? {
        organisation: '',
        order: '',
        barcode: '',
      };
      return scanOf(organisation, order, barcode, round * facts + nth);
    });
    await receiveAll(installation, messages);
    const [before, locked] = [
      await numberOf(installation, `select count(*) from fact where kind = 'scan'`),
      await numberOf(installation, deadlocks),
    ];
    const running = await startServices(services, env);
    const began = performance.now();
    running.begin();
    await untilRead(installation);
    const seconds = (performance.now() - began) / 1_000;
    await running.stop();
    await sleep(1_500);
    const kept = (await numberOf(installation, `select count(*) from fact where kind = 'scan'`)) - before;
    rows.push([
      services,
      kept,
      short(seconds),
      Math.round(kept / seconds),
      (await numberOf(installation, deadlocks)) - locked,
    ]);
  }
  say(table(['services', 'facts', 'seconds', 'facts a second', 'deadlocks'], rows));
}

/** How long a message takes, and those of another organisation that come meanwhile. */
async function readLarge(
  installation: Installation,
  env: NodeJS.ProcessEnv,
  large: Message,
  other: (nth: number) => Message,
) {
  const running = await startServices(1, env);
  running.begin();
  const began = performance.now();
  const { id } = await receive(installation.db, large);
  const waits: number[] = [];
  let nth = 0;
  const isRead = async (journal: number) =>
    (await numberOf(installation, `select count(*) from inbox where journal = ${journal}`)) === 0;
  let done = false;
  while (!done) {
    const at = performance.now();
    const mine = await receive(installation.db, other(nth));
    nth += 1;
    while (!(await isRead(mine.id))) await sleep(10);
    waits.push(performance.now() - at);
    done = await isRead(id);
    if (!done) await sleep(100);
  }
  const seconds = (performance.now() - began) / 1_000;
  return { seconds, waits, block: await running.stop() };
}

async function large(
  installation: Installation,
  env: NodeJS.ProcessEnv,
  organisations: readonly string[],
): Promise<void> {
  const [one = '', two = ''] = organisations;
  const [of] = await begin(installation, [two]);
  const rows: (string | number)[][] = [];
  const largest = Number(values.largest);
  let scans = 10 * facts;
  const add = async (what: string, message: Message) => {
    const other = () => {
      scans += 1;
      return scanOf(two, of?.order ?? '', of?.barcode ?? '', scans);
    };
    const { seconds, waits, block } = await readLarge(installation, env, message, other);
    const size = (message.body.length / 1e6).toFixed(1);
    rows.push([what, size, short(seconds), short(percentile(waits, 0.5)), short(Math.max(...waits)), block]);
  };
  for (const part of [4, 2, 1]) await add('events that are none', nonsense(one, 5_000_000 / part));
  for (const part of [4, 2, 1])
    await add(`${largest / part} consignments`, manifest(one, largest / part, 2_000_000 + part * 100_000));
  say(table(['message', 'MB', 'seconds', 'others wait p50 ms', 'others wait at most ms', 'block ms'], rows));
}

await withRecord(values.database, async (where) => {
  const data = mkdtempSync(join(tmpdir(), 'palletways-qargo-intake-'));
  const env = productEnvironment({
    databaseUrl: where.url,
    schema: where.schema,
    temporalAddress: '127.0.0.1:1',
    namespace: 'default',
    masterKey: randomBytes(32).toString('base64'),
    data,
    pace: 1,
  });
  const installation = openInstallation('bench', { variables: env });
  try {
    const drafts = demonstrations(4, data, defaultPorts);
    for (const { product } of drafts) await installation.organisations.put(product as OrganisationDraft, 'bench');
    const organisations = drafts.map(({ id }) => id);
    await throughput(installation, env, organisations);
    await large(installation, env, organisations);
  } finally {
    await installation.close();
    rmSync(data, { recursive: true, force: true });
  }
});
