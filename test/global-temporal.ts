import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { type FindOptions, type Found, findTemporal, findTestServer, NotFound } from '../local/binaries/find.ts';
import type { Program } from './temporal.ts';

/**
 * Finds the Temporal CLI and the time-skipping test server for the whole run. Where they are not on this machine they are
 * fetched as `npm start` does, into the same cache. What cannot be had fails no run of tests that do not need it.
 */
export async function setup(project: TestProject): Promise<void> {
  const data = join(import.meta.dirname, '../.palletways-qargo');
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const [cli, testServer] = await Promise.all(
    [findTemporal, findTestServer].map((find) => programOf(find, { data, say })),
  );
  if (cli !== undefined) project.provide('temporalCli', cli);
  if (testServer !== undefined) project.provide('testServer', testServer);
}

async function programOf(find: (options: FindOptions) => Promise<Found>, options: FindOptions): Promise<Program> {
  try {
    return { path: (await find(options)).path };
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    options.say?.(error.message);
    return { why: error.sentence };
  }
}
