/**
 * What Palletways tells us (push) and answers us (reads) to facts. Pure: nothing here calls, throws or looks at
 * a clock. What cannot be read is a problem with the field named and holds up nothing else.
 */
import type { NewFactFrom } from '../../domain/facts/kinds.ts';
import { Problems } from '../../domain/facts/problems.ts';
import type { Message, Reading, ReadingContext } from '../../domain/facts/reading.ts';
import { defaultCancelCodes, defaultPushEvents, type NoteCode, type PushEvents } from './config.ts';
import { inOurWords } from './dialect.ts';
import { parseDocument } from './document.ts';
import { epochToInstant, localToInstant, readLocalTime } from './local-time.ts';
import { all, DocumentError, has, type Node, pushLimits, text, unwrap } from './node.ts';
import type { Answer } from './read-answers.ts';
import { readCancelSigns } from './read-cancel-signs.ts';
import { readChargeNotes } from './read-charge-notes.ts';
import {
  type Identifiers,
  labelsFact,
  type Moment,
  orderFact,
  readIdentifiers,
  toAliases,
  trackingFact,
} from './read-consignment.ts';
import { networkFact } from './read-network.ts';
import { readNetworkExceptions } from './read-network-exceptions.ts';
import { isEcho, type PalletwaysReading } from './reading.ts';
import { type ConStatus, isWholeOrder, type PalletwaysNote } from './wire.ts';
import { noteKey } from './write-notes.ts';

export { noteCodes, palletwaysWire } from './config.ts';
export { instantToLocal, localToInstant } from './local-time.ts';
export { noteElements } from './write-notes.ts';

/**
 * A push (wire assumptions 2.1) to what was heard of each of its consignments.
 *
 * `CREATED` and a whole `AMENDED` give `order`, any with identifiers `tracking`, any with pallets `labels`,
 * `CANCELLED` gives `cancellation`; an `AMENDED` that is not the whole order gives a `hint`. `Manifest/Date` and
 * `Time` are depot local; where they are missing or unreadable the facts stand at `receivedAt` and are `untimed`.
 * @param contentType of the request; only its charset and, in doubt, its kind are used.
 */
export function readPush(body: Buffer, contentType: string, context: PalletwaysReading): Reading {
  const problems = new Problems();
  let document: Node;
  try {
    document = inOurWords(parseDocument(body, contentType, pushLimits), context.elements ?? {});
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return { heard: [], problems: [{ field: 'body', message: error.message }] };
  }
  const message = unwrap(document, 'Notification');
  const event = eventOf(text(message, 'Event'), context.events ?? defaultPushEvents);
  if (event === null)
    problems.push({ field: 'Event', message: has(message, 'Event') ? 'is not a known event' : 'is missing' });
  const found = consignments(message);
  if (found.length === 0) problems.push({ field: 'Manifest.Depot.Account.Consignment', message: 'is missing' });
  const heard = found.flatMap((one) => readPushed(one, event, context, problems));
  return { heard, problems: problems.list };
}

type Event = keyof PushEvents;

function eventOf(said: string, events: PushEvents): Event | null {
  const names = Object.keys(events) as Event[];
  return names.find((name) => events[name].toLowerCase() === said.toLowerCase()) ?? null;
}

/** A `Consignment` with what stands above it. */
interface Placed {
  readonly node: Node;
  readonly manifest: Node;
  readonly account: string;
  /** Number of the depot whose account it is. */
  readonly depot: string;
  readonly manifestPath: string;
  readonly path: string;
}

function consignments(message: Node): Placed[] {
  const step = (parents: readonly { node: Node; path: string }[], name: string) =>
    parents.flatMap((parent) =>
      all(parent.node, name).map((node, at, siblings) => ({
        node,
        path: `${parent.path === '' ? '' : `${parent.path}.`}${name}${siblings.length > 1 ? `[${at}]` : ''}`,
      })),
    );
  return step([{ node: message, path: '' }], 'Manifest').flatMap((manifest) =>
    // PW-ODOO's JSON has Account under Depot and Depot under Manifest like the XML (apis.md 1.4).
    step([manifest], 'Depot').flatMap((depot) =>
      step([depot], 'Account').flatMap((account) =>
        step([account], 'Consignment').map((one) => ({
          node: one.node,
          manifest: manifest.node,
          account: text(account.node, 'Code'),
          depot: text(depot.node, 'Number'),
          manifestPath: manifest.path,
          path: one.path,
        })),
      ),
    ),
  );
}

