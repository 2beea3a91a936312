/** A tenant of the twin: one member depot with its key, its account, where it hears pushes, and its FTP login. */
import { z } from 'zod';
import { zoneName } from './clock.ts';
import { dialectSchema } from './dialect.ts';

/** Body of `PUT /control/organisations/{organisation}` (sandbox/README.md). */
export const organisationSchema = z.object({
  apiKey: z.string().min(1),
  account: z.string().min(1),
  depot: z.coerce.string().regex(/^\d{1,6}$/),
  depotName: z.string().default('Depot'),
  zone: zoneName,
  push: z.object({
    url: z.url(),
    user: z.string(),
    password: z.string(),
    format: z.enum(['xml', 'json']),
    partial: z.boolean().optional(),
  }),
  ftp: z.object({ user: z.string().min(1), password: z.string() }),
  dialect: dialectSchema.optional(),
});

export type Organisation = z.infer<typeof organisationSchema> & { name: string };

/** Names become folder names. */
export const organisationName = z.string().regex(/^[A-Za-z0-9][\w-]{0,63}$/);
