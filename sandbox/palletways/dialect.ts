/**
 * A second dialect: another reading of everything that is *assumed* of Palletways (docs/wire-assumptions.md). What is
 * public - reads of consignments and notes, how imports are written and answered - is the same in every dialect.
 */
import { z } from 'zod';
import { zoneName } from './clock.ts';
import type { Leaf, Tree } from './tree.ts';

const element = z.string().regex(/^[A-Za-z_][\w.-]*$/);
/** `STS/OFD`: note group and note type. */
const code = z.string().regex(/^[^/\s]+\/[^/\s]+$/);

/** Each standard word to the other one; two may not become one. */
function words<T extends z.ZodType<string>>(word: T) {
  return z
    .record(z.string(), word)
    .refine((map) => new Set(Object.values(map)).size === Object.keys(map).length, 'two words become one');
}

export const dialectSchema = z.strictObject({
  /** Names of elements: in pushes all of them, in assumed answers those within a row. */
  elements: words(element).optional(),
  /** Elements of pushes and of rows of assumed answers come the other way round. */
  order: z.enum(['standard', 'reversed']).optional(),
  pushFormat: z.enum(['xml', 'json']).optional(),
  /** Names of the push events. */
  events: words(z.string().min(1)).optional(),
  /** Codes of notes, both ways; the standard ones that are not named stay as they are. */
  noteCodes: words(code).optional(),
  /** Where a depot's files go; `{depot}` is its number. */
  ftpFolder: z
    .string()
    .regex(/^(\/[\w{}-][\w{}.-]*)+$/)
    .optional(),
  /** The clock of all its local times. */
  zone: zoneName.optional(),
});

export type Dialect = z.infer<typeof dialectSchema>;
interface Speaker {
  zone: string;
  depot: string;
  push: { format: 'xml' | 'json' };
  dialect?: Dialect | undefined;
}

export function zoneOf({ zone, dialect }: Speaker): string {
  return dialect?.zone ?? zone;
}

export function pushFormatOf({ push, dialect }: Speaker): 'xml' | 'json' {
  return dialect?.pushFormat ?? push.format;
}

export function eventName({ dialect }: Speaker, event: string): string {
  return dialect?.events?.[event] ?? event;
}

export function elementName({ dialect }: Speaker, name: string): string {
  return dialect?.elements?.[name] ?? name;
}

/** The tree in the dialect's names and order, all the way down. */
export function spoken(speaker: Speaker, tree: Tree): Tree {
  if (speaker.dialect === undefined) return tree;
  const leaf = (value: Leaf): Leaf => (typeof value === 'string' ? value : spoken(speaker, value));
  const entries = Object.entries(tree).map(([name, value]): [string, Tree[string]] => [
    elementName(speaker, name),
    Array.isArray(value) ? value.map(leaf) : leaf(value),
  ]);
  return Object.fromEntries(speaker.dialect.order === 'reversed' ? entries.reverse() : entries);
}

export interface Code {
  group: string;
  type: string;
}

function codeOf(text: string): Code {
  const [group = '', type = ''] = text.split('/');
  return { group, type };
}

/** How a standard code is written here. */
export function written({ dialect }: Speaker, { group, type }: Code): Code {
  return codeOf(dialect?.noteCodes?.[`${group}/${type}`] ?? `${group}/${type}`);
}

/** The standard code of one that was written; null where the standard one has another name here. */
export function standard({ dialect }: Speaker, { group, type }: Code): Code | null {
  const map = dialect?.noteCodes ?? {};
  const word = `${group}/${type}`;
  const meant = Object.keys(map).find((name) => map[name] === word);
  if (meant !== undefined) return codeOf(meant);
  return Object.hasOwn(map, word) ? null : { group, type };
}

/** A description as it would stand without the dialect: `LATE 10` names a status by its type here. */
export function standardWords(dialect: Speaker['dialect'], description: string): string {
  const [, late = ''] = /^LATE (\S+)$/.exec(description) ?? [];
  const name = Object.entries(dialect?.noteCodes ?? {}).find(
    ([standardName, here]) => standardName.startsWith('STS/') && codeOf(here).type === late,
  )?.[0];
  return name === undefined ? description : `LATE ${codeOf(name).type}`;
}

/** Where the depot's files go; without a dialect what wire-assumptions 2.4 assumes. */
export function folderOf({ depot, dialect }: Speaker): string {
  return (dialect?.ftpFolder ?? '/pod/{depot}').replaceAll('{depot}', depot);
}