function readPushed(placed: Placed, event: Event | null, context: PalletwaysReading, problems: Problems): Message[] {
  const ids = readIdentifiers(placed.node, placed.path, problems);
  const aliases = toAliases(ids);
  if (Object.keys(aliases).length === 0) {
    problems.push({ field: placed.path, message: 'has no identifier' });
    return [];
  }
  const { when, isTimed } = toldAt(placed, context, problems);
  const facts: NewFactFrom<'palletways'>[] = [...pushFacts(placed, event, ids, when, context, problems)];
  const tracking = trackingFact(ids, when);
  if (tracking !== null) facts.push(tracking);
  const labels = labelsFact(ids.barcodes, when, context.digest);
  if (labels !== null) facts.push(labels);
  if (facts.length === 0) return [];
  const isWhole = facts.some(({ kind }) => kind === 'order');
  const amended = event === 'amended' && isTimed && isWhole ? { amended: true as const } : {};
  const created = event === 'created' && isTimed ? { created: when.at } : {};
  return [{ aliases, facts, ...(isTimed ? {} : { untimed: true as const }), ...created, ...amended }];
}

function pushFacts(
  placed: Placed,
  event: Event | null,
  ids: Identifiers,
  when: Moment,
  context: PalletwaysReading,
  problems: Problems,
): NewFactFrom<'palletways'>[] {
  if (event === 'cancelled') {
    const key = ids.trackingId ?? ids.responseId ?? ids.conNo ?? context.digest(ids.barcodes.join('\n'));
    return [{ kind: 'cancellation', id: `pw:cancelled:${key}:${when.at}`, ...when, source: 'palletways' }];
  }
  if (event === 'labelled' && ids.barcodes.length === 0)
    problems.push({ field: `${placed.path}.Pallet`, message: 'is missing' });
  if (event === 'tracked' && ids.trackingId === null)
    problems.push({ field: `${placed.path}.TrackingID`, message: 'is missing' });
  if (event === 'amended' && !isWholeOrder(placed.node)) {
    return [{ kind: 'hint', id: `pw:hint:${when.at}`, ...when, source: 'palletways' }];
  }
  if (event !== 'created' && event !== 'amended') return [];
  const order = orderFact(placed.node, placed, ids, event === 'amended' ? justAfter(when) : when, context, problems);
  return order === null ? [] : [order];
}

/** The message says whole seconds, and nothing is amended before it is created. */
const justAfter = (when: Moment): Moment => ({ ...when, at: new Date(Date.parse(when.at) + 1).toISOString() });

/** Palletways' clock may be so far ahead of ours, ms. */
const aheadMs = 5 * 60_000;

/**
 * When the push was made (wire assumptions 2.1). One that does not say it stands at its reception and is not timed; so is one that says a
 * time still to come: its clock is another than the account's (21), and compared with the instants of reads it would hide them.
 */
function toldAt(
  placed: Placed,
  context: PalletwaysReading,
  problems: Problems,
): { readonly when: Moment; readonly isTimed: boolean } {
  const date = text(placed.manifest, 'Date');
  const time = text(placed.manifest, 'Time');
  const received: Moment = { at: context.receivedAt, zone: context.zone };
  if (date === '' || time === '') return { when: received, isTimed: false };
  const at = localToInstant(date, time, context.zone, context.receivedAt);
  if (at === null) {
    problems.push({ field: `${placed.manifestPath}.Date`, message: 'Date and Time are not a moment' });
    return { when: received, isTimed: false };
  }
  const isTimed = Date.parse(at) <= Date.parse(context.receivedAt) + aheadMs;
  return { when: { ...(isTimed ? { at, zone: context.zone } : received), said: `${date} ${time}` }, isTimed };
}

/**
 * An answer of getConsignment (apis.md 1.6) to facts: the order, its identifiers and its barcodes as they were
 * at `receivedAt`, when the read was started. Nothing found is nothing heard.
 */
export function readConsignment(answer: Answer, context: ReadingContext): Reading {
  const problems = new Problems();
  const when: Moment = { at: context.receivedAt, zone: context.zone };
  const heard = answer.data.flatMap(consignments).flatMap((placed): Message[] => {
    const ids = readIdentifiers(placed.node, placed.path, problems);
    const aliases = toAliases(ids);
    if (Object.keys(aliases).length === 0) {
      problems.push({ field: placed.path, message: 'has no identifier' });
      return [];
    }
    const facts = [
      orderFact(placed.node, placed, ids, when, context, problems),
      trackingFact(ids, when),
      labelsFact(ids.barcodes, when, context.digest),
    ].filter((fact) => fact !== null);
    return [{ aliases, facts }];
  });
  if (!answer.none && heard.length === 0 && problems.isEmpty) {
    problems.push({ field: 'Detail.Data.Manifest.Depot.Account.Consignment', message: 'is missing' });
  }
  return { heard, problems: problems.list };
}

