/** `scans`: every scan that was heard, of one consignment or of all, for an audit. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { scans } from '../../store/record/scans.ts';
import { scansAsCsv, scansAsJson } from '../export/scan-list.ts';
import { findOne } from './find-one.ts';
import { withInstallation } from './opening.ts';

interface Options {
  readonly organisation?: string;
  readonly since?: string;
  readonly csv?: true;
}

/** Adds the command. */
export function scansCommand(program: Command): void {
  program
    .command('scans')
    .argument('[reference]', 'of this consignment alone')
    .option('--organisation <id>', 'of this organisation alone')
    .option('--since <instant>', 'received from then on, 2026-11-23T06:00:00Z')
    .option('--csv', 'as CSV for a spreadsheet; JSON otherwise')
    .description('every scan received, with the time on the handset, and what was sent to Palletways')
    .action(async (reference: string | undefined, { organisation, since: said, csv }: Options) => {
      const since = said === undefined ? undefined : instantOf(said);
      await withInstallation(async ({ db }) => {
        const consignment = reference === undefined ? undefined : (await findOne(db, reference, organisation)).id;
        const rows = scans(db, { organisation, consignment, since });
        await pipeline(Readable.from(csv ? scansAsCsv(rows) : scansAsJson(rows)), process.stdout, { end: false });
      });
    });
}

function instantOf(said: string): string {
  const ms = Date.parse(said);
  if (Number.isNaN(ms) || !/(Z|[+-]\d\d:?\d\d)$/.test(said))
    throw new Error(`--since ${said}: not an instant with an offset`);
  return new Date(ms).toISOString();
}
