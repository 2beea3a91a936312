/** `node dist/sandbox/qargo/main.js --port P --data DIR --pace K [--push-tries N]`; prints `listening <port>` when ready. */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { startQargoTwin } from './server.ts';

const argumentsSchema = z.object({
  port: z.coerce.number().int().min(0).max(65_535),
  data: z.string().min(1),
  pace: z.coerce.number().positive().default(1),
  'push-tries': z.coerce.number().int().min(1).max(4).default(4),
});

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    data: { type: 'string' },
    pace: { type: 'string' },
    'push-tries': { type: 'string' },
  },
});
const parsed = argumentsSchema.safeParse(values);
if (!parsed.success) {
  process.stderr.write(
    `${z.prettifyError(parsed.error)}\nusage: main.js --port P --data DIR [--pace K] [--push-tries N]\n`,
  );
  process.exit(2);
}
const { port, data, pace, 'push-tries': pushTries } = parsed.data;
const twin = await startQargoTwin({ port, data, pace, pushTries });
process.stdout.write(`listening ${twin.port}\n`);

let ending = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (ending) return;
    ending = true;
    twin.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  });
}
