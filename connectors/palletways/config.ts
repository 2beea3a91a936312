/**
 * How one organisation reaches its Palletways account. Everything that docs/wire-assumptions.md 2 assumes is a
 * setting here with the default named there, so that the first real account changes settings, not code.
 */
import { z } from 'zod';
import { isZone } from './local-time.ts';

const code = z.string().regex(/^[A-Z0-9]{1,10}$/i);
const noteCode = z.object({ group: code, type: code });

/** Note group and type, e.g. `STS`/`DLV` (apis.md 1.7: the list is not public). */
export type NoteCode = z.infer<typeof noteCode>;

const pair = (group: string, type: string) => noteCode.default({ group, type });

const exceptionTypes: Readonly<Record<string, string>> = {
  CARDED: 'CRD',
  ADDRESS: 'ADR',
  DAMAGE: 'DMG',
  SHORT: 'SHT',
  REFUSED: 'REF',
  CLOSED: 'CLO',
  OTHER: 'OTH',
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
  arrived: pair('STS', 'ARR'),
  delivered: pair('STS', 'DLV'),
  failed: pair('STS', 'FLD'),
  pod: pair('POD', 'POD'),
  /** What became of a late edit or cancellation. */
  verdict: pair('JIN', 'GIN'),
  general: pair('JIN', 'GIN'),
  /** Note type by reason code; a reason that is not here goes as `OTHER`. */
  exception: z.object({ group: code.default('EXC'), types: z.record(z.string(), code).default({ ...exceptionTypes }) }).prefault({}),
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
  /** Notes from Palletways that cancel (wire assumptions 2.3, assumed). */
  cancelCodes: z.array(noteCode).default([{ group: 'CAN', type: 'CAN' }]),
  events: pushEvents.prefault({}),
  /** At most so many notes in one `createSystemNote` (wire assumptions 2.3, assumed). */
  notesPerCall: z.number().int().min(1).max(500).default(50),
});
export type PalletwaysAccess = z.infer<typeof palletwaysAccess>;

/** What an organisation may set otherwise than the wire assumptions. */
export const palletwaysWire = palletwaysAccess.pick({ codes: true, cancelCodes: true, events: true }).partial().strict();

export const defaultNoteCodes: NoteCodes = noteCodes.parse({});
export const defaultPushEvents: PushEvents = pushEvents.parse({});
export const defaultCancelCodes: readonly NoteCode[] = [{ group: 'CAN', type: 'CAN' }];
