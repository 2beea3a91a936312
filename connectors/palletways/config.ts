/**
 * How one organisation reaches its Palletways account. Everything that docs/wire-assumptions.md 2 assumes is a
 * setting here with the default named there, so that the first real account changes settings, not code.
 */
import { z } from 'zod';
import { chargeKinds } from '../../domain/facts/facts.ts';
import { notations } from '../../domain/facts/number.ts';
import { isZone } from './local-time.ts';

const code = z.string().regex(/^[A-Z0-9]{1,10}$/i);
const noteCode = z.object({ group: code, type: code });

/** Note group and type, e.g. `STS`/`DLV` (apis.md 1.7: the list is not public). */
export type NoteCode = z.infer<typeof noteCode>;

const pair = (group: string, type: string) => noteCode.default({ group, type });

/** The code of an exception for which the account's table has no line. */
export const otherExceptionType = 'OTH';
const exceptionTypes: Readonly<Record<string, string>> = {
  CARDED: 'CRD',
  ADDRESS: 'ADR',
  DAMAGE: 'DMG',
  SHORT: 'SHT',
  REFUSED: 'REF',
  CLOSED: 'CLO',
  OTHER: otherExceptionType,
};

/** Codes of the notes we write (wire assumptions 2.3; all assumed but `general`, which is apis.md 1.7). */
export const noteCodes = z.object({
  planned: pair('PLN', 'ALC'),
  unplanned: pair('PLN', 'UNA'),
  'scan-load': pair('SCN', 'LOD'),
  'scan-unload': pair('SCN', 'UNL'),
  'scan-cross-dock': pair('SCN', 'XDK'),
  'scan-delivery': pair('SCN', 'DEL'),
  out: pair('STS', 'OFD'),
  /** The pickup of a collection that another depot delivers. */
  collected: pair('STS', 'COL'),
  arrived: pair('STS', 'ARR'),
  delivered: pair('STS', 'DLV'),
  failed: pair('STS', 'FLD'),
  eta: pair('STS', 'ETA'),
  /** The window that a planner of ours set (apis.md 1.7). */
  booking: pair('BIN', 'BIN'),
  pod: pair('POD', 'POD'),
  /** What was measured, regraded or surcharged: Palletways has no note for it that is known. */
  charge: pair('JIN', 'GIN'),
  /** What became of a late edit or cancellation. */
  decision: pair('JIN', 'GIN'),
  general: pair('JIN', 'GIN'),
  /** Note type by reason code; a reason that is not here goes as `OTHER`. */
  exception: z
    .object({ group: code.default('EXC'), types: z.record(z.string(), code).default({ ...exceptionTypes }) })
    .prefault({}),
  /** Before the type code in the description of a milestone told late. */
  lateWord: z.string().default('LATE'),
  /** Longest texts, in characters. */
  limits: z
    .object({
      text: z.number().int().min(60).default(250),
      name: z.number().int().min(1).default(50),
      description: z.number().int().min(1).default(40),
    })
    .prefault({}),
});
export type NoteCodes = z.infer<typeof noteCodes>;

/** What Palletways calls its events (wire assumptions 2.1, assumed). Compared in any case. */
export const pushEvents = z.object({
  created: z.string().default('CREATED'),
  amended: z.string().default('AMENDED'),
  labelled: z.string().default('LABELLED'),
  tracked: z.string().default('TRACKED'),
  cancelled: z.string().default('CANCELLED'),
});
export type PushEvents = z.infer<typeof pushEvents>;

const chargeCode = noteCode.extend({ charge: z.enum(chargeKinds) });
/** A note's code, and what kind of change it tells. */
export type ChargeCode = z.infer<typeof chargeCode>;

export const defaultChargeCodes: readonly ChargeCode[] = [
  { group: 'CHG', type: 'WGT', charge: 'weight' },
  { group: 'CHG', type: 'DIM', charge: 'dimensions' },
  { group: 'CHG', type: 'REG', charge: 'regrade' },
  { group: 'CHG', type: 'SUR', charge: 'surcharge' },
];

const networkCode = z.object({
  group: code,
  type: code.or(z.literal('*')),
  code: z.string().regex(/^[A-Z][A-Z_]{1,30}$/),
});

/**
 * Our words for notes of the network (wire assumptions 2.3, assumed but `BIN`, which is apis.md 1.7): by group and type, `*` is any
 * type. The first that fits; before the status code.
 */
export const defaultNetworkCodes: readonly z.infer<typeof networkCode>[] = [
  { group: 'BIN', type: '*', code: 'BOOKED' },
  { group: 'ETA', type: '*', code: 'ETA' },
  { group: 'REJ', type: '*', code: 'REJECTED' },
  { group: 'HLD', type: '*', code: 'STOCK_HELD' },
  { group: 'POD', type: '*', code: 'DELIVERED' },
  { group: 'STS', type: 'OFD', code: 'OUT_FOR_DELIVERY' },
  { group: 'STS', type: 'DLV', code: 'DELIVERED' },
  { group: 'STS', type: 'FLD', code: 'FAILED' },
];

