/** Reads the first organisations of an installation from a file. The file is read only while the record has no organisation. */
import { readFile } from 'node:fs/promises';
import { decodeText } from '../../domain/facts/encoding.ts';
import type { Installation } from '../../store/organisations/installation.ts';
import { type OrganisationDraft, OrganisationError } from '../../store/organisations/organisations.ts';
import { withRowsHeld } from './organisation-put.ts';
import { checkWire } from './organisation-wire.ts';

/**
 * Makes the organisations of a JSON file, which holds one or a list of them, if the record has none yet; else the file is not read. Their
 * rows are in shadow until a first contact has passed. Returns the ids of those that were made. If the file cannot be read or a field is
 * wrong, it throws one Error that names the file and each wrong field but no value, and makes none. Throws what the record throws.
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

/** Reads the drafts in a file. Throws an Error that names the file and repeats nothing of its text. */
async function read(file: string): Promise<OrganisationDraft[]> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new Error(
      `${file}: cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'no file'})`,
    );
  });
  let said: unknown;
  try {
    said = JSON.parse(decodeText(bytes));
  } catch {
    // The error of JSON.parse is left out, because it repeats a part of the text, and the text holds secrets.
    throw new Error(`${file}: is not JSON`);
  }
  const all: unknown[] = Array.isArray(said) ? said : [said];
  const strange = all.findIndex(
    (each) => typeof each !== 'object' || each === null || typeof (each as { id?: unknown }).id !== 'string',
  );
  if (strange >= 0) throw new Error(`${file}: ${strange}.id: is missing`);
  return all as OrganisationDraft[];
}

/** Runs a check, and returns the fields that it found wrong. Throws any error but an OrganisationError again. */
function fieldsOf(check: () => void): OrganisationError['fields'] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof OrganisationError) return error.fields;
    throw error;
  }
}
