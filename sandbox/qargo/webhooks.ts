/** Inbound webhooks (apis 2.9 to 2.11): Basic, outside the limits, and a 200 whose body may carry errors. */
import { z } from 'zod';
import type { Answer, Call, CallDefinition } from './calls.ts';
import { DOCUMENT_TYPES } from './document-types.ts';
import { parseBody, unprocessable } from './errors.ts';
import { sendDocument, sendStop, tripOf } from './events.ts';
import { candidates, consignmentHolds, fieldHolds, only, orderHolds, stopHolds } from './matching.ts';
import { type Order, type Stop, stopsOf } from './model.ts';
import { orderBodySchema } from './order-body.ts';
import { applyUpdate, type WebhookError } from './partial.ts';
import { consignmentMatchSchema, orderMatchSchema, partialBodySchema, stopMatchSchema } from './partial-body.ts';
import type { Twin } from './twin.ts';
import { operationOf, type Uploads } from './uploads.ts';

/** "No errors" is null (apis 2.4). */
function outcome(errors: WebhookError[]): Answer {
  return { body: errors.length === 0 ? null : { errors } };
}

/** Date-times must carry an offset (apis 2.5). */
const instant = z.iso.datetime({ offset: true });
const fieldMatch = z.strictObject({ matches_any: z.array(z.string()).optional() });
const stopUpdateSchema = z.strictObject({
  updates: z.array(
    z.strictObject({
      event_time: instant,
      stop: z.strictObject({
        id: z.guid().nullish(),
        match: z
          .strictObject({
            matches_all: z
              .array(
                z.strictObject({
                  trip: z.strictObject({ name: fieldMatch.nullish() }).nullish(),
                  order: orderMatchSchema.nullish(),
                  consignment: consignmentMatchSchema.nullish(),
                  stop: stopMatchSchema.nullish(),
                }),
              )
              .optional(),
          })
          .nullish(),
        eta_start: instant.nullish(),
        eta_end: instant.nullish(),
        status: z.enum(['AT_STOP', 'COMPLETED']).nullish(),
        question_answers: z.record(z.string(), z.unknown()).optional(),
      }),
    }),
  ),
});
type StopUpdate = z.infer<typeof stopUpdateSchema>['updates'][number];

function findStop(twin: Twin, organisation: string, wanted: StopUpdate['stop']): { order: Order; stop: Stop } | null {
  const all = twin
    .ordersOf(organisation)
    .flatMap((order) =>
      order.consignments.flatMap((c) => [c.pickup, c.delivery].map((stop) => ({ order, consignment: c, stop }))),
    );
  if (wanted.id !== null && wanted.id !== undefined) return only(all.filter(({ stop }) => stop.id === wanted.id));
  const criteria = wanted.match?.matches_all ?? [];
  if (criteria.length === 0) return null;
  return only(
    all.filter(({ order, consignment, stop }) =>
      criteria.every(
        (one) =>
          fieldHolds(one.trip?.name, tripOf(twin, order)?.name) &&
          orderHolds(one.order, order) &&
          consignmentHolds(one.consignment, consignment) &&
          stopHolds(one.stop, stop),
      ),
    ),
  );
}

function updateStop(twin: Twin, organisation: string, update: StopUpdate): void {
  const found = findStop(twin, organisation, update.stop);
  if (found === null) return; // zero or several: discarded
  const { order, stop } = found;
  const at = new Date(update.event_time).toISOString();
  if (!stop.startIsActual && update.stop.eta_start) stop.start = new Date(update.stop.eta_start).toISOString();
  if (!stop.endIsActual && update.stop.eta_end) stop.end = new Date(update.stop.eta_end).toISOString();
  const status = update.stop.status ?? null;
  if (status !== null) {
    if (!stop.startIsActual) Object.assign(stop, { start: at, startIsActual: true });
    if (status === 'COMPLETED') Object.assign(stop, { end: at, endIsActual: true });
    stop.status = status;
    sendStop(twin, order, stop, at, []);
  }
  order.updatedAt = Date.now();
  twin.changed(order);
}

/** Bytes, text or base64: decoding is tried where the content type is missing or no text (apis 2.11). */
function contentOf(call: Call): { bytes: Buffer; contentType: string } {
  const contentType = call.request.headers['content-type'] ?? 'application/octet-stream';
  const text = call.body.toString('latin1').trim();
  const encoded = !contentType.startsWith('text/') && text.length % 4 === 0 && /^[A-Za-z0-9+/\r\n]+={0,2}$/.test(text);
  return { bytes: encoded ? Buffer.from(text, 'base64') : call.body, contentType };
}

