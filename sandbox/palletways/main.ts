/** `node dist/sandbox/palletways/main.js --port P --ftp-port F --data DIR --pace K [--push-tries N] [--ftp-tls KEY,CERT]
 * [--character published|former] [--flip 7b ..] [--shapes FOLDER]` */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { characterOptions } from '../server/flips.ts';
import { readShapes } from '../server/shapes.ts';
import { startTwin } from './twin.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const optionsSchema = z.object({
  port: port.default(0),
  'ftp-port': port.default(0),
  data: z.string().min(1),
  pace: z.coerce.number().positive().default(1),
  'push-tries': z.coerce.number().int().positive().default(4),
  /** Files of key and certificate, PEM. */
  'ftp-tls': z
    .string()
    .regex(/^[^,]+,[^,]+$/)
    .optional(),
  character: z.string().optional(),
  flip: z.array(z.string()).optional(),
  /** Folder in which a first contact wrote `shapes.json`. */
  shapes: z.string().optional(),
});

function readOptions() {
  const text = { type: 'string' } as const;
  const names = {
    port: text,
    'ftp-port': text,
    data: text,
    pace: text,
    'push-tries': text,
    'ftp-tls': text,
    shapes: text,
    ...characterOptions,
  };
  return optionsSchema.parse(parseArgs({ options: names }).values);
}

function tlsOf(files: string | undefined): { key: string; cert: string } | null {
  if (files === undefined) return null;
  const [key = '', cert = ''] = files.split(',');
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

const options = readOptions();
const { character, flip } = options;
const played = { ...(character !== undefined && { character }), ...(flip !== undefined && { flips: flip }) };
const twin = await startTwin({
  port: options.port,
  ftpPort: options['ftp-port'],
  directory: options.data,
  pace: options.pace,
  pushTries: options['push-tries'],
  ftpTls: tlsOf(options['ftp-tls']),
  ...(Object.keys(played).length > 0 && { character: played }),
  ...(options.shapes !== undefined && { shapes: readShapes(options.shapes) }),
});

let ending = false;
const end = () => {
  if (ending) return;
  ending = true;
  twin.close().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
};
process.on('SIGTERM', end);
process.on('SIGINT', end);
process.stdout.write(`listening ${twin.port} ftp ${twin.ftpPort}\n`);
