import { z } from 'zod';
import { directions } from '../../domain/policy/charges.ts';
import type { Weekday } from '../../domain/policy/cut-off.ts';
import { editFields } from '../../domain/policy/decision.ts';
import { closeOuts, defaultPolicy, type Organisation, papers } from '../../domain/policy/organisation.ts';
import { type Row, rows, standardSwitches } from '../../domain/policy/rows.ts';

const text = (max: number) => z.string().trim().min(1, 'is missing').max(max);
const secret = text(500);
const login = z.strictObject({
  user: text(100).refine((user) => !user.includes(':'), 'may not hold a colon'),
  password: secret,
});

/** An address without credentials, query or fragment; ends without `/`. */
const address = text(300)
  .refine(isAddress, 'is not an http or https address without credentials and query')
  .transform((value) => value.replace(/\/+$/, ''));

const whole = (min: number, max: number) => z.number().int().min(min).max(max);

const eachRow = Object.fromEntries(
  rows.map((row) => [row, z.enum(['on', 'shadow', 'off']).default(standardSwitches[row])]),
) as Record<Row, z.ZodDefault<z.ZodEnum<{ on: 'on'; shadow: 'shadow'; off: 'off' }>>>;

const palletways = z.strictObject({
  apiUrl: address.default('https://api.palletways.com'),
  portalUrl: address.default('https://portal.palletways.com/api'),
  apiKey: secret,
  account: text(50),
  depot: z.strictObject({ number: text(20).regex(/^\d+$/, 'is not a number'), name: text(100) }),
  zone: text(60).refine(isZone, 'is not an IANA time zone'),
  format: z.enum(['xml', 'json']).default('xml'),
  push: login,
  ftp: z
    .strictObject({
      host: text(253),
      port: whole(1, 65_535).default(21),
      user: text(100),
      password: secret,
      secure: z.boolean().default(false),
      folder: text(200).regex(/^\//, 'does not begin with /'),
    })
    .nullable()
    .default(null),
});

const qargo = z.strictObject({
  baseUrl: address,
  clientId: text(200),
  secret,
  webhook: login,
  push: login,
  customer: z.strictObject({ code: text(100) }),
  depot: z.strictObject({
    code: text(100),
    name: text(100),
    address: text(200),
    city: text(100),
    postCode: text(20),
    country: text(2).regex(/^[A-Z]{2}$/, 'is not a country code of two capital letters'),
  }),
  serviceLevels: z.record(text(50), text(100)).default({}),
  packagings: z
    .record(text(20), text(100))
    .refine(
      (codes) => new Set(Object.values(codes)).size === Object.keys(codes).length,
      'has one packaging for two bill units',
    )
    .default({}),
  transportService: text(100).default('PALLETS'),
});

/** Checked by the connectors (`palletwaysWire`, `qargoWire`), which this room does not know. */
const overrides = z.record(text(50), z.unknown()).default({});

const chargePath = z.strictObject({
  qargo: z.enum(['goods', 'person']).default('goods'),
  palletways: z.enum(['note', 'person']).default('note'),
});
const quorum = z.string().regex(/^(all|any|[1-9]\d{0,2})$/, 'is not all, any or a number of pallets');
const evidence = {
  signature: z.boolean(),
  name: z.boolean(),
  photos: whole(0, 50),
  failedPhotos: whole(0, 50),
  papers: z.enum(papers),
};

const weekday = z.union([1, 2, 3, 4, 5, 6, 7].map((day) => z.literal(day as Weekday)));
const servicePart = String.raw`(?:\*|[\w.]{1,12})`;
const cutOffs = z.strictObject({
  rules: z
    .array(
      z.strictObject({
        service: z
          .string()
          .regex(new RegExp(`^(?:\\*|${servicePart}-${servicePart})$`), 'is not <group>-<code> with * for either part'),
        weekdays: z.array(weekday).max(7),
        time: z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'is not a time HH:MM'),
      }),
    )
    .max(200)
    .default([]),
  holidays: z
    .record(
      z.string().regex(/^[A-Z]{2}$/, 'is not a country code of two capital letters'),
      z.array(z.iso.date()).max(400),
    )
    .default({}),
});

const pullMinutes = whole(1, 24 * 60);
const pullStages = z.strictObject({
  announced: pullMinutes.optional(),
  planned: pullMinutes.optional(),
  loaded: pullMinutes.optional(),
  delivered: pullMinutes.optional(),
});

const cancelRuling = z.enum(['cancel', 'ask', 'refuse']);
const ruling = z.enum(['accept', 'ask', 'refuse']).optional();
const editRule = z.strictObject({
  owner: z.enum(['palletways', 'qargo']).optional(),
  announced: ruling,
  planned: ruling,
  loaded: ruling,
  out: ruling,
  arrived: ruling,
  failed: ruling,
  delivered: ruling,
});

/** Whether an order is made. */
const made = z.enum(['order', 'none']);

