/** What the twin holds. All of it survives JSON; bytes of documents lie beside the state as files. */
import { randomBytes } from 'node:crypto';
import type { CharacterSettings } from '../server/flips.ts';
import type { OrderBody } from './order-body.ts';

export interface Organisation {
  clientId: string;
  secret: string;
  webhook: { user: string; password: string };
  push: { visibilityUrl: string; dispatchUrl?: string | undefined; user: string; password: string };
  /** Codes of the customers it knows; an order for another ends in `ERROR`. Absent: any. */
  customers?: string[] | undefined;
  serviceLevels?: string[] | undefined;
  /** What an incident does, by its code: each tenant configures it. Absent: {@link IncidentAction} of the twin. */
  incidents?: Record<string, IncidentAction> | undefined;
  /** Where goods leave again after a failure, and where depot stops are. Absent: where the order is picked up. */
  hub?: Fields | undefined;
}

export type StopType = 'PICKUP' | 'DELIVERY';

/** The primary action of an incident (help centre, article 133792). */
export const incidentActions = ['block', 'dont-replan', 'retry', 'return', 'cancel'] as const;
export type IncidentAction = (typeof incidentActions)[number];

/** The statuses of a stop in the read models (apis 2.8). */
export type StopStatus =
  | 'TEMPLATE'
  | 'BLOCKED'
  | 'TO_PLAN'
  | 'PLANNED'
  | 'DISPATCHED'
  | 'ROUTE_TO_STOP'
  | 'AT_STOP'
  | 'COMPLETED'
  | 'CANCELLED'
  | 'IGNORED';

export type Fields = Record<string, unknown>;

export interface Incident {
  code: string | null;
  name: string;
  description: string | null;
}

export interface Stop {
  id: string;
  type: StopType;
  /** As imported: location, date, time_window, notes and so on. */
  fields: Fields;
  status: StopStatus;
  /** Estimates until the stop is reached and left (apis 2.8). */
  start: string | null;
  end: string | null;
  /** Whether `start` and `end` are what happened. */
  startIsActual: boolean;
  endIsActual: boolean;
  incidents: Incident[];
  /** A stop of the network, not at a customer: in depot or hub. `hub` stops are CUSTOM in events. */
  place?: 'depot' | 'hub';
  /** It ended for good without being COMPLETED, or another took its place: no plan takes it up again. */
  isClosed?: boolean;
  /** When it failed; absent where it did not, and in the former character. */
  failedAt?: string;
  /** The hour that a planner has fixed as its start: reads show it. */
  fixedStart?: string;
}

export interface HandlingUnit {
  id: string;
  barcode: string | null;
  source: string;
}

export interface Good {
  id: string;
  fields: Fields;
  handlingUnits: HandlingUnit[];
  /** What was noted of it at a stop, and how many of it were taken there; absent where nobody said. */
  incidents?: Incident[];
  actualQuantity?: number;
}

/** Free but for its id and the state of its approval: the description has no more of it (`ChargeWithApprovalOutput`). */
export type Charge = Fields & { id: string; approval_status: ApprovalStatus };

export type ApprovalStatus = 'TO_REQUEST' | 'REQUESTED' | 'REJECTED_INTERNAL' | 'REJECTED' | 'APPROVED';

/** One approval or rejection that came. */
export interface Approval {
  at: number;
  chargeId: string;
  status: 'APPROVED' | 'REJECTED';
  description: string | null;
}

export interface Signature {
  type: 'CONSIGNOR' | 'CONSIGNEE' | 'DRIVER';
  name: string | null;
  timestamp: string | null;
  position: { longitude: number; latitude: number } | null;
}

export interface Consignment {
  id: string;
  /** 1-based: `order_sequence_number` of a match. */
  sequence: number;
  fields: Fields;
  pickup: Stop;
  delivery: Stop;
  /** Stops on the way from pickup to delivery, and stops that a retry added after it. */
  between?: Stop[];
  after?: Stop[];
  /** A person cancelled this one consignment: its status as it was before. */
  cancelledFrom?: string;
  /** A person added it in the screen. */
  isByHand?: boolean;
  goods: Good[];
  signatures: Signature[];
  palletways: { tracking_id: string | null; consignment_number: string | null };
  /** What a partial update said of other pallet networks and the rest that no read gives back. */
  extra: Fields;
}

export interface Scan {
  barcode: string;
  status: string;
  at: string;
  stop: StopType | null;
}

/** One effect on an order, for a judge: `body` is the accepted import, `fields` names what a partial update, or a planner, changed. */
export interface HistoryEntry {
  at: number;
  what: 'created' | 'updated' | 'cancelled' | 'partial' | 'document' | 'edited';
  body?: OrderBody | undefined;
  fields?: string[] | undefined;
}

