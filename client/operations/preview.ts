/** A configuration tried against recent traffic before it goes live: which orders and notes would go otherwise. Sends and keeps nothing. */

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
  /** Palletways reference. */
  readonly reference: string;
  /** What is told: `order`, or the key of what a note tells. */
  readonly what: string;
  /** Cause for which it would be held back, where it would; null where it would go. */
  readonly parked: { readonly before: string | null; readonly after: string | null };
  /** Fields of the far side's message that differ; none where it is held back before or after. */
  readonly fields: readonly { readonly field: string; readonly from?: unknown; readonly to?: unknown }[];
}

export interface ConfigurationPreview {
  /** How many of each were looked at. */
  readonly orders: number;
  readonly notes: number;
  /** The first 200 that would go otherwise, and how many there are. */
  readonly otherwise: readonly ConfigurationDifference[];
  readonly count: number;
}

const shown = 200;

/** Looks at the latest `limit` orders and as many notes. */
export async function previewConfiguration(
  db: Queryable,
  before: Organisation,
  after: Organisation,
  limit: number,
): Promise<ConfigurationPreview> {
  const orders = await recentOrders(db, before.id, limit);
  const notes = await recentNotes(db, before.id, limit);
  // Of a note that was held back there are no words yet.
  const held = await recentlyParked(db, before.id, limit);
  const [was, is] = [orderWords(before), orderWords(after)];
  const [said, says] = [noteWords(before), noteWords(after)];
  const otherwise: ConfigurationDifference[] = [];
  const compare = (reference: string, what: string, a: Words, b: Words) => {
    const fields = a.parked !== null || b.parked !== null ? [] : differing(a.message, b.message);
    if (fields.length > 0 || a.parked !== b.parked)
      otherwise.push({ reference, what, parked: { before: a.parked, after: b.parked }, fields });
  };
  for (const { reference, content } of orders) compare(reference, 'order', was(content), is(content));
  for (const { reference, key, note } of notes)
    compare(reference, key, said(note as OutgoingNote), says(note as OutgoingNote));
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
    otherwise: otherwise.slice(0, shown),
    count: otherwise.length,
  };
}

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

/** Single values by path, `consignments[0].goods[1].quantity`. */
function fieldsOf(value: unknown, path = ''): Map<string, unknown> {
  if (value === null || value === undefined) return new Map();
  if (typeof value !== 'object') return new Map([[path, value]]);
  const inside = Array.isArray(value)
    ? value.map((each, n): [string, unknown] => [`${path}[${n}]`, each])
    : Object.entries(value).map(([name, each]): [string, unknown] => [path === '' ? name : `${path}.${name}`, each]);
  return new Map(inside.flatMap(([at, each]) => [...fieldsOf(each, at)]));
}
