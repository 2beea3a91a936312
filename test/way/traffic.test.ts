import { describe, expect, test } from 'vitest';
import { cancel, enter, orderOf, plan } from '../../bench/people.ts';
import { call } from '../../local/loopback.ts';
import { photo } from '../../sandbox/day/evidence.ts';
import { playLife } from '../../sandbox/day/life.ts';
import { loadDescription, whyNot } from '../openapi/description.ts';
import { callComplaints, eventComplaints, type Said } from '../openapi/traffic.ts';
import { type House, onRealParts, useHouse } from './house.ts';
import { tapWire, type WireTap } from './wire-tap.ts';

let toQargo: WireTap;
let fromQargo: WireTap;

const house = useHouse({
  organisations: 2,
  pace: 10,
  // Sweeps too: their reads are traffic like any other.
  schedules: true,
  policy: { sweepSeconds: 20 },
  between: async (real) => {
    toQargo = await tapWire(real.qargo);
    fromQargo = await tapWire(real.service);
    return { qargo: toQargo.url, service: fromQargo.url };
  },
});

const api = loadDescription();

/** A test that needs the description, or is skipped and says why. */
function described(name: string, timeoutMs: number, run: (description: NonNullable<typeof api>) => unknown): void {
  if (api === null) test.skip(`${name} — not run: ${whyNot}`, () => undefined);
  else
    onRealParts(name, timeoutMs, async () => {
      await run(api);
    });
}

/** The ordinary life, a collection with hazardous goods and photos of a failure, a dispatched trip taken back, a cancellation. */
async function play(of: House): Promise<void> {
  const { palletways, qargo } = of;
  const settled = () => of.settled().then(() => undefined);
  await playLife({ palletways, qargo, organisation: 'northgate', mode: 'late sync', seed: 3, settled });
  await failAndCancel(of);
  await settled();
}

async function failAndCancel(of: House): Promise<void> {
  const hazardous = { ADRGoods: 'yes', BookInRequest: 'yes' } as const;
  const failing = await enter(of, 'fenland', { Type: 'C', ...hazardous });
  const cancelling = await enter(of, 'fenland', { Type: '3', ...hazardous });
  const [first, second] = [(await orderOf(of, failing)).id, (await orderOf(of, cancelling)).id];
  const tripId = await plan(of, 'fenland', 'TR-1', [first, second], true);
  const at = () => new Date().toISOString();
  await call('POST', `${of.qargo}/control/orders/${first}/stop`, { stop: 'PICKUP', status: 'COMPLETED', at: at() });
  const photos = [{ name: 'gate.jpg', base64: photo(3, 'gate', true).toString('base64') }];
  const incident = { code: 'CLOSED', name: 'Closed', description: 'gate was shut', photos };
  await call('POST', `${of.qargo}/control/orders/${first}/stop`, {
    stop: 'DELIVERY',
    status: 'FAILED',
    at: at(),
    incident,
  });
  await call('POST', `${of.qargo}/control/trips/${tripId}/remove`, { orders: [second], at: at() });
  await cancel(of, cancelling);
}

describe("every request and event between the product and Qargo, against Qargo's own description", () => {
  described('is valid and holds no property that it does not name', 120_000, async (description) => {
    await play(house());
    const calls = toQargo.exchanges.flatMap((said) => callComplaints(description, said));
    const events = fromQargo.exchanges.flatMap((said) => eventComplaints(description, said));
    expect([...new Set([...calls, ...events])]).toEqual([]);
    // All kinds went: else the line above says little.
    const templates = new Set(
      toQargo.exchanges.map(({ method, path }) => `${method} ${description.template(method, path)}`),
    );
    expect([...templates].sort()).toEqual([
      'GET /v1/documents/document/{id}/download',
      'GET /v1/orders/order/upload/{upload_id}',
      'GET /v1/orders/order/{order_id}/documents',
      'GET /v1/orders/order/{order_id}/status',
      'GET /v1/trips/trip/{trip_id}',
      'POST /v1/auth/token',
      'POST /v1/orders/order/upload',
      'POST /v1/webhook/document-import',
      'POST /v1/webhook/partial-order-update',
    ]);
    const updates = new Set(
      fromQargo.exchanges.flatMap(({ body }) =>
        [...body.toString().matchAll(/"type":"(\w+)"/g)].map(([, type]) => type),
      ),
    );
    for (const type of ['Trip', 'Resource', 'Stop', 'HandlingUnit', 'Document']) expect(updates).toContain(type);
    expect(fromQargo.exchanges.some(({ path }) => path.endsWith('/dispatch'))).toBe(true);
  });

  described('would be found wrong with one optional field turned wrong', 10_000, (description) => {
    const planted = (from: readonly Said[], old: string, wrong: string, judge: typeof callComplaints) => {
      const whole = from.filter(({ body }) => body.includes(old));
      expect([old, whole.length > 0]).toEqual([old, true]);
      return whole.flatMap((said) =>
        judge(description, { ...said, body: Buffer.from(said.body.toString().replaceAll(old, wrong)) }),
      );
    };
    const calls = (old: string, wrong: string) => planted(toQargo.exchanges, old, wrong, callComplaints);
    const events = (old: string, wrong: string) => planted(fromQargo.exchanges, old, wrong, eventComplaints);
    expect(calls('"phone_number":', '"phone":').join()).toContain('phone');
    expect(calls('"total_weight_kg":', '"weight_kg":').join()).toContain('weight_kg');
    expect(calls('"tracking_id":', '"trackingId":').join()).toContain('trackingId');
    expect(events('"license_plate":', '"plate":').join()).toContain('plate');
    expect(events('"barcode":', '"bar_code":')).not.toEqual([]);
    const imported = toQargo.exchanges.find(({ path }) => path.includes('document-import'));
    const renamed = imported && { ...imported, path: imported.path.replace('document_name', 'documentName') };
    expect(renamed && callComplaints(description, renamed)).toEqual([
      'POST /v1/webhook/document-import: query parameter documentName is not described',
    ]);
  });
});
