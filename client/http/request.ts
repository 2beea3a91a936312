/** What the requests of a person have in common, and how a page of a list is answered. */
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { type PageOf, rowsAtMost } from '../../store/postgres/pages.ts';

/** The name of the person who asks. */
export const person = z.string().min(1).max(80);

/** Who asks, and why. */
export const who = z.object({ who: person, why: z.string().max(300).default('') });

/** Which page of a list is asked for. */
export const paging = z.object({
  organisation: z.string().min(1).max(40).optional(),
  limit: z.coerce.number().int().min(1).max(rowsAtMost).optional(),
  cursor: z.string().min(1).max(1_000).optional(),
});

/** Whose rows a list shows: all where it is left out, none where what is said is the name of nobody. */
export const rowsOfOrganisation = z.object({ organisation: z.coerce.string().optional() });

/** An instant with its zone, as UTC ISO. */
export const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());

/** The number of a row, in a path. What is none reads as 0, the number that no row has. */
export const rowNumber = z.coerce.number().int().positive().catch(0);

/** Answers the rows of a page; the header `x-next` is the cursor of the next one, and is left out on the last. */
export async function answerPage<Row>(reply: FastifyReply, page: Promise<PageOf<Row>>): Promise<readonly Row[]> {
  const { rows, next } = await page;
  if (next !== null) reply.header('x-next', next);
  return rows;
}
