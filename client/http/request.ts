/** Bodies of requests to the operations API, and what is said of those that are not understood. */
import type { z } from 'zod';

/** The JSON of a body; undefined where it is none. */
export function jsonOf(body: unknown): unknown {
  if (!Buffer.isBuffer(body)) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

export function notUnderstood(error: z.ZodError) {
  return {
    error: 'the request is not understood',
    fields: error.issues.map((issue) => ({ field: issue.path.join('.') || 'body', reason: issue.message })),
  };
}
