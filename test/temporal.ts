/** The programs of Temporal that tests start: found or fetched once for the whole run, by `test/global-temporal.ts`. */
import { inject, type TestFunction, test } from 'vitest';

/** A program by its path, or one sentence why it could not be had. */
export type Program = { readonly path: string; readonly why?: never } | { readonly path?: never; readonly why: string };

declare module 'vitest' {
  interface ProvidedContext {
    temporalCli: Program;
    testServer: Program;
  }
}

export const temporalCli = inject('temporalCli');
export const testServer = inject('testServer');

/** A test that needs a program. Where it could not be had the test is skipped and says why; in CI it fails with that sentence. */
export function testWith(program: Program, name: string, timeoutMs: number, run: TestFunction): void {
  const { path, why } = program;
  if (path !== undefined) test(name, { timeout: timeoutMs }, run);
  else if (process.env.CI === undefined || process.env.CI === '')
    test.skip(`${name} — not run: ${why}`, () => undefined);
  else test(name, () => Promise.reject(new Error(why)));
}
