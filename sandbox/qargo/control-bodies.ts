/** Bodies of the control API (sandbox/README.md). */
import { z } from 'zod';
import { characterNames } from '../server/flips.ts';
import { DOCUMENT_TYPES } from './document-types.ts';
import { flips } from './flips.ts';
import type { FileInput } from './happenings.ts';
import { incidentActions } from './model.ts';
import { location } from './order-body.ts';

/** Any ISO instant with an offset, as UTC. */
export const instant = z.iso.datetime({ offset: true }).transform((at) => new Date(at).toISOString());

/** False: no push tells it. */
const push = z.boolean().default(true);

export const organisationSchema = z.strictObject({
  clientId: z.string().min(1),
  secret: z.string().min(1),
  webhook: z.strictObject({ user: z.string().min(1), password: z.string() }),
  push: z.strictObject({
    visibilityUrl: z.url(),
    dispatchUrl: z.url().optional(),
    user: z.string(),
    password: z.string(),
  }),
  customers: z.array(z.string()).optional(),
  serviceLevels: z.array(z.string()).optional(),
  incidents: z.record(z.string(), z.enum(incidentActions)).optional(),
  hub: location.optional(),
});

const flipIds: readonly string[] = flips.map(({ id }) => id);

export const characterSchema = z.strictObject({
  character: z.enum(characterNames),
  flips: z.array(z.string().refine((id) => flipIds.includes(id), 'no such flip')).default([]),
});

export const tripSchema = z.strictObject({
  organisation: z.string(),
  name: z.string().min(1),
  orders: z.array(z.string()).min(1),
  vehicle: z.strictObject({
    code: z.string().optional(),
    name: z.string(),
    plate: z.string().optional(),
    type: z.enum(['VAN', 'RIGID', 'TRACTOR']).default('RIGID'),
  }),
  driver: z.strictObject({ name: z.string() }).optional(),
  at: instant,
  dispatch: z.boolean().default(false),
  push,
});

export const removeSchema = z.strictObject({ orders: z.array(z.string()).min(1), at: instant, push });

const scanned = {
  barcode: z.string(),
  status: z.enum(['SCANNED_IN', 'STORED', 'SCANNED_OUT']),
  stop: z.enum(['PICKUP', 'DELIVERY']).nullable().default(null),
  at: instant,
  by: z.string().optional(),
  description: z.string().optional(),
  sourceStatus: z.string().optional(),
  says: z.boolean().optional(),
  place: z.string().optional(),
  isExact: z.boolean().optional(),
};

export const scanSchema = z.strictObject({ ...scanned, push });

export const scansSchema = z.strictObject({
  scans: z.array(z.strictObject(scanned)).min(1),
  together: z.number().int().positive().default(1),
  push,
});

const stopStatuses = ['BLOCKED', 'TO_PLAN', 'PLANNED', 'AT_STOP', 'COMPLETED', 'CANCELLED', 'IGNORED'] as const;

const photo = z.strictObject({ name: z.string().min(1), base64: z.base64() });

export const stopSchema = z.strictObject({
  stop: z.enum(['PICKUP', 'DELIVERY']),
  status: z.enum(['AT_STOP', 'COMPLETED', 'FAILED']),
  at: instant,
  startedAt: instant.optional(),
  push,
  inDepot: z.boolean().optional(),
  action: z.enum(incidentActions).optional(),
  leaves: z.enum(stopStatuses).optional(),
  incident: z
    .strictObject({
      code: z.string().min(1),
      name: z.string().default(''),
      description: z.string().nullable().default(null),
      photos: z.array(photo).default([]),
    })
    .optional(),
  goods: z
    .array(
      z.strictObject({
        id: z.string(),
        delivered: z.number().int().min(0).optional(),
        incident: z
          .strictObject({
            code: z.string().min(1),
            name: z.string().default(''),
            description: z.string().nullable().default(null),
          })
          .optional(),
      }),
    )
    .optional(),
});

export const file = z.strictObject({
  type: z.string().refine((type) => DOCUMENT_TYPES.has(type), 'Unknown document type'),
  name: z.string().min(1),
  contentType: z.string().min(1),
  base64: z.base64(),
});

export const podSchema = z.strictObject({
  name: z.string().min(1),
  at: instant,
  position: z.strictObject({ longitude: z.number(), latitude: z.number() }).nullable().default(null),
  documents: z.array(file).default([]),
  push,
});

export const batchSchema = z.strictObject({
  calls: z.array(
    z.strictObject({
      method: z.enum(['POST', 'PUT']).default('POST'),
      path: z.string().startsWith('/control/'),
      body: z.unknown().optional(),
    }),
  ),
  shuffle: z.number().int().optional(),
  twice: z.boolean().default(false),
});

export function filesOf(files: z.infer<typeof file>[]): FileInput[] {
  return files.map(({ base64, ...rest }) => ({ ...rest, bytes: Buffer.from(base64, 'base64') }));
}

/** Photos of an incident: a document type that is read but never sent (apis 2.12). */
export function photosOf(photos: z.infer<typeof photo>[]): FileInput[] {
  return photos.map(({ name, base64 }) => {
    const bytes = Buffer.from(base64, 'base64');
    const contentType = bytes[0] === 0x89 ? 'image/png' : 'image/jpeg';
    return { type: 'PHOTO_DAMAGED_GOODS', name, contentType, bytes };
  });
}
