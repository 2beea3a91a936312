/** The organisations with which an installation begins, from a file: read while the record has none, and never again. */
import { readFile } from 'node:fs/promises';
import type { Installation } from '../../store/organisations/installation.ts';
import { type OrganisationDraft, OrganisationError } from '../../store/organisations/organisations.ts';
import { withRowsHeld } from './organisation-put.ts';
import { checkWire } from './organisation-wire.ts';

/**
 * Makes the organisations of a JSON file, one or a list of them, where there is none yet, their rows in shadow until a first contact has
 * passed; answers the ids of those it made. Throws one
 * Error that names the file and every field that is wrong, never a value: then none was made. A file that is not looked at may be anything.
 */
export async function beginWith(
  { organisations }: Pick<Installation, 'organisations'>,
  file: string,
): Promise<string[]> {
  if ((await organisations.list()).length > 0) return [];
  const drafts = await read(file);
  try {
    const wrong = drafts.flatMap((draft, place) =>
      fieldsOf(() => checkWire(draft)).map((each) => ({ ...each, field: `${place}.${each.field}` })),
    );
    if (wrong.length > 0) throw new OrganisationError(wrong);
    return (
      await organisations.beginWith(drafts.map(withRowsHeld), { madeBy: 'first start', why: 'read from a file' })
    ).map(({ id }) => id);
  } catch (error) {
    throw error instanceof OrganisationError ? new Error(`${file}: ${error.message}`) : error;
  }
}

async function read(file: string): Promise<OrganisationDraft[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(
      `${file}: cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'no file'})`,
    );
  });
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    // What JSON.parse says repeats the text, which holds secrets.
    throw new Error(`${file}: is not JSON`);
  }
  const all: unknown[] = Array.isArray(said) ? said : [said];
  const strange = all.findIndex(
    (each) => typeof each !== 'object' || each === null || typeof (each as { id?: unknown }).id !== 'string',
  );
  if (strange >= 0) throw new Error(`${file}: ${strange}.id: is missing`);
  return all as OrganisationDraft[];
}

function fieldsOf(check: () => void): OrganisationError['fields'] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof OrganisationError) return error.fields;
    throw error;
  }
}
