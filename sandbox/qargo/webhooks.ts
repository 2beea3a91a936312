/** Inbound webhooks (apis 2.9 to 2.11): Basic, outside the limits, and a 200 whose body may carry errors. */
import { z } from 'zod';
import type { Answer, Call, CallDefinition } from './calls.ts';
import { DOCUMENT_TYPES } from './document-types.ts';
import { parseBody, unprocessable } from './errors.ts';
import { sendDocument, sendStop } from './events.ts';
import { candidates, consignmentHolds, fieldHolds, only, orderHolds, stopHolds } from './matching.ts';
import { type Order, type Stop, stopsOf, stopsOfConsignment } from './model.ts';
import { orderBodySchema } from './order-body.ts';
import { applyUpdate, type WebhookError } from './partial.ts';
import { consignmentMatchSchema, orderMatchSchema, partialBodySchema, stopMatchSchema } from './partial-body.ts';
import { tripOf } from './told.ts';
import type { Twin } from './twin.ts';
import { operationOf, type Uploads } from './uploads.ts';

/** "No errors" is null (apis 2.4). */
function outcome(errors: WebhookError[]): Answer {
  return { body: errors.length === 0 ? null : { errors } };
}

const APPLIED_AFTER_SECONDS = 60;

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
      order.consignments.flatMap((c) => stopsOfConsignment(c).map((stop) => ({ order, consignment: c, stop }))),
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

type Parameter = 'id' | 'name' | 'customer_reference_number' | 'document_type' | 'document_name';

/** "Configured per integration": the former character's, and the published one's, are the names of the description. */
const OTHER_NAMES: Partial<Record<Parameter, string>> = { id: 'order', document_type: 'type', document_name: 'title' };

function parameter(twin: Twin, call: Call, name: Parameter): string | undefined {
  if (twin.plays('52b') && (name === 'id' || name === 'customer_reference_number')) return undefined;
  return call.query((twin.plays('52a') ? OTHER_NAMES[name] : undefined) ?? name);
}

const FEW_TYPES = new Set(['PROOF_OF_DELIVERY', 'OTHER_ADMINISTRATION']);

/** What is answered without a look at the orders; null where nothing speaks against the document. */
function documentObjection(twin: Twin, call: Call, type: string | undefined): Answer | null {
  const refused = (error_message: string) => outcome([{ error_type: 'USER_INPUT_ERROR', error_message }]);
  if (type !== undefined && !DOCUMENT_TYPES.has(type)) return refused(`Unknown document type ${type}`);
  if (type !== undefined && twin.plays('52e') && !FEW_TYPES.has(type))
    throw unprocessable(['query', 'document_type'], 'Input should be a type of this integration', 'enum');
  if (call.body.length === 0) return refused('The document is empty');
  if (twin.plays('52c')) return refused('No mapping for this document');
  if (twin.plays('52d')) return { body: null };
  // "Document metadata not provided: import is discarded"
  return type === undefined && twin.isPublished ? taken : null;
}

/** Query parameters of the integration (apis 2.11): exactly one order must match, else the document is discarded. */
async function importDocument(twin: Twin, call: Call): Promise<Answer> {
  const filename = call.query('filename');
  if (filename === undefined) throw unprocessable(['query', 'filename'], 'Field required', 'missing');
  const type = parameter(twin, call, 'document_type');
  const objection = documentObjection(twin, call, type);
  if (objection !== null) return objection;
  const asked = (name: Parameter) => parameter(twin, call, name);
  const [id, name, reference] = [asked('id'), asked('name'), asked('customer_reference_number')];
  if (id === undefined && name === undefined && reference === undefined) return taken;
  const any = (value: string | undefined) => (value === undefined ? null : { matches_any: [value] });
  const match = { id: any(id), name: any(name), customer_reference_number: any(reference) };
  const order = only(candidates(twin, call.organisation, match).filter((candidate) => orderHolds(match, candidate)));
  if (order === null) return taken;
  const named = { name: asked('document_name') ?? filename, type: type ?? 'OTHER_ADMINISTRATION' };
  await attach(twin, order, call, { ...named, subjectType: 'order' });
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
  await sendDocument(twin, order, stored, new Date(stored.at).toISOString(), []);
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
      const apply = () => (updates ?? []).flatMap((update) => applyUpdate(twin, call.organisation, update));
      if (!twin.plays('57c')) return outcome(apply());
      twin.afterwards(APPLIED_AFTER_SECONDS, apply);
      return outcome([]);
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
