/** The secrets of an organisation, taken out of its settings and put back: they are sealed apart. */
import type { Organisation } from '../../domain/policy/organisation.ts';
import { type SecretPath, secretPaths } from './schema.ts';

/** The settings as they may be shown and stored in clear: the secrets are left out. */
export function withoutSecrets(organisation: Organisation): Record<string, unknown> {
  const copy = structuredClone(organisation) as unknown as Record<string, unknown>;
  for (const path of secretPaths) {
    const place = placeOf(copy, path);
    if (place !== undefined) delete place.parent[place.name];
  }
  return copy;
}

export type Secrets = { readonly [path in SecretPath]?: string };

/** The secrets of an organisation by their paths. */
export function secretsIn(organisation: Organisation): Secrets {
  const found: { [path in SecretPath]?: string } = {};
  for (const path of secretPaths) {
    const place = placeOf(organisation, path);
    const value = place?.parent[place.name];
    if (typeof value === 'string') found[path] = value;
  }
  return found;
}

/** Settings with the secrets that are missing in them. */
export function withSecrets(settings: unknown, secrets: Secrets): unknown {
  const copy: unknown = structuredClone(settings);
  for (const path of secretPaths) {
    const place = placeOf(copy, path);
    if (place !== undefined && place.parent[place.name] === undefined && secrets[path] !== undefined)
      place.parent[place.name] = secrets[path];
  }
  return copy;
}

/** The object that holds (or would hold) the last step of a dotted path; undefined where the way there is missing. */
function placeOf(root: unknown, path: SecretPath): { parent: Record<string, unknown>; name: string } | undefined {
  const steps = path.split('.');
  const name = steps.pop();
  let at = root;
  for (const step of steps) at = isRecord(at) ? at[step] : undefined;
  return name !== undefined && isRecord(at) ? { parent: at, name } : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
