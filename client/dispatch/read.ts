/** How a journal row of each channel that is told to us is read. Reads that we make ourselves are read where they are made. */
import { palletwaysWire, readPush } from '../../connectors/palletways/read.ts';
import { qargoWire, readDispatch, readingTables, readVisibility } from '../../connectors/qargo/read.ts';
import type { Reading } from '../../domain/facts/reading.ts';
import { type Organisation, oursOf } from '../../domain/policy/organisation.ts';
import type { JournalRow } from '../../store/record/journal.ts';

/** Pure but for nothing: bytes in, facts and problems out; never throws for what a far side sent. */
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
  const parsed = parseJson(row.body);
  if (parsed === undefined) return { heard: [], problems: [{ field: 'body', message: 'is not JSON' }] };
  if (row.channel === 'qargo visibility') {
    const { etaMinutes, unknownReasons } = organisation.policy;
    const tables = readingTables.parse({ ...qargoWire.parse(organisation.wire.qargo), etaMinutes, unknownReasons });
    return readVisibility(parsed, context, tables);
  }
  if (row.channel === 'qargo dispatch') return readDispatch(parsed, context);
  return { heard: [], problems: [{ field: 'channel', message: `nothing reads ${row.channel} here` }] };
}

function parseJson(body: Buffer): unknown {
  try {
    // A byte order mark is no JSON, and TextDecoder takes it away.
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
