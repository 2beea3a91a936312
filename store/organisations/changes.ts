/** What differs between two versions of an organisation's configuration. */
import { isDeepStrictEqual } from 'node:util';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { isRecord, secretsIn, withoutSecrets } from './credentials.ts';
import { secretPaths } from './schema.ts';

export interface Change {
  /** Dotted path, `qargo.serviceLevels.A-ND`. */
  readonly field: string;
  /** Left out where it was not there, and of secrets: of those only that they differ is said. */
  readonly from?: unknown;
  readonly to?: unknown;
  readonly secret?: true;
}

/** What differs between two versions, by field; never a secret. */
export function changesBetween(before: Organisation, after: Organisation): Change[] {
  const [was, is] = [leavesOf(withoutSecrets(before)), leavesOf(withoutSecrets(after))];
  const changes: Change[] = [];
  for (const field of [...new Set([...was.keys(), ...is.keys()])].sort()) {
    if (isDeepStrictEqual(was.get(field), is.get(field))) continue;
    changes.push({
      field,
      ...(was.has(field) ? { from: was.get(field) } : {}),
      ...(is.has(field) ? { to: is.get(field) } : {}),
    });
  }
  const [wereSecret, areSecret] = [secretsIn(before), secretsIn(after)];
  for (const path of secretPaths) if (wereSecret[path] !== areSecret[path]) changes.push({ field: path, secret: true });
  return changes;
}

/** Values by dotted path; a list is one value, an object with nothing in it none. */
function leavesOf(value: unknown, path = ''): Map<string, unknown> {
  if (!isRecord(value)) return new Map([[path, value]]);
  return new Map(
    Object.entries(value).flatMap(([name, each]) => [...leavesOf(each, path === '' ? name : `${path}.${name}`)]),
  );
}
