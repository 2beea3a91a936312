/** What the desk does in Qargo beside planning: edits, events of its own, ETAs, late documents, charges, outcomes per pallet. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { loadDescription } from '../openapi/description.ts';
import { orderBody, Qargo, until } from './twins-under-test.ts';

const qargo = new Qargo();
const description = loadDescription();
const AT = '2026-11-23T08:00:00.000Z';
const saidSchema = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      at: z.string(),
      event: z.boolean(),
      content: z.looseObject({}),
      readable: z.object({ until: z.number().nullable() }).nullable(),
    }),
  ),
});
const stopSchema = z.looseObject({
  date: z.string().nullish(),
  planning_instructions: z.string().nullish(),
  location: z.looseObject({ city: z.string().nullish(), postal_code: z.string().nullish() }),
  start_timestamp: z.string().nullish(),
  end_timestamp: z.string().nullish(),
});
const readSchema = z.looseObject({
  planning_instructions: z.string().nullish(),
  consignments: z.array(
    z.looseObject({
      pickup_stop: stopSchema,
      delivery_stop: stopSchema,
      goods: z.array(z.looseObject({ quantity: z.number(), total_weight_kg: z.number().nullish() })),
    }),
  ),
});
const eventSchema = z.looseObject({ timestamp: z.string(), update: z.looseObject({ type: z.string() }) });
const pushSchema = z.looseObject({ events: z.array(eventSchema), order: z.looseObject({ id: z.string() }) });

beforeEach(() => qargo.start());
afterEach(async () => {
  const heard = [...qargo.ears.heard];
  await qargo.stop();
  for (const body of heard)
    expect(description?.check('OperationalVisibilityUpdate', JSON.parse(body)) ?? []).toEqual([]);
});

const desk = (id: string, deed: string, body: unknown = {}) => qargo.control('POST', `orders/${id}/${deed}`, body);
const said = async () => saidSchema.parse(await qargo.control('GET', 'said')).items;
const heard = () => qargo.ears.heard.map((body) => pushSchema.parse(JSON.parse(body)));
const updates = () => heard().flatMap((push) => push.events.map((event) => event.update));
const settled = () => until(async () => (await qargo.pending()).pushes === 0);

/** Read, and judged by the description. */
async function read(path: string): Promise<unknown> {
  const answer = await qargo.rest('GET', `/v1/orders/order/${path}`);
  const body: unknown = await answer.json();
  expect([path, description?.check(`GET /v1/orders/order/${path} ${answer.status}`, body) ?? []]).toEqual([path, []]);
  return body;
}

const goodOf = async () => z.string().parse((await qargo.held())[0]?.goods[0]?.id);

test("a planner's edit is in every read of the order and in no event, and an import that says otherwise takes it back", async () => {
  const id = await qargo.order();
  const good = await goodOf();
  const changes = {
    goods: [{ id: good, quantity: 3, total_weight_kg: 321.5, packaging_type: { packaging_size: { code: 'HP' } } }],
    deliveryDate: '2026-11-26',
    pickupDate: '2026-11-25',
    address: { city: 'York', postal_code: 'YO1 1AA' },
    deliveryWindow: { start_time: '09:00', end_time: '11:00' },
    instructions: 'ring the side bell',
  };
  await desk(id, 'edit', { changes, by: 'Pat', at: AT });
  for (const path of [id, `${id}/status`, `${id}/export`]) {
    const order = readSchema.parse(await read(path));
    expect(order).toMatchObject({
      planning_instructions: 'ring the side bell',
      consignments: [
        {
          pickup_stop: { date: '2026-11-25', location: { city: 'Leeds' } },
          delivery_stop: {
            date: '2026-11-26',
            location: { name: 'Shop', city: 'York', postal_code: 'YO1 1AA' },
            time_window: { start_time: '09:00', end_time: '11:00' },
          },
          goods: [{ quantity: 3, total_weight_kg: 321.5, packaging_type: { packaging_size: { code: 'HP' } } }],
        },
      ],
    });
  }
  expect((await qargo.held())[0]?.goods[0]?.barcodes).toEqual(['B000000001', 'B000000002']);
  expect(await said()).toMatchObject([
    { kind: 'order edited', at: AT, event: false, content: { by: 'Pat', changes }, readable: { until: null } },
  ]);
  expect(qargo.ears.heard).toEqual([]);

  await qargo.upload('UPDATE'); // the body of the first import: other than what stands, so it is no repeat
  await until(async () => (await qargo.pending()).uploads === 0);
  expect((await qargo.held())[0]?.effects).toMatchObject({ created: 1, updated: 1 });
  expect(readSchema.parse(await read(id)).consignments).toMatchObject([
    { delivery_stop: { date: '2026-11-23' }, goods: [{ quantity: 2 }] },
  ]);
  await qargo.rest('POST', '/v1/orders/order/upload', {
    ...orderBody(),
    operation: 'UPDATE',
    planning_instructions: 'x',
  });
  await until(async () => (await qargo.pending()).uploads === 0);
  await desk(id, 'edit', { changes: { instructions: 'y' } });
  expect(await said()).toMatchObject([{ readable: { until: expect.any(Number) } }, { readable: { until: null } }]);
});