/** Our words for the status codes of apis.md 1.8 that a note can set. */
export const defaultNetworkStatuses: Readonly<Record<string, string>> = {
  '15': 'REJECTED',
  '300': 'COLLECTION_DEPOT',
  '350': 'TRUNKED_TO_HUB',
  '500': 'AT_HUB',
  '525': 'AT_INTERNATIONAL_HUB',
  '530': 'LEFT_INTERNATIONAL_HUB',
  '550': 'LEFT_HUB',
  '675': 'STOCK_HELD',
  '700': 'DELIVERY_DEPOT',
  '800': 'OUT_FOR_DELIVERY',
  '900': 'DELIVERED',
};

/**
 * What a status code, or the name of a status without a code, says of a cancellation (wire assumption 27): `cancelled`, or `asked`, a
 * question to a person. 15 is published as REJECTED, and the only one that ends a consignment before it is delivered (apis.md 1.8).
 */
const cancelStatus = z.enum(['cancelled', 'asked', 'nothing']);
export type CancelStatuses = Readonly<Record<string, z.infer<typeof cancelStatus>>>;
export const defaultCancelStatuses: CancelStatuses = { '15': 'asked', REJECTED: 'asked' };

/** Beginnings of words with which a free text may say that a consignment is cancelled, in languages of the network. */
export const defaultCancelWords: readonly string[] = ['cancel', 'anul', 'annul', 'storn'];

const host = z.enum(['api', 'portal']);
/** The host of each method (apis.md 1.3; wire assumption 29: guide and other people's code contradict each other). */
export const methodHosts = z.strictObject({
  keytest: host.default('api'),
  version: host.default('portal'),
  getConsignment: host.default('api'),
  getNotes: host.default('api'),
  createSystemNote: host.default('api'),
  consEntered: host.default('api'),
  conStatusById: host.default('api'),
  conStatusByConNo: host.default('api'),
  conStatusByTrackingId: host.default('api'),
  getDynConStatus: host.default('portal'),
  availableServices: host.default('api'),
  getLabelsByTID: host.default('api'),
  getPodByTrackingId: host.default('api'),
  podimages: host.default('portal'),
});
export type MethodHosts = z.infer<typeof methodHosts>;
export type Method = keyof MethodHosts;

const milliseconds = z.number().int().min(1).max(600_000);

export const ftpAccess = z.object({
  host: z.string().min(1),
  port: z.number().int().min(1).max(65_535).default(21),
  user: z.string().min(1),
  password: z.string(),
  /** `auto`: AUTH TLS where the server offers it; `always`: refuse a server that does not. */
  secure: z.enum(['auto', 'never', 'always']).default('auto'),
  /** Whether the server's certificate must be one we trust. */
  verify: z.boolean().default(true),
  /** `{depot}` stands for the depot's number (wire assumptions 2.4, assumed). */
  folder: z.string().startsWith('/').default('/pod/{depot}'),
});
export type FtpAccess = z.infer<typeof ftpAccess>;

/** A note of the network that says that something went wrong (`*`: any type): our code, and words for people. */
const networkException = z.object({
  group: code,
  type: code.or(z.literal('*')),
  code: z.string().regex(/^[A-Z0-9_]{1,20}$/),
  words: z.string().min(1).max(60),
});
export type NetworkException = z.infer<typeof networkException>;

/** Wire assumptions 4.1, assumed: the list of codes is not public. */
export const defaultNetworkExceptions: readonly NetworkException[] = [
  { group: 'REJ', type: '*', code: 'REJECTED', words: 'rejected' },
  { group: 'HLD', type: '*', code: 'STOCK_HELD', words: 'stock held' },
  { group: 'STS', type: 'FLD', code: 'FAILED', words: 'delivery failed' },
];

