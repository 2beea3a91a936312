/** The control API (sandbox/README.md): drives the twin and shows what it said and holds. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { faultsSchema, seeded } from '../server/faults.ts';
import {
  batchSchema,
  characterSchema,
  filesOf,
  organisationSchema,
  photosOf,
  podSchema,
  removeSchema,
  scanSchema,
  scansSchema,
  stopSchema,
  tripSchema,
} from './control-bodies.ts';
import type { Message } from './delivery.ts';
import { type Serve, serveDesk } from './desk-control.ts';
import { badRequest, notFound, parseBody, Refusal } from './errors.ts';
import { flips, formerFlips, publishedFlips } from './flips.ts';
import { moveStop, planTrip, proveDelivery, removeFromTrip, scan } from './happenings.ts';
import type { Fields, Order } from './model.ts';
import { stopsOf } from './model.ts';
import { servePlanner } from './planner-control.ts';
import type { Twin } from './twin.ts';
import type { Uploads } from './uploads.ts';

/** An order as a judge sees it. `history` tells when which effect came, `body` of an entry is the accepted import. */
function orderView(twin: Twin, order: Order): Fields {
  const trip = order.tripId === null ? undefined : twin.state.trips[order.tripId];
  return {
    id: order.id,
    organisation: order.organisation,
    name: order.name,
    orderIdentifier: order.orderIdentifier,
    customerReference: order.body.customer_reference_number ?? null,
    status: order.status,
    isGone: order.isGone ?? false,
    replacedBy: order.replacedBy ?? null,
    trip: trip === undefined ? null : { id: trip.id, name: trip.name },
    stops: stopsOf(order).map(({ fields, ...stop }) => ({ ...fields, ...stop })),
    // What a person added by hand is no part of what was imported.
    goods: order.consignments
      .filter(({ isByHand }) => isByHand !== true)
      .flatMap((consignment) =>
        consignment.goods.map((good) => ({
          ...good.fields,
          id: good.id,
          barcodes: good.handlingUnits.flatMap((unit) => unit.barcode ?? []),
          incidents: good.incidents ?? [],
          actualQuantity: good.actualQuantity ?? null,
        })),
      ),
    customFields: order.consignments[0]?.fields.custom_fields ?? {},
    palletways: order.consignments[0]?.palletways ?? { tracking_id: null, consignment_number: null },
    signatures: order.consignments.flatMap((consignment) => consignment.signatures),
    scans: order.scans,
    documents: order.documents.flatMap((id) => {
      const document = twin.state.documents[id];
      if (document === undefined) return [];
      const { type, name, sha256, size, contentType, at, formerly = [] } = document;
      return [{ id, type, name, sha256, size, contentType, at, formerly }];
    }),
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
    effects: order.effects,
    history: order.history,
    charges: order.charges ?? [],
    approvals: order.approvals ?? [],
    body: order.body,
  };
}

function param(request: FastifyRequest, place: 'params' | 'query', name: string): string | undefined {
  const source: unknown = request[place];
  const value: unknown = typeof source === 'object' && source !== null ? Reflect.get(source, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}

function since(request: FastifyRequest): number {
  return z.coerce
    .number()
    .int()
    .min(0)
    .catch(0)
    .parse(param(request, 'query', 'since') ?? 0);
}

/** The entries after `n`, and the number to ask with next. */
function page<T extends { n: number }>(entries: T[], after: number): { items: T[]; next: number } {
  const items = entries.filter((entry) => entry.n > after);
  return { items, next: items[items.length - 1]?.n ?? after };
}

function orderOf(twin: Twin, id: string | undefined): Order {
  const order = id === undefined ? undefined : twin.state.orders[id];
  if (order === undefined) throw notFound('Order');
  return order;
}

/** The order that a person made for this one: what is done from now on is done to it. */
function replacementOf(twin: Twin, order: Order): Order {
  const next = order.replacedBy === undefined ? undefined : twin.state.orders[order.replacedBy];
  return next === undefined ? order : replacementOf(twin, next);
}

function shuffled(messages: Message[], seed: number): Message[] {
  const random = seeded(seed);
  const mixed = [...messages];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [left, right] = [mixed[last], mixed[other]];
    if (left !== undefined && right !== undefined) [mixed[last], mixed[other]] = [right, left];
  }
  return mixed;
}

/** A driver who was offline: the state changes in the given order, the events come shuffled, each twice. */
async function batch(app: FastifyInstance, twin: Twin, body: z.infer<typeof batchSchema>): Promise<Fields> {
  const results: { status: number; body: unknown }[] = [];
  const messages = await twin.collect(async () => {
    for (const call of body.calls) {
      const payload = JSON.stringify(call.body ?? {});
      const headers = { 'content-type': 'application/json' };
      const done = await app.inject({ method: call.method, url: call.path, payload, headers });
      const answer: unknown = JSON.parse(done.body);
      results.push({ status: done.statusCode, body: answer });
    }
  });
  const all = body.twice ? [...messages, ...messages] : messages;
  for (const message of body.shuffle === undefined ? all : shuffled(all, body.shuffle)) twin.sendNow(message);
  return { results, sent: all.length };
}

