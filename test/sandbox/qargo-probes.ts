/** Looks at the Qargo twin: each probe plays a little and puts into one line what a reader of the wire sees. */
import { z } from 'zod';
import type { Flip } from '../../sandbox/server/flips.ts';
import { orderBody, Qargo, until } from './twins-under-test.ts';

export function assumptionsOf(table: readonly Flip[]): ReadonlySet<number> {
  return new Set(table.map(({ id }) => Number.parseInt(id, 10)));
}

/** Seconds of the real system are thousandths here. */
const PACE = 1_000;
const AT = '2026-11-23T08:00:00.000Z';
const LATER = '2026-11-23T09:30:00.000Z';
const END = '2026-11-23T09:45:00.000Z';
const PDF = Buffer.from('%PDF-1.4 proof').toString('base64');
const JPEG = Buffer.from('a photo').toString('base64');

const free = z.record(z.string(), z.unknown());
const incident = z.looseObject({ code: z.string().nullable(), name: z.string() });
const stopSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  start_timestamp: z.string().nullable(),
  end_timestamp: z.string().nullable(),
  incidents: z.array(incident),
  order: z.object({ row_id: z.string() }).nullish(),
  date: z.string().nullish(),
});
const shipmentSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  orders: z.array(z.looseObject({ stops: z.array(free).nullable() })).nullable(),
  stops: z.array(stopSchema),
  resource_allocations: z.array(z.object({ resource: z.looseObject({ resource_type: z.string() }) })),
});
const statusSchema = z.looseObject({
  id: z.string(),
  status: z.string().nullable(),
  customer_reference_number: z.string().nullable(),
  stops: z.array(stopSchema),
  shipments: z.array(shipmentSchema),
  consignments: z.array(
    z.looseObject({
      pickup_stop: stopSchema,
      delivery_stop: stopSchema,
      custom_fields: free,
      planning_instructions: z.string().nullish(),
      transport_network: free.nullish(),
      signatures: z.array(z.looseObject({ type: z.string(), name: z.string().nullable() })),
      goods: z.array(
        z.looseObject({
          quantity: z.number().nullish(),
          handling_units: z.array(z.object({ barcode: z.looseObject({ value: z.string().nullable() }) })),
        }),
      ),
    }),
  ),
});
type Status = z.infer<typeof statusSchema>;
const documentSchema = z.looseObject({
  id: z.string(),
  type: z.string(),
  subject_type: z.string(),
  content_type: z.string(),
  download_url: z.string(),
});
const updateSchema = z.looseObject({
  type: z.string(),
  status: z.string().nullish(),
  update_type: z.string().optional(),
});
const messageSchema = z.looseObject({
  events: z.array(z.object({ timestamp: z.string(), update: updateSchema })),
  order: z.looseObject({ id: z.string(), customer_reference_number: z.string().nullish() }).nullish(),
  trip: z.looseObject({ name: z.string(), orders: z.array(free).nullish() }).nullish(),
});
const uploadSchema = z.looseObject({
  upload_id: z.string(),
  upload_status: z.string(),
  order_id: z.string().nullable(),
});

const order1 = (changes: Record<string, unknown> = {}) => {
  const body = orderBody();
  const consignments = z.array(free).parse(body.consignments);
  const first = {
    ...consignments[0],
    consignment_reference_number: 'CON-1',
    planning_instructions: 'Ring',
    custom_fields: { a: '1', b: '2' },
    transport_network: { requesting_depot_code: '12', collection_depot_code: '564', delivery_depot_code: '564' },
  };
  return { ...body, service_level: { code: 'A-A' }, consignments: [first], ...changes };
};

/** A day in one line: what each probe looks at stands beside it. */
export class QargoProbes {
  readonly #qargo = new Qargo();
  /** At the pace of the real system: what comes a minute later has not come. */
  readonly #slow = new Qargo();

