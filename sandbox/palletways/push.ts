/** Whether a deed is pushed, and which of the three identifiers the push carries. */
import { z } from 'zod';
import type { Tree } from './tree.ts';

const identifier = z.enum(['responseId', 'trackingId', 'conNo']);
type Identifier = z.infer<typeof identifier>;

/** `push` of a deed (sandbox/README.md): false, only a read tells; `{only}`, the push names it by these alone. */
export const pushSchema = z.union([z.boolean(), z.strictObject({ only: z.array(identifier).min(1) })]);
export type Push = z.infer<typeof pushSchema>;

export const ALL: Push = true;

const ELEMENTS: Record<Identifier, string> = { conNo: 'Number', trackingId: 'TrackingID', responseId: 'ResponseID' };

/** An identifier left out is an empty element, as the tracking id is at creation (wire-assumptions 2.1). */
export function withOnly(told: Tree, push: Push): Tree {
  if (typeof push === 'boolean') return told;
  const out = { ...told };
  for (const name of identifier.options) if (!push.only.includes(name)) out[ELEMENTS[name]] = '';
  return out;
}
