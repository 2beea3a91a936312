/** `node dist/sandbox/qargo/main.js --port P --data DIR --pace K [--push-tries N] [--character published|former] [--flip 38b].. [--shapes FOLDER]`; prints `listening <port>` when ready. */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { characterNames, characterOptions } from '../server/flips.ts';
import { readShapes } from '../server/shapes.ts';
import { startQargoTwin } from './server.ts';

const argumentsSchema = z.object({
  port: z.coerce.number().int().min(0).max(65_535),
  data: z.string().min(1),
  pace: z.coerce.number().positive().default(1),
  'push-tries': z.coerce.number().int().min(1).max(4).default(4),
  character: z.enum(characterNames).optional(),
  flip: z.array(z.string()).optional(),
  shapes: z.string().optional(),
});

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    data: { type: 'string' },
    pace: { type: 'string' },
    'push-tries': { type: 'string' },
    shapes: { type: 'string' },
    ...characterOptions,
  },
});
const parsed = argumentsSchema.safeParse(values);
if (!parsed.success) {
  process.stderr.write(
    `${z.prettifyError(parsed.error)}\nusage: main.js --port P --data DIR [--pace K] [--push-tries N] [--character published|former] [--flip ID].. [--shapes FOLDER]\n`,
  );
  process.exit(2);
}
const { port, data, pace, 'push-tries': pushTries, character: name, flip = [], shapes: folder } = parsed.data;
// without either option the twin goes on as it was set when it last ran
const character = name === undefined && flip.length === 0 ? undefined : { character: name ?? 'published', flips: flip };
const shapes = folder === undefined ? undefined : readShapes(folder);
const twin = await startQargoTwin({ port, data, pace, pushTries, character, shapes });
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
