/** The program behind the command `contact`. It opens the record itself and needs neither Temporal nor a worker. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Description } from '../../connectors/qargo/description.ts';
import { decodeText } from '../../domain/facts/encoding.ts';
import { rows } from '../../domain/policy/rows.ts';
import { sayMayGoOn } from '../../domain/words/switching.ts';
import { saveContact } from '../../store/organisations/contacts.ts';
import { openInstallation } from '../../store/organisations/installation.ts';
import { makeContact } from './contact.ts';
import { dryRunOf, exitCodes, patchOf, resultOf, tableOf } from './report.ts';
import { shapesOf } from './shapes.ts';
import type { WriteTo } from './write.ts';

export interface ContactCommand {
  readonly days: number;
  readonly order: readonly string[];
  /** Ids of assumptions that are contradicted and that a person has accepted. */
  readonly accept: readonly number[];
  readonly all: boolean;
  readonly out?: string;
  /** File of Qargo's API description, JSON. */
  readonly openapi?: string;
  readonly write?: WriteTo;
  /** Who runs it. */
  readonly who: string;
}

/** Makes the contact, prints and writes what came of it, keeps whether it passed, and answers the exit code. */
export async function runContact(id: string, command: ContactCommand, print: (text: string) => void): Promise<number> {
  const installation = openInstallation('contact');
  try {
    const found = await installation.organisations.version(id);
    if (found === undefined) throw new Error(`no organisation ${id}`);
    const { organisation, version } = found;
    const contact = await makeContact(installation, organisation, {
      days: command.days,
      orders: command.order,
      ...(command.write === undefined ? {} : { write: command.write }),
      ...(command.openapi === undefined ? {} : { description: await describedIn(command.openapi) }),
    });
    const result = resultOf(contact, command.accept);
    const patch = patchOf(contact, id, version);
    print(tableOf(contact, { all: command.all }));
    print(dryRunOf(contact));
    const folder = command.out ?? `contact-${id}`;
    await mkdir(folder, { recursive: true });
    const file = join(folder, 'patch.json');
    await writeFile(file, `${JSON.stringify(patch, null, 2)}\n`);
    await writeFile(join(folder, 'table.txt'), `${tableOf(contact, { all: true })}\n\n${dryRunOf(contact)}\n`);
    await writeFile(join(folder, 'shapes.json'), `${JSON.stringify(shapesOf(contact.seen), null, 2)}\n`);
    await saveContact(installation.db, {
      organisation: id,
      version,
      passed: result === 'passed',
      who: command.who,
      accepted: command.accept,
      findings: contact.findings,
    });
    const settings = Object.keys(patch.set).length;
    if (settings > 0) print(`${settings} settings: palletways-qargo organisation patch ${id} --file ${file}`);
    print(result);
    const inShadow = rows.filter((row) => organisation.policy.rows[row] === 'shadow');
    if (result === 'passed' && inShadow.length > 0) print(sayMayGoOn(inShadow));
    return exitCodes[result];
  } finally {
    await installation.close();
  }
}

/** @throws Error where the file is none or is no JSON. */
async function describedIn(file: string): Promise<Description> {
  return new Description(JSON.parse(decodeText(await readFile(file))) as Readonly<Record<string, unknown>>);
}
