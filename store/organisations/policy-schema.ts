/** The check of an organisation's policy, made from its table of settings (domain/policy/settings.ts). */
import { z } from 'zod';
import type { Weekday } from '../../domain/policy/cut-off.ts';
import { editFields } from '../../domain/policy/edits.ts';
import { type Given, isSetting, type Setting, type Settings } from '../../domain/policy/setting.ts';
import { type Policy, type PolicyInput, policySettings } from '../../domain/policy/settings.ts';

const text = (max: number) => z.string().trim().min(1, 'is missing').max(max);

const weekday = z.union([1, 2, 3, 4, 5, 6, 7].map((day) => z.literal(day as Weekday)));
const servicePart = String.raw`(?:\*|[\w.]{1,12})`;
const cutOffRules = z
  .array(
    z.strictObject({
      service: z
        .string()
        .regex(new RegExp(`^(?:\\*|${servicePart}-${servicePart})$`), 'is not <group>-<code> with * for either part'),
      weekdays: z.array(weekday).max(7),
      time: z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'is not a time HH:MM'),
    }),
  )
  .max(200);
const holidays = z.record(
  z.string().regex(/^[A-Z]{2}$/, 'is not a country code of two capital letters'),
  z.array(z.iso.date()).max(400),
);

const { customers: _customers, ...wanted } = policySettings.evidence;
const { pullMinutes } = policySettings;
const pullStages = z.strictObject(
  Object.fromEntries(Object.keys(policySettings.cancellation).map((stage) => [stage, checkOf(pullMinutes).optional()])),
);

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
const quorum = z.string().regex(/^(all|any|[1-9]\d{0,2})$/, 'is not all, any or a number of pallets');

/** Checks of what has a check of its own, as the settings are nested. */
type Checks<S> = {
  readonly [K in keyof S as HasGiven<S[K]> extends true ? K : never]: S[K] extends Given<infer T>
    ? z.ZodType<T>
    : Checks<S[K]>;
};
type HasGiven<S> =
  S extends Given<unknown>
    ? true
    : S extends Setting
      ? false
      : true extends { [K in keyof S]: HasGiven<S[K]> }[keyof S]
        ? true
        : false;

const checks: Checks<typeof policySettings> = {
  cutOffs: { rules: cutOffRules, holidays },
  evidence: {
    customers: z.record(
      text(50),
      z.strictObject(Object.fromEntries(Object.entries(wanted).map(([name, of]) => [name, checkOf(of)]))).partial(),
    ),
  },
  pullStages,
  edits: z.partialRecord(z.enum(editFields), editRule),
  loadedQuorum: quorum,
  deliveredQuorum: quorum,
  roles: {
    depots: z.array(text(50)).max(50),
    returns: z.array(z.string().regex(/^[\w.]{1,12}-[\w.]{1,12}$/, 'is not <group>-<code>')).max(50),
  },
};

function checkOf(of: Exclude<Setting, Given>): z.ZodType {
  if (of.is === 'choice') return z.enum(of.of);
  return of.is === 'whole' ? z.number().int().min(of.min).max(of.max) : z.boolean();
}

interface NestedChecks {
  readonly [name: string]: z.ZodType | NestedChecks;
}

/** Each setting is as by default where nobody says it; what is no setting is refused. */
function schemaOf(settings: Settings, own: NestedChecks): z.ZodType {
  const shape = Object.entries(settings).map(([name, of]): [string, z.ZodType] => {
    const check = own[name];
    if (!isSetting(of)) return [name, schemaOf(of, (check ?? {}) as NestedChecks).prefault({})];
    const value = of.is === 'given' ? (check as z.ZodType) : checkOf(of);
    return [name, value.default(of.standard)];
  });
  return z.strictObject(Object.fromEntries(shape));
}

export const policySchema = schemaOf(policySettings, checks) as z.ZodType<Policy, PolicyInput>;
