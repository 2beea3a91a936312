/**
 * What an organisation's Qargo tenant needs to be told once: address, credentials, and the tables that turn
 * Qargo's words into ours and back. Every default is the one named in docs/wire-assumptions.md; a first real
 * account changes settings, not code. Milliseconds and bytes unless a name says otherwise.
 */
import { z } from 'zod';

const scanKind = z.object({
  status: z.enum(['SCANNED_IN', 'STORED', 'SCANNED_OUT']),
  /** Stop type the event's stop must have; `none` the event names no stop; `any` is not looked at. */
  stop: z.enum(['PICKUP', 'DELIVERY', 'CUSTOM', 'none', 'any']),
  scan: z.enum(['load', 'unload', 'cross-dock', 'delivery']),
  /** It may have been a loading instead: the times of the pickup stop tell (assumption 42). */
  byTimes: z.boolean().optional(),
});

const stopMilestone = z.object({
  stop: z.enum(['PICKUP', 'DELIVERY', 'CUSTOM']),
  status: z.string().min(1),
  milestone: z.enum(['out', 'arrived', 'delivered', 'failed']),
  /** Which time of the stop is the milestone's instant. */
  time: z.enum(['start', 'end']),
  /** Only where that time is said: the time of the message never stands in for it. */
  implied: z.boolean().default(false),
  /** Only where the stop has an incident; its code becomes the reason. */
  incident: z.boolean().default(false),
  /** Whether an event, a read of the order, or either makes it. */
  told: z.enum(['event', 'read', 'either']).default('either'),
});

const orderMilestone = z.object({
  /** Status of the order, as an `Order` event with `update_type` STATUS tells it. */
  status: z.string().min(1),
  milestone: z.enum(['out', 'arrived', 'delivered', 'failed']),
});

const palletStatus = z.object({
  /** `source_status` of a handling unit's event, compared in any case. */
  status: z.string().min(1),
  /** Reason code of the exception that it is, of this pallet. */
  code: z.string().min(1).max(20),
  /** True: the pallet was scanned as well. */
  scanned: z.boolean().default(false),
});

/**
 * Scan kinds. QG gives the words: in at a pickup stop or at a depot, stored in a depot, out of a depot or at a delivery stop. Which stop
 * an event names at a depot (none, one of its own) is assumed (42).
 */
export const scanKinds: readonly z.output<typeof scanKind>[] = [
  { status: 'SCANNED_OUT', stop: 'PICKUP', scan: 'load' },
  { status: 'SCANNED_OUT', stop: 'CUSTOM', scan: 'load' },
  { status: 'SCANNED_OUT', stop: 'none', scan: 'load' },
  { status: 'SCANNED_IN', stop: 'CUSTOM', scan: 'unload' },
  { status: 'SCANNED_IN', stop: 'none', scan: 'unload', byTimes: true },
  { status: 'STORED', stop: 'any', scan: 'cross-dock' },
  { status: 'SCANNED_OUT', stop: 'DELIVERY', scan: 'delivery' },
  { status: 'SCANNED_IN', stop: 'PICKUP', scan: 'load' },
  { status: 'SCANNED_IN', stop: 'DELIVERY', scan: 'unload' },
];

/** Which stop in which state is which milestone (wire-assumptions 1; `failed` and its reading 3.2, assumed). */
export const stopMilestones: readonly z.output<typeof stopMilestone>[] = [
  {
    stop: 'PICKUP',
    status: 'COMPLETED',
    milestone: 'out',
    time: 'end',
    implied: false,
    incident: false,
    told: 'either',
  },
  {
    stop: 'DELIVERY',
    status: 'AT_STOP',
    milestone: 'arrived',
    time: 'start',
    implied: false,
    incident: false,
    told: 'either',
  },
  {
    stop: 'DELIVERY',
    status: 'COMPLETED',
    milestone: 'arrived',
    time: 'start',
    implied: true,
    incident: false,
    told: 'either',
  },
  {
    stop: 'DELIVERY',
    status: 'COMPLETED',
    milestone: 'delivered',
    time: 'end',
    implied: false,
    incident: false,
    told: 'either',
  },
  {
    stop: 'DELIVERY',
    status: 'IGNORED',
    milestone: 'failed',
    time: 'end',
    implied: false,
    incident: true,
    told: 'either',
  },
];

