/** One house of real parts for a test file, in a schema of its own; and the way to say that there was none. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, type TestFunction, test } from 'vitest';
import { type House, type HouseOptions, startHouse } from '../../bench/house.ts';
import { findTemporal } from '../../local/binaries/find.ts';
import { type FreshSchema, freshSchema } from '../postgres.ts';

export type { House } from '../../bench/house.ts';

/** Tests fetch nothing: the CLI is what is on this machine already. */
export const cli = await findTemporal({ data: join(import.meta.dirname, '../../.palletways-qargo'), fetch: false }).then(
  ({ path }) => path,
  () => null,
);
const whyNot = 'the Temporal CLI was not found (npm run fetch-temporal gets it)';

/** A test on the real parts; where Temporal is not found it is skipped and says so. */
export function onRealParts(name: string, timeoutMs: number, run: TestFunction): void {
  if (cli === null) test.skip(`${name} — not run: ${whyNot}`, () => undefined);
  else test(name, { timeout: timeoutMs }, run);
}

/** Starts the house before the file's tests and ends it after them. */
export function useHouse(options: Partial<Omit<HouseOptions, 'data' | 'database' | 'cli'>> = {}): () => House {
  let schema: FreshSchema | undefined;
  let house: House | undefined;
  let data: string | undefined;
  beforeAll(async () => {
    if (cli === null) return;
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
