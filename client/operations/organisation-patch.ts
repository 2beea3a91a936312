/** Single settings of an organisation by their paths, as a first contact learns them. */
import { type OrganisationDraft, type Organisations, withoutSecrets } from '../../store/organisations/organisations.ts';

/** Settings by dotted path, and the version of the configuration that they were learned beside. */
export interface SettingsPatch {
  readonly version: number;
  readonly set: Readonly<Record<string, unknown>>;
}

type Settings = { [name: string]: unknown };

/** The organisation with these settings, as a draft; secrets stay as they are. @throws Error where there is no such organisation. */
export async function patchedDraft(
  organisations: Pick<Organisations, 'get'>,
  id: string,
  set: SettingsPatch['set'],
): Promise<OrganisationDraft> {
  const found = await organisations.get(id);
  if (found === undefined) throw new Error(`no organisation ${id}`);
  const draft = structuredClone(withoutSecrets(found)) as unknown as Settings;
  for (const [path, value] of Object.entries(set)) put(draft, path.split('.'), value);
  return draft as unknown as OrganisationDraft;
}

function put(within: Settings, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    within[name] = value;
    return;
  }
  const next = within[name];
  const inside = typeof next === 'object' && next !== null && !Array.isArray(next) ? (next as Settings) : {};
  within[name] = inside;
  put(inside, rest, value);
}
