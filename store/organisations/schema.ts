import { z } from 'zod';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { policySchema } from './policy-schema.ts';

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

/** What an organisation's configuration must be; the types are `domain/policy/organisation.ts`. Unknown fields are refused. */
export const organisationSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{2,40}$/, 'is not 2 to 40 of a-z, 0-9 and -'),
  name: text(100),
  active: z.boolean().default(true),
  palletways,
  qargo,
  wire: z.strictObject({ palletways: overrides, qargo: overrides }).prefault({}),
  policy: policySchema.prefault({}),
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