/** Access of one organisation to Palletways. Holds secrets: never logged, never in Temporal history. */
export const palletwaysAccess = z.object({
  /** "API2", the current host (apis.md 1.1). */
  apiUrl: z.url().default('https://api.palletways.com/'),
  /** The older portal host, with its path (apis.md 1.1). */
  portalUrl: z.url().default('https://portal.palletways.com/api/'),
  apiKey: z.string().min(1),
  /** Customer account code, e.g. `434481`; '' where the key implies it (apis.md 1.4). */
  account: z.string().default(''),
  depot: z.object({ number: z.string().regex(/^\w{1,10}$/), name: z.string().default('') }),
  /** IANA zone of the depot: all Palletways times are local to it (apis.md 1.2, inferred). */
  zone: z.string().refine(isZone, 'not a known time zone').default('Europe/London'),
  format: z.enum(['xml', 'json']).default('xml'),
  hosts: methodHosts.prefault({}),
  /**
   * Where `createSystemNote` says what it is to do (wire assumption 18): key, commit and formats in the query as in every published call
   * and in the form `both`; or all in the `form`, or all in the `query`. The notes themselves are in the form but for `query`.
   */
  notesParameters: z.enum(['both', 'form', 'query']).default('both'),
  timeouts: z
    .object({
      /** Until the connection stands. */
      connectMs: milliseconds.default(5_000),
      /** From the request sent to the head of the answer. */
      headersMs: milliseconds.default(20_000),
      /** From the head of the answer to its last byte. */
      bodyMs: milliseconds.default(60_000),
    })
    .prefault({}),
  limits: z
    .object({
      bodyBytes: z
        .number()
        .int()
        .min(1024)
        .default(32 * 1024 * 1024),
    })
    .prefault({}),
  ftp: ftpAccess.nullable().default(null),
  codes: noteCodes.prefault({}),
  /**
   * A note with one of these in its text or its BookInReference tells a redirect, and names the new tracking id (wire assumption 12).
   * Compared in any case; `redirec` begins it in Spanish, Portuguese and English.
   */
  redirectWords: z.array(z.string().min(4)).default(['redirec']),
  /** Notes from Palletways that cancel (wire assumptions 2.3, assumed). */
  cancelCodes: z.array(noteCode).default([{ group: 'CAN', type: 'CAN' }]),
  /** Statuses of Palletways that cancel, or that a person is asked about, by code or name. */
  cancelStatuses: z.record(z.string().min(1).max(40), cancelStatus).readonly().default(defaultCancelStatuses),
  /** A note or a name of a status with a word that begins so is a question to a person, and never a cancellation. */
  cancelWords: z.array(z.string().min(3)).readonly().default(defaultCancelWords),
  /** The method that tells the status of a consignment (apis.md 1.8, wire assumptions 27 and 28); `none`: it is not asked for. */
  statusMethod: z.enum(['getDynConStatus', 'conStatusByTrackingId', 'none']).default('getDynConStatus'),
  /** Notes from Palletways that tell an exception (wire assumptions 4.1, assumed). */
  networkExceptions: z.array(networkException).default([...defaultNetworkExceptions]),
  /** False: nothing is pushed, and it is known (wire assumption 1). Pushes that come are read all the same. */
  pushes: z.boolean().default(true),
  /** Fields of an order that no message carries, and that are of no matter (wire assumption 71): `instructions`, `reference`, .. */
  notCarried: z
    .array(z.string().regex(/^[a-zA-Z]{3,30}$/))
    .readonly()
    .default([]),
  events: pushEvents.prefault({}),
  /** Notes from Palletways that change what is charged for (wire assumptions 2.3, assumed). */
  chargeCodes: z.array(chargeCode).default([...defaultChargeCodes]),
  /** How people at the account write numbers in the text of notes (wire assumption 116): `1,250.50` or `1.250,50`. */
  numbers: z.enum(notations).default('point'),
  /** What of the network's notes is told to Qargo (row `network`). */
  networkCodes: z.array(networkCode).readonly().default(defaultNetworkCodes),
  networkStatuses: z
    .record(z.string().regex(/^\d{1,4}$/), z.string().regex(/^[A-Z][A-Z_]{1,30}$/))
    .readonly()
    .default(defaultNetworkStatuses),
  /** Elements of pushes and of the rows of assumed answers that have another name: ours to theirs; two may not become one. */
  elements: z
    .record(z.string().min(1), z.string().regex(/^[A-Za-z_][\w.-]*$/))
    .refine(
      (names) => new Set(Object.values(names).map((name) => name.toLowerCase())).size === Object.keys(names).length,
      'two words become one',
    )
    .default({}),
  /** At most so many notes in one `createSystemNote` (wire assumptions 2.3, assumed). */
  notesPerCall: z.number().int().min(1).max(500).default(50),
});
export type PalletwaysAccess = z.infer<typeof palletwaysAccess>;

/** What an organisation may set otherwise than the wire assumptions. */
export const palletwaysWire = palletwaysAccess
  .pick({
    hosts: true,
    notesParameters: true,
    codes: true,
    cancelCodes: true,
    cancelStatuses: true,
    cancelWords: true,
    statusMethod: true,
    redirectWords: true,
    networkExceptions: true,
    pushes: true,
    notCarried: true,
    events: true,
    chargeCodes: true,
    numbers: true,
    networkCodes: true,
    networkStatuses: true,
    elements: true,
  })
  .partial()
  .strict();

export const defaultNoteCodes: NoteCodes = noteCodes.parse({});
export const defaultPushEvents: PushEvents = pushEvents.parse({});
export const defaultCancelCodes: readonly NoteCode[] = [{ group: 'CAN', type: 'CAN' }];