test('instructions are written over where they stand', async () => {
  const [consignment] = z.array(z.looseObject({})).parse(orderBody().consignments);
  await qargo.upload('CREATE', { consignments: [{ ...consignment, planning_instructions: 'old' }] });
  await until(async () => (await qargo.pending()).uploads === 0);
  const id = z.string().parse((await qargo.held())[0]?.id);
  await desk(id, 'edit', { changes: { instructions: 'new' } });
  for (const path of [id, `${id}/export`]) {
    expect(await read(path)).toMatchObject({ consignments: [{ planning_instructions: 'new' }] });
    expect(readSchema.parse(await read(path)).planning_instructions ?? null).toBeNull();
  }
});

test('an edit of a good that is not of the order, of nothing, or of a cancelled order is refused and changes nothing', async () => {
  const id = await qargo.order();
  const before = await read(`${id}/export`);
  const stranger = '00000000-0000-4000-8000-000000000000';
  const good = { id: await goodOf(), quantity: 9 };
  await expect(
    desk(id, 'edit', { changes: { goods: [good, { id: stranger, quantity: 1 }], deliveryDate: '2026-12-01' } }),
  ).rejects.toThrow(/400/);
  await expect(desk(id, 'edit', { changes: {} })).rejects.toThrow(/400/);
  expect(await read(`${id}/export`)).toEqual(before);
  await qargo.upload('DELETE');
  await until(async () => (await qargo.pending()).uploads === 0);
  await expect(desk(id, 'edit', { changes: { deliveryDate: '2026-12-01' } })).rejects.toThrow(/400/);
  expect(await said()).toEqual([]);
});

test('a configured event is one of the order, named or not, and can follow an edit', async () => {
  const id = await qargo.order();
  await desk(id, 'custom', { name: 'REFRESH', at: AT });
  await settled();
  await desk(id, 'custom');
  await settled();
  await desk(id, 'edit', { changes: { deliveryDate: '2026-11-27' }, custom: 'EDITED' });
  await settled();
  expect(updates()).toMatchObject(
    ['REFRESH', null, 'EDITED'].map((custom_event_code) => ({
      type: 'Order',
      id,
      update_type: 'CUSTOM',
      custom_event_code,
    })),
  );
  expect(heard()[0]).toMatchObject({ events: [{ timestamp: AT }], order: { id } });
  expect((await said()).map(({ kind, event }) => [kind, event])).toEqual([
    ['custom', true],
    ['custom', true],
    ['order edited', true],
  ]);
});

