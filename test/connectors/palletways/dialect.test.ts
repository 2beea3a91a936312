/** An account that names elements otherwise: said in its configuration, its messages are read as everybody's. */
import { expect, test } from 'vitest';
import { palletwaysWire } from '../../../connectors/palletways/config.ts';
import { readPush } from '../../../connectors/palletways/read.ts';
import { context, golden } from './reading-context.ts';

const elements = {
  Notification: 'Message',
  Event: 'What',
  Manifest: 'List',
  Consignment: 'Job',
  TrackingID: 'SysCon',
  ResponseID: 'ImportRef',
  Pallet: 'Label',
  PostCode: 'Zip',
  // Two that change places.
  Lifts: 'Weight',
  Weight: 'Lifts',
};

/** The same document in the other words. */
function inTheirWords(document: string, type: 'xml' | 'json'): string {
  const their = (name: string) => (elements as Record<string, string>)[name] ?? name;
  return type === 'xml'
    ? document.replaceAll(/<(\/?)([A-Za-z]\w*)/g, (_, slash: string, name: string) => `<${slash}${their(name)}`)
    : document.replaceAll(/"([A-Za-z]\w*)"\s*:/g, (_, name: string) => `"${their(name)}":`);
}

for (const name of ['created', 'labelled', 'tracked', 'cancelled', 'amended-partial']) {
  for (const type of ['xml', 'json'] as const) {
    test(`${name} in ${type} with other names says the same, and nothing where the names are not configured`, () => {
      const standard = golden(`${name}.${type}`);
      const other = Buffer.from(inTheirWords(standard.toString('utf8'), type));
      const said = readPush(standard, `application/${type}`, context);
      expect(readPush(other, `application/${type}`, { ...context, elements })).toEqual(said);
      expect(readPush(other, `application/${type}`, context).heard).toEqual([]);
    });
  }
}

test('two words may not become one', () => {
  const wrong = palletwaysWire.safeParse({ elements: { Event: 'What', Type: 'WHAT' } });
  expect(wrong.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([
    'elements: two words become one',
  ]);
  expect(palletwaysWire.safeParse({ elements: { Event: 'not a name' } }).success).toBe(false);
  expect(palletwaysWire.safeParse({ elements }).success).toBe(true);
});
