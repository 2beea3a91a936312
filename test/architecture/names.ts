/** What is asked of exported names: one name means one thing in a room, and words of a language of our own stay out. */
import type { Files } from './rules.ts';

/**
 * Words that the glossary bans as names (docs/glossary.md): they had several meanings, or are no words of the trade. A name that begins
 * or ends with one in camel case is one too.
 */
export const banned = [
  'said',
  'told',
  'heard',
  'tray',
  'telephone',
  'revival',
  'mint',
  'unmint',
  'theirs',
  'whose',
  'anew',
  'flights',
  'aboard',
];

const rooms = [
  'domain',
  'store',
  'activities',
  'workflows',
  'workers',
  'client',
  'local',
  'connectors/palletways',
  'connectors/qargo',
];

interface Exported {
  readonly file: string;
  readonly room: string;
  readonly name: string;
  readonly isFunction: boolean;
}

function* exportedOf(files: Files): Generator<Exported> {
  for (const [file, text] of files) {
    const room = rooms.find((each) => file.startsWith(`${each}/`));
    if (room === undefined) continue;
    for (const [, kind = '', name = '', rest = ''] of text.matchAll(
      /^export (?:async )?(function\*?|const|class|interface|type) (\w+)([^\n]*)/gm,
    ))
      yield {
        file,
        room,
        name,
        isFunction: kind.startsWith('function') || (kind === 'const' && /=>\s*$|=>|= async|= \(/.test(rest)),
      };
  }
}

/** Functions of one room that are exported under the same name: `room: name: files`. */
export function namedTwice(files: Files): string[] {
  const found = new Map<string, string[]>();
  for (const { file, room, name, isFunction } of exportedOf(files))
    if (isFunction) found.set(`${room}: ${name}`, [...(found.get(`${room}: ${name}`) ?? []), file]);
  return [...found].filter(([, of]) => of.length > 1).map(([name, of]) => `${name}: ${of.join(', ')}`);
}

/** Exported names that have a banned word in them: `file: name: word`. */
export function namedBadly(files: Files): string[] {
  return [...exportedOf(files)].flatMap(({ file, name }) => {
    const words = name.split(/(?=[A-Z])|_/).map((word) => word.toLowerCase());
    return banned.filter((word) => words.includes(word)).map((word) => `${file}: ${name}: ${word}`);
  });
}