test('an ETA is in the event of its stop, or in an Eta event, and in the order status until the stop is reached', async () => {
  const id = await qargo.order();
  await qargo.control('POST', 'trips', {
    organisation: 'north',
    name: 'T1',
    orders: [id],
    vehicle: { name: 'V' },
    at: AT,
    push: false,
  });
  const eta = (hour: number) => ({
    stop: 'DELIVERY',
    start: `2026-11-23T${hour}:00:00Z`,
    end: `2026-11-23T${hour}:20:00Z`,
    at: AT,
  });
  await desk(id, 'eta', eta(12));
  await settled();
  await desk(id, 'eta', { ...eta(15), event: 'Eta' });
  await settled();
  const times = (hour: number) => ({
    stop_type: 'DELIVERY',
    status: 'PLANNED',
    eta_start_time: `2026-11-23T${hour}:00:00.000Z`,
    actual_start_timestamp: null,
  });
  expect(updates()).toMatchObject([
    { type: 'Stop', stop: times(12) },
    { type: 'Eta', stops: [times(15)] },
  ]);
  const status = readSchema.parse(await read(`${id}/status`));
  expect(status.consignments[0]?.delivery_stop).toMatchObject({
    start_timestamp: '2026-11-23T15:00:00.000Z',
    end_timestamp: '2026-11-23T15:20:00.000Z',
  });
  const etas = (await said()).filter(({ kind }) => kind === 'eta');
  expect(etas.map(({ readable }) => readable?.until === null)).toEqual([false, true]);
  await desk(id, 'stop', { stop: 'DELIVERY', status: 'AT_STOP', at: AT });
  await expect(desk(id, 'eta', eta(16))).rejects.toThrow(/400/);
});

test('documents come late by themselves with whatever bytes, are read back the same, and pushed where their type is sent', async () => {
  const id = await qargo.order();
  const bytes = [
    Buffer.from('ERROR: POD not found for this ID.'),
    Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1]),
    Buffer.from('\0\0\0\x18ftypheic', 'latin1'),
  ];
  const file = (index: number, type: string, name: string, contentType: string) => ({
    type,
    name,
    contentType,
    base64: bytes[index]?.toString('base64'),
  });
  const documents = [
    file(0, 'PROOF_OF_DELIVERY', 'pod.pdf', 'application/pdf'),
    file(1, 'PHOTO_OF_GOODS_DELIVERY', 'cut.jpg', 'image/jpeg'),
    file(2, 'PHOTO_DAMAGED_GOODS', 'phone.heic', 'image/heic'),
  ];
  const answer = z
    .object({ documents: z.array(z.object({ sha256: z.string() })) })
    .parse(await desk(id, 'documents', { documents, at: AT }));
  await settled();
  const types = updates().map(
    ({ document }) => z.looseObject({ document_type: z.string() }).parse(document).document_type,
  );
  expect(types.toSorted()).toEqual(['PHOTO_OF_GOODS_DELIVERY', 'PROOF_OF_DELIVERY']);
  const listed = z.array(z.looseObject({ download_url: z.string() })).parse(await read(`${id}/documents`));
  const hashes = [];
  for (const { download_url: url } of listed) {
    const got = Buffer.from(await (await qargo.rest('GET', `${url}?direct=true`)).arrayBuffer());
    hashes.push(createHash('sha256').update(got).digest('hex'));
  }
  expect(hashes).toEqual(bytes.map((one) => createHash('sha256').update(one).digest('hex')));
  expect(answer.documents.map(({ sha256 }) => sha256)).toEqual(hashes);
  await desk(id, 'documents', { documents: documents.slice(0, 1), push: false });
  expect(await read(`${id}/documents`)).toHaveLength(4);
  expect((await said()).map(({ kind, event }) => [kind, event])).toEqual([
    ['document', true],
    ['document', false],
  ]);
  expect(qargo.ears.heard).toHaveLength(2);
});

