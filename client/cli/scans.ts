/** `scans`: every scan that was heard, of one consignment or of all, for an audit. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { findByReference } from '../../store/consignments.ts';
import { openInstallation } from '../../store/installation.ts';
import { scans } from '../../store/scans.ts';
import { scansAsCsv, scansAsJson } from '../scan-list.ts';

interface Options {
  readonly organisation?: string;
  readonly since?: string;
  readonly csv?: true;
}

export function scansCommand(program: Command): void {
  program
    .command('scans')
    .argument('[reference]', 'of this consignment alone')
    .option('--organisation <id>', 'of this organisation alone')
    .option('--since <instant>', 'heard from then on, 2026-11-23T06:00:00Z')
    .option('--csv', 'as CSV for a spreadsheet; JSON otherwise')
    .description('every scan that was heard, with its time as it was said, and what Palletways was told')
    .action(async (reference: string | undefined, { organisation, since, csv }: Options) => {
      const from = since === undefined ? undefined : instantOf(since);
      const installation = openInstallation('cli');
      try {
        const of = reference === undefined ? undefined : await one(installation, reference, organisation);
        const rows = scans(installation.db, {
          ...(organisation === undefined ? {} : { organisation }),
          ...(of === undefined ? {} : { consignment: of }),
          ...(from === undefined ? {} : { since: from }),
        });
        await pipeline(Readable.from(csv ? scansAsCsv(rows) : scansAsJson(rows)), process.stdout, { end: false });
      } finally {
        await installation.close();
      }
    });
}

async function one(installation: ReturnType<typeof openInstallation>, reference: string, organisation?: string): Promise<string> {
  const [row, other] = await findByReference(installation.db, reference, organisation);
  if (row === undefined) throw new Error(`no consignment is known as ${reference}`);
  if (other !== undefined)
    throw new Error(`${reference} fits several consignments; name its organisation, its tracking id or its internal id`);
  return row.id;
}

function instantOf(said: string): string {
  const ms = Date.parse(said);
  if (Number.isNaN(ms) || !/(Z|[+-]\d\d:?\d\d)$/.test(said)) throw new Error(`--since ${said}: not an instant with an offset`);
  return new Date(ms).toISOString();
}
