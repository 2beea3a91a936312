/** `organisation put|list|get|versions|rollback`: the tenants of this installation. */
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { openInstallation } from '../../store/installation.ts';
import { changesBetween } from '../../store/organisation-changes.ts';
import { type OrganisationDraft, withoutSecrets } from '../../store/organisations.ts';
import { checkWire } from '../organisation-wire.ts';

export function organisationCommands(program: Command): void {
  const organisation = program.command('organisation').description('tenants: accounts, credentials, policy');
  organisation
    .command('put')
    .description('makes or changes an organisation from a JSON file; a secret left out stays as it was')
    .requiredOption('--file <file>', 'JSON file, or - for standard input; its `version`, where it names one, must be the latest')
    .option('--why <reason>', 'why it is changed')
    .action(async ({ file, why }: { file: string; why?: string }) => {
      const installation = openInstallation('cli');
      try {
        const text = await readFile(file === '-' ? '/dev/stdin' : file, 'utf8');
        const { version, ...draft } = JSON.parse(text) as OrganisationDraft & { version?: number };
        checkWire(draft);
        const making = {
          madeBy: userInfo().username,
          ...(why === undefined ? {} : { why }),
          ...(version === undefined ? {} : { seen: version }),
        };
        const made = await installation.organisations.put(draft, making);
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
  organisation
    .command('versions')
    .argument('<id>')
    .description('who changed what, when; the latest first')
    .action(async (id: string) => {
      const installation = openInstallation('cli');
      try {
        const all = await installation.organisations.versions(id);
        if (all.length === 0) throw new Error(`no organisation ${id}`);
        for (const [n, { version, madeBy, madeAt, why, organisation: after }] of all.entries()) {
          process.stdout.write(`${version}  ${madeAt}  ${madeBy}${why === '' ? '' : `: ${why}`}\n`);
          const before = all[n + 1];
          for (const { field, from, to, secret } of before === undefined ? [] : changesBetween(before.organisation, after))
            process.stdout.write(
              `     ${field}${secret ? ' (secret)' : `: ${JSON.stringify(from) ?? '-'} -> ${JSON.stringify(to) ?? '-'}`}\n`,
            );
        }
      } finally {
        await installation.close();
      }
    });
  organisation
    .command('rollback')
    .argument('<id>')
    .argument('<version>', 'the version whose settings come back', Number)
    .option('--why <reason>', 'why')
    .description('the settings of an earlier version as a new one; keys and passwords stay as they are')
    .action(async (id: string, to: number, { why }: { why?: string }) => {
      const installation = openInstallation('cli');
      try {
        await installation.organisations.rollback(id, to, { madeBy: userInfo().username, ...(why === undefined ? {} : { why }) });
        const latest = await installation.organisations.version(id);
        process.stdout.write(`${id}: version ${latest?.version}, as version ${to} was\n`);
      } finally {
        await installation.close();
      }
    });
}