export interface Order {
  id: string;
  organisation: string;
  /** `OR-12345` (apis 2.11). */
  name: string;
  orderIdentifier: string;
  status: string;
  body: OrderBody;
  customerId: string;
  consignments: Consignment[];
  documents: string[];
  tripId: string | null;
  scans: Scan[];
  createdAt: number;
  updatedAt: number;
  effects: { created: number; updated: number; cancelled: number; partial: number };
  history: HistoryEntry[];
  charges?: Charge[];
  approvals?: Approval[];
  /** The trip of the collection stage, where stages are planned apart. */
  collectionTripId?: string;
  /** A trip that holds the stops that were cancelled. */
  cancelledTripId?: string;
  /** The trip it was taken off, where reads still show it. */
  formerTripId?: string;
  isBlocked?: boolean;
  /** What is left to do stands at a stop that is on no trip. */
  isOffPlan?: boolean;
  /** Its status in reads is null. */
  hasNoStatus?: boolean;
  /** Its reads answer as for an unknown id. */
  isGone?: boolean;
  /** The order that took its consignments: events name that one. */
  mergedInto?: string;
  /** A person made another order for it: deeds of the control API go there. */
  replacedBy?: string;
  /** A copy that stands beside the order that we sent: in no list of what is held. */
  isCopy?: boolean;
  /** Reference as edited in the screen; null: empty. */
  reference?: string | null;
  statusBefore?: string;
}

export type UploadStatus =
  | 'TODO'
  | 'IN_PROGRESS'
  | 'READY_TO_UPSERT'
  | 'UPSERT_IN_PROGRESS'
  | 'COMPLETED'
  | 'ERROR'
  | 'SKIPPED'
  | 'DUPLICATE';

export interface Upload {
  id: string;
  organisation: string;
  /** Null when it has ended. */
  body: OrderBody | null;
  status: UploadStatus;
  orderId: string | null;
  /** Why it ended in ERROR: seen in the control API only, no read of Qargo tells it (apis 2.7). */
  why: string | null;
  at: number;
}

export interface Resource {
  id: string;
  type: string;
  code: string | null;
  name: string;
  plate: string | null;
}

export interface Trip {
  id: string;
  organisation: string;
  name: string;
  status: 'CREATED' | 'PLANNED' | 'COMPLETED';
  orders: string[];
  vehicle: Resource;
  driver: Resource | null;
  /** No resource is assigned any more. */
  isBare?: boolean;
  /** Which stops it takes, where not all of its orders. */
  takes?: 'collection' | 'delivery' | 'cancelled';
  /** The dispatch was sent: later changes and a cancel are sent too (apis 2.12). */
  dispatched: boolean;
  at: string;
}

export interface StoredDocument {
  id: string;
  organisation: string;
  orderId: string;
  name: string;
  type: string;
  contentType: string;
  subjectType: 'order' | 'consignment' | 'stop';
  size: number;
  sha256: string;
  at: number;
  /** Digests of the bytes that it had before, oldest first. */
  formerly?: string[];
  /** Its event carries its bytes; left out, what the twin's character does. */
  isEmbedded?: boolean;
}

export interface Said {
  n: number;
  id: string;
  organisation: string;
  kind:
    | ('planned' | 'unplanned' | 'scan' | 'milestone' | 'failed' | 'exception' | 'pod')
    | ('order edited' | 'custom' | 'eta' | 'document' | 'charges')
    // what planners do and no event tells: in no row of the judge's table
    | ('order cancelled' | 'order undone' | 'order replaced' | 'order blocked' | 'trip reset' | 'times changed');
  at: string;
  saidAt: number;
  event: boolean;
  subject: {
    orderId: string;
    conNo: string | null;
    trackingId?: string;
    stop?: StopType;
    trip?: string;
    barcode?: string;
  };
  content: Fields;
  /** From when (epoch ms) a read could tell it, and until when (null: still). Null: no read ever tells it. */
  readable: { from: number; until: number | null } | null;
  /** How the pushes went that carry it; null where only a read tells. */
  push: { tries: number; delivered: boolean; deliveredAt: number | null } | null;
}

export interface TwinState {
  organisations: Record<string, Organisation>;
  orders: Record<string, Order>;
  uploads: Record<string, Upload>;
  trips: Record<string, Trip>;
  documents: Record<string, StoredDocument>;
  /** Content uploaded ahead of its use (POST upload_content). */
  contents: Record<string, { organisation: string; name: string; contentType: string; at: number }>;
  said: Said[];
  nextName: number;
  nextCall: number;
  character?: CharacterSettings;
  /** Signs tokens, so that one outlives a restart. */
  tokenKey: string;
}

export function emptyState(): TwinState {
  return {
    organisations: {},
    orders: {},
    uploads: {},
    trips: {},
    documents: {},
    contents: {},
    said: [],
    nextName: 10_001,
    nextCall: 1,
    tokenKey: randomBytes(32).toString('hex'),
  };
}

/** Stops of a consignment, as the road goes. */
export function stopsOfConsignment({ pickup, between, delivery, after }: Consignment): Stop[] {
  return [pickup, ...(between ?? []), delivery, ...(after ?? [])];
}

export function stopsOf(order: Order): Stop[] {
  return order.consignments.flatMap(stopsOfConsignment);
}

/** The customer's reference as the screen shows it now. */
export function referenceOf(order: Order): string | null {
  return order.reference === undefined ? (order.body.customer_reference_number ?? null) : order.reference;
}
