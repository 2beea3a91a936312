/** `why`, `refresh`, `resend`: what a person asks about one consignment, by any of its references. */
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { describeUpToDate } from '../../domain/words/standing.ts';
import type { Installation } from '../../store/organisations/installation.ts';
import { askRefresh, askResend, type CommandTarget as Meant } from '../../store/record/commands.ts';
import { findByReference } from '../../store/record/consignments.ts';
import { loadTimeline } from '../../store/views/overview.ts';
import { openQuestions } from '../../store/views/questions.ts';
import { settleDecision } from '../operations/decisions.ts';
import { findOne } from './find-one.ts';
import { withInstallation } from './opening.ts';
import { say, sayJson } from './say.ts';

interface Whose {
  readonly organisation?: string;
}
interface Shown extends Whose {
  readonly json?: boolean;
}
interface Settling extends Whose {
  readonly why: string;
  readonly edit?: string;
}
/** Two organisations may know the same consignment, each its own end of it. */
const ofOrganisation = [
  '--organisation <id>',
  'the organisation that is meant, where several know the reference',
] as const;

/** Adds the commands. */
export function consignmentCommands(program: Command): void {
  program
    .command('why')
    .argument('<reference>', 'consignment number, tracking id, internal id or Qargo order id')
    .option('--json', 'the whole story as JSON')
    .option(...ofOrganisation)
    .description('where a consignment stands, since when and why; and each update that is outstanding')
    .action(tellWhy);
  program
    .command('refresh')
    .argument('<reference>')
    .option(...ofOrganisation)
    .description('reads both sides now')
    .action((reference: string, of: Whose) =>
      withOne(
        reference,
        of,
        async (one, { db }) => `asked: ${(await askRefresh(db, one, { who: userInfo().username, why: '' })).asked}`,
      ),
    );
  program
    .command('questions')
    .option('--json', 'as JSON')
    .option('--organisation <id>', 'of one organisation')
    .description("what waits for a person's decision, the oldest first")
    .action(listQuestions);
  program
    .command('decide')
    .argument('<reference>')
    .argument('<decision>', 'accepted or refused')
    .requiredOption('--why <reason>', 'why')
    .option(...ofOrganisation)
    .option('--edit <edit>', 'what is settled, where several questions are open: as `why --json` shows them')
    .description(
      'settles a late edit, a late cancellation, or a consignment that is missing or looks cancelled at Palletways',
    )
    .action(settle);
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

function tellWhy(reference: string, { json, organisation }: Shown): Promise<void> {
  return withInstallation(async ({ db }) => {
    const found = await findByReference(db, reference, organisation);
    if (found.length === 0) throw new Error(`no consignment is known as ${reference}`);
    for (const row of found) {
      const told = await loadTimeline(db, row);
      if (json) sayJson(told);
      else {
        const why = told.why.length === 0 ? [describeUpToDate(told.confirmed)] : told.why;
        const name = `${row.organisation} ${told.reference ?? told.trackingId ?? row.id}`;
        say(`${name}: ${told.standing?.sentence ?? 'Nothing is known of it yet.'}`);
        for (const line of [...why, ...told.remarks, `Workflow: ${row.workflow}`]) say(`  ${line}`);
      }
    }
  });
}

function listQuestions({ json, organisation }: Shown): Promise<void> {
  return withInstallation(async ({ db }) => {
    const open = await openQuestions(db, organisation);
    if (json) sayJson(open);
    else if (open.length === 0) say('Nothing waits for a decision.');
    else
      for (const { organisation: of, reference, trackingId, consignment, since, edit, stage, fields } of open)
        say(`${since} ${of} ${reference ?? trackingId ?? consignment} ${stage}: ${[...fields].join(', ') || edit}`);
  });
}

function settle(reference: string, decision: string, { why, edit, ...whose }: Settling): Promise<void> {
  return withOne(reference, whose, async (of, installation) => {
    if (decision !== 'accepted' && decision !== 'refused') throw new Error('the decision is accepted or refused');
    const settled = await settleDecision(installation, of, { edit, decision, why, who: userInfo().username });
    if (settled === null) throw new Error('no such question is open, or several are: name one with --edit');
    return `${settled.edit}: ${settled.decision}`;
  });
}

/** Does what a person asks of one consignment, and says what came of it. */
function withOne(
  reference: string,
  { organisation }: Whose,
  act: (of: Meant, installation: Installation) => Promise<string>,
): Promise<void> {
  return withInstallation(async (installation) => {
    const row = await findOne(installation.db, reference, organisation);
    say(await act({ organisation: row.organisation, consignment: row.id }, installation));
  });
}
