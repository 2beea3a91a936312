import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readOrderStatus } from '../../../connectors/qargo/read.ts';
import { sizeUpdate } from '../../../connectors/qargo/write-measures.ts';
import { orderInput } from '../../../connectors/qargo/write-order.ts';
import { partialUpdate } from '../../../connectors/qargo/write-partial-update.ts';
import { close, Description, loadDescription, whyNot } from '../../openapi/description.ts';
import { messages, statusAnswer } from './messages.ts';
import { access, anyOrder, barcodes, context, delivery } from './orders.ts';
import { ids, stored } from './stored.ts';

const description = loadDescription();

/** A test that needs the description, or is skipped and says why. */
function conforming(name: string, run: (description: Description) => void): void {
  test(name, ({ skip }) => {
    if (description === null) skip(whyNot);
    else run(description);
  });
}

describe("Qargo's own description of its API", () => {
  conforming('takes every order that we upload', (api) => {
    fc.assert(
      fc.property(
        anyOrder,
        fc.constantFrom('CREATE' as const, 'UPDATE' as const, 'DELETE' as const),
        (content, operation) => {
          expect(
            api.check(
              'POST /v1/orders/order/upload',
              orderInput(content, { operation, orderIdentifier: 'c-1-1', access }),
            ),
          ).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  conforming('takes every partial update that we send', (api) => {
    fc.assert(
      fc.property(anyOrder, anyOrder, barcodes, fc.boolean(), (before, after, owed, known) => {
        const upload = orderInput(before, { operation: 'CREATE', orderIdentifier: 'c-1-1', access });
        const { goods } = readOrderStatus(stored(upload), context, context.receivedAt);
        const identifiers = { trackingId: after.trackingId, conNo: after.conNo };
        const payload = partialUpdate({
          orderId: ids.order,
          before: known ? before : null,
          after,
          goods,
          access,
          barcodes: owed,
          identifiers,
        });
        if (payload === null) return;
        expect(api.check('POST /v1/webhook/partial-order-update', payload)).toEqual([]);
        // `data` is one of two schemas; an update must not lean on what only a creation has.
        const inside = payload.updates[0].consignment?.updates[0];
        for (const stop of inside?.stop?.updates ?? [])
          expect(api.check('StopUpdateData', stop.update.data)).toEqual([]);
        for (const good of inside?.good?.updates ?? []) {
          if (good.update?.operation === 'UPDATE') expect(api.check('GoodUpdateData', good.update.data)).toEqual([]);
          if (good.update?.operation === 'CREATE') expect(api.check('GoodData', good.update.data)).toEqual([]);
        }
        if (inside?.update !== undefined) expect(api.check('ConsignmentUpdateData', inside.update.data)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  conforming('takes measured dimensions of goods', (api) => {
    const goods = [
      { id: ids.order, packaging: 'FP', quantity: 2, weight: 640, adr: null, size: null, handlingUnits: [] },
    ];
    const payload = sizeUpdate(ids.order, goods, new Map([[ids.order, '1.2x1x1.5']]));
    expect(api.check('POST /v1/webhook/partial-order-update', payload)).toEqual([]);
    const data = payload?.updates[0].consignment?.updates[0].good?.updates[0]?.update;
    expect(data).toEqual({ operation: 'UPDATE', data: { unit_length_m: 1.2, unit_width_m: 1, unit_height_m: 1.5 } });
    expect(
      sizeUpdate(
        ids.order,
        [{ ...(goods[0] ?? { id: '', packaging: null, quantity: null, handlingUnits: [] }), size: '1.2x1x1.5' }],
        new Map([[ids.order, '1.2x1x1.5']]),
      ),
    ).toBeNull();
  });

  conforming('takes our stop status updates, and names every path that we call', (api) => {
    const update = { stop: { id: ids.delivery, status: 'COMPLETED' }, event_time: '2026-11-24T10:00:00+00:00' };
    expect(api.check('POST /v1/webhook/subco-status-update', { updates: [update] })).toEqual([]);
    expect(api.checkQuery('POST', '/v1/webhook/document-import?filename=a.pdf')).toEqual([]);
    expect(api.checkQuery('POST', '/v1/webhook/document-import')).toEqual(['query parameter filename is missing']);
    const gets = ['/me', `/v1/orders/order/${ids.order}`, `/v1/orders/order/upload/${ids.order}`];
    const more = [
      `/v1/orders/order/${ids.order}/status`,
      `/v1/orders/order/${ids.order}/documents`,
      `/v1/orders/order/${ids.order}/charges`,
    ];
    for (const path of [...gets, ...more, `/v1/documents/document/${ids.document}/download?direct=true`]) {
      expect([path, api.template('GET', path)]).not.toContain(null);
    }
  });

  conforming('describes the messages and answers that our translation is tested with', (api) => {
    for (const [name, message] of Object.entries(messages)) {
      const schema = name.startsWith('dispatch') ? 'SubcontractorDispatch' : 'OperationalVisibilityUpdate';
      expect([name, api.check(schema, message)]).toEqual([name, []]);
    }
    expect(api.check('GET /v1/orders/order/{order_id}/status 200', statusAnswer())).toEqual([]);
  });

  conforming('is broken by one optional field turned wrong', (api) => {
    const order = orderInput(delivery, { operation: 'CREATE', orderIdentifier: 'c-1-1', access });
    const text = JSON.stringify(order);
    const wrong = (from: string, to: string) => {
      expect(text).toContain(from);
      return api.check('POST /v1/orders/order/upload', JSON.parse(text.replace(from, to)));
    };
    expect(wrong('"phone_number"', '"phone"')).toContainEqual(expect.stringContaining('additional properties: phone'));
    expect(wrong('"note"', '"notes"')).toContainEqual(expect.stringContaining('notes'));
    expect(wrong('"adr_type":"LIMITED_QUANTITY"', '"adr_type":"LQ"')).not.toEqual([]);
    expect(wrong('"date":"2026-11-24"', '"date":"24/11/2026"')).not.toEqual([]);
    expect(wrong('"end_time":"10:30"', '"end_time":"10.30"')).not.toEqual([]);
    expect(wrong('"total_weight_kg":', '"total_weight":')).not.toEqual([]);
    expect(api.check('POST /v1/orders/nowhere', {})).toEqual(['POST /v1/orders/nowhere is not described']);
  });

  conforming('leaves the free dictionaries free', (api) => {
    const order = orderInput(delivery, { operation: 'CREATE', orderIdentifier: 'c-1-1', access });
    expect(api.check('OrderInput', { ...order, custom_fields: { any: { thing: 1 } } })).toEqual([]);
    expect(api.check('PartialOrderUpdate', { question_answers: { scan_barcode: [] } })).toEqual([]);
  });
});

describe('a closed schema', () => {
  const api = new Description({
    components: {
      schemas: {
        Both: {
          type: 'object',
          allOf: [
            { type: 'object', properties: { a: { type: 'string' } } },
            { type: 'object', properties: { b: { type: 'string' } } },
          ],
        },
        Either: { anyOf: [{ type: 'object', properties: { a: { type: 'string' } } }, { type: 'null' }] },
        Open: { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: true },
        Odd: { type: 'object', properties: { properties: { type: 'object', properties: { x: { type: 'string' } } } } },
      },
    },
  });

  test('is closed over all its parts at once, and in each alternative', () => {
    expect(api.check('Both', { a: 'x', b: 'y' })).toEqual([]);
    expect(api.check('Both', { a: 'x', c: 'y' })).not.toEqual([]);
    expect(api.check('Either', { a: 'x' })).toEqual([]);
    expect(api.check('Either', { b: 'x' })).not.toEqual([]);
    expect(api.check('Open', { b: 'x' })).toEqual([]);
  });

  test('is not confused by a property of the name properties', () => {
    expect(api.check('Odd', { properties: { x: 'y' } })).toEqual([]);
    expect(api.check('Odd', { properties: { y: 'y' } })).not.toEqual([]);
  });

  test('refuses to close what it cannot, instead of leaving it open', () => {
    expect(() => close({ allOf: [{ $ref: '#/components/schemas/A' }] })).toThrow('cannot be closed');
  });
});
