/** What a person's request says, checked; and what is told where it cannot be understood. */
import { z } from 'zod';
import { cleanValue } from '../../domain/text.ts';

/** Who asks, and why. */
export const who = z.object({ who: z.string().min(1).max(80), why: z.string().max(300).default('') });

/** The JSON of a body, every text in it clean; undefined where it is none. What a person says goes into the record and to Temporal. */
export function parse(body: unknown): unknown {
  if (!Buffer.isBuffer(body)) return undefined;
  try {
    return cleanValue(JSON.parse(new TextDecoder().decode(body)) as unknown);
  } catch {
    return undefined;
  }
}

export function problem(error: z.ZodError) {
  return {
    error: 'the request is not understood',
    fields: error.issues.map((issue) => ({ field: issue.path.join('.') || 'body', reason: issue.message })),
  };
}
