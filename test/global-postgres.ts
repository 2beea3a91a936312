import type { TestProject } from 'vitest/node';
import { startTestServer, type TestServer } from './postgres-server.ts';

let server: TestServer | undefined;

/** One PostgreSQL for the whole run, or the one that TEST_DATABASE_URL names. Tests make their own schemas in it. */
export async function setup(project: TestProject): Promise<void> {
  const given = process.env.TEST_DATABASE_URL;
  if (given === undefined || given === '') server = await startTestServer();
  project.provide('databaseUrl', server?.url ?? given ?? '');
}

export async function teardown(): Promise<void> {
  await server?.stop();
}
