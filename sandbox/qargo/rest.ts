/** Token and REST calls (apis 2.2, 2.6). Paths and names are those of the description. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { makeToken } from './auth.ts';
import type { Answer, Call, CallDefinition } from './calls.ts';
import { approve } from './desk.ts';
import { notFound, parseBody, unprocessable, uuidOf } from './errors.ts';
import type { Order } from './model.ts';
import { orderBodySchema } from './order-body.ts';
import { documentOutput, orderOutput, orderWithStatus, tripOutput } from './read-models.ts';
import type { Twin } from './twin.ts';
import { importOutput, operationOf, type Uploads } from './uploads.ts';

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
  if (order === undefined) throw notFound('Order');
  return order;
}

/** `direct=true` gives the bytes; otherwise a redirect to them (assumed: the description says only "stream it"). */
async function download(twin: Twin, call: Call): Promise<Answer> {
  const id = uuidOf('path', 'id', call.path('id'));
  const direct = call.query('direct') ?? 'false';
  if (!['true', 'false', '1', '0'].includes(direct.toLowerCase()))
    throw unprocessable(['query', 'direct'], 'Input should be a valid boolean', 'bool_parsing');
  const document = twin.state.documents[id];
  if (document === undefined || document.organisation !== call.organisation) throw notFound('Document');
  if (!['true', '1'].includes(direct.toLowerCase()))
    return { status: 307, headers: { location: `/v1/documents/document/${id}/download?direct=true` }, body: null };
  return { headers: { 'content-type': document.contentType }, body: await twin.readBytes(id) };
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
      handle: (call) => ({ body: makeToken(twin.state, call.organisation, Date.now()) }),
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
      if (upload === undefined || upload.organisation !== call.organisation) throw notFound('Order import');
      return { body: importOutput(upload) };
    }),
    rest('GET', ORDER, 'order', (call) => ({ body: orderOutput(orderOfCall(twin, call)) })),
    rest('GET', `${ORDER}/status`, 'orderStatus', (call) => ({ body: orderWithStatus(twin, orderOfCall(twin, call)) })),
    rest('GET', `${ORDER}/documents`, 'orderDocuments', (call) => {
      const documents = orderOfCall(twin, call).documents.flatMap((id) => twin.state.documents[id] ?? []);
      return { body: documents.map(documentOutput) };
    }),
    rest('GET', `${ORDER}/export`, 'orderExport', (call) => ({
      body: { ...orderOfCall(twin, call).body, operation: 'CREATE' },
    })),
    rest('GET', `${ORDER}/charges`, 'charges', (call) => {
      return { body: { charges: orderOfCall(twin, call).charges ?? [] } };
    }),
    rest('POST', `${ORDER}/charges/approval`, 'chargesApproval', (call) => {
      const order = orderOfCall(twin, call);
      approve(twin, order, parseBody(approvalSchema, call.body).charges);
      return { body: { charges: order.charges ?? [] } };
    }),
    rest('GET', '/v1/documents/document/:id/download', 'download', (call) => download(twin, call)),
    rest('POST', '/v1/documents/document/upload_content', 'uploadContent', (call) => uploadContent(twin, call)),
    rest('GET', '/v1/tasks/available-tasks', 'tasks', () => ({ body: { tasks: [] } })),
    rest('GET', '/v1/trips/trip/:trip_id', 'trip', (call) => {
      const trip = twin.state.trips[uuidOf('path', 'trip_id', call.path('trip_id'))];
      if (trip === undefined || trip.organisation !== call.organisation) throw notFound('Trip');
      return { body: tripOutput(twin, trip) };
    }),
  ];
}
