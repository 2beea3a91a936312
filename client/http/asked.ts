/** What a person asks of the operations API: read, and answered where it is not understood. */
import type { z } from 'zod';

/** The body as JSON; undefined where it is none. */
export function parse(body: unknown): unknown {
  if (!Buffer.isBuffer(body)) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
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
