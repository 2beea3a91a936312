/** `contact`: run by path, so that the client's code never imports what calls outward. */
import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { say } from './say.ts';

interface Options {
  readonly days: number;
  readonly order?: readonly string[];
  readonly accept?: readonly number[];
  readonly all?: true;
  readonly out?: string;
  readonly openapi?: string;
  readonly write?: true;
  readonly consignment?: string;
}

type Run = (
  id: string,
  command: {
    days: number;
    order: readonly string[];
    accept: readonly number[];
    all: boolean;
    out?: string;
    openapi?: string;
    write?: { trackingId: string; orderId: string };
    who: string;
  },
  print: (text: string) => void,
) => Promise<number>;

/** Adds the command. */
export function contactCommand(program: Command): void {
  program
    .command('contact')
    .argument('<organisation>')
    .description('a first contact: reads both sides at ten calls a minute, and tells which wire assumptions hold')
    .option('--days <n>', 'how many days back Palletways is read', days, 7)
    .option('--order <id...>', 'Qargo orders that show what the tenant does: failed, redelivered, cancelled, delivered')
    .option(
      '--accept <assumption...>',
      'assumptions that are contradicted, and a person knows it',
      (id, all: number[] | undefined) => [...(all ?? []), Number(id)],
    )
    .option(
      '--write',
      'writes one note, one document and one file, and reads them back; needs --consignment and one --order',
    )
    .option('--consignment <tracking id>', 'the test consignment that --write writes to')
    .option('--openapi <file>', "Qargo's API description, JSON: each order of the dry run is held against it")
    .option('--all', 'prints what was not seen too')
    .option('--out <folder>', 'where the table and the patch are written; contact-<organisation> unless told')
    .action(contact);
}

function days(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 31) throw new Error('--days is not 1 to 31');
  return count;
}

async function contact(
  id: string,
  { days, order, accept, all, out, openapi, write, consignment }: Options,
): Promise<void> {
  const entry = new URL(
    `../../activities/contact/main.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`,
    import.meta.url,
  );
  const { runContact } = (await import(fileURLToPath(entry))) as { runContact: Run };
  const command = { days, order: order ?? [], accept: accept ?? [], all: all === true, who: userInfo().username };
  const orderId = order?.length === 1 ? order[0] : undefined;
  if (write === true && (consignment === undefined || orderId === undefined))
    throw new Error('--write needs --consignment, the test consignment, and exactly one --order, the test order');
  const to = write === true ? { write: { trackingId: consignment ?? '', orderId: orderId ?? '' } } : {};
  const files = { ...(out === undefined ? {} : { out }), ...(openapi === undefined ? {} : { openapi }) };
  process.exitCode = await runContact(id, { ...command, ...to, ...files }, say);
}
