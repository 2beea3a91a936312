/** `close-outs`: what is final, for the invoice; with `--held` what is not yet, and why. */
import type { Command } from 'commander';
import { heldCloseOuts } from '../../store/close-out/close-out.ts';
import { closeOuts } from '../../store/close-out/export.ts';
import type { Database } from '../../store/postgres/database.ts';
import { closeOutCsv } from '../export/close-out-csv.ts';
import { withInstallation } from './opening.ts';
import { say } from './say.ts';

/** Rows that are read at once. */
const pageRows = 1_000;

/** Adds the command. */
export function closeOutCommand(program: Command): void {
  program
    .command('close-outs')
    .option('--csv', 'as CSV (docs/close-out.md); else a JSON line for each')
    .option('--since <seq>', 'only what came after this row', '0')
    .option('--organisation <id>', 'of one organisation only')
    .option('--held', 'what is delivered or cancelled and cannot be closed out, with its reasons')
    .description('final quantities and evidence of what is closed out, and the adjustments since')
    .action(
      async ({
        csv,
        since,
        organisation,
        held,
      }: {
        csv?: boolean;
        since: string;
        organisation?: string;
        held?: boolean;
      }) => {
        if (!/^\d{1,15}$/.test(since)) throw new Error('--since: a row number, as `seq` has it');
        await withInstallation(({ db }) =>
          held ? tellHeld(db, organisation) : exportFrom(db, Number(since), organisation, csv === true),
        );
      },
    );
}

async function tellHeld(db: Database, organisation: string | undefined): Promise<void> {
  for (let cursor: string | undefined; ; ) {
    const { rows, next } = await heldCloseOuts(db, { organisation, cursor });
    for (const one of rows)
      say(`${one.organisation} ${one.reference ?? one.trackingId ?? one.consignment}: ${one.holds.join('; ')}`);
    if (next === null) return;
    cursor = next;
  }
}

async function exportFrom(db: Database, since: number, organisation: string | undefined, csv: boolean): Promise<void> {
  for (let from = since, header = true; ; header = false) {
    const rows = await closeOuts(db, { organisation, since: from, limit: pageRows });
    if (csv) {
      const text = closeOutCsv(rows);
      process.stdout.write(header ? text : text.slice(text.indexOf('\r\n') + 2));
    } else for (const row of rows) say(JSON.stringify(row));
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageRows) return;
    from = last.seq;
  }
}
