/** `why`, `refresh`, `resend`: what a person asks about one consignment, by any of its references. */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { sayUpToDate } from '../../domain/standing-words.ts';
import { askRefresh, askResend } from '../../store/commands.ts';
import { findByReference } from '../../store/consignments.ts';
import { type Installation, openInstallation } from '../../store/installation.ts';
import { story } from '../../store/overview.ts';
import { openQuestions } from '../../store/questions.ts';
import { settleVerdict } from '../verdicts.ts';

interface Whose {
  readonly organisation?: string;
}
/** Two organisations may know the same consignment, each its own end of it. */
const ofOrganisation = ['--organisation <id>', 'the organisation that is meant, where several know the reference'] as const;

export function consignmentCommands(program: Command): void {
  program
    .command('why')
    .argument('<reference>', 'consignment number, tracking id, internal id or Qargo order id')
    .option('--json', 'the whole story as JSON')
    .option(...ofOrganisation)
    .description('where a consignment stands, since when and why; and each update that is outstanding')
    .action(async (reference: string, { json, organisation }: { json?: boolean } & Whose) => {
      const installation = openInstallation('cli');
      try {
        const found = await findByReference(installation.db, reference, organisation);
        if (found.length === 0) throw new Error(`no consignment is known as ${reference}`);
        for (const row of found) {
          const told = await story(installation.db, row);
          if (json) process.stdout.write(`${JSON.stringify(told, null, 2)}\n`);
          else {
            const lines = [
              ...(told.why.length === 0 ? [sayUpToDate(told.confirmed)] : told.why),
              ...told.remarks,
              `Workflow: ${row.workflow}`,
            ];
            const name = `${row.organisation} ${told.reference ?? told.trackingId ?? row.id}`;
            process.stdout.write(`${name}: ${told.standing?.sentence ?? 'Nothing was said of it yet.'}\n`);
            for (const line of lines) process.stdout.write(`  ${line}\n`);
          }
        }
      } finally {
        await installation.close();
      }
    });
  program
    .command('refresh')
    .argument('<reference>')
    .option(...ofOrganisation)
    .description('reads both sides now')
    .action((reference: string, of: Whose) =>
      withOne(reference, of, async (one, { db }) => `asked: ${(await askRefresh(db, one, { who: userInfo().username, why: '' })).asked}`),
    );
  program
    .command('questions')
    .option('--json', 'as JSON')
    .option('--organisation <id>', 'of one organisation')
    .description("what waits for a person's verdict, the oldest first")
    .action(async ({ json, organisation }: { json?: boolean } & Whose) => {
      const installation = openInstallation('cli');
      try {
        const open = await openQuestions(installation.db, organisation);
        if (json) process.stdout.write(`${JSON.stringify(open, null, 2)}\n`);
        else if (open.length === 0) process.stdout.write('Nothing waits for a verdict.\n');
        else
          for (const { organisation: of, reference, trackingId, consignment, since, edit, stage, fields } of open)
            process.stdout.write(`${since} ${of} ${reference ?? trackingId ?? consignment} ${stage}: ${[...fields].join(', ') || edit}\n`);
      } finally {
        await installation.close();
      }
    });
  program
    .command('verdict')
    .argument('<reference>')
    .argument('<verdict>', 'accepted or refused')
    .requiredOption('--why <reason>', 'why')
    .option(...ofOrganisation)
    .option('--edit <edit>', 'what is settled, where several questions are open: as `why --json` shows them')
    .description('settles a late edit, a late cancellation, or a consignment that is missing at Palletways')
    .action((reference: string, verdict: string, { why, edit, ...whose }: { why: string; edit?: string } & Whose) =>
      withOne(reference, whose, async (of, installation) => {
        if (verdict !== 'accepted' && verdict !== 'refused') throw new Error('the verdict is accepted or refused');
        const settled = await settleVerdict(installation, of, { edit, verdict, why, who: userInfo().username });
        if (settled === null) throw new Error('no such question is open, or several are: name one with --edit');
        return `${settled.edit}: ${settled.verdict}`;
      }),
    );
  program
    .command('resend')
    .argument('<reference>')
    .argument('<obligation>', 'its key, as `why` shows it')
    .requiredOption('--why <reason>', 'why it is sent again')
    .option(...ofOrganisation)
    .description('sends one obligation again, even where the other side has it')
    .action((reference: string, obligation: string, { why, ...whose }: { why: string } & Whose) =>
      withOne(reference, whose, async (of, { db }) => {
        const asked = await askResend(db, of, obligation, { who: userInfo().username, why });
        return `${asked.obligation}: revision ${asked.revision}`;
      }),
    );
}

async function withOne(
  reference: string,
  { organisation }: Whose,
  act: (of: Parameters<typeof askRefresh>[1], installation: Installation) => Promise<string>,
): Promise<void> {
  const installation = openInstallation('cli');
  try {
    const [row, other] = await findByReference(installation.db, reference, organisation);
    if (row === undefined) throw new Error(`no consignment is known as ${reference}`);
    if (other !== undefined)
      throw new Error(`${reference} fits several consignments; name its organisation, its tracking id or its internal id`);
    process.stdout.write(`${await act({ organisation: row.organisation, consignment: row.id }, installation)}\n`);
  } finally {
    await installation.close();
  }
}