test('charges are read, asked for approval, and approved or rejected, all of a call or none', async () => {
  const id = await qargo.order();
  expect(await read(`${id}/charges`)).toEqual({ charges: [] });
  const set = {
    charges: [{ name: 'Waiting', total: 40, currency: 'GBP' }, { name: 'Regrade' }],
    request: true,
    at: AT,
  };
  const { charges } = z
    .object({ charges: z.array(z.looseObject({ id: z.string() })) })
    .parse(await desk(id, 'charges', set));
  const [waiting, regrade] = charges.map((charge) => charge.id);
  expect(await read(`${id}/charges`)).toMatchObject({
    charges: [{ id: waiting, name: 'Waiting', approval_status: 'TO_REQUEST' }, { id: regrade }],
  });
  await settled();
  expect(updates()).toMatchObject([{ type: 'Order', update_type: 'COST_APPROVAL_REQUEST' }]);
  const approve = (...list: unknown[]) =>
    qargo.rest('POST', `/v1/orders/order/${id}/charges/approval`, { charges: list });
  expect((await approve({ id: waiting }, { id: '00000000-0000-4000-8000-000000000000' })).status).toBe(400);
  expect(await read(`${id}/charges`)).toMatchObject({ charges: [{ approval_status: 'TO_REQUEST' }, {}] });
  const answer = await approve(
    { id: waiting },
    { id: regrade, approval_status: 'REJECTED', description: 'not agreed' },
  );
  const body: unknown = await answer.json();
  expect(description?.check('POST /v1/orders/order/x/charges/approval 200', body) ?? []).toEqual([]);
  expect(body).toMatchObject({ charges: [{ approval_status: 'APPROVED' }, { approval_status: 'REJECTED' }] });
  await approve({ id: waiting });
  expect((await qargo.held())[0]).toMatchObject({
    approvals: [
      { chargeId: waiting, status: 'APPROVED', description: null },
      { chargeId: regrade, status: 'REJECTED', description: 'not agreed' },
      { chargeId: waiting, status: 'APPROVED' },
    ],
  });
});

test('how many of a good were taken is in the event of the stop, what was noted of it in the reads too', async () => {
  const id = await qargo.order();
  const good = await goodOf();
  const incident = { code: 'DAMAGE', name: 'Damaged', description: 'crushed corner' };
  await desk(id, 'stop', {
    stop: 'DELIVERY',
    status: 'COMPLETED',
    at: AT,
    goods: [{ id: good, delivered: 1, incident }],
  });
  await settled();
  const stop = heard().find((push) => push.events[0]?.update.type === 'Stop');
  expect(stop).toMatchObject({
    order: {
      consignment: { goods: [{ quantity_by_type: { actual: 1, ordered: 2 }, incidents: [{ code: 'DAMAGE' }] }] },
    },
  });
  expect(await read(`${id}/status`)).toMatchObject({
    consignments: [{ goods: [{ quantity: 2, incidents: [{ code: 'DAMAGE' }] }] }],
  });
  expect((await said())[0]).toMatchObject({
    kind: 'milestone',
    content: { milestone: 'delivered', goods: [{ id: good, delivered: 1 }] },
  });
  await qargo.upload('UPDATE', { planning_instructions: 'later' });
  await until(async () => (await qargo.pending()).uploads === 0);
  expect((await qargo.held())[0]?.goods).toMatchObject([{ actualQuantity: 1, incidents: [{ code: 'DAMAGE' }] }]);
});

test('a scan can carry words, and the word of another system: one that is not DAMAGED is sent but not said as a scan', async () => {
  const id = await qargo.order();
  const words = { description: 'wrap torn', sourceStatus: 'MISSING' };
  await desk(id, 'scan', { barcode: 'B000000001', status: 'STORED', at: AT, ...words });
  await desk(id, 'scan', { barcode: 'B000000002', status: 'STORED', at: AT });
  await desk(id, 'scan', { barcode: 'B000000002', status: 'STORED', at: AT, sourceStatus: 'DAMAGED' });
  await settled();
  const worded = updates().map(({ description: text, source_status: status }) => JSON.stringify([text, status]));
  expect(new Set(worded)).toEqual(new Set(['["wrap torn","MISSING"]', '[null,"DAMAGED"]', '[null,null]']));
  expect(worded).toHaveLength(3);
  expect((await said()).map(({ kind, content }) => [kind, content.barcode])).toEqual([
    ['scan', 'B000000002'],
    ['scan', 'B000000002'],
  ]);
  await expect(desk(id, 'scan', { barcode: 'B000000001', status: 'DAMAGED', at: AT })).rejects.toThrow(/400/);
});
