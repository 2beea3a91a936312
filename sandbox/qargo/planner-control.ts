/** The part of the control API that drives planners in what no event tells (sandbox/qargo/README.md). */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { instant } from './control-bodies.ts';
import { orNothing, type Serve } from './desk-control.ts';
import { badRequest, notFound, parseBody } from './errors.ts';
import { stopOfType } from './happenings.ts';
import type { Order, Trip } from './model.ts';
import { addConsignment } from './orders.ts';
import {
  block,
  cancelInScreen,
  changeTimes,
  deleteTrip,
  makeSimilarOrder,
  resetTrip,
  undoCancellation,
} from './planner.ts';
import { addStopsBetween } from './stops.ts';
import { changed } from './told.ts';
import type { Twin } from './twin.ts';

const at = instant.default(() => new Date().toISOString());
const atSchema = z.strictObject({ at });
const consignmentSchema = z.strictObject({ consignment: z.number().int().positive().optional(), at });
const blockSchema = z.strictObject({ blocked: z.boolean().default(true), at });
const stopsSchema = z.strictObject({ kind: z.enum(['depot', 'hub']).default('depot') });
const similarSchema = z.strictObject({ keepsOld: z.boolean().default(false) });
const timesSchema = z.strictObject({
  stop: z.enum(['PICKUP', 'DELIVERY']),
  start: instant.optional(),
  end: instant.optional(),
  at,
});

type OrderOf = (request: FastifyRequest) => Order;

function tripOf(twin: Twin, request: FastifyRequest): Trip {
  const id = z.looseObject({ id: z.string() }).parse(request.params).id;
  const trip = twin.state.trips[id];
  if (trip === undefined) throw notFound('Trip');
  return trip;
}

function serveOrders(serve: Serve, twin: Twin, order: OrderOf): void {
  serve('POST', '/orders/:id/cancel', (request, body) => {
    const { consignment, at: when } = parseBody(consignmentSchema, orNothing(body));
    cancelInScreen(twin, order(request), consignment, when);
  });
  serve('POST', '/orders/:id/undo', (request, body) => {
    const { consignment, at: when } = parseBody(consignmentSchema, orNothing(body));
    undoCancellation(twin, order(request), consignment, when);
  });
  serve('POST', '/orders/:id/similar', (request, body) => ({
    orderId: makeSimilarOrder(twin, order(request), parseBody(similarSchema, orNothing(body))).id,
  }));
  serve('POST', '/orders/:id/block', (request, body) => {
    const { blocked, at: when } = parseBody(blockSchema, orNothing(body));
    block(twin, order(request), blocked, when);
  });
  serve('POST', '/orders/:id/times', (request, body) => {
    const { stop, ...times } = parseBody(timesSchema, body);
    changeTimes(twin, order(request), stopOfType(order(request), stop), times);
  });
  serve('POST', '/orders/:id/stops', (request, body) => {
    const one = order(request);
    addStopsBetween(twin, one, parseBody(stopsSchema, orNothing(body)).kind);
    changed(twin, one);
  });
  serve('POST', '/orders/:id/consignments', (request) => {
    const one = order(request);
    const added = addConsignment(one);
    if (added === null) throw badRequest('the order has no consignment');
    changed(twin, one);
    return { consignment: added.sequence };
  });
}

/** Mounts the deeds of planners below /control. */
export function servePlanner(serve: Serve, twin: Twin, order: OrderOf): void {
  serveOrders(serve, twin, order);
  serve('POST', '/trips/:id/reset', (request, body) => {
    resetTrip(twin, tripOf(twin, request), parseBody(atSchema, orNothing(body)).at);
  });
  serve('POST', '/trips/:id/delete', (request) => {
    const trip = tripOf(twin, request);
    if (trip.orders.length > 0) throw badRequest('orders are still on this trip: remove them first');
    deleteTrip(twin, trip);
  });
}
