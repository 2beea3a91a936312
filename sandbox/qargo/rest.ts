/** Token and REST calls (apis 2.2, 2.6). Paths and names are those of the description. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { makeToken } from './auth.ts';
import type { Answer, Call, CallDefinition } from './calls.ts';
import { approve } from './desk.ts';
import { badRequest, forbidden, notFound, parseBody, Refusal, unprocessable, uuidOf } from './errors.ts';
import type { Fields, Order, StoredDocument, Trip } from './model.ts';
import { orderBodySchema } from './order-body.ts';
import { documentOutput, orderOutput, orderWithStatus, signedPath, signedUrl, tripOutput } from './read-models.ts';
import type { Twin } from './twin.ts';
import { importOutput, operationOf, type Uploads } from './uploads.ts';

const EXPIRES_AFTER_MS = 60_000;

const approvalSchema = z.strictObject({
  charges: z.array(
    z.strictObject({
      id: z.guid(),
      approval_status: z.enum(['APPROVED', 'REJECTED']).default('APPROVED'),
      description: z.string().nullish(),
    }),
  ),
});

function orderOfCall(twin: Twin, call: Call): Order {
  const order = twin.orderOf(call.organisation, uuidOf('path', 'order_id', call.path('order_id')));
  if (order === undefined || order.isGone) throw unknown(twin, 'Order');
  return order;
}

/** What an unknown id answers is described nowhere: 404 is in no list (assumption 64). */
function unknown(twin: Twin, what: string): Refusal {
  if (twin.plays('64a')) return badRequest(`${what} not found`);
  if (twin.plays('64b')) return unprocessable(['path', 'id'], `${what} not found`, 'value_error');
  if (twin.plays('64c')) return forbidden();
  return twin.plays('64d') ? new Refusal(200, null) : notFound(what);
}

const AMOUNTS = new Set(['amount', 'price', 'total', 'unit_price', 'quantity']);

/** Charges are free objects; what their fields are is published nowhere. */
function chargesOutput(twin: Twin, order: Order): Fields {
  if (twin.plays('68d')) throw forbidden();
  if (twin.plays('68a')) return { charges: null };
  const charges = order.charges ?? [];
  if (twin.plays('68c'))
    for (const charge of charges)
      for (const [name, value] of Object.entries(charge))
        if (typeof value === 'number' && AMOUNTS.has(name)) Object.assign(charge, { [name]: value + 1 });
  if (!twin.plays('68b')) return { charges };
  const asText = (value: unknown) => (typeof value === 'number' ? value.toFixed(2) : value);
  return {
    charges: charges.map((charge) => Object.fromEntries(Object.entries(charge).map(([k, v]) => [k, asText(v)]))),
  };
}

function tripOfCall(twin: Twin, call: Call): Trip {
  if (twin.plays('60a')) throw forbidden();
  const trip = twin.state.trips[uuidOf('path', 'trip_id', call.path('trip_id'))];
  const isDeleted = trip?.orders.length === 0 && twin.plays('60d');
  if (trip === undefined || isDeleted || trip.organisation !== call.organisation) throw unknown(twin, 'Trip');
  return trip;
}

/** The bytes of a document, for whoever may have them now. */
async function bytesOf(twin: Twin, document: StoredDocument): Promise<Answer> {
  const age = Date.now() - document.at;
  if (twin.plays('55b') && age > EXPIRES_AFTER_MS / twin.options.pace) throw forbidden();
  const contentType = twin.plays('55c') ? 'application/octet-stream' : document.contentType;
  return { headers: { 'content-type': contentType }, body: await twin.readBytes(document.id) };
}

/** `direct=true` gives the bytes; otherwise a redirect to them (assumed: the description says only "stream it"). */
async function download(twin: Twin, call: Call): Promise<Answer> {
  const id = uuidOf('path', 'id', call.path('id'));
  const direct = call.query('direct') ?? 'false';
  if (!['true', 'false', '1', '0'].includes(direct.toLowerCase()))
    throw unprocessable(['query', 'direct'], 'Input should be a valid boolean', 'bool_parsing');
  const document = twin.state.documents[id];
  if (document === undefined || document.organisation !== call.organisation) throw unknown(twin, 'Document');
  if (twin.plays('55a')) return { status: 307, headers: { location: signedUrl(id) }, body: null };
  if (!['true', '1'].includes(direct.toLowerCase()))
    return { status: 307, headers: { location: `/v1/documents/document/${id}/download?direct=true` }, body: null };
  return bytesOf(twin, document);
}

