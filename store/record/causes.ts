/** Causes as the record keeps them, checked where they are read: a code that another release wrote spoils nothing. */

import { z } from 'zod';
import { type Cause, plainCauses } from '../../domain/obligations/causes.ts';
import { needs } from '../../domain/obligations/kinds.ts';
import { editFields } from '../../domain/policy/edits.ts';

const text = z.string();
const count = z.int().nonnegative();

const schema = z.discriminatedUnion('code', [
  z.object({ code: z.enum(plainCauses) }),
  z.object({ code: z.literal('needs'), need: z.enum(needs) }),
  z.object({ code: z.literal('unmapped'), table: z.enum(['service', 'bill unit', 'reason']), value: text }),
  z.object({ code: z.literal('field missing'), field: text }),
  z.object({
    code: z.literal('POD outstanding'),
    signature: z.boolean(),
    name: z.boolean(),
    photos: count,
    photosWanted: count,
  }),
  z.object({ code: z.literal('amendment undecided'), fields: z.array(z.enum(editFields)) }),
  z.object({ code: z.literal('cancellation undecided'), moved: z.boolean(), stage: text }),
  z.object({ code: z.literal('not taken'), fields: z.array(text) }),
  z.object({ code: z.literal('upload failed'), status: text }),
  z.object({ code: z.literal('same file'), as: text }),
  z.object({ code: z.literal('sent as photos'), count }),
  z.object({ code: z.literal('moved'), to: z.array(text) }),
  z.object({ code: z.literal('ambiguous'), by: z.array(text), count, consignments: z.array(text) }),
  z.object({ code: z.literal('other release'), was: text }),
]) satisfies z.ZodType<Cause>;

const coded = z.object({ code: text });

/** A cause from a `jsonb` column. What this release does not know keeps its code. */
export function toCause(stored: unknown): Cause | null {
  if (stored === null || stored === undefined) return null;
  const read = schema.safeParse(stored);
  if (read.success) return read.data as Cause;
  const other = coded.safeParse(stored);
  return { code: 'other release', was: other.success ? other.data.code : JSON.stringify(stored) };
}

/** A code as SQL text that compares `column` with it. */
export const hasCode = (column: string, code: Cause['code']): string => `coalesce(${column}->>'code', '') = '${code}'`;
