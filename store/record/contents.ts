/**
 * Checks the content of facts when it is read back, since another release or a person may have written it. Unreadable content fails only the
 * work that needs it. The error names the fact and the field, and never shows the value.
 */
import { z } from 'zod';
import type { Contents, OrderContent } from '../../domain/facts/content.ts';
import type { FactKind } from '../../domain/facts/facts.ts';
import type { Queryable } from '../postgres/database.ts';

export type ContentKind = keyof Contents & FactKind;

const text = z.string();
const textOrNull = text.nullable();
const flag = z.boolean();
const number = z.number();

const window = z.exactOptional(z.object({ until: text, enforced: flag }));

const address = z.object({
  contactName: text,
  companyName: text,
  lines: z.array(text),
  town: text,
  county: text,
  postCode: text,
  country: text,
  telephone: text,
});

const further = z.object({
  cash: z.exactOptional(text),
  returns: z.exactOptional(text),
  notify: z.exactOptional(text),
  insurance: z.exactOptional(text),
  products: z.exactOptional(text),
});

const order = z.object({
  conNo: textOrNull,
  trackingId: textOrNull,
  responseId: textOrNull,
  type: z.enum(['D', 'C', '3']),
  account: text,
  reference: text,
  collectionReference: text,
  classification: text,
  serviceGroup: text,
  serviceCode: text,
  lifts: number,
  weight: number,
  billUnits: z.array(z.object({ type: text, amount: number })),
  handball: flag,
  tailLift: flag,
  adrGoods: flag,
  limitedQuantity: flag,
  instructions: text,
  further: z.exactOptional(further),
  collectionDate: textOrNull,
  deliveryDate: textOrNull,
  deliveryTime: textOrNull,
  window,
  bookIn: z.object({
    requested: flag,
    booked: flag,
    contactName: text,
    contactPhone: text,
    reference: text,
    instructions: text,
  }),
  collectionDepot: text,
  deliveryDepot: text,
  collection: address.nullable(),
  delivery: address.nullable(),
  barcodes: z.array(text),
});

/** The check of each kind's content; fields that this release does not know stay. */
const checks: { readonly [K in ContentKind]: z.ZodType<Contents[K]> } = {
  order,
  plan: z.object({ tripName: text, vehicle: text }),
  exception: z.object({ name: text, description: text }),
  case: z.object({ who: text, why: text }),
  document: z.object({ name: text, type: text, contentType: text, blob: z.exactOptional(text) }),
  network: z.object({
    text,
    date: textOrNull,
    time: textOrNull,
    contact: text,
    reference: text,
    signedBy: text,
    window,
  }),
  pod: z.object({ name: text }),
  charge: z.object({ who: text, proof: text }),
};

const quantities: z.ZodType<Pick<OrderContent, 'billUnits' | 'lifts' | 'weight'>> = order.pick({
  billUnits: true,
  lifts: true,
  weight: true,
});

/** Answers the part of an order's content that is charged for; null if it cannot be read. */
export function readableQuantities(body: unknown): z.infer<typeof quantities> | null {
  return quantities.safeParse(body).success ? (body as z.infer<typeof quantities>) : null;
}

/** The stored content does not fit the schema of its kind. */
export class UnreadableContent extends Error {
  override readonly name = 'UnreadableContent';
}

/** Names the first fields that do not fit the schema of the kind, without their values; null if all fit. */
function troubleOf(kind: ContentKind, body: unknown): string | null {
  const checked = checks[kind].safeParse(body);
  if (checked.success) return null;
  const fields = checked.error.issues.slice(0, 3);
  return fields
    .map(({ path, message }) => `${path.length === 0 ? 'all of it' : path.join('.')}: ${message}`)
    .join('; ');
}

/**
 * Answers content of a kind; null if it was erased. `of` names the fact that it belongs to.
 * @throws UnreadableContent
 */
export function checkContent<K extends ContentKind>(kind: K, body: unknown, of: string): Contents[K] | null {
  if (body === null) return null;
  const trouble = troubleOf(kind, body);
  if (trouble !== null) throw new UnreadableContent(`the stored content of ${of} cannot be read: ${trouble}`);
  return body as Contents[K];
}

/** Answers content of a kind for callers that can do without it: null if it was erased or cannot be read. */
export function readableContent<K extends ContentKind>(kind: K, body: unknown): Contents[K] | null {
  return body === null || troubleOf(kind, body) !== null ? null : (body as Contents[K]);
}

/**
 * Answers content of a kind by its reference; null if it was erased.
 * @throws UnreadableContent, which names the fact that the content belongs to.
 */
export async function loadContent<K extends ContentKind>(
  db: Queryable,
  kind: K,
  ref: string,
): Promise<Contents[K] | null> {
  const body = await rawContent(db, ref);
  if (body === null || troubleOf(kind, body) === null) return body as Contents[K] | null;
  return checkContent(kind, body, await ownerOf(db, kind, ref));
}

/** Answers content of any kind, unchecked, by its reference; null if it was erased. */
export async function rawContent(db: Queryable, ref: string): Promise<unknown> {
  const { rows } = await db.query<{ body: unknown }>('select body from content where id = $1', [ref]);
  return rows[0]?.body ?? null;
}

async function ownerOf(db: Queryable, kind: ContentKind, ref: string): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `select f.id from content c join fact f on f.consignment = c.consignment and f.envelope->>'content' = $1
      where c.id = $1::bigint order by f.seq limit 1`,
    [ref],
  );
  return nameOfContent(kind, rows[0]?.id ?? `content ${ref}`);
}

/** Names for people the fact that a content belongs to. */
export const nameOfContent = (kind: ContentKind, fact: string): string => `the ${kind} ${fact}`;
