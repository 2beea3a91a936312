/** Reads both twins for the judge. */
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { z } from 'zod';
import {
  besideKindSchema,
  type Call,
  callSchema,
  fileSchema,
  type Held,
  identitySchema,
  KINDS,
  noteSchema,
  orderSchema,
  pulledSchema,
  type Said,
  STORY_KINDS,
  saidSchema,
} from './shapes.ts';

export interface TwinUrls {
  palletways: string;
  qargo: string;
}

const known: readonly string[] = [...KINDS, ...STORY_KINDS, ...besideKindSchema.options];
/** Kinds that are in no row of the table are left out: the twins say more than it judges. */
const saidPage = z.object({
  items: z
    .array(z.looseObject({ kind: z.string() }))
    .transform((items) => items.filter(({ kind }) => known.includes(kind)))
    .pipe(z.array(saidSchema)),
  next: z.number(),
});
const palletwaysHeld = z.object({
  identities: z.array(identitySchema),
  notes: z.array(noteSchema),
  files: z.array(fileSchema),
  pulled: z.array(pulledSchema).default([]),
});
const qargoHeld = z.object({ orders: z.array(orderSchema) });
const callsPage = z.object({ items: z.array(callSchema), next: z.number() });
const pendingSchema = z.object({ pushes: z.number(), uploads: z.number(), late: z.number() });
type Pending = z.infer<typeof pendingSchema>;

const TRIES = 5;
const TRY_AGAIN_MS = 500;

async function get<T>(schema: z.ZodType<T>, base: string, path: string): Promise<T> {
  const url = `${base.replace(/\/+$/, '')}${path}`;
  for (let left = TRIES; ; left -= 1) {
    try {
      const answer = await request(url, { signal: AbortSignal.timeout(60_000) });
      const text = await answer.body.text();
      if (answer.statusCode !== 200) throw new Error(`GET ${path}: ${answer.statusCode} ${text.slice(0, 200)}`);
      return schema.parse(JSON.parse(text));
    } catch (error) {
      // a twin that is being started again answers soon
      if (left <= 1 || error instanceof z.ZodError) throw error;
      await sleep(TRY_AGAIN_MS);
    }
  }
}

export interface Evidence {
  said: Said[];
  held: Held;
  trackingIds: Record<string, string>;
  pending: Pending;
}

/** Said is read before held, so that what arrives meanwhile does not look lost for longer than one look. */
export async function readEvidence({ palletways, qargo }: TwinUrls): Promise<Evidence> {
  const pages = await Promise.all([palletways, qargo].map((base) => get(saidPage, base, '/control/said?since=0')));
  const said = pages.flatMap((page) => page.items);
  const pendings = await Promise.all([palletways, qargo].map((base) => get(pendingSchema, base, '/control/pending')));
  const [notesAndFiles, orders] = await Promise.all([
    get(palletwaysHeld, palletways, '/control/held'),
    get(qargoHeld, qargo, '/control/held'),
  ]);
  const last = notesAndFiles.identities.flatMap(({ responseId, trackingIds }) =>
    trackingIds.slice(-1).map((id) => [responseId, id]),
  );
  const sum = (count: keyof Pending) => pendings.reduce((total, pending) => total + pending[count], 0);
  return {
    said,
    held: { ...notesAndFiles, ...orders },
    trackingIds: Object.fromEntries(last),
    pending: { pushes: sum('pushes'), uploads: sum('uploads'), late: sum('late') },
  };
}

export async function readCalls({ palletways, qargo }: TwinUrls): Promise<{ palletways: Call[]; qargo: Call[] }> {
  const [ours, theirs] = await Promise.all(
    [palletways, qargo].map((base) => get(callsPage, base, '/control/calls?since=0')),
  );
  return { palletways: ours?.items ?? [], qargo: theirs?.items ?? [] };
}
