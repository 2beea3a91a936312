/** `organisation put|list|get`: the tenants of this installation. */
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { palletwaysWire } from '../../connectors/palletways/translate.ts';
import { qargoWire } from '../../connectors/qargo/translate.ts';
import { openInstallation } from '../../store/installation.ts';
import { type OrganisationDraft, withoutSecrets } from '../../store/organisations.ts';

/** The connectors' own check of what an account does otherwise; throws one Error that names each field. */
function checkWire(draft: OrganisationDraft): void {
  const checks = [
    ['wire.palletways', palletwaysWire, draft.wire?.palletways],
    ['wire.qargo', qargoWire, draft.wire?.qargo],
  ] as const;
  const wrong = checks.flatMap(([name, schema, value]) => {
    const checked = schema.safeParse(value ?? {});
    return checked.success ? [] : checked.error.issues.map((issue) => `${[name, ...issue.path].join('.')}: ${issue.message}`);
  });
  if (wrong.length > 0) throw new Error(wrong.join('; '));
}

export function organisationCommands(program: Command): void {
  const organisation = program.command('organisation').description('tenants: accounts, credentials, policy');
  organisation
    .command('put')
    .description('makes or changes an organisation from a JSON file; a secret left out stays as it was')
    .requiredOption('--file <file>', 'JSON file, or - for standard input')
    .action(async ({ file }: { file: string }) => {
      const installation = openInstallation('cli');
      try {
        const draft = JSON.parse(await readFile(file === '-' ? '/dev/stdin' : file, 'utf8')) as OrganisationDraft;
        checkWire(draft);
        const made = await installation.organisations.put(draft, userInfo().username);
        process.stdout.write(`${made.id}: ${made.name}, ${made.active ? 'active' : 'not active'}\n`);
      } finally {
        await installation.close();
      }
    });
  organisation
    .command('list')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const installation = openInstallation('cli');
      try {
        const all = await installation.organisations.list();
        if (json) process.stdout.write(`${JSON.stringify(all.map(({ id, name, active }) => ({ id, name, active })))}\n`);
        else for (const each of all) process.stdout.write(`${each.id}  ${each.name}${each.active ? '' : '  (not active)'}\n`);
      } finally {
        await installation.close();
      }
    });
  organisation
    .command('get')
    .argument('<id>')
    .description('shows an organisation without its secrets')
    .action(async (id: string) => {
      const installation = openInstallation('cli');
      try {
        const found = await installation.organisations.get(id);
        if (found === undefined) throw new Error(`no organisation ${id}`);
        process.stdout.write(`${JSON.stringify(withoutSecrets(found), null, 2)}\n`);
      } finally {
        await installation.close();
      }
    });
}
