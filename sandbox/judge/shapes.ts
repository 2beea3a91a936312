/** What the judge reads of both twins (sandbox/README.md), as far as it uses it. */
import { z } from 'zod';

export const kindSchema = z.enum([
  'created',
  'edited',
  'labelled',
  'cancelled',
  'planned',
  'unplanned',
  'scan',
  'milestone',
  'failed',
  'exception',
  'pod',
]);
export type Kind = z.infer<typeof kindSchema>;
/** In the order of the table. */
export const KINDS: readonly Kind[] = kindSchema.options;

/** Judged only where it is asked for (`story`): whether they go over is up to the organisation's settings. */
export const storyKindSchema = z.enum(['network', 'order edited', 'custom', 'eta', 'revived', 'document']);
export type StoryKind = z.infer<typeof storyKindSchema>;
export const STORY_KINDS: readonly StoryKind[] = storyKindSchema.options;

/** No row of its own: it explains what else was told. */
export const besideKindSchema = z.enum(['times changed']);

/** Rows of a story, in the order of the table: what one kind says can be of several rows. */
export const STORY_ROWS = [
  'network',
  'book-in',
  'notice',
  'charge to Q',
  'charge to P',
  'planner',
  'refresh',
  'estimate',
  'revived',
  'document',
] as const;
export type StoryRow = (typeof STORY_ROWS)[number];

const text = z.string().nullish();

export const saidSchema = z.object({
  n: z.number(),
  id: z.string(),
  organisation: z.string(),
  kind: z.union([kindSchema, storyKindSchema, besideKindSchema]),
  /** The instant inside the message. */
  at: z.string(),
  saidAt: z.number(),
  event: z.boolean(),
  subject: z.object({
    responseId: text,
    trackingId: text,
    conNo: text,
    orderId: text,
    stop: text,
    trip: text,
    barcode: text,
  }),
  content: z.record(z.string(), z.unknown()),
  /** How the pushes went that carry it. Absent: the twin does not tell. Null: only a read tells it. */
  push: z.object({ tries: z.number(), delivered: z.boolean() }).nullish(),
  /** From when and until when a read could tell it. Absent: the twin does not tell. Null: no read ever does. */
  readable: z.object({ from: z.number(), until: z.number().nullable() }).nullable().optional(),
});
export type Said = z.infer<typeof saidSchema>;

export const noteSchema = z.object({
  organisation: text,
  sysNote: z.string(),
  trackingId: text,
  barcode: text,
  group: z.string(),
  type: z.string(),
  customerName: text,
  description: text,
  freeText: text,
  /** From the end of the free text. */
  instant: text,
  ref: text,
  at: z.number(),
});
export type Note = z.infer<typeof noteSchema>;

/** `copies`: how often these bytes were written under this name while they lay there. */
export const fileSchema = z.object({
  trackingId: text,
  name: z.string(),
  sha256: z.string(),
  at: z.number(),
  copies: z.number().optional(),
});
export type HeldFile = z.infer<typeof fileSchema>;

/** `formerly`: digests of the bytes that it had before. */
const documentSchema = z.object({
  type: z.string(),
  name: text,
  sha256: z.string(),
  at: z.number().optional(),
  formerly: z.array(z.string()).optional(),
});

export const historySchema = z.object({
  at: z.number(),
  what: z.enum(['created', 'updated', 'cancelled', 'partial', 'document', 'edited']),
  /** The import that was accepted. */
  body: z.unknown().optional(),
});

export const orderSchema = z.object({
  id: z.string(),
  organisation: z.string(),
  customerReference: text,
  status: z.string(),
  palletways: z.looseObject({ tracking_id: text }).nullish(),
  /** Of the consignment. */
  customFields: z.record(z.string(), z.unknown()).optional(),
  charges: z.array(z.record(z.string(), z.unknown())).optional(),
  stops: z.array(z.looseObject({ type: text })),
  goods: z.array(
    z.looseObject({
      quantity: z.number().nullish(),
      total_weight_kg: z.number().nullish(),
      barcodes: z.array(z.string()),
    }),
  ),
  documents: z.array(documentSchema),
  createdAt: z.number(),
  updatedAt: z.number(),
  effects: z.object({ created: z.number(), updated: z.number(), cancelled: z.number() }),
  history: z.array(historySchema).default([]),
  /** The order as last imported: instructions of its other levels are found here. */
  body: z.unknown().optional(),
});
export type Order = z.infer<typeof orderSchema>;

/** Under which names one consignment goes and went. */
export const identitySchema = z.object({
  organisation: z.string(),
  responseId: z.string(),
  conNo: z.string(),
  /** The present one last. */
  trackingIds: z.array(z.string()),
  enteredAt: z.number(),
});
export type Identity = z.infer<typeof identitySchema>;

/** An exception that Palletways fetched. */
export const pulledSchema = z.object({
  organisation: z.string(),
  id: z.string(),
  times: z.number(),
  item: z.looseObject({ code: text, consignment: z.looseObject({ trackingId: text }).nullish() }),
  photos: z.array(z.object({ sha256: z.string().nullable() })),
});
export type Pulled = z.infer<typeof pulledSchema>;

export interface Held {
  pulled?: Pulled[];
  /** Absent: what was said tells. */
  identities?: Identity[];
  notes: Note[];
  files: HeldFile[];
  orders: Order[];
}

export const callSchema = z.object({
  n: z.number(),
  at: z.number(),
  organisation: text,
  method: z.string(),
  about: text,
  class: z.string(),
  status: z.union([z.number(), z.string()]).nullish(),
});
export type Call = z.infer<typeof callSchema>;
