/** `close-outs`: what is final, for the invoice; with `--held` what is not yet, and why. */
import type { Command } from 'commander';
import { heldCloseOuts } from '../../store/close-out.ts';
import { closeOuts } from '../../store/close-out-export.ts';
import { openInstallation } from '../../store/installation.ts';
import { closeOutCsv } from '../close-out-csv.ts';

/** Rows that are read at once. */
const pageRows = 1_000;

export function closeOutCommand(program: Command): void {
  program
    .command('close-outs')
    .option('--csv', 'as CSV (docs/close-out.md); else a JSON line for each')
    .option('--since <seq>', 'only what came after this row', '0')
    .option('--organisation <id>', 'of one organisation only')
    .option('--held', 'what is delivered or cancelled and cannot be closed out, with its reasons')
    .description('final quantities and evidence of what is closed out, and the adjustments since')
    .action(async ({ csv, since, organisation, held }: { csv?: boolean; since: string; organisation?: string; held?: boolean }) => {
      if (!/^\d{1,15}$/.test(since)) throw new Error('--since: a row number, as `seq` has it');
      const installation = openInstallation('cli');
      try {
        if (held) {
          for (let cursor: string | undefined; ; ) {
            const { rows, next } = await heldCloseOuts(installation.db, { organisation, cursor });
            for (const one of rows)
              process.stdout.write(`${one.organisation} ${one.reference ?? one.trackingId ?? one.consignment}: ${one.holds.join('; ')}\n`);
            if (next === null) return;
            cursor = next;
          }
        }
        const of = organisation === undefined ? {} : { organisation };
        let header = csv === true;
        for (let from = Number(since); ; ) {
          const rows = await closeOuts(installation.db, { ...of, since: from, limit: pageRows });
          if (csv) {
            const text = closeOutCsv(rows);
            process.stdout.write(header ? text : text.slice(text.indexOf('\r\n') + 2));
            header = false;
          } else for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
          const last = rows.at(-1);
          if (last === undefined || rows.length < pageRows) return;
          from = last.seq;
        }
      } finally {
        await installation.close();
      }
    });
}