/** Qargo's incident codes to our reason codes (wire-assumptions 3.2, assumed). A code that is not listed is `OTHER`. */
export const incidentCodes: Readonly<Record<string, string>> = {
  CARDED: 'CARDED',
  ADDRESS: 'ADDRESS',
  DAMAGE: 'DAMAGE',
  SHORT: 'SHORT',
  REFUSED: 'REFUSED',
  CLOSED: 'CLOSED',
  OTHER: 'OTHER',
};

/** Reason codes of ours with which nothing is handed over: a completed stop with one of them, and without a signature, failed (assumption 38). */
export const failingReasons: readonly string[] = ['CARDED', 'ADDRESS', 'CLOSED', 'REFUSED'];

/** What another system's word on a scan says of its pallet (wire-assumptions 3.1, assumed). */
export const palletStatuses: readonly z.output<typeof palletStatus>[] = [
  { status: 'DAMAGED', code: 'DAMAGE', scanned: true },
  { status: 'MISSING', code: 'SHORT', scanned: false },
  { status: 'REFUSED', code: 'REFUSED', scanned: false },
];

/** Document types that Palletways is owed; a trailing `*` matches what begins so. What is not listed (labels, paperwork) is not owed. */
export const documentTypes: Readonly<Record<string, 'pod' | 'photo' | 'signature' | 'exception-photo' | 'none'>> = {
  CONSIGNEE_SIGNATURE: 'signature',
  PHOTO_OF_GOODS_DELIVERY: 'photo',
  PHOTO_DAMAGED_GOODS: 'exception-photo',
  'PROOF_OF_DELIVERY*': 'pod',
};

/** Types under which some tenants keep their proofs of delivery (assumption 53): work for a person where no table says what they are. */
export const possibleProofs: readonly string[] = ['ORIGINAL_CMR', 'WAYBILL', 'PALLET_NOTE', 'RECEIPT'];

/** Every status of a stop, a trip or an order that QG lists; another one is counted. */
export const statuses: Readonly<Record<'stop' | 'trip' | 'order', readonly string[]>> = {
  stop: [
    'TEMPLATE',
    'BLOCKED',
    'TO_PLAN',
    'PLANNED',
    'DISPATCHED',
    'ROUTE_TO_STOP',
    'AT_STOP',
    'COMPLETED',
    'CANCELLED',
    'IGNORED',
  ],
  trip: ['CREATED', 'PLANNED', 'COMPLETED'],
  order: [
    'ACCEPTED',
    'REJECTED',
    'COMPLETED',
    'DRAFT',
    'QUOTE',
    'TO_PLAN',
    'PLANNED',
    'DEPARTED',
    'IN_TRANSIT',
    'INVOICE_READY',
    'DONT_INVOICE',
    'INVOICE_CREATED',
    'INVOICED',
    'INVOICE_POSTED',
    'CANCELLED',
  ],
};

const signatureType = z.enum(['CONSIGNEE', 'CONSIGNOR', 'DRIVER']);
type SignatureType = z.output<typeof signatureType>;

/** Whose signature proves a job (wire-assumptions 4.3): who receives a delivery. */
export const signatureTypes: readonly SignatureType[] = ['CONSIGNEE'];

/** `none`: known, and not owed. */
const documentTypeTable = z
  .record(z.string(), z.enum(['pod', 'photo', 'signature', 'exception-photo', 'none']))
  .readonly();

/** What proves a collection besides: who hands the goods over signs for them (wire-assumptions 4.3, assumed). */
export const collected = {
  signatureTypes: ['CONSIGNOR'] as readonly SignatureType[],
  documentTypes: {
    CONSIGNOR_SIGNATURE: 'signature',
    PHOTO_OF_GOODS_PICKUP: 'photo',
    'PROOF_OF_PICKUP*': 'pod',
  } as Readonly<Record<string, 'pod' | 'photo' | 'signature' | 'exception-photo'>>,
};