  async start(): Promise<void> {
    await this.#qargo.start({ pace: PACE, pushTries: 4 });
    const { url } = this.#qargo.ears;
    await this.#qargo.control('PUT', 'organisations/north', {
      clientId: 'client',
      secret: 'secret',
      webhook: { user: 'hook', password: 'secret' },
      push: { visibilityUrl: `${url}/visibility`, dispatchUrl: `${url}/dispatch`, user: 'us', password: 'ours' },
    });
    await this.#slow.start({ pace: 1, pushTries: 1 });
  }

  async stop(): Promise<void> {
    await this.#qargo.stop();
    await this.#slow.stop();
  }

  async look(character: string, flips: string[], probe: Probe): Promise<string> {
    await this.settle();
    for (const twin of [this.#qargo, this.#slow]) {
      await twin.control('POST', 'reset');
      twin.ears.heard.length = 0;
      twin.ears.answer = 204;
      await twin.control('PUT', 'character', { character, flips });
    }
    return (await looks[probe](this)).trim();
  }

  get qargo(): Qargo {
    return this.#qargo;
  }

  get slow(): Qargo {
    return this.#slow;
  }

  /** An order of the slow twin, by the webhook, which no limit is on. */
  async slowOrder(): Promise<string> {
    await this.#slow.webhook('', { ...order1(), operation: 'CREATE' });
    await until(async () => (await this.#slow.pending()).uploads === 0);
    return (await this.#slow.held())[0]?.id ?? '';
  }

  /** Another flip beside those that are looked at. */
  async alsoPlay(flip: string): Promise<void> {
    const set = z.object({ character: z.string(), flips: z.array(z.string()) });
    const { character, flips } = set.parse(await this.#qargo.control('GET', 'character'));
    await this.#qargo.control('PUT', 'character', { character, flips: [...flips, flip] });
  }

  async settle(): Promise<void> {
    await until(async () => {
      const { pushes, uploads, late } = await this.#qargo.pending();
      return pushes + uploads + late === 0;
    });
  }

  /** An upload that has ended, with its order. */
  async upload(operation: string, changes: Record<string, unknown> = {}): Promise<z.infer<typeof uploadSchema>> {
    const answer = await this.#qargo.rest('POST', '/v1/orders/order/upload', { ...order1(changes), operation });
    const { upload_id: id } = uploadSchema.parse(await answer.json());
    await this.settle();
    return uploadSchema.parse(await (await this.#qargo.rest('GET', `/v1/orders/order/upload/${id}`)).json());
  }

  async order(changes: Record<string, unknown> = {}): Promise<string> {
    return (await this.upload('CREATE', changes)).order_id ?? '';
  }

  async plan(orders: string[], more: Record<string, unknown> = {}): Promise<string> {
    const vehicle = { code: 'V1', name: 'Truck 1', plate: 'AB12 CDE' };
    const asked = { organisation: 'north', name: 'T-1', orders, vehicle, driver: { name: 'Dee' }, at: AT, ...more };
    return z.object({ tripId: z.string() }).parse(await this.#qargo.control('POST', 'trips', asked)).tripId;
  }

  async planned(changes: Record<string, unknown> = {}): Promise<string> {
    const id = await this.order(changes);
    await this.plan([id]);
    return id;
  }

  stopAt(id: string, stop: string, status: string, more: Record<string, unknown> = {}): Promise<unknown> {
    return this.#qargo.control('POST', `orders/${id}/stop`, { stop, status, at: END, ...more });
  }

  async delivered(): Promise<string> {
    const id = await this.planned();
    await this.stopAt(id, 'PICKUP', 'COMPLETED', { at: AT });
    await this.stopAt(id, 'DELIVERY', 'AT_STOP', { at: LATER });
    await this.stopAt(id, 'DELIVERY', 'COMPLETED');
    await this.settle();
    return id;
  }

  async failed(more: Record<string, unknown> = {}): Promise<{ id: string; old: string }> {
    const id = await this.planned();
    const old = (await this.status(id)).consignments[0]?.delivery_stop.id ?? '';
    await this.stopAt(id, 'PICKUP', 'COMPLETED', { at: AT });
    await this.stopAt(id, 'DELIVERY', 'FAILED', { incident: { code: 'CARDED', name: 'Carded' }, ...more });
    await this.settle();
    return { id, old };
  }

  async proved(): Promise<string> {
    const id = await this.delivered();
    const documents = [
      { type: 'PROOF_OF_DELIVERY', name: 'pod.pdf', contentType: 'application/pdf', base64: PDF },
      { type: 'PHOTO_OF_GOODS_DELIVERY', name: 'photo.jpg', contentType: 'image/jpeg', base64: JPEG },
    ];
    await this.#qargo.control('POST', `orders/${id}/pod`, { name: 'Smith', at: END, documents });
    return id;
  }

  async status(id: string): Promise<Status> {
    return statusSchema.parse(await (await this.#qargo.rest('GET', `/v1/orders/order/${id}/status`)).json());
  }

  async documents(id: string): Promise<z.infer<typeof documentSchema>[]> {
    const answer = await this.#qargo.rest('GET', `/v1/orders/order/${id}/documents`);
    return z.array(documentSchema).parse(await answer.json());
  }

  /** Bodies of events that came, once nothing is on its way. */
  async messages(): Promise<z.infer<typeof messageSchema>[]> {
    await this.settle();
    return this.#qargo.ears.heard.flatMap((text) => {
      const parsed = messageSchema.safeParse(JSON.parse(text));
      return parsed.success ? [parsed.data] : [];
    });
  }

  async of(type: string): Promise<z.infer<typeof messageSchema>[]> {
    return (await this.messages()).filter(({ events }) => events.some(({ update }) => update.type === type));
  }

  /** All bodies that came, once nothing is on its way. */
  async pushed(): Promise<Record<string, unknown>[]> {
    await this.settle();
    return this.#qargo.ears.heard.map((text) => free.parse(JSON.parse(text)));
  }

  async scan(id: string, status: string, stop: string | null): Promise<z.infer<typeof messageSchema>> {
    await this.#qargo.control('POST', `orders/${id}/scan`, { barcode: 'B000000001', status, stop, at: AT });
    const last = (await this.of('HandlingUnit')).at(-1);
    if (last === undefined) throw new Error('no scan came');
    return last;
  }

  async code(path: string): Promise<string> {
    const answer = await this.#qargo.rest('GET', path);
    return `${answer.status}`;
  }
}

type Look = (probes: QargoProbes) => Promise<string>;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const minute = (at: string | null | undefined) => at?.slice(8, 16) ?? '-';
const words = (list: readonly unknown[]) => list.map(String).join(' ') || '-';
const unique = (list: readonly string[]) => [...new Set(list)].join(',') || '-';
const deliveryOf = (status: Status) => status.consignments[0]?.delivery_stop;
const tripNames = (status: Status) => words(status.shipments.map(({ name }) => name));
const other = { order_identifier: '2-2' };

/** What happens to orders, stops and trips. */
const planning = {
  'failed stop': async (p) => {
    const { id, old } = await p.failed();
    const stop = (await p.status(id)).stops.find((one) => one.id === old);
    return `${stop?.status ?? 'gone'} ${stop?.incidents.map(({ code, name }) => code ?? name).join(',')}`;
  },
  'stops after a failure': async (p) => {
    const { id, old } = await p.failed();
    const status = await p.status(id);
    const kept = status.stops.some((stop) => stop.id === old) ? 'kept' : 'gone';
    const orders = (await p.qargo.held()).length;
    return `${status.stops.length} stops, old ${kept}, delivery ${deliveryOf(status)?.id === old ? 'old' : 'new'}, ${orders} orders`;
  },
  'shape of an order': async (p) => {
    const { stops, consignments } = await p.status(await p.order());
    return `${stops.length} stops, ${consignments.length} consignments`;
  },
  'trips of an order': async (p) => tripNames(await p.status(await p.planned())),
  'un-planned order': async (p) => {
    const id = await p.order();
    const trip = await p.plan([id]);
    await p.qargo.control('POST', `trips/${trip}/remove`, { orders: [id], at: LATER });
    const status = await p.status(id);
    const resources = status.shipments.flatMap((shipment) => shipment.resource_allocations);
    const stops = unique(status.stops.map((stop) => stop.status));
    return `${status.status} stops ${stops} trips ${tripNames(status)} resources ${resources.length}`;
  },
  'completed times': async (p) => {
    const status = await p.status(await p.delivered());
    const stop = deliveryOf(status);
    const pickup = status.consignments[0]?.pickup_stop;
    return `${stop?.status} ${minute(stop?.start_timestamp)}-${minute(stop?.end_timestamp)}, pickup ${minute(pickup?.end_timestamp)}`;
  },
  'trips of a delivered order': async (p) => tripNames(await p.status(await p.delivered())),
  'status of a delivered order': async (p) => `${(await p.status(await p.delivered())).status}`,
  'status on the road': async (p) => {
    const id = await p.planned();
    await p.stopAt(id, 'PICKUP', 'COMPLETED');
    return `${(await p.status(id)).status}`;
  },
  'status when blocked': async (p) => {
    const id = await p.planned();
    await p.qargo.control('POST', `orders/${id}/block`, {});
    return `${(await p.status(id)).status}`;
  },
  'cancelled order': async (p) => {
    const id = await p.planned();
    await p.upload('DELETE');
    const code = await p.code(`/v1/orders/order/${id}/status`);
    if (code !== '200') return code;
    const status = await p.status(id);
    const stops = status.consignments.map((one) => one.delivery_stop.status).join('|');
    return `${status.status} ${stops}`;
  },
  'trips of a cancelled order': async (p) => {
    const id = await p.planned();
    await p.upload('DELETE');
    return tripNames(await p.status(id));
  },
  'order after planning': async (p) => {
    const { status } = await p.status(await p.planned());
    return `${status}, ${(await p.qargo.held()).length} orders`;
  },
  'two orders of a trip': async (p) => {
    const ids = [await p.order(), await p.order(other)];
    await p.plan(ids);
    const codes = await Promise.all(ids.map((id) => p.code(`/v1/orders/order/${id}`)));
    return `${codes.join(' ')} ${(await p.status(ids[0] ?? '')).consignments.length}`;
  },
  'order a while after its end': async (p) => p.code(`/v1/orders/order/${await p.delivered()}`),
  reference: async (p) => `${(await p.status(await p.planned())).customer_reference_number}`,
  'planned estimate': async (p) => minute(deliveryOf(await p.status(await p.planned()))?.start_timestamp),
  'moved estimate': async (p) => {
    const id = await p.planned();
    const eta = { stop: 'DELIVERY', start: '2026-11-23T12:10:00Z', end: '2026-11-23T12:30:00Z' };
    await p.qargo.control('POST', `orders/${id}/eta`, eta);
    const events = (await p.of('Stop')).length;
    return `${minute(deliveryOf(await p.status(id))?.start_timestamp)}, ${events} events`;
  },
  'estimates that come by themselves': async (p) => {
    await p.planned();
    return `${(await p.of('Eta')).length}`;
  },
  'stop ids after planning again': async (p) => {
    const id = await p.planned();
    const before = (await p.status(id)).stops.map((stop) => stop.id);
    await p.plan([id], { name: 'T-2' });
    return (await p.status(id)).stops.every((stop) => before.includes(stop.id)) ? 'same' : 'new';
  },
  'barcodes after another service': async (p) => {
    const id = await p.order();
    await p.upload('UPDATE', { service_level: { code: 'B-24' } });
    const units = (await p.status(id)).consignments.flatMap(({ goods }) =>
      goods.flatMap((good) => good.handling_units),
    );
    return units.every(({ barcode }) => barcode.value?.startsWith('B0')) ? 'same' : 'other';
  },
} satisfies Record<string, Look>;

/** What events say, and which come. */
const events = {
  'scan, its surroundings': async (p) => {
    const { events: sent, order, trip } = await p.scan(await p.planned(), 'SCANNED_IN', 'DELIVERY');
    const barcode = z.object({ barcode: z.object({ value: z.string().nullable() }) }).parse(sent[0]?.update);
    const ref = order === null || order === undefined ? 'none' : order.customer_reference_number;
    return `order ${ref} trip ${trip?.name ?? 'none'} barcode ${barcode.barcode.value}`;
  },
  'scans, their words': async (p) => {
    const id = await p.planned();
    const seen: string[] = [];
    const scans = [
      ['SCANNED_IN', 'PICKUP'],
      ['SCANNED_IN', null],
      ['STORED', null],
      ['SCANNED_IN', 'DELIVERY'],
    ] as const;
    for (const [status, stop] of scans) {
      const { update } = (await p.scan(id, status, stop)).events[0] ?? {};
      const shape = z.looseObject({ status: z.string(), stop: z.looseObject({ stop_type: z.string() }).nullable() });
      const scan = shape.parse(update);
      seen.push(`${scan.status}@${scan.stop?.stop_type ?? '-'}`);
    }
    return words(seen);
  },
  'stop event': async (p) => {
    const id = await p.planned();
    await p.stopAt(id, 'DELIVERY', 'AT_STOP');
    const [message] = await p.of('Stop');
    const shape = z.looseObject({ id: z.string().nullable(), stop: z.looseObject({ status: z.string() }) });
    const update = shape.parse(message?.events[0]?.update);
    const order = message?.order ? 'there' : 'none';
    return `${update.id === null ? 'null' : 'id'} ${update.stop.status} order ${order} trip ${message?.trip?.name ?? 'none'}`;
  },
  'events of a plan': async (p) => {
    await p.planned();
    const resource = z.looseObject({ resource: z.looseObject({ type: z.string() }).optional() });
    const lines = (await p.messages()).map(({ events: sent, trip }) => {
      const parts = sent.map(({ update }) => {
        return [update.type, resource.parse(update).resource?.type ?? update.status].filter(Boolean).join(' ');
      });
      return `${parts.join('+')}${trip?.orders === null ? ' (no orders)' : ''}`;
    });
    return lines.toSorted().join(', ');
  },
  'stop events of a failure': async (p) => {
    await p.failed();
    const stops = await p.of('Stop');
    const shape = z.looseObject({ stop: z.looseObject({ status: z.string() }) });
    return words(stops.map(({ events: sent }) => shape.parse(sent[0]?.update).stop.status));
  },
  'stop events by arrival': async (p) => {
    await p.delivered();
    const shape = z.looseObject({ stop: z.looseObject({ status: z.string(), stop_type: z.string() }) });
    const stops = (await p.of('Stop')).map(({ events: sent }) => shape.parse(sent[0]?.update).stop);
    return words(stops.filter((stop) => stop.stop_type === 'DELIVERY').map(({ status }) => status));
  },
  'order event': async (p) => {
    await p.delivered();
    const [message] = await p.of('Order');
    return message === undefined ? 'none' : `${message.events[0]?.update.update_type ?? 'no type'}`;
  },
  'last events of an order': async (p) => {
    await p.alsoPlay('65c');
    await p.delivered();
    const all = (await p.messages()).flatMap(({ events: sent }) => sent.map(({ update }) => update));
    const shape = z.looseObject({ stop: z.looseObject({ status: z.string(), stop_type: z.string() }).optional() });
    const last = all.filter((update) => {
      const { stop } = shape.parse(update);
      return update.type === 'Order' || (stop?.status === 'COMPLETED' && stop.stop_type === 'DELIVERY');
    });
    return words(last.map(({ type }) => type));
  },
  'events in a message': async (p) => {
    const path = `/control/orders/${await p.planned()}/stop`;
    await p.settle();
    const stops = ['AT_STOP', 'COMPLETED'].map((status) => ({ path, body: { stop: 'DELIVERY', status, at: END } }));
    await p.qargo.control('POST', 'batch', { calls: stops });
    return words((await p.of('Stop')).map(({ events: sent }) => sent.length));
  },
  'tries of an event': async (p) => {
    const id = await p.planned();
    await p.settle();
    p.qargo.ears.heard.length = 0;
    p.qargo.ears.answer = 500;
    await p.stopAt(id, 'DELIVERY', 'AT_STOP');
    await p.settle();
    return `${p.qargo.ears.heard.length}`;
  },
  'body of an event': async (p) => {
    await p.planned();
    await p.settle();
    return Object.keys(free.parse(JSON.parse(p.qargo.ears.heard[0] ?? '{}'))).join(',');
  },
  'events of a trip under way': async (p) => {
    const id = await p.planned();
    await p.stopAt(id, 'DELIVERY', 'AT_STOP');
    const before = (await p.of('Stop')).length;
    await p.stopAt(id, 'DELIVERY', 'COMPLETED');
    return `${before} then ${(await p.of('Stop')).length}`;
  },
  dispatch: async (p) => {
    await p.plan([await p.order()], { dispatch: true });
    await p.settle();
    const sent = p.qargo.ears.heard
      .map((text) => free.parse(JSON.parse(text)))
      .find(({ operation }) => operation === 'CREATE');
    return 'id' in free.parse(sent?.payload) ? 'id' : 'no id';
  },
  'document events': async (p) => {
    await p.proved();
    const shape = z.object({
      document: z.looseObject({
        document_type: z.string(),
        document_content: z.looseObject({ download_url: z.string().optional() }),
        subject: z.record(z.string(), z.string()),
      }),
    });
    const lines = (await p.of('Document')).map(({ events: sent, order }) => {
      const { document } = shape.parse(sent[0]?.update);
      const url = document.document_content.download_url;
      const content = url === undefined ? 'embedded' : url.startsWith('http') ? 'absolute' : 'relative';
      return `${document.document_type} ${content} of ${words(Object.values(document.subject))}${order ? '' : ' alone'}`;
    });
    return lines.toSorted().join(', ');
  },
  'events of imports': async (p) => {
    await p.order();
    await p.upload('UPDATE');
    return words(
      (await p.messages()).flatMap(({ events: sent }) => sent.map(({ update }) => `${update.type} ${update.status}`)),
    );
  },
  instants: async (p) => {
    const id = await p.planned();
    const created = z.looseObject({ created_timestamp: z.string() });
    const read = created.parse(await (await p.qargo.rest('GET', `/v1/orders/order/${id}`)).json()).created_timestamp;
    const sent = (await p.messages())[0]?.events[0]?.timestamp ?? '';
    return `${read.replace(/^.*\.\d{3}/, '')} ${sent}`;
  },
  'echo of a partial update': async (p) => {
    const id = await p.order();
    await p.qargo.webhook('/partial-order-update', partialOf(id));
    return `${(await p.of('Order')).length}`;
  },
} satisfies Record<string, Look>;

function partialOf(id: string): unknown {
  const data = { custom_fields: { b: '3' }, planning_instructions: null };
  const consignment = { updates: [{ update: { operation: 'UPDATE', data } }] };
  return { updates: [{ match: { matches_all: [{ order: { id: { matches_any: [id] } } }] }, consignment }] };
}

async function importDocument(p: QargoProbes, query: string): Promise<Response> {
  return p.qargo.webhook(`/document-import?filename=a.pdf&${query}`, Buffer.from('%PDF-1.4 label'));
}

/** Proofs, documents and charges. */
const papers = {
  proof: async (p) => {
    const id = await p.proved();
    await p.settle();
    const { consignments } = await p.status(id);
    const signatures = consignments.flatMap((one) => one.signatures).map(({ type, name }) => `${type}:${name}`);
    const documents = (await p.documents(id)).map(({ type, subject_type: of }) => `${type}/${of}`);
    return `${words(signatures)} ${words(documents.toSorted())}`;
  },
  'document import': async (p) => {
    const id = await p.order();
    const answer = await importDocument(p, `id=${id}&document_type=PALLET_LABEL_EXTERNAL&document_name=label`);
    const text = await answer.text();
    const said = text.includes('error') || answer.status !== 200 ? 'errors' : text;
    return `${answer.status} ${said} ${words((await p.documents(id)).map(({ type }) => type))}`;
  },
  'document import by reference': async (p) => {
    const id = await p.order();
    await importDocument(p, 'customer_reference_number=2557391-564&document_type=PALLET_LABEL_EXTERNAL');
    return `${(await p.documents(id)).length}`;
  },
  'life of a document': async (p) => {
    const id = await p.order();
    const file = { type: 'PROOF_OF_DELIVERY', name: 'pod.pdf', contentType: 'application/pdf', base64: PDF };
    const shape = z.looseObject({ documents: z.array(z.looseObject({ id: z.string(), sha256: z.string() })) });
    const [first] = shape.parse(
      await p.qargo.control('POST', `orders/${id}/documents`, { documents: [file] }),
    ).documents;
    await p.settle();
    const view = shape.parse(await p.qargo.control('GET', `orders/${id}`));
    const [now] = view.documents;
    if (now === undefined) return 'gone';
    return `${now.id === first?.id ? 'same' : 'other'} id, ${now.sha256 === first?.sha256 ? 'same' : 'other'} bytes`;
  },
  download: async (p) => {
    const [document] = await p.documents(await p.proved());
    await pause(100);
    const answer = await p.qargo.rest('GET', `/v1/documents/document/${document?.id}/download?direct=true`);
    const away = answer.redirected ? ' redirected' : '';
    return `${answer.status} ${answer.headers.get('content-type')} ${document?.content_type}${away}`;
  },
  charges: async (p) => {
    const id = await p.order();
    await p.qargo.control('POST', `orders/${id}/charges`, { charges: [{ amount: 10 }] });
    const read = async () => {
      const answer = await p.qargo.rest('GET', `/v1/orders/order/${id}/charges`);
      if (answer.status !== 200) return `${answer.status}`;
      const { charges } = z.object({ charges: z.array(free).nullable() }).parse(await answer.json());
      return JSON.stringify(charges?.[0]?.amount ?? null);
    };
    return `${await read()} ${await read()}`;
  },
} satisfies Record<string, Look>;

/** What calls answer. */
const calls = {
  'partial update': async (p) => {
    const id = await p.planned();
    const answer = await p.qargo.webhook('/partial-order-update', partialOf(id));
    const text = await answer.text();
    const [consignment] = (await p.status(id)).consignments;
    const fields = Object.entries(consignment?.custom_fields ?? {}).map(([name, value]) => `${name}${String(value)}`);
    const refused = text.includes('NOT_SUPPORTED') ? ' NOT_SUPPORTED' : '';
    return `${words(fields)} ${consignment?.planning_instructions ?? 'null'}${refused}`;
  },
  update: async (p) => {
    const id = await p.planned();
    const base = order1();
    const [consignment] = z.array(free).parse(base.consignments);
    const goods = z
      .array(free)
      .parse(consignment?.goods)
      .map((good) => ({ ...good, quantity: 5 }));
    const delivery_stop = { ...free.parse(consignment?.delivery_stop), date: '2026-11-24' };
    const { upload_status } = await p.upload('UPDATE', { consignments: [{ ...consignment, goods, delivery_stop }] });
    const [now] = (await p.status(id)).consignments;
    const [good] = now?.goods ?? [];
    return `${upload_status} quantity ${good?.quantity} date ${now?.delivery_stop.date} barcodes ${good?.handling_units.length}`;
  },
  create: async (p) => {
    const { upload_status, order_id } = await p.upload('CREATE');
    return `${upload_status} ${order_id === null ? 'no order' : 'an order'}`;
  },
  trip: async (p) => {
    const id = await p.order();
    const trip = await p.plan([id]);
    const answer = await p.qargo.rest('GET', `/v1/trips/trip/${trip}`);
    if (answer.status !== 200) return `${answer.status}`;
    const { stops } = z.object({ stops: z.array(stopSchema) }).parse(await answer.json());
    const row = stops[0]?.order?.row_id ?? null;
    return row === null ? 'no row' : row === id ? 'id of the order' : 'another id';
  },
  'trip without orders': async (p) => {
    const id = await p.order();
    const trip = await p.plan([id]);
    await p.qargo.control('POST', `trips/${trip}/remove`, { orders: [id], at: LATER });
    return p.code(`/v1/trips/trip/${trip}`);
  },
  'orders of a shipment': async (p) => {
    const ids = [await p.order(), await p.order(other)];
    await p.plan(ids);
    const orders = (await p.status(ids[0] ?? '')).shipments[0]?.orders;
    return orders === null ? 'null' : words((orders ?? []).map(({ stops }) => (stops === null ? 'bare' : 'whole')));
  },
  'unknown order': (p) => p.code('/v1/orders/order/6f1c0c3e-1111-4222-8333-944445555666'),
  'depot codes': async (p) => {
    const [consignment] = (await p.status(await p.order())).consignments;
    const codes = consignment?.transport_network;
    return words([codes?.collection_depot_code ?? null, codes?.requesting_depot_code ?? null]);
  },
  'refused body': async (p) => {
    const answer = await p.qargo.rest('POST', '/v1/orders/order/upload', { operation: 'CREATE' });
    return `${answer.status} ${Object.keys(free.parse(await answer.json())).join(',')}`;
  },
  'refused token': async (p) => {
    const answer = await fetch(`${p.qargo.base}/me`, { headers: { authorization: 'Bearer a.b.c' } });
    return `${answer.status} ${(await answer.text()).length > 0 ? 'body' : 'empty'}`;
  },
  'lifetime of a token': async (p) => {
    const token = await (await askToken(p.qargo)).json();
    return `${z.object({ expires_in: z.number().nullable() }).parse(token).expires_in}`;
  },
  'token a while later': async (p) => {
    const shape = z.object({ access_token: z.string() });
    const { access_token: token } = z.looseObject(shape.shape).parse(await (await askToken(p.qargo)).json());
    await pause(400);
    const answer = await fetch(`${p.qargo.base}/me`, { headers: { authorization: `Bearer ${token}` } });
    return `${answer.status}`;
  },
} satisfies Record<string, Look>;

function askToken(qargo: Qargo): Promise<Response> {
  const authorization = `Basic ${Buffer.from('client:secret').toString('base64')}`;
  return fetch(`${qargo.base}/v1/auth/token`, { method: 'POST', headers: { authorization } });
}

/** At the pace of the real system: limits, and what has not come yet. */
const timely = {
  limits: async (p) => {
    const rest: Response[] = [];
    for (let n = 0; n < 4; n += 1) rest.push(await p.slow.rest('GET', '/me'));
    const hooks: Response[] = [];
    for (let n = 0; n < 4; n += 1) hooks.push(await p.slow.webhook('/partial-order-update', { updates: [] }));
    const after = rest.at(-1)?.headers.get('retry-after') ?? 'no word';
    return `${words(rest.map(({ status }) => status))} after ${after}, webhooks ${unique(hooks.map(({ status }) => `${status}`))}`;
  },
  tokens: async (p) => words([(await askToken(p.slow)).status, (await askToken(p.slow)).status]),
  'partial update at once': async (p) => {
    const id = await p.slowOrder();
    await p.slow.webhook('/partial-order-update', partialOf(id));
    const { history } = z
      .looseObject({ history: z.array(z.looseObject({ what: z.string() })) })
      .parse(await p.slow.control('GET', `orders/${id}`));
    return words(history.map(({ what }) => what));
  },
  'signature and end': async (p) => {
    const id = await p.slowOrder();
    await p.slow.control('POST', `orders/${id}/stop`, { stop: 'DELIVERY', status: 'COMPLETED', at: END });
    await p.slow.control('POST', `orders/${id}/pod`, { name: 'Smith', at: END });
    const said = z.object({ items: z.array(z.looseObject({ kind: z.string() })) });
    return words(said.parse(await p.slow.control('GET', 'said')).items.map(({ kind }) => kind));
  },
  'upload after a second': async (p) => {
    await p.slow.webhook('', { ...order1(), operation: 'CREATE' });
    await pause(1_500);
    const shape = z.object({ uploads: z.array(z.looseObject({ status: z.string() })) });
    const read = async () =>
      words(shape.parse(await p.slow.control('GET', 'uploads')).uploads.map(({ status }) => status));
    const before = await read();
    await p.slow.control('POST', 'uploads/review', {});
    return `${before} reviewed ${await read()}`;
  },
  'photos at once': async (p) => {
    const id = await p.slowOrder();
    const documents = [{ type: 'PHOTO_OF_GOODS_DELIVERY', name: 'a.jpg', contentType: 'image/jpeg', base64: JPEG }];
    await p.slow.control('POST', `orders/${id}/pod`, { name: 'Smith', at: END, documents });
    return `${(await p.slow.held())[0]?.documents.length}`;
  },
  'events at once': async (p) => {
    const id = await p.slowOrder();
    await p.slow.control('POST', `orders/${id}/stop`, { stop: 'DELIVERY', status: 'AT_STOP', at: END });
    await pause(300);
    return `${p.slow.ears.heard.length}`;
  },
} satisfies Record<string, Look>;

const looks = { ...planning, ...events, ...papers, ...calls, ...timely } satisfies Record<string, Look>;
export type Probe = keyof typeof looks;
