/** The order of the rooms inside a room: a file imports of its own room and of those before it. A file beside the rooms has its own place. */
import { posix } from 'node:path';
import { importsOf } from './imports.ts';
import type { Files } from './rules.ts';

const orders: Readonly<Record<string, readonly string[]>> = {
  domain: ['wire', 'facts', 'calls', 'state', 'policy', 'obligations', 'receipts', 'words'],
  store: [
    'postgres',
    'files',
    'organisations',
    'limits',
    'record',
    'outbox',
    'decisions',
    'identity',
    'intake',
    'close-out',
    'due',
    'views',
  ],
  activities: [
    'types.ts',
    'sending',
    'reading',
    'contact',
    'agreement',
    'qargo',
    'palletways',
    'sweep',
    'lanes',
    'configuration',
    'record.ts',
    'index.ts',
  ],
  client: ['temporal.ts', 'export', 'dispatch', 'operations', 'http', 'cli'],
};

/** Imports from a room of a room that stands after it, and files that stand in no room: `file: specifier: why`. */
export function brokenSubRooms(files: Files): string[] {
  const found: string[] = [];
  for (const [file, text] of files) {
    const [room = '', own = ''] = file.split('/');
    const order = orders[room];
    if (order === undefined) continue;
    const place = order.indexOf(own);
    if (place < 0) {
      found.push(`${file}: stands in no room of ${room}`);
      continue;
    }
    for (const { specifier } of importsOf(text)) {
      if (specifier === null || !specifier.startsWith('.')) continue;
      const [to, sub = ''] = posix.normalize(posix.join(posix.dirname(file), specifier)).split('/');
      if (to === room && order.indexOf(sub) > place) found.push(`${file}: ${specifier}: ${own} stands before ${sub}`);
    }
  }
  return found;
}
