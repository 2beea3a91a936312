/**
 * The guard: a process of its own that ends all children when the one that started them is gone, however it went (also by
 * SIGKILL). It reads lines of JSON ({@link Remembered} lists, the latest counts) from a pipe; the pipe's end is the sign.
 */
import { createInterface } from 'node:readline';
import { endAll, type Remembered } from './identity.ts';

/** What the parent writes when it has ended everything itself. */
const done = 'done';

let children: Remembered[] = [];
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (line === done) process.exit(0);
  children = JSON.parse(line) as Remembered[];
});
lines.on('close', () => {
  void endAll(children.reverse(), 5_000).then(() => process.exit(0));
});
// A signal to the terminal's group is for the parent.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
