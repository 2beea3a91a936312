/** The published character of the Qargo twin and what its planners do. Every body is checked against the description, where it is present. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { loadDescription } from '../openapi/description.ts';
import { Qargo, until } from './twins-under-test.ts';

const description = loadDescription();
const qargo = new Qargo();
const AT = '2026-11-23T08:00:00.000Z';
const END = '2026-11-23T09:45:00.000Z';

const stopSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  end_timestamp: z.string().nullable(),
  incidents: z.array(z.looseObject({ code: z.string() })),
});
const statusSchema = z.looseObject({
  status: z.string(),
  stops: z.array(stopSchema),
  shipments: z.array(z.looseObject({ name: z.string() })),
  consignments: z.array(z.looseObject({ delivery_stop: stopSchema })),
});
const character = z.object({ character: z.string(), flips: z.array(z.string()) });

async function statusOf(id: string) {
  const path = `/v1/orders/order/${id}/status`;
  const body: unknown = await (await qargo.rest('GET', path)).json();
  expect(description?.check(`GET ${path} 200`, body) ?? []).toEqual([]);
  return statusSchema.parse(body);
}

async function plan(id: string, name = 'T-1'): Promise<string> {
  const vehicle = { code: 'V1', name: 'Truck 1', plate: 'AB12 CDE' };
  const asked = { organisation: 'north', name, orders: [id], vehicle, driver: { name: 'Dee' }, at: AT };
  return z.object({ tripId: z.string() }).parse(await qargo.control('POST', 'trips', asked)).tripId;
}

const deed = (id: string, name: string, body: unknown = {}) => qargo.control('POST', `orders/${id}/${name}`, body);
const fail = (id: string, more: Record<string, unknown>) =>
  deed(id, 'stop', { stop: 'DELIVERY', status: 'FAILED', at: END, incident: { code: 'CARDED' }, ...more });

beforeEach(async () => {
  await qargo.start({ pace: 1_000 });
  await qargo.control('PUT', 'character', { character: 'published' });
});

afterEach(async () => {
  await until(async () => Object.values(await qargo.pending()).every((count) => count === 0));
  for (const body of qargo.ears.heard)
    expect(description?.check('OperationalVisibilityUpdate', JSON.parse(body)) ?? []).toEqual([]);
  await qargo.stop();
});

describe('the character', () => {
  test('is read and set while the twin runs, outlives a reset, and what there is not is refused and changes nothing', async () => {
    const set = { character: 'published', flips: ['38b', '42a'] };
    expect(await qargo.control('PUT', 'character', set)).toEqual(set);
    await qargo.control('POST', 'reset');
    await expect(qargo.control('PUT', 'character', { character: 'former', flips: ['7z'] })).rejects.toThrow('400');
    await expect(qargo.control('PUT', 'character', { character: 'real' })).rejects.toThrow('400');
    expect(await qargo.control('GET', 'character')).toEqual(set);
  });

  test('is the published one unless another is asked for, and one that is asked for at the start is played', async () => {
    await qargo.stop();
    await qargo.start({ character: undefined });
    expect(character.parse(await qargo.control('GET', 'character'))).toEqual({ character: 'published', flips: [] });
    await qargo.stop();
    await qargo.start({ character: { character: 'published', flips: ['64a'] } });
    expect(character.parse(await qargo.control('GET', 'character')).flips).toEqual(['64a']);
    const unknown = await qargo.rest('GET', '/v1/orders/order/6f1c0c3e-1111-4222-8333-944445555666');
    expect(unknown.status).toBe(400);
  });
});

describe('a failed delivery', () => {
  test.for([
    ['block', 'BLOCKED', 0],
    ['dont-replan', 'COMPLETED', 0],
    ['retry', 'COMPLETED', 2],
    ['return', 'COMPLETED', 2],
    ['cancel', 'CANCELLED', 0],
  ] as const)(
    'whose incident has the action %s leaves its stop %s, with %i more stops',
    async ([action, status, more]) => {
      const id = await qargo.order();
      await plan(id);
      const before = await statusOf(id);
      const old = before.consignments[0]?.delivery_stop.id;
      await fail(id, { action });
      const after = await statusOf(id);
      const stop = after.stops.find((one) => one.id === old);
      expect([stop?.status, stop?.incidents.map(({ code }) => code)]).toEqual([status, ['CARDED']]);
      expect(after.stops.length - before.stops.length).toBe(more);
      expect(after.status).toBe(action === 'cancel' ? 'CANCELLED' : 'PLANNED');
    },
  );

  test('does what the tenant configured for its code, and a retry is planned, delivered and read at its own stop', async () => {
    const id = await qargo.order();
    await plan(id);
    const [consignment] = (await statusOf(id)).consignments;
    await fail(id, {});
    await plan(id, 'T-2');
    await deed(id, 'stop', { stop: 'DELIVERY', status: 'COMPLETED', at: '2026-11-24T10:00:00Z' });
    const { status, stops, shipments } = await statusOf(id);
    expect(status).toBe('COMPLETED');
    expect(shipments.map(({ name }) => name)).toEqual(['T-2']);
    expect(stops.find(({ id: one }) => one === consignment?.delivery_stop.id)?.end_timestamp).toBe(END);
    expect(stops.at(-1)).toMatchObject({ status: 'COMPLETED', end_timestamp: '2026-11-24T10:00:00.000Z' });
  });
});

test.for(['published', 'former'])('a delivery with an incident is completed and shows it, %s', async (name) => {
  await qargo.control('PUT', 'character', { character: name });
  const id = await qargo.order();
  await plan(id);
  await deed(id, 'stop', { stop: 'DELIVERY', status: 'COMPLETED', at: END, incident: { code: 'DAMAGE' } });
  const stop = (await statusOf(id)).consignments[0]?.delivery_stop;
  expect([stop?.status, stop?.incidents.map(({ code }) => code)]).toEqual(['COMPLETED', ['DAMAGE']]);
});

describe('what was said', () => {
  const saidSchema = z.object({
    items: z.array(
      z.looseObject({ kind: z.string(), readable: z.object({ until: z.number().nullable() }).nullable() }),
    ),
  });
  const said = async () => saidSchema.parse(await qargo.control('GET', 'said')).items;

  test('an un-planning after a retry can be read while the new delivery waits for a plan', async () => {
    const id = await qargo.order();
    const trip = await plan(id);
    await fail(id, { action: 'retry' });
    await qargo.control('POST', `trips/${trip}/remove`, { orders: [id], at: END });
    const failed = (await said()).filter(({ kind }) => kind === 'failed' || kind === 'unplanned');
    expect(failed.map(({ kind, readable }) => [kind, readable?.until])).toEqual([
      ['failed', null],
      ['unplanned', null],
    ]);
  });

  test.for([
    ['38f', ['planned', 'failed -', 'unplanned', 'exception -']],
    ['56c', ['planned', 'charges']],
    ['48a', ['planned', 'failed', 'unplanned', 'exception', 'document']],
  ] as const)('with flip %s it is what the wire has: %j', async ([flip, kinds]) => {
    await qargo.control('PUT', 'character', { character: 'published', flips: [flip] });
    const id = await qargo.order();
    await plan(id);
    await fail(id, {});
    const file = { type: 'PROOF_OF_DELIVERY', name: 'a.pdf', contentType: 'application/pdf', base64: 'JVBERi0xLjQ=' };
    if (flip === '48a') await deed(id, 'pod', { name: 'Smith', at: END, documents: [file] });
    expect((await said()).map(({ kind, readable }) => (readable === null ? `${kind} -` : kind))).toEqual(kinds);
  });
});

describe('planners', () => {
  test('cancel an order and undo it: it is to be planned anew, and no event tells either', async () => {
    const id = await qargo.order();
    await plan(id);
    await until(() => qargo.ears.heard.length === 1);
    await deed(id, 'cancel');
    const cancelled = await statusOf(id);
    expect([cancelled.status, new Set(cancelled.stops.map(({ status }) => status))]).toEqual([
      'CANCELLED',
      new Set(['CANCELLED']),
    ]);
    expect(cancelled.shipments.map(({ name }) => name)).toEqual(['T-1-C']);
    await deed(id, 'undo');
    const undone = await statusOf(id);
    expect([undone.status, undone.shipments]).toEqual(['TO_PLAN', []]);
    expect(new Set(undone.stops.map(({ status }) => status))).toEqual(new Set(['TO_PLAN']));
    expect(qargo.ears.heard).toHaveLength(1);
  });

  test('cancel one consignment of two: the order lives, and it can be undone', async () => {
    const id = await qargo.order();
    await deed(id, 'consignments');
    await deed(id, 'cancel', { consignment: 1 });
    const states = async () => (await statusOf(id)).consignments.map((one) => one.delivery_stop.status);
    expect([await states(), (await statusOf(id)).status]).toEqual([['CANCELLED', 'TO_PLAN'], 'TO_PLAN']);
    await deed(id, 'undo', { consignment: 1 });
    expect(await states()).toEqual(['TO_PLAN', 'TO_PLAN']);
  });

  test('make a similar order: without our identifier, the original is cancelled, and deeds go to the new one', async () => {
    const id = await qargo.order();
    const { orderId } = z.object({ orderId: z.string() }).parse(await deed(id, 'similar'));
    const read: unknown = await (await qargo.rest('GET', `/v1/orders/order/${orderId}`)).json();
    expect(read).toMatchObject({ id: orderId, order_identifier: null, customer_reference_number: '2557391-564' });
    await plan(id);
    expect([(await statusOf(id)).status, (await statusOf(orderId)).status]).toEqual(['CANCELLED', 'PLANNED']);
  });

  test('reset a trip, change the times of a completed stop, and delete an empty trip', async () => {
    const id = await qargo.order();
    const trip = await plan(id);
    await deed(id, 'stop', { stop: 'DELIVERY', status: 'COMPLETED', at: END });
    await deed(id, 'times', { stop: 'DELIVERY', end: '2026-11-23T11:00:00Z' });
    expect((await statusOf(id)).consignments[0]?.delivery_stop.end_timestamp).toBe('2026-11-23T11:00:00.000Z');
    await qargo.control('POST', `trips/${trip}/reset`);
    expect((await statusOf(id)).consignments[0]?.delivery_stop.status).toBe('PLANNED');
    await expect(qargo.control('POST', `trips/${trip}/delete`)).rejects.toThrow('400');
    await qargo.control('POST', `trips/${trip}/remove`, { orders: [id], at: END });
    await qargo.control('POST', `trips/${trip}/delete`);
    expect((await qargo.rest('GET', `/v1/trips/trip/${trip}`)).status).toBe(404);
  });

  test('edit the reference: a document that names the old one is discarded with a 200', async () => {
    const id = await qargo.order();
    await deed(id, 'edit', { changes: { reference: 'OTHER' } });
    const path = '/document-import?filename=a.pdf&document_type=PALLET_LABEL&customer_reference_number=2557391-564';
    expect((await qargo.webhook(path, Buffer.from('%PDF-1.4'))).status).toBe(200);
    expect(await (await qargo.rest('GET', `/v1/orders/order/${id}/documents`)).json()).toEqual([]);
  });
});

test('a scan in the depot comes alone with barcode, place and time, and a depot stop is completed by itself', async () => {
  const id = await qargo.order();
  await plan(id);
  await until(() => qargo.ears.heard.length === 1);
  await deed(id, 'scan', { barcode: 'B000000001', status: 'SCANNED_IN', stop: null, at: AT, place: 'DEPOT-1' });
  await until(() => qargo.ears.heard.length === 2);
  const update = { type: 'HandlingUnit', stop: null, stop_location_code: 'DEPOT-1', timestamp: AT };
  expect(JSON.parse(qargo.ears.heard[1] ?? '')).toMatchObject({ events: [{ update }], order: null, trip: null });
  await deed(id, 'stop', { stop: 'DELIVERY', inDepot: true, status: 'COMPLETED', at: AT });
  expect((await statusOf(id)).stops.map(({ status }) => status)).toEqual([
    'PLANNED',
    'COMPLETED',
    'PLANNED',
    'PLANNED',
  ]);
});

test('a document can be embedded or named by its address, whatever the character', async () => {
  const id = await qargo.order();
  const file = { type: 'PROOF_OF_DELIVERY', name: 'a.pdf', contentType: 'application/pdf', base64: 'JVBERi0xLjQ=' };
  for (const embedded of [true, false]) await deed(id, 'documents', { documents: [file], embedded });
  await until(() => qargo.ears.heard.length === 2);
  expect(qargo.ears.heard.filter((body) => body.includes('"content":"JVBERi0xLjQ="'))).toHaveLength(1);
});