/** Serves what controls the twin: what it is, what it holds and said, and what people and drivers do in it. */
export function serveControl(app: FastifyInstance, twin: Twin, uploads: Uploads): void {
  const serve = serveOn(app);
  const order = (request: FastifyRequest) => replacementOf(twin, orderOf(twin, param(request, 'params', 'id')));
  serveState(serve, twin, uploads);
  serve('GET', '/orders/:id', (request) => orderView(twin, orderOf(twin, param(request, 'params', 'id'))));
  serve('GET', '/flips', () => ({ flips, published: publishedFlips, former: formerFlips }));
  serve('GET', '/character', () => twin.character);
  serve('PUT', '/character', (_, body) => {
    twin.setCharacter(parseBody(characterSchema, body));
    return twin.character;
  });
  serveTrips(serve, twin);
  serveDriver(serve, twin, order);
  serveDesk(serve, twin, order);
  servePlanner(serve, twin, order);
  serve('POST', '/batch', (_, body) => batch(app, twin, parseBody(batchSchema, body)));
}

/** Mounts a route below /control; what it refuses is answered as Qargo would. */
function serveOn(app: FastifyInstance): Serve {
  return (method, url, handle) => {
    app.route({
      method,
      url: `/control${url}`,
      handler: async (request, reply) => {
        try {
          return await reply.send(
            (await handle(request, Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0))) ?? { ok: true },
          );
        } catch (error) {
          if (error instanceof Refusal) return reply.code(error.status).send(error.body);
          throw error;
        }
      },
    });
  };
}

/** Copies that a person or a network put beside our orders are no effect of ours. */
function heldOrders(twin: Twin): Order[] {
  return Object.values(twin.state.orders).filter(({ isCopy }) => !isCopy);
}

/** What the twin is set to, what it holds and what it said. */
function serveState(serve: Serve, twin: Twin, uploads: Uploads): void {
  serve('GET', '/health', () => ({ ok: true }));
  serve('PUT', '/organisations/:organisation', (request, body) => {
    const name = param(request, 'params', 'organisation');
    if (name === undefined) throw badRequest('no organisation');
    twin.state.organisations[name] = parseBody(organisationSchema, body);
    twin.touch();
    return { ok: true };
  });
  serve('GET', '/said', (request) => page(twin.state.said, since(request)));
  serve('GET', '/held', () => ({ orders: heldOrders(twin).map((one) => orderView(twin, one)) }));
  serve('GET', '/calls', (request) => {
    const organisation = param(request, 'query', 'organisation');
    const calls =
      organisation === undefined ? twin.calls : twin.calls.filter((call) => call.organisation === organisation);
    return page(calls, since(request));
  });
  serve('GET', '/pending', () => ({
    pushes: twin.pusher.pending,
    uploads: uploads.pending,
    late: twin.late.pending + twin.pusher.late,
  }));
  serve('PUT', '/faults', (_, body) => {
    twin.faults.set(parseBody(faultsSchema, body).faults);
    return { ok: true };
  });
  serve('GET', '/faults', () => ({ faults: twin.faults.list() }));
  serve('POST', '/reset', () => {
    uploads.close();
    twin.reset();
    return { ok: true };
  });
  serve('GET', '/orders', (request) => {
    const organisation = param(request, 'query', 'organisation');
    const orders = heldOrders(twin).filter((one) => organisation === undefined || one.organisation === organisation);
    return { orders: orders.map((one) => orderView(twin, one)) };
  });
  serve('POST', '/uploads/review', () => ({ reviewed: uploads.review() }));
  serve('GET', '/uploads', () => ({
    uploads: Object.values(twin.state.uploads).map(({ id, organisation, status, orderId, why, at }) => ({
      id,
      organisation,
      status,
      orderId,
      why,
      at,
    })),
  }));
}

function serveTrips(serve: Serve, twin: Twin): void {
  serve('POST', '/trips', (_, body) => {
    const { organisation, orders, ...trip } = parseBody(tripSchema, body);
    const planned = orders.map((id) => replacementOf(twin, orderOf(twin, id)));
    if (planned.some((one) => one.organisation !== organisation)) throw notFound('Order');
    const cancelled = planned.find((one) => one.status === 'CANCELLED');
    if (cancelled !== undefined) throw badRequest(`order ${cancelled.id} was cancelled`);
    return { tripId: planTrip(twin, organisation, planned, trip).id };
  });
  serve('POST', '/trips/:id/remove', (request, body) => {
    const trip = twin.state.trips[param(request, 'params', 'id') ?? ''];
    if (trip === undefined) throw notFound('Trip');
    const { orders, at, push } = parseBody(removeSchema, body);
    const removed = orders.map((id) => replacementOf(twin, orderOf(twin, id)));
    if (removed.some(({ id }) => !trip.orders.includes(id))) throw badRequest('an order is not on this trip');
    removeFromTrip(twin, trip, removed, at, push);
    return { ok: true };
  });
}

/** What a driver's app reports of an order. */
function serveDriver(serve: Serve, twin: Twin, order: (request: FastifyRequest) => Order): void {
  serve('POST', '/orders/:id/scan', (request, body) => {
    const { push, ...input } = parseBody(scanSchema, body);
    return { said: scan(twin, order(request), [input], { push, together: 1 }) };
  });
  serve('POST', '/orders/:id/scans', (request, body) => {
    const { scans, ...told } = parseBody(scansSchema, body);
    return { said: scan(twin, order(request), scans, told) };
  });
  serve('POST', '/orders/:id/stop', async (request, body) => {
    const { incident, ...move } = parseBody(stopSchema, body);
    const withPhotos = incident === undefined ? undefined : { ...incident, photos: photosOf(incident.photos) };
    return { said: await moveStop(twin, order(request), { ...move, incident: withPhotos }) };
  });
  serve('POST', '/orders/:id/pod', async (request, body) => {
    const { documents, ...pod } = parseBody(podSchema, body);
    return { said: [await proveDelivery(twin, order(request), { ...pod, documents: filesOf(documents) })] };
  });
}