/** What planners read for our words of the network's news (connectors/palletways/config.ts). A word that is not here goes as it is. */
export const networkWords: Readonly<Record<string, string>> = {
  BOOKED: 'Booked in by the network',
  ETA: 'Expected',
  REJECTED: 'Rejected by the network',
  COLLECTION_DEPOT: 'At the collection depot',
  TRUNKED_TO_HUB: 'On the trunk to the hub',
  AT_HUB: 'At the hub',
  AT_INTERNATIONAL_HUB: 'At the international hub',
  LEFT_INTERNATIONAL_HUB: 'Left the international hub',
  LEFT_HUB: 'Left the hub',
  STOCK_HELD: 'Stock held',
  DELIVERY_DEPOT: 'At the delivery depot',
  OUT_FOR_DELIVERY: 'Out for delivery',
  DELIVERED: 'Delivered',
  FAILED: 'Delivery failed',
};

/** A tenant that has made such an event has made it for us, as far as we know. */
export const refreshEvents: readonly string[] = ['*'];

/** The tables with which messages and reads are translated. */
export const readingTables = z.object({
  scanKinds: z.array(scanKind).readonly().default(scanKinds),
  stopMilestones: z.array(stopMilestone).readonly().default(stopMilestones),
  /** Milestones that an order's status makes; none by default: a stop says more. */
  orderMilestones: z.array(orderMilestone).readonly().default([]),
  palletStatuses: z.array(palletStatus).readonly().default(palletStatuses),
  /** An arrival is estimated only where the organisation tells estimates (`policy.etaMinutes`); 0: estimates are not read. */
  etaMinutes: z.int().min(0).default(0),
  incidentCodes: z.record(z.string(), z.string()).readonly().default(incidentCodes),
  failingReasons: z.array(z.string().min(1).max(20)).readonly().default(failingReasons),
  /** A code that is not there: `OTHER`, or as it is, to be held back (`policy.unknownReasons`). */
  unknownReasons: z.enum(['send', 'park']).default('send'),
  /** Palletways bill unit to the tenant's packaging code; one not listed goes unchanged. A good is read by the same table. */
  packagings: z.record(z.string(), z.string().min(1)).readonly().default({}),
  documentTypes: documentTypeTable.default(documentTypes),
  signatureTypes: z.array(signatureType).readonly().default(signatureTypes),
  /** Codes of configurable order events (`CUSTOM`) that ask for a read of both sides; `*` is any (wire-assumptions, assumed). */
  refreshEvents: z.array(z.string().min(1).max(80)).readonly().default(refreshEvents),
});
export type ReadingTables = z.output<typeof readingTables>;
export const defaultTables: ReadingTables = readingTables.parse({});

/** Deliveries by 12 and by 14 o'clock (PW25, apis.md 1.9: A/E and A/DY of Iberia). */
export const serviceDeadlines: Readonly<Record<string, string>> = { 'A-E': '12:00', 'A-DY': '14:00' };

/** The timed delivery, booked in beforehand (PW25, apis.md 1.9: A/H). */
export const timedServices: readonly string[] = ['A-H'];

const timeouts = z.object({
  /** Until a connection stands. After this nothing was sent. */
  connect: z.int().positive().default(5_000),
  /** From the request sent until the answer's headers. */
  headers: z.int().positive().default(20_000),
  /** Between two parts of the answer's body. */
  body: z.int().positive().default(20_000),
  /** The whole call, documents included. */
  total: z.int().positive().default(60_000),
});

const limits = z.object({
  /** Longest JSON answer that is read. */
  json: z
    .int()
    .positive()
    .default(4 * 1024 * 1024),
  /** Longest document that is downloaded or imported. */
  document: z
    .int()
    .positive()
    .default(25 * 1024 * 1024),
});

