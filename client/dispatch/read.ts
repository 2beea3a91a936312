/** Reads what the two sides push to us, by the channel of the journal row. Answers to our own reads are translated where we ask. */
import { palletwaysWire, readPush } from '../../connectors/palletways/read.ts';
import { qargoWire, readDispatch, readingTables, readVisibility } from '../../connectors/qargo/read.ts';
import { charsetOf, decodeText } from '../../domain/facts/encoding.ts';
import { parseJsonText } from '../../domain/facts/json-text.ts';
import type { Reading } from '../../domain/facts/reading.ts';
import { type Organisation, oursOf } from '../../domain/policy/organisation.ts';
import type { JournalRow } from '../../store/record/journal.ts';

/**
 * Translates the bytes of one message into facts and problems; it is pure. Whatever the other side sent is at worst a problem, never an
 * error. Throws a ZodError if the organisation's `wire` settings are not valid. `digest` makes a keyed digest of a text.
 */
export function readMessage(row: JournalRow, organisation: Organisation, digest: (text: string) => string): Reading {
  const context = { zone: organisation.palletways.zone, receivedAt: row.receivedAt, digest };
  if (row.channel === 'palletways push') {
    const { events, cancelCodes, elements } = palletwaysWire.parse(organisation.wire.palletways);
    return readPush(row.body, row.contentType, {
      ...context,
      ours: oursOf(organisation),
      ...(events === undefined ? {} : { events }),
      ...(elements === undefined ? {} : { elements }),
      ...(cancelCodes === undefined ? {} : { cancelCodes }),
    });
  }
  const parsed = parseJson(row);
  if (parsed === undefined) return { heard: [], problems: [{ field: 'body', message: 'is not JSON' }] };
  if (row.channel === 'qargo visibility') {
    const { etaMinutes, unknownReasons } = organisation.policy;
    const tables = readingTables.parse({ ...qargoWire.parse(organisation.wire.qargo), etaMinutes, unknownReasons });
    return readVisibility(parsed, context, tables);
  }
  if (row.channel === 'qargo dispatch') return readDispatch(parsed, context);
  return { heard: [], problems: [{ field: 'channel', message: `nothing reads ${row.channel} here` }] };
}

/** Parses a body as JSON, in whichever encoding it is; undefined if it is not JSON. */
function parseJson({ body, contentType }: JournalRow): unknown {
  try {
    return parseJsonText(decodeText(body, charsetOf(contentType)));
  } catch {
    return undefined;
  }
}
