/** The part of the control API that drives the desk (sandbox/README.md). */
import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { file, filesOf, instant } from './control-bodies.ts';
import { addDocuments, editOrder, moveEta, setCharges, triggerCustom } from './desk.ts';
import { parseBody } from './errors.ts';
import type { Order } from './model.ts';
import { location, packagingType, timeWindow } from './order-body.ts';
import type { Twin } from './twin.ts';

export type Serve = (
  method: 'GET' | 'PUT' | 'POST',
  url: string,
  handle: (request: FastifyRequest, body: Buffer) => unknown,
) => void;

const now = () => new Date().toISOString();
const at = instant.default(now);
const number = z.number().nullable().optional();

const goodSchema = z.strictObject({
  id: z.string(),
  quantity: z.number().int().min(0).optional(),
  description: z.string().optional(),
  total_weight_kg: number,
  total_volume_m3: number,
  total_loading_meters: number,
  total_pallet_spaces: number,
  unit_weight_kg: number,
  unit_height_m: number,
  unit_length_m: number,
  unit_width_m: number,
  unit_loading_meters: number,
  unit_pallet_spaces: number,
  packaging_type: packagingType.optional(),
});

const editSchema = z.strictObject({
  changes: z.strictObject({
    goods: z.array(goodSchema).min(1).optional(),
    deliveryDate: z.iso.date().optional(),
    pickupDate: z.iso.date().optional(),
    address: location.optional(),
    deliveryWindow: timeWindow.optional(),
    instructions: z.string().optional(),
    reference: z.string().nullable().optional(),
  }),
  by: z.string().nullable().default(null),
  at,
  custom: z.string().optional(),
});

const customSchema = z.strictObject({ name: z.string().nullable().default(null), at });

const etaSchema = z.strictObject({
  stop: z.enum(['PICKUP', 'DELIVERY']),
  start: instant,
  end: instant,
  at,
  event: z.enum(['Stop', 'Eta']).default('Stop'),
  push: z.boolean().default(true),
});

const documentsSchema = z.strictObject({
  documents: z.array(file).min(1),
  push: z.boolean().default(true),
  at,
  subject: z.enum(['order', 'consignment', 'stop']).default('consignment'),
  embedded: z.boolean().optional(),
});

const chargesSchema = z.strictObject({
  charges: z.array(
    z
      .looseObject({
        id: z.guid().optional(),
        approval_status: z.enum(['TO_REQUEST', 'REQUESTED', 'REJECTED_INTERNAL']).default('TO_REQUEST'),
      })
      .transform((charge) => ({ ...charge, id: (charge.id ?? randomUUID()).toLowerCase() })),
  ),
  at,
  request: z.boolean().default(false),
});

export const orNothing = (body: Buffer) => (body.length === 0 ? Buffer.from('{}') : body);

export function serveDesk(serve: Serve, twin: Twin, order: (request: FastifyRequest) => Order): void {
  serve('POST', '/orders/:id/edit', (request, body) => {
    const { changes, by, at: when, custom } = parseBody(editSchema, body);
    return { said: editOrder(twin, order(request), changes, { by, at: when, custom }) };
  });
  serve('POST', '/orders/:id/custom', (request, body) => {
    const { name, at: when } = parseBody(customSchema, orNothing(body));
    return { said: triggerCustom(twin, order(request), name, when) };
  });
  serve('POST', '/orders/:id/eta', (request, body) => ({
    said: moveEta(twin, order(request), parseBody(etaSchema, body)),
  }));
  serve('POST', '/orders/:id/documents', (request, body) => {
    const { documents, push, at: when, subject: subjectType, embedded } = parseBody(documentsSchema, body);
    const asked = { at: when, push, subjectType, isEmbedded: embedded };
    return addDocuments(twin, order(request), filesOf(documents), asked);
  });
  serve('POST', '/orders/:id/charges', (request, body) => {
    const { charges, ...told } = parseBody(chargesSchema, body);
    const one = order(request);
    return { said: setCharges(twin, one, charges, told), charges: one.charges };
  });
}
