/** Where the API description of Qargo is found: `QARGO_OPENAPI`, else `../shared/reference/qargo-openapi.json` beside the repository. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Description } from '../../connectors/qargo/description.ts';

export { close, Description } from '../../connectors/qargo/description.ts';

/** Path of the description, or null where there is none. */
export function descriptionPath(): string | null {
  const path = process.env.QARGO_OPENAPI ?? join(import.meta.dirname, '../../../shared/reference/qargo-openapi.json');
  return existsSync(path) ? path : null;
}

export const whyNot = 'the API description of Qargo is not here (set QARGO_OPENAPI to its path)';

/** The description, or null where there is none: then say `whyNot` and skip. */
export function loadDescription(): Description | null {
  const path = descriptionPath();
  return path === null
    ? null
    : new Description(JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, unknown>>);
}
