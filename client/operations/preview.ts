/** Tries a configuration on recent traffic, and finds the orders and notes that would be sent differently. It sends and stores nothing. */

import { noteCodes, noteElements } from '../../connectors/palletways/read.ts';
import { orderInput, qargoAccess, unmapped } from '../../connectors/qargo/read.ts';
import type { OrderContent, OutgoingNote } from '../../domain/facts/content.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { reasonParked } from '../../domain/policy/reason.ts';
import { sayCause } from '../../domain/words/causes.ts';
import type { Queryable } from '../../store/postgres/database.ts';
import { recentlyParked, recentNotes, recentOrders } from '../../store/views/work.ts';
import { reasonTablesOf } from './reason-tables.ts';

export interface ConfigurationDifference {
  /** The consignment's reference at Palletways, or else its tracking id, or else its internal id. */
  readonly reference: string;
  /** `order`, or the key of the obligation that the note meets. */
  readonly what: string;
  /** Why it would be held back, as a sentence, before and after the change; null if it would be sent. */
  readonly parked: { readonly before: string | null; readonly after: string | null };
  /** The fields of the message to the other side that differ. The list is empty if the message is held back before or after the change. */
  readonly fields: readonly { readonly field: string; readonly from?: unknown; readonly to?: unknown }[];
}

export interface ConfigurationPreview {
  /** How many orders were compared. */
  readonly orders: number;
  /** How many notes were compared, with those that are held back now. */
  readonly notes: number;
  /** What would be sent differently, at most 200 of it. */
  readonly otherwise: readonly ConfigurationDifference[];
  /** How much would be sent differently, with what is not in the list. */
  readonly count: number;
}

const mostShown = 200;

/**
 * Compares what two configurations of one organisation make of its latest orders, its latest notes, and the exceptions that are held back
 * now: at most `limit` of each. Throws what the record throws, and a ZodError if the settings of a side are not valid.
 */
export async function previewConfiguration(
  db: Queryable,
  before: Organisation,
  after: Organisation,
  limit: number,
): Promise<ConfigurationPreview> {
  const orders = await recentOrders(db, before.id, limit);
  const notes = await recentNotes(db, before.id, limit);
  // A note that is held back has not been put into words yet, so only the cause for holding it back is compared.
  const held = await recentlyParked(db, before.id, limit);
  const [orderBefore, orderAfter] = [orderWords(before), orderWords(after)];
  const [noteBefore, noteAfter] = [noteWords(before), noteWords(after)];
  const otherwise: ConfigurationDifference[] = [];
  const compare = (reference: string, what: string, a: Words, b: Words) => {
    const fields = a.parked !== null || b.parked !== null ? [] : differing(a.message, b.message);
    if (fields.length > 0 || a.parked !== b.parked)
      otherwise.push({ reference, what, parked: { before: a.parked, after: b.parked }, fields });
  };
  for (const { reference, content } of orders) compare(reference, 'order', orderBefore(content), orderAfter(content));
  for (const { reference, key, note } of notes)
    compare(reference, key, noteBefore(note as OutgoingNote), noteAfter(note as OutgoingNote));
  const parking = (organisation: Organisation) => {
    const tables = reasonTablesOf(organisation);
    return (code: string): Words => ({
      parked: sayParked(reasonParked(code, tables, organisation.policy)),
      message: null,
    });
  };
  const [heldBefore, heldAfter] = [parking(before), parking(after)];
  for (const { reference, key, code } of held) compare(reference, key, heldBefore(code), heldAfter(code));
  return {
    orders: orders.length,
    notes: notes.length + held.length,
    otherwise: otherwise.slice(0, mostShown),
    count: otherwise.length,
  };
}

/** What a configuration makes of one order or note: the cause for which it is held back, as a sentence, or else the message. */
interface Words {
  readonly parked: string | null;
  readonly message: unknown;
}

const sayParked = (cause: Cause | null): string | null => (cause === null ? null : sayCause(cause));

function orderWords(organisation: Organisation): (order: OrderContent) => Words {
  const access = qargoAccess.parse({ ...organisation.qargo, ...organisation.wire.qargo });
  return (order) => {
    const parked = sayParked(unmapped(order, access, organisation.policy));
    return {
      parked,
      message: parked === null ? orderInput(order, { operation: 'CREATE', orderIdentifier: '', access }) : null,
    };
  };
}

function noteWords(organisation: Organisation): (note: OutgoingNote) => Words {
  const codes = noteCodes.parse(organisation.wire.palletways.codes ?? {});
  const { zone } = organisation.palletways;
  const tables = reasonTablesOf(organisation);
  return (note) => {
    const parked =
      note.what === 'exception' ? sayParked(reasonParked(note.description, tables, organisation.policy)) : null;
    return { parked, message: parked === null ? noteElements(note, { codes, zone, now: note.at }) : null };
  };
}

/** Returns the fields whose values differ between two messages; `from` or `to` is left out if the field is missing there. */
function differing(before: unknown, after: unknown): ConfigurationDifference['fields'] {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((field) => was.get(field) !== is.get(field))
    .map((field) => ({
      field,
      ...(was.has(field) ? { from: was.get(field) } : {}),
      ...(is.has(field) ? { to: is.get(field) } : {}),
    }));
}

/** Returns the single values in a message by their paths, such as `consignments[0].goods[1].quantity`. A null has no path. */
function fieldsOf(value: unknown, path = ''): Map<string, unknown> {
  if (value === null || value === undefined) return new Map();
  if (typeof value !== 'object') return new Map([[path, value]]);
  const inside = Array.isArray(value)
    ? value.map((each, n): [string, unknown] => [`${path}[${n}]`, each])
    : Object.entries(value).map(([name, each]): [string, unknown] => [path === '' ? name : `${path}.${name}`, each]);
  return new Map(inside.flatMap(([at, each]) => [...fieldsOf(each, at)]));
}
