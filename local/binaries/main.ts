/** `npm run fetch-temporal`: gets the programs that the tests use and that are not on this machine, into the user's cache. */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loopbackDirect } from '../environment.ts';
import { closeCalls } from '../loopback.ts';
import { findTemporal, findTestServer } from './find.ts';

Object.assign(process.env, loopbackDirect(process.env));
const data = join(resolve(fileURLToPath(new URL('.', import.meta.url)), '../../..'), '.palletways-qargo');
const say = (line: string) => process.stdout.write(`${line}\n`);
for (const find of [findTemporal, findTestServer]) {
  try {
    const { path, how } = await find({ data, say });
    say(`${path} (${how})`);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
await closeCalls();
