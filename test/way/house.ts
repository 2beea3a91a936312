/** One house of real parts for a test file, in a schema of its own; and the way to say that there was none. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, type TestFunction } from 'vitest';
import { type House, type HouseOptions, startHouse } from '../../bench/house.ts';
import { taskQueue } from '../../client/temporal.ts';
import { type FreshSchema, freshSchema } from '../postgres.ts';
import { temporalCli, testWith } from '../temporal.ts';

export type { House } from '../../bench/house.ts';

export const cli = temporalCli.path;

/** A test on the real parts, which need the Temporal CLI. */
export function onRealParts(name: string, timeoutMs: number, run: TestFunction): void {
  testWith(temporalCli, name, timeoutMs, run);
}

/** Starts the house before the file's tests and ends it after them. */
export function useHouse(options: Partial<Omit<HouseOptions, 'data' | 'database' | 'cli'>> = {}): () => House {
  let schema: FreshSchema | undefined;
  let house: House | undefined;
  let data: string | undefined;
  beforeAll(async () => {
    if (cli === undefined) return;
    data = mkdtempSync(join(tmpdir(), 'palletways-qargo-way-'));
    schema = await freshSchema();
    house = await startHouse({ ...options, data, database: schema, cli });
  }, 120_000);
  afterAll(async () => {
    await house?.close();
    await schema?.close();
    // Kept on request, with the logs of every process.
    if (data === undefined) return;
    if (process.env.KEEP_TEST_DATA === undefined) rmSync(data, { recursive: true, force: true });
    else process.stderr.write(`kept: ${data}\n`);
  }, 60_000);
  return () => {
    if (house === undefined) throw new Error('the house did not start');
    return house;
  };
}

/** The id of a consignment's Temporal workflow, by the consignment's internal id. */
export async function workflowOf(of: House, consignment: string): Promise<string> {
  const { rows } = await of.installation.db.query<{ workflow: string }>(
    'select workflow from consignment where id = $1',
    [consignment],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`no consignment ${consignment}`);
  return row.workflow;
}

let sweeps = 0;

/** Sweeps an organisation once, now, and waits for the end of it. */
export function sweep(of: House, organisation: string): Promise<unknown> {
  sweeps += 1;
  const args = [{ organisation }];
  return of.temporal.workflow.execute('reconciliation', { workflowId: `sweep/${sweeps}`, taskQueue, args });
}
