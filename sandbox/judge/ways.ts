/** What an organisation was told to do with the rows that go several ways. */
import { z } from 'zod';

const waySchema = z.object({
  /** How Palletways comes to know of exceptions. */
  exceptions: z.enum(['push', 'pull', 'both']).default('push'),
  /** Which way changes of what is charged for go. */
  charges: z.enum(['off', 'to qargo', 'to palletways', 'both']).default('off'),
  /** Whether a planner's edit in Qargo is told to Palletways. */
  planner: z.boolean().default(false),
  estimates: z.boolean().default(false),
  /** How a collection is told: with the milestones and proofs of a delivery, or as collected. */
  collections: z.enum(['delivery', 'collected']).default('collected'),
});
export type Way = z.output<typeof waySchema>;

export const waysSchema = z.record(z.string(), waySchema);
export type Ways = z.output<typeof waysSchema>;

export const usual: Way = waySchema.parse({});
