/** One step of a day as calls of the twins' control API. */
import { z } from 'zod';
import { type Evidence, makeEvidence } from './evidence.ts';
import { anything } from './http.ts';
import type { Deed, Step } from './steps.ts';
import type { Created, Twins } from './twins.ts';

/** What the player knows of a consignment by now. */
export interface Known extends Partial<Created> {
  orderId?: string;
  barcodes?: string[];
  /** Its barcodes were seen at Qargo. */
  labelSeen?: boolean;
}

export interface Stage {
  twins: Twins;
  seed: number;
  pace: number;
  known: (key: string) => Known;
  /** Trip ids by organisation and name. */
  trips: Map<string, string>;
}

const tripAnswer = z.looseObject({ tripId: z.string() });
const goodsAnswer = z.looseObject({
  goods: z.array(z.looseObject({ id: z.string(), total_weight_kg: z.number().nullish() })),
});
const batchAnswer = z.looseObject({ results: z.array(z.looseObject({ status: z.number(), body: z.unknown() })) });

/** What a driver's telephone held back. @throws when the twin refused one of the calls */
export async function sendBatch(
  twins: Twins,
  body: { calls: unknown[]; shuffle?: number; twice?: boolean },
): Promise<void> {
  const { results } = await twins.qargo.post(batchAnswer, '/control/batch', body);
  const refused = results.filter((result) => result.status > 299);
  if (refused.length > 0) throw new Error(`${refused.length} of a batch refused: ${JSON.stringify(refused[0])}`);
}

function must<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is not known`);
  return value;
}

async function encoded(
  seed: number,
  evidence: Evidence,
): Promise<{ name: string; contentType: string; base64: string }> {
  const { name, contentType, bytes } = await makeEvidence(seed, evidence);
  return { name, contentType, base64: bytes.toString('base64') };
}

/** Path and body by which Qargo is told of a deed. */
export async function deedCall(stage: Stage, deed: Deed): Promise<{ method: 'POST'; path: string; body: unknown }> {
  const known = stage.known(deed.keys[0] ?? '');
  const path = `/control/orders/${must(known.orderId, 'the order')}`;
  const base64 = (evidence: Evidence) => encoded(stage.seed, evidence);
  switch (deed.kind) {
    case 'scan': {
      const barcode = must(known.barcodes?.[deed.lift], `barcode ${deed.lift + 1} of ${known.conNo}`);
      const { status, stop, instant, by } = deed;
      return { method: 'POST', path: `${path}/scan`, body: { barcode, status, stop, at: instant, by } };
    }
    case 'stop': {
      const { stop, status, instant, startedAt, incident } = deed;
      const photos = [];
      for (const photo of incident?.photos ?? []) {
        const { name, base64: bytes } = await base64(photo);
        photos.push({ name, base64: bytes });
      }
      const body = { stop, status, at: instant, startedAt, ...(incident && { incident: { ...incident, photos } }) };
      return { method: 'POST', path: `${path}/stop`, body };
    }
    case 'pod': {
      const documents = [];
      for (const document of deed.documents) documents.push({ type: document.type, ...(await base64(document)) });
      const body = {
        name: deed.signedBy,
        at: deed.instant,
        position: deed.position,
        documents,
        ...(deed.push === false && { push: false }),
      };
      return { method: 'POST', path: `${path}/pod`, body };
    }
  }
}

/** Performs a step. What must be there (order, barcodes) is there. */
export async function perform(stage: Stage, step: Step): Promise<void> {
  const { twins } = stage;
  const known = stage.known(step.keys[0] ?? '');
  const consignment = () => `/control/consignments/${must(known.responseId, 'the consignment')}`;
  switch (step.kind) {
    case 'create':
      Object.assign(known, await twins.create(step.organisation, step.consignment, step.trackingDelayMs / stage.pace));
      return;
    case 'label': {
      const readyDelayMs = Math.round(step.readyDelayMs / stage.pace);
      await twins.palletways.post(anything, `${consignment()}/label`, readyDelayMs > 0 ? { readyDelayMs } : {});
      known.barcodes = await twins.barcodes(must(known.responseId, 'the consignment'));
      return;
    }
    case 'edit':
      await twins.palletways.post(anything, `${consignment()}/amend`, { changes: step.changes });
      return;
    case 'cancel':
      await twins.palletways.post(anything, `${consignment()}/cancel`, { push: step.push, note: step.note });
      return;
    case 'network':
      await twins.palletways.post(anything, `${consignment()}/note`, step.note);
      return;
    case 'revive':
      await twins.palletways.post(anything, `${consignment()}/revive`, {});
      return;
    default:
      await performAtQargo(stage, step);
  }
}

type QargoStep = Exclude<Step, { kind: 'create' | 'label' | 'edit' | 'cancel' | 'network' | 'revive' }>;

/** Performs what is done in Qargo: at the desk, in the warehouse, on the road. */
async function performAtQargo(stage: Stage, step: QargoStep): Promise<void> {
  const { twins } = stage;
  const orders = () => step.keys.map((key) => must(stage.known(key).orderId, `the order of ${key}`));
  switch (step.kind) {
    case 'desk':
      await twins.qargo.post(anything, `/control/orders/${orders()[0]}/${step.call}`, step.body);
      return;
    case 'weigh': {
      const path = `/control/orders/${orders()[0]}`;
      const good = must((await twins.qargo.get(goodsAnswer, path)).goods[0], 'the goods');
      const changes = { goods: [{ id: good.id, total_weight_kg: (good.total_weight_kg ?? 0) + step.more }] };
      await twins.qargo.post(anything, `${path}/edit`, { changes, by: 'Warehouse' });
      return;
    }
    case 'documents': {
      const documents = [];
      for (const document of step.documents)
        documents.push({ type: document.type, ...(await encoded(stage.seed, document)) });
      await twins.qargo.post(anything, `/control/orders/${orders()[0]}/documents`, { documents });
      return;
    }
    case 'plan': {
      const { organisation, trip, vehicle, driver, instant, dispatch } = step;
      const body = {
        organisation,
        name: trip,
        orders: orders(),
        vehicle,
        driver: { name: driver },
        at: instant,
        ...(dispatch && { dispatch }),
      };
      const { tripId } = await twins.qargo.post(tripAnswer, '/control/trips', body);
      stage.trips.set(`${organisation} ${trip}`, tripId);
      return;
    }
    case 'remove': {
      const tripId = must(stage.trips.get(`${step.organisation} ${step.trip}`), `trip ${step.trip}`);
      await twins.qargo.post(anything, `/control/trips/${tripId}/remove`, { orders: orders(), at: step.instant });
      return;
    }
    case 'scan':
    case 'stop':
    case 'pod': {
      const { path, body } = await deedCall(stage, step);
      await twins.qargo.post(anything, path, body);
      return;
    }
    case 'offline': {
      const calls = [];
      for (const deed of step.deeds) calls.push(await deedCall(stage, deed));
      await sendBatch(twins, { calls, shuffle: step.shuffle, twice: true });
      return;
    }
  }
}
