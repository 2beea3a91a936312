/** What a person's request says, checked; and what is told where it cannot be understood. */
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { cleanValue } from '../../domain/text.ts';
import { AskedWrongly, type PageAsked, type PageOf, rowsAtMost } from '../../store/pages.ts';

/** Who asks, and why. */
export const who = z.object({ who: z.string().min(1).max(80), why: z.string().max(300).default('') });

/** Which page of a list is asked for. */
export const paging = z.object({
  organisation: z.string().min(1).max(40).optional(),
  limit: z.coerce.number().int().min(1).max(rowsAtMost).optional(),
  cursor: z.string().min(1).max(1_000).optional(),
});

/** Answers the rows of a page; the header `x-next` is the cursor of the next one, and is left out on the last. */
export async function answerPage<Row>(
  reply: FastifyReply,
  query: unknown,
  list: (asked: PageAsked) => Promise<PageOf<Row>>,
): Promise<readonly Row[] | FastifyReply> {
  const asked = paging.safeParse(query);
  if (!asked.success) return reply.code(400).send(problem(asked.error));
  try {
    const { rows, next } = await list(asked.data);
    if (next !== null) reply.header('x-next', next);
    return rows;
  } catch (error) {
    if (!(error instanceof AskedWrongly)) throw error;
    return reply.code(400).send({ error: error.message });
  }
}

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