export const qargoAccess = z.object({
  ...readingTables.shape,
  /** Scheme and host, without `/v1`. */
  baseUrl: z.url().default('https://api.qargo.com'),
  /** API client, for tokens (apis 2.2). */
  clientId: z.string().min(1),
  secret: z.string().min(1),
  /** Webhook client, HTTP Basic on `/v1/webhook/*`: separate from the API client (apis 2.2). */
  webhook: z.object({ user: z.string().min(1), password: z.string().min(1) }),
  /** Whom the orders are billed to: Palletways as a customer of the tenant (assumed). */
  customer: z.object({ code: z.string().min(1) }).default({ code: 'PALLETWAYS' }),
  transportService: z.string().min(1).default('PALLETS'),
  /** `<service group>-<service code>` to the tenant's service level code; a service not listed goes unchanged. */
  serviceLevels: z.record(z.string(), z.string().min(1)).readonly().default({}),
  importConfiguration: z.string().min(1).default('API'),
  /** Our depot: pickup stop of a delivery, delivery stop of a collection. */
  depot: z.object({
    code: z.string(),
    name: z.string().min(1),
    address: z.string(),
    city: z.string(),
    postCode: z.string(),
    /** ISO 3166 alpha-2. */
    country: z.string().length(2),
  }),
  /**
   * Date of the stop at our depot: `said` is Palletways' own collection or delivery date for that end; `customer`
   * the date of the customer's stop, for hauliers who load and deliver on one day (assumed).
   */
  depotStopDate: z.enum(['said', 'customer']).default('said'),
  /** Codes of the stop extras (assumed). */
  /** Added to the tables above for collections. */
  collected: z
    .object({
      signatureTypes: z.array(signatureType).readonly().default(collected.signatureTypes),
      documentTypes: documentTypeTable.default(collected.documentTypes),
    })
    .prefault({}),
  /** Document type under which the planners find what Palletways says went wrong (assumed). */
  noticeType: z.string().min(1).default('OTHER_ADMINISTRATION'),
  /** Names of the query parameters of the tenant's document import, which are configured there: for the order's id, the document's type and its name (assumption 52). */
  documentImport: z
    .object({
      id: z.string().min(1).default('id'),
      document_type: z.string().min(1).default('document_type'),
      document_name: z.string().min(1).default('document_name'),
    })
    .prefault({}),
  tailLiftExtra: z.string().min(1).default('TAIL_LIFT'),
  bookInExtra: z.string().min(1).default('BOOK_IN'),
  /**
   * What Palletways' DueTime is (wire assumption 9): the `deadline` by which to deliver, the start of the consignee's `appointment`, or
   * nothing to plan by (`ignored`: a constant for the end of the day). A book-in that the network tells in a note is always an appointment.
   */
  dueTime: z.enum(['deadline', 'appointment', 'ignored']).default('deadline'),
  /** Services, `<group>-<code>`, that must be delivered by a time of day, local `HH:MM` (wire assumption 9c; apis.md 1.9). */
  serviceDeadlines: z
    .record(z.string(), z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/))
    .readonly()
    .default(serviceDeadlines),
  /** Services whose DueTime binds though nothing was booked in; that of any other is shown and not enforced (wire assumption 9). */
  timedServices: z.array(z.string()).readonly().default(timedServices),
  /** Minutes from the time of an appointment to the end of its window (wire assumption 9a). */
  deliveryWindowMinutes: z.int().min(1).max(720).default(60),
  /** Custom field of a consignment that says where it is in the network; it must be there in the tenant (assumed). */
  networkField: z.string().min(1).max(60).default('palletways_status'),
  networkWords: z.record(z.string(), z.string().min(1).max(100)).readonly().default(networkWords),
  /** Whether the sweep reads trips, each for all its orders; false where the tenant's API client may not (assumed: it may). */
  tripReads: z.boolean().default(true),
  timeouts: timeouts.prefault({}),
  limits: limits.prefault({}),
});

/** How one organisation reaches its Qargo tenant. Holds secrets: never logged, never in an error. */
export type QargoAccess = Readonly<z.output<typeof qargoAccess>>;

/** What an organisation may set otherwise than the wire assumptions. */
export const qargoWire = qargoAccess
  .pick({
    scanKinds: true,
    stopMilestones: true,
    orderMilestones: true,
    palletStatuses: true,
    incidentCodes: true,
    failingReasons: true,
    documentTypes: true,
    signatureTypes: true,
    collected: true,
    refreshEvents: true,
    importConfiguration: true,
    depotStopDate: true,
    noticeType: true,
    documentImport: true,
    tailLiftExtra: true,
    bookInExtra: true,
    dueTime: true,
    serviceDeadlines: true,
    timedServices: true,
    deliveryWindowMinutes: true,
    networkField: true,
    networkWords: true,
    tripReads: true,
  })
  .partial()
  .strict();