/** Rows of conStatus*, getDynConStatus or consEntered to the identifiers they tell. Rows without any say nothing. */
export function readStatuses(rows: readonly ConStatus[], context: ReadingContext): Reading {
  const when: Moment = { at: context.receivedAt, zone: context.zone };
  const heard = rows.flatMap((row): Message[] => {
    const tracking = trackingFact(row, when);
    return tracking === null ? [] : [{ aliases: toAliases({ ...row, barcodes: [] }), facts: [tracking] }];
  });
  return { heard, problems: [] };
}

/**
 * Notes of getNotes to facts: a cancelling note of Palletways is a cancellation at its own local time, one that says what went
 * wrong in the network an exception, one of the charge codes a charge. Notes of ours, known by the instant and reference their text
 * ends with, are echo; the network's are news of the journey where they are asked for (`network`), whatever they say besides, each
 * as a fact of its own; all others say nothing.
 */
export function readNotes(notes: readonly PalletwaysNote[], context: PalletwaysReading): Reading {
  const cancels = context.cancelCodes ?? defaultCancelCodes;
  const problems = new Problems();
  const heard: Message[] = [];
  notes.forEach((note, index) => {
    if (isEcho(note, context)) return;
    const cancelling = cancels.some((code) => sameCode(code, note));
    const news = cancelling || context.network === undefined ? null : networkFact(note, context.network);
    if (!cancelling && news === null) return;
    const ids: Identifiers = {
      trackingId: note.TrackingID || null,
      responseId: null,
      conNo: note.ConNo || null,
      barcodes: [],
    };
    const entered = note.Delta === null ? null : epochToInstant(note.Delta);
    const written =
      localToInstant(note.NoteDate, note.NoteTime, context.zone, entered ?? context.receivedAt) ?? entered;
    const signed = cancelling ? null : signedAt(note, context, written);
    const at = signed ?? written;
    if (ids.trackingId === null && ids.conNo === null) {
      problems.push({
        field: `Detail.Data[${index}].TrackingID`,
        message: `a ${cancelling ? 'cancellation' : 'note of the network'} without identifier`,
      });
      return;
    }
    // A cancellation whose time cannot be read is still one.
    if (at === null)
      problems.push({ field: `Detail.Data[${index}].NoteDate`, message: 'NoteDate and NoteTime are not a moment' });
    const when: Moment = {
      at: at ?? context.receivedAt,
      zone: context.zone,
      ...(at === null
        ? {}
        : { said: signed === null ? `${note.NoteDate} ${note.NoteTime}` : `${note.PodDate} ${note.PodTime}` }),
    };
    const fact: NewFactFrom<'palletways'> =
      news === null
        ? { kind: 'cancellation', id: `pw:note:${noteKey(note)}`, ...when, source: 'palletways' }
        : news(when, context.digest, (field, message) =>
            problems.push({ field: `Detail.Data[${index}].${field}`, message }),
          );
    heard.push({ aliases: toAliases(ids), facts: [fact] });
  });
  const charges = readChargeNotes(notes, context);
  const exceptions = readNetworkExceptions(notes, context);
  const signs = readCancelSigns(notes, context);
  const fields = new Map(
    [...problems.list, ...charges.problems, ...exceptions.problems].map((one) => [one.field, one]),
  );
  // A note may be several facts: what of it cannot be read is named once.
  return { heard: [...heard, ...signs.heard, ...charges.heard, ...exceptions.heard], problems: [...fields.values()] };
}

/** The moment of the POD that a note tells (wire assumption 22); null where it has no date and time, or one after the note itself. */
function signedAt(note: PalletwaysNote, context: ReadingContext, written: string | null): string | null {
  if (note.PodDate === '' || note.PodTime === '' || readLocalTime(note.PodTime) === '00:00') return null;
  const at = localToInstant(note.PodDate, note.PodTime, context.zone, written ?? context.receivedAt);
  return at === null || (written !== null && at > written) ? null : at;
}

function sameCode(code: NoteCode, note: PalletwaysNote): boolean {
  return code.group.toUpperCase() === note.NoteGroup && code.type.toUpperCase() === note.NoteType;
}