/** Where signed addresses lead (flips 55a, 66d): nobody asks for a token, and the signature must be right. */
export function serveSigned(app: FastifyInstance, twin: Twin): void {
  app.get(`${signedPath}/:id`, async (request, reply) => {
    const document = Object.values(twin.state.documents).find(({ id }) => signedUrl(id) === request.url);
    if (document === undefined) return reply.code(403).send();
    const { headers, body } = await bytesOf(twin, document);
    return reply.headers(headers ?? {}).send(body);
  });
}

/** Multipart field `file`; 201 with an upload id that later calls may refer to. */
async function uploadContent(twin: Twin, call: Call): Promise<Answer> {
  const type = call.request.headers['content-type'] ?? '';
  let file: unknown = null;
  if (type.startsWith('multipart/form-data')) {
    const form = await new Response(new Uint8Array(call.body), { headers: { 'content-type': type } })
      .formData()
      .catch(() => null);
    file = form?.get('file') ?? null;
  }
  if (!(file instanceof Blob)) throw unprocessable(['body', 'file'], 'Field required', 'missing');
  const id = randomUUID();
  await twin.keepBytes(id, Buffer.from(await file.arrayBuffer()));
  const name: unknown = Reflect.get(file, 'name');
  twin.state.contents[id] = {
    organisation: call.organisation,
    name: typeof name === 'string' ? name : 'file',
    contentType: file.type,
    at: Date.now(),
  };
  twin.touch();
  return { status: 201, body: { upload_id: id } };
}

export function restCalls(twin: Twin, uploads: Uploads): CallDefinition[] {
  const rest = (
    http: 'GET' | 'POST',
    url: string,
    method: string,
    handle: CallDefinition['handle'],
  ): CallDefinition => {
    return { http, url, method, class: 'rest', handle };
  };
  const ORDER = '/v1/orders/order/:order_id';
  return [
    {
      http: 'POST',
      url: '/v1/auth/token',
      method: 'token',
      class: 'token',
      handle: (call) => {
        const token = makeToken(twin.state, call.organisation, Date.now());
        return { body: twin.plays('63a') ? { ...token, expires_in: null } : token };
      },
    },
    rest('GET', '/me', 'me', (call) => ({
      body: { organisation: call.organisation, client_id: twin.organisation(call.organisation)?.clientId ?? null },
    })),
    {
      ...rest('POST', '/v1/orders/order/upload', 'upload', (call) => {
        return { body: importOutput(uploads.start(call.organisation, parseBody(orderBodySchema, call.body))) };
      }),
      detail: operationOf,
    },
    rest('GET', '/v1/orders/order/upload/:upload_id', 'uploadStatus', (call) => {
      const upload = twin.state.uploads[uuidOf('path', 'upload_id', call.path('upload_id'))];
      if (upload === undefined || upload.organisation !== call.organisation) throw unknown(twin, 'Order import');
      return { body: importOutput(upload) };
    }),
    rest('GET', ORDER, 'order', (call) => ({ body: orderOutput(twin, orderOfCall(twin, call)) })),
    rest('GET', `${ORDER}/status`, 'orderStatus', (call) => ({ body: orderWithStatus(twin, orderOfCall(twin, call)) })),
    rest('GET', `${ORDER}/documents`, 'orderDocuments', (call) => {
      const documents = orderOfCall(twin, call).documents.flatMap((id) => twin.state.documents[id] ?? []);
      return { body: documents.map((document) => documentOutput(twin, document)) };
    }),
    rest('GET', `${ORDER}/export`, 'orderExport', (call) => ({
      body: { ...orderOfCall(twin, call).body, operation: 'CREATE' },
    })),
    rest('GET', `${ORDER}/charges`, 'charges', (call) => {
      return { body: chargesOutput(twin, orderOfCall(twin, call)) };
    }),
    rest('POST', `${ORDER}/charges/approval`, 'chargesApproval', (call) => {
      const order = orderOfCall(twin, call);
      approve(twin, order, parseBody(approvalSchema, call.body).charges);
      return { body: { charges: order.charges ?? [] } };
    }),
    rest('GET', '/v1/documents/document/:id/download', 'download', (call) => download(twin, call)),
    rest('POST', '/v1/documents/document/upload_content', 'uploadContent', (call) => uploadContent(twin, call)),
    rest('GET', '/v1/tasks/available-tasks', 'tasks', () => ({ body: { tasks: [] } })),
    rest('GET', '/v1/trips/trip/:trip_id', 'trip', (call) => ({ body: tripOutput(twin, tripOfCall(twin, call)) })),
  ];
}