const policy = z.strictObject({
  lateMilestones: z.enum(['note', 'withhold']).default(defaultPolicy.lateMilestones),
  exceptions: z.enum(['push', 'pull', 'both', 'off']).default(defaultPolicy.exceptions),
  evidence: z
    .strictObject({
      signature: evidence.signature.default(defaultPolicy.evidence.signature),
      name: evidence.name.default(defaultPolicy.evidence.name),
      photos: evidence.photos.default(defaultPolicy.evidence.photos),
      failedPhotos: evidence.failedPhotos.default(defaultPolicy.evidence.failedPhotos),
      papers: evidence.papers.default(defaultPolicy.evidence.papers),
      customers: z.record(text(50), z.strictObject(evidence).partial()).default({}),
    })
    .prefault({}),
  evidenceDays: whole(1, 60).default(defaultPolicy.evidenceDays),
  graceHours: whole(0, 24 * 90).default(defaultPolicy.graceHours),
  pullMinutes: pullMinutes.default(defaultPolicy.pullMinutes),
  pullStages: pullStages.default(defaultPolicy.pullStages),
  rows: z.strictObject(eachRow).prefault({}),
  cutOffs: cutOffs.prefault({}),
  unknownServices: z.enum(['send', 'park']).default(defaultPolicy.unknownServices),
  unknownBillUnits: z.enum(['send', 'park']).default(defaultPolicy.unknownBillUnits),
  unknownReasons: z.enum(['send', 'park']).default(defaultPolicy.unknownReasons),
  sweepSeconds: whole(10, 3600).default(defaultPolicy.sweepSeconds),
  palletwaysCallsPer2s: whole(1, 3).default(defaultPolicy.palletwaysCallsPer2s),
  qargoCallsPerSecond: whole(1, 2).default(defaultPolicy.qargoCallsPerSecond),
  notesPerCall: whole(1, 50).default(defaultPolicy.notesPerCall),
  quietSeconds: whole(1, 900).default(defaultPolicy.quietSeconds),
  cancellation: z
    .strictObject({
      announced: cancelRuling.default(defaultPolicy.cancellation.announced),
      planned: cancelRuling.default(defaultPolicy.cancellation.planned),
      loaded: cancelRuling.default(defaultPolicy.cancellation.loaded),
      delivered: cancelRuling.default(defaultPolicy.cancellation.delivered),
    })
    .prefault({}),
  edits: z.partialRecord(z.enum(editFields), editRule).default({}),
  decisions: z
    .strictObject({
      tell: z.enum(['refused', 'all']).default(defaultPolicy.decisions.tell),
      qargo: z.enum(['document', 'off']).default(defaultPolicy.decisions.qargo),
      planner: z.enum(['judge', 'off']).default(defaultPolicy.decisions.planner),
    })
    .prefault({}),
  refreshMinutes: whole(0, 24 * 60).default(defaultPolicy.refreshMinutes),
  maxHistory: whole(100, 4000).default(defaultPolicy.maxHistory),
  charges: z
    .strictObject({
      measured: z.enum(directions).default(defaultPolicy.charges.measured),
      regrade: z.enum(directions).default(defaultPolicy.charges.regrade),
      surcharge: z.enum(directions).default(defaultPolicy.charges.surcharge),
    })
    .prefault({}),
  chargePaths: z
    .strictObject({
      measured: chargePath.prefault({}),
      regrade: chargePath.prefault({}),
      surcharge: chargePath.extend({ qargo: z.literal('person').default('person') }).prefault({}),
    })
    .prefault({}),
  closeOut: z.enum(closeOuts).default(defaultPolicy.closeOut),
  loadedQuorum: quorum.default(defaultPolicy.loadedQuorum),
  deliveredQuorum: quorum.default(defaultPolicy.deliveredQuorum),
  quorumMinutes: whole(1, 1440).default(defaultPolicy.quorumMinutes),
  clockAheadMinutes: whole(1, 1440).default(defaultPolicy.clockAheadMinutes),
  clockBehindDays: whole(1, 365).default(defaultPolicy.clockBehindDays),
  partDelivery: z.enum(['delivered', 'failed']).default(defaultPolicy.partDelivery),
  podQuantities: z.enum(['tell', 'off']).default(defaultPolicy.podQuantities),
  etaMinutes: whole(0, 1440).default(defaultPolicy.etaMinutes),
  bookIns: z.enum(['in', 'both']).default(defaultPolicy.bookIns),
  roles: z
    .strictObject({
      depots: z.array(text(50)).max(50).default([]),
      collecting: made.default(defaultPolicy.roles.collecting),
      requesting: made.default(defaultPolicy.roles.requesting),
      thirdParty: made.default(defaultPolicy.roles.thirdParty),
      collections: z.enum(['delivery', 'collected']).default(defaultPolicy.roles.collections),
      returns: z
        .array(z.string().regex(/^[\w.]{1,12}-[\w.]{1,12}$/, 'is not <group>-<code>'))
        .max(50)
        .default([]),
    })
    .prefault({}),
});

/** What an organisation's configuration must be; the types are `domain/policy/organisation.ts`. Unknown fields are refused. */
export const organisationSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{2,40}$/, 'is not 2 to 40 of a-z, 0-9 and -'),
  name: text(100),
  active: z.boolean().default(true),
  palletways,
  qargo,
  wire: z.strictObject({ palletways: overrides, qargo: overrides }).prefault({}),
  policy: policy.prefault({}),
}) satisfies z.ZodType<Organisation>;

/** An organisation before its defaults are filled in. */
export type OrganisationInput = z.input<typeof organisationSchema>;

/** Where the secrets are: dotted paths, sealed apart from the settings. */
export const secretPaths = [
  'palletways.apiKey',
  'palletways.push.password',
  'palletways.ftp.password',
  'qargo.secret',
  'qargo.webhook.password',
  'qargo.push.password',
] as const;
export type SecretPath = (typeof secretPaths)[number];

function isAddress(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return (
    /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  );
}

function isZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return !/^[+-]/.test(value);
  } catch {
    return false;
  }
}
