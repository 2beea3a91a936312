/** `organisation put|patch|list|get|versions|rollback`: the tenants of this installation. */
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { changesBetween } from '../../store/organisations/changes.ts';
import { loadContactPassed } from '../../store/organisations/contacts.ts';
import { type OrganisationDraft, type Organisations, withoutSecrets } from '../../store/organisations/organisations.ts';
import type { Queryable } from '../../store/postgres/database.ts';
import { patchedDraft, type SettingsPatch } from '../operations/organisation-patch.ts';
import { checkWire } from '../operations/organisation-wire.ts';
import { withInstallation } from './opening.ts';
import { say, sayJson } from './say.ts';

/** Adds the commands. */
export function organisationCommands(program: Command): void {
  const organisation = program.command('organisation').description('tenants: accounts, credentials, policy');
  organisation
    .command('put')
    .description('makes or changes an organisation from a JSON file; a secret left out stays as it was')
    .requiredOption(
      '--file <file>',
      'JSON file, or - for standard input; its `version`, where it names one, must be the latest',
    )
    .option('--why <reason>', 'why it is changed')
    .action(({ file, why }: { file: string; why?: string }) => withOrganisations((all) => put(all, file, why)));
  organisation
    .command('patch')
    .argument('<id>')
    .requiredOption(
      '--file <file>',
      'the patch that a first contact wrote, or one like it: {"version", "set": {path: value}}',
    )
    .option('--why <reason>', 'why it is changed')
    .description('changes single settings by their paths, in the version that the patch names')
    .action((id: string, { file, why }: { file: string; why?: string }) =>
      withOrganisations((all) => patch(all, id, file, why)),
    );
  organisation
    .command('list')
    .option('--json', 'as JSON')
    .description('all of them, and which have had no first contact that passed')
    .action(({ json }: { json?: boolean }) =>
      withInstallation(({ db, organisations }) => list(db, organisations, json === true)),
    );
  organisation
    .command('get')
    .argument('<id>')
    .description('shows an organisation without its secrets')
    .action((id: string) => withOrganisations((all) => show(all, id)));
  organisation
    .command('versions')
    .argument('<id>')
    .description('who changed what, when; the latest first')
    .action((id: string) => withOrganisations((all) => listVersions(all, id)));
  organisation
    .command('rollback')
    .argument('<id>')
    .argument('<version>', 'the version whose settings come back', Number)
    .option('--why <reason>', 'why')
    .description('the settings of an earlier version as a new one; keys and passwords stay as they are')
    .action((id: string, to: number, { why }: { why?: string }) =>
      withOrganisations((all) => rollBack(all, id, to, why)),
    );
}

const withOrganisations = (act: (all: Organisations) => Promise<void>) =>
  withInstallation(({ organisations }) => act(organisations));

async function put(all: Organisations, file: string, why: string | undefined): Promise<void> {
  const text = await readFile(file === '-' ? '/dev/stdin' : file, 'utf8');
  const { version, ...draft } = JSON.parse(text) as OrganisationDraft & { version?: number };
  checkWire(draft);
  const made = await all.put(draft, { madeBy: userInfo().username, why, seen: version });
  say(`${made.id}: ${made.name}, ${made.active ? 'active' : 'not active'}`);
}

async function patch(all: Organisations, id: string, file: string, why: string | undefined): Promise<void> {
  const { version, set } = JSON.parse(await readFile(file, 'utf8')) as SettingsPatch;
  const draft = await patchedDraft(all, id, set);
  checkWire(draft);
  await all.put(draft, { madeBy: userInfo().username, why: why ?? 'learned by a first contact', seen: version });
  say(`${id}: ${Object.keys(set).length} settings changed`);
}

async function list(db: Queryable, all: Organisations, json: boolean): Promise<void> {
  const found = await Promise.all(
    (await all.list()).map(async ({ id, name, active }) => {
      return { id, name, active, contactPassedAt: await loadContactPassed(db, id) };
    }),
  );
  if (json) say(JSON.stringify(found));
  else
    for (const { id, name, active, contactPassedAt } of found)
      say(
        `${id}  ${name}${active ? '' : '  (not active)'}${contactPassedAt === null ? '  (no first contact has passed)' : ''}`,
      );
}

async function show(all: Organisations, id: string): Promise<void> {
  const found = await all.get(id);
  if (found === undefined) throw new Error(`no organisation ${id}`);
  sayJson(withoutSecrets(found));
}

async function listVersions(all: Organisations, id: string): Promise<void> {
  const found = await all.versions(id);
  if (found.length === 0) throw new Error(`no organisation ${id}`);
  for (const [n, { version, madeBy, madeAt, why, organisation: after }] of found.entries()) {
    say(`${version}  ${madeAt}  ${madeBy}${why === '' ? '' : `: ${why}`}`);
    const before = found[n + 1];
    for (const { field, from, to, secret } of before === undefined ? [] : changesBetween(before.organisation, after))
      say(`     ${field}${secret ? ' (secret)' : `: ${JSON.stringify(from) ?? '-'} -> ${JSON.stringify(to) ?? '-'}`}`);
  }
}

async function rollBack(all: Organisations, id: string, to: number, why: string | undefined): Promise<void> {
  await all.rollback(id, to, { madeBy: userInfo().username, why });
  const latest = await all.version(id);
  say(`${id}: version ${latest?.version}, as version ${to} was`);
}
