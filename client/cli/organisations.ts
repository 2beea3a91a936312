/** `organisation put|patch|list|get|versions|rollback`: a person reads and changes the organisations of this installation. */
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { decodeText } from '../../domain/facts/encoding.ts';
import { type OpenChoice, openChoices, rows } from '../../domain/policy/rows.ts';
import { sayNoContact } from '../../domain/words/switching.ts';
import { changesBetween } from '../../store/organisations/changes.ts';
import { loadContactPassed } from '../../store/organisations/contacts.ts';
import type { Installation } from '../../store/organisations/installation.ts';
import { type OrganisationDraft, type Organisations, withoutSecrets } from '../../store/organisations/organisations.ts';
import type { Queryable } from '../../store/postgres/database.ts';
import { patchedDraft, type SettingsPatch } from '../operations/organisation-patch.ts';
import { type Putting, putOrganisation } from '../operations/organisation-put.ts';
import { withInstallation } from './opening.ts';
import { say, sayJson } from './say.ts';

/** Adds the command `organisation` with its subcommands. A command throws an Error that the command line prints. */
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
    .addOption(openOption())
    .option(
      '--contact-passed <reason>',
      'takes a first contact as passed without one, and why: a twin, or an account that another installation has tried',
    )
    .action((options: PutOptions & { file: string; contactPassed?: string }) =>
      withInstallation((installation) => put(installation, options)),
    );
  organisation
    .command('patch')
    .argument('<id>')
    .requiredOption(
      '--file <file>',
      'the patch that a first contact wrote, or one like it: {"version", "set": {path: value}}',
    )
    .option('--why <reason>', 'why it is changed')
    .addOption(openOption())
    .description('changes single settings by their paths, in the version that the patch names')
    .action((id: string, options: PutOptions & { file: string }) =>
      withInstallation((installation) => patch(installation, id, options)),
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
    .action((id: string) => withInstallation((installation) => show(installation, id)));
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
    .addOption(openOption())
    .description('the settings of an earlier version as a new one; keys and passwords stay as they are')
    .action((id: string, to: number, options: PutOptions) =>
      withInstallation((installation) => rollBack(installation, id, to, options)),
    );
}

interface PutOptions {
  readonly why?: string;
  readonly open?: OpenChoice;
}

const openOption = () =>
  new Option(
    '--open <choice>',
    'what becomes of what is open in rows that go on: from-now-on, none of it is ever sent; all, all of it is',
  ).choices(openChoices);

/** The options of a command as the record takes them; the person is the user of this machine. */
const puttingOf = ({ why, open }: PutOptions): Putting => ({
  madeBy: userInfo().username,
  ...(why === undefined ? {} : { why }),
  ...(open === undefined ? {} : { open }),
});

const withOrganisations = (act: (all: Organisations) => Promise<void>) =>
  withInstallation(({ organisations }) => act(organisations));

async function put(
  installation: Installation,
  { file, contactPassed, ...options }: PutOptions & { readonly file: string; readonly contactPassed?: string },
): Promise<void> {
  const text = decodeText(await readFile(file === '-' ? '/dev/stdin' : file));
  const { version, ...draft } = JSON.parse(text) as OrganisationDraft & { version?: number };
  const { said } = await putOrganisation(installation, draft, {
    ...puttingOf(options),
    ...(version === undefined ? {} : { seen: version }),
    ...(contactPassed === undefined ? {} : { vouch: contactPassed }),
  });
  const made = await installation.organisations.get(draft.id);
  say(`${draft.id}: ${made?.name}, ${made?.active ? 'active' : 'not active'}`);
  for (const sentence of said) say(sentence);
}

async function patch(
  installation: Installation,
  id: string,
  { file, ...options }: PutOptions & { readonly file: string },
): Promise<void> {
  const { version, set } = JSON.parse(decodeText(await readFile(file))) as SettingsPatch;
  const putting = { why: 'learned by a first contact', ...puttingOf(options), seen: version };
  const { said } = await putOrganisation(
    installation,
    await patchedDraft(installation.organisations, id, set),
    putting,
  );
  say(`${id}: ${Object.keys(set).length} settings changed`);
  for (const sentence of said) say(sentence);
}

async function list(db: Queryable, all: Organisations, json: boolean): Promise<void> {
  const found = await Promise.all(
    (await all.list()).map(async ({ id, name, active, policy }) => {
      const inShadow = rows.filter((row) => policy.rows[row] === 'shadow');
      return { id, name, active, contactPassedAt: await loadContactPassed(db, id), inShadow };
    }),
  );
  if (json) say(JSON.stringify(found));
  else
    for (const { id, name, active, contactPassedAt, inShadow } of found)
      say(
        `${id}  ${name}${active ? '' : '  (not active)'}${contactPassedAt === null ? `  (no first contact has passed${inShadow.length === 0 ? '' : `; in shadow: ${inShadow.join(', ')}`})` : ''}`,
      );
}

async function show({ db, organisations }: Installation, id: string): Promise<void> {
  const found = await organisations.get(id);
  if (found === undefined) throw new Error(`no organisation ${id}`);
  sayJson(withoutSecrets(found));
  // This goes to standard error, so that standard output is JSON alone, which `put` can read again.
  if ((await loadContactPassed(db, id)) === null) process.stderr.write(`${sayNoContact(id)}\n`);
}

async function listVersions(all: Organisations, id: string): Promise<void> {
  const found = await all.versions(id);
  if (found.length === 0) throw new Error(`no organisation ${id}`);
  for (const [n, { version, madeBy, madeAt, why, organisation: after }] of found.entries()) {
    say(`${version}  ${madeAt}  ${madeBy}${why === '' ? '' : `: ${why}`}`);
    // The latest version comes first, so the version before it is the next one in the list.
    const before = found[n + 1];
    for (const { field, from, to, secret } of before === undefined ? [] : changesBetween(before.organisation, after))
      say(`     ${field}${secret ? ' (secret)' : `: ${JSON.stringify(from) ?? '-'} -> ${JSON.stringify(to) ?? '-'}`}`);
  }
}

async function rollBack(installation: Installation, id: string, to: number, options: PutOptions): Promise<void> {
  const { organisations } = installation;
  const putting = { why: `back to version ${to}`, ...puttingOf(options) };
  const { version, said } = await putOrganisation(installation, await organisations.draftAsOf(id, to), putting);
  say(`${id}: version ${version}, as version ${to} was`);
  for (const sentence of said) say(sentence);
}