/** `DocumentImportResponse` is an object, also where nothing went wrong. */
const taken: Answer = { body: {} };

/** Query parameters of the integration (apis 2.11, assumed set): exactly one order must match, else it is discarded. */
async function importDocument(twin: Twin, call: Call): Promise<Answer> {
  const filename = call.query('filename');
  if (filename === undefined) throw unprocessable(['query', 'filename'], 'Field required', 'missing');
  const type = call.query('document_type') ?? 'OTHER_ADMINISTRATION';
  if (!DOCUMENT_TYPES.has(type))
    return outcome([{ error_type: 'USER_INPUT_ERROR', error_message: `Unknown document type ${type}` }]);
  if (call.body.length === 0)
    return outcome([{ error_type: 'USER_INPUT_ERROR', error_message: 'The document is empty' }]);
  const [id, name, reference] = [call.query('id'), call.query('name'), call.query('customer_reference_number')];
  if (id === undefined && name === undefined && reference === undefined) return taken;
  const any = (value: string | undefined) => (value === undefined ? null : { matches_any: [value] });
  const match = { id: any(id), name: any(name), customer_reference_number: any(reference) };
  const order = only(candidates(twin, call.organisation, match).filter((candidate) => orderHolds(match, candidate)));
  if (order === null) return taken;
  await attach(twin, order, call, { name: call.query('document_name') ?? filename, type, subjectType: 'order' });
  return taken;
}

/** "Send update event when a document is uploaded": one of the eight types comes back to its sender as an event. */
async function attach(
  twin: Twin,
  order: Order,
  call: Call,
  document: { name: string; type: string; subjectType: 'order' | 'stop' },
): Promise<void> {
  const { bytes, contentType } = contentOf(call);
  const stored = await twin.keepDocument(
    { ...document, organisation: order.organisation, orderId: order.id, contentType },
    bytes,
  );
  order.updatedAt = Date.now();
  order.history.push({ at: stored.at, what: 'document' });
  sendDocument(twin, order, stored, new Date(stored.at).toISOString(), []);
}

/** What a question path key stands for is configured in Qargo (assumed: these two). */
const QUESTION_PATHS: Record<string, string> = { POD: 'PROOF_OF_DELIVERY', CMR: 'ORIGINAL_CMR' };

async function uploadDocument(twin: Twin, call: Call): Promise<Answer> {
  const key = call.query('question_path_key');
  if (key === undefined) throw unprocessable(['query', 'question_path_key'], 'Field required', 'missing');
  const stopId = call.query('stop_id');
  if (stopId === undefined) throw unprocessable(['query', 'stop_id'], 'Field required', 'missing');
  const order = only(
    twin.ordersOf(call.organisation).filter((candidate) => stopsOf(candidate).some((stop) => stop.id === stopId)),
  );
  if (order === null) return outcome([]);
  const given = /filename="?([^";]+)"?/i.exec(call.request.headers['content-disposition'] ?? '')?.[1];
  const name = given === undefined ? `${key}.pdf` : `${given.replace(/\.[^.]*$/, '')}_${key}.pdf`;
  await attach(twin, order, call, { name, type: QUESTION_PATHS[key] ?? 'OTHER_ADMINISTRATION', subjectType: 'stop' });
  return outcome([]);
}

export function webhookCalls(twin: Twin, uploads: Uploads): CallDefinition[] {
  const webhook = (url: string, method: string, handle: CallDefinition['handle']): CallDefinition => {
    return { http: 'POST', url, method, class: 'webhook', handle };
  };
  return [
    {
      ...webhook('/v1/webhook', 'orderImport', (call) => {
        uploads.start(call.organisation, parseBody(orderBodySchema, call.body));
        return outcome([]);
      }),
      detail: operationOf,
    },
    webhook('/v1/webhook/partial-order-update', 'partialOrderUpdate', (call) => {
      const { updates } = parseBody(partialBodySchema, call.body);
      return outcome((updates ?? []).flatMap((update) => applyUpdate(twin, call.organisation, update)));
    }),
    {
      ...webhook('/v1/webhook/document-import', 'documentImport', (call) => importDocument(twin, call)),
      detail: (call) => call.query('document_type') ?? null,
    },
    webhook('/v1/webhook/subco-status-update', 'subcoStatusUpdate', (call) => {
      for (const update of parseBody(stopUpdateSchema, call.body).updates) updateStop(twin, call.organisation, update);
      return outcome([]);
    }),
    webhook('/v1/webhook/subco-document-upload', 'subcoDocumentUpload', (call) => uploadDocument(twin, call)),
  ];
}
