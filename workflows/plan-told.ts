/**
 * Whether what a signal brought is a plan, in every part that is used: a signal cannot be refused, and what is wrong in it would fail
 * the workflow's task for ever. Anything is looked at, nothing throws.
 */
import type { Counterpart } from '../domain/facts/facts.ts';
import { type Leg, roles } from '../domain/facts/roles.ts';
import type { Cause, PlainCause } from '../domain/obligations/causes.ts';
import { obligationKinds } from '../domain/obligations/kinds.ts';
import { lanes } from '../domain/obligations/lanes.ts';
import type { Asked, LanePlan, Outstanding, Page, Plan } from '../domain/obligations/plan.ts';
import type { Stage } from '../domain/state/state.ts';

type Shape = Readonly<Record<string, unknown>>;

const stages: Readonly<Record<Stage, true>> = {
  announced: true,
  planned: true,
  'out for delivery': true,
  'at consignee': true,
  failed: true,
  delivered: true,
  cancelled: true,
  merged: true,
};
const legs: Readonly<Record<Leg, true>> = { 'as told': true, delivery: true, collection: true, both: true, none: true };
const sides: Readonly<Record<Counterpart, true>> = { palletways: true, qargo: true };
const questions: Readonly<Record<Asked, true>> = { missing: true, sign: true, held: true };
const states: Readonly<Record<Outstanding['state'], true>> = {
  due: true,
  needs: true,
  waits: true,
  refused: true,
  unknown: true,
  off: true,
  shadow: true,
};

/** More of anything than this is no plan. */
const most = 50;
const longest = 300;

const isShape = (value: unknown): value is Shape =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= longest;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isOneOf = (known: object, value: unknown): boolean => typeof value === 'string' && Object.hasOwn(known, value);
const isInstant = (value: unknown): value is string =>
  typeof value === 'string' &&
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) &&
  !Number.isNaN(Date.parse(value));
const isLeftOut = (value: unknown, is: (value: unknown) => boolean): boolean => value === undefined || is(value);
const areAll = (value: unknown, is: (value: unknown) => boolean): value is unknown[] =>
  Array.isArray(value) && value.length <= most && value.every(is);

function isLanePlan(value: unknown): value is LanePlan {
  if (
    !isShape(value) ||
    !isCount(value.due) ||
    !isCount(value.rank) ||
    !isCount(value.supersedes) ||
    !isShape(value.kinds)
  )
    return false;
  return Object.entries(value.kinds).every(
    ([kind, count]) => isOneOf(obligationKinds, kind) && isLeftOut(count, isCount),
  );
}

function areLanes(value: unknown): boolean {
  if (!isShape(value)) return false;
  return Object.entries(value).every(
    ([lane, plan]) => (lanes as readonly string[]).includes(lane) && (plan === undefined || isLanePlan(plan)),
  );
}

const areTexts = (value: unknown): boolean => areAll(value, isText);
const isFlag = (value: unknown): boolean => typeof value === 'boolean';

/** The data of each code that has some. */
const causeData: Readonly<
  Record<Exclude<Cause['code'], PlainCause>, Readonly<Record<string, (value: unknown) => boolean>>>
> = {
  needs: { need: isText },
  unmapped: { table: isText, value: isText },
  'field missing': { field: isText },
  'POD outstanding': { signature: isFlag, name: isFlag, photos: isCount, photosWanted: isCount },
  'amendment undecided': { fields: areTexts },
  'cancellation undecided': { moved: isFlag, stage: isText },
  'not taken': { fields: areTexts },
  'upload failed': { status: isText },
  'same file': { as: isText },
  'sent as photos': { count: isCount },
  moved: { to: areTexts },
  ambiguous: { by: areTexts, count: isCount, consignments: areTexts },
  'other release': { was: isText },
};

/** A code that this release does not know is shown as it stands. */
function isCause(value: unknown): value is Cause {
  if (!isShape(value) || !isText(value.code)) return false;
  const data = Object.hasOwn(causeData, value.code) ? causeData[value.code as keyof typeof causeData] : {};
  return Object.entries(data).every(([name, is]) => is(value[name]));
}

function isOutstanding(value: unknown): value is Outstanding {
  if (!isShape(value) || !isText(value.key)) return false;
  if (!isOneOf(obligationKinds, value.kind) || !isOneOf(sides, value.to) || !isOneOf(states, value.state)) return false;
  return isLeftOut(value.by, isText) && isLeftOut(value.cause, isCause) && isLeftOut(value.until, isInstant);
}

const isGoods = (value: unknown): boolean =>
  isShape(value) && Number.isFinite(value.lifts) && Number.isFinite(value.weight);
const isHappening = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && isInstant(value[0]) && isText(value[1]);

function isPage(value: unknown): value is Page {
  if (!isShape(value) || !isLeftOut(value.goods, isGoods) || !areAll(value.happened, isHappening)) return false;
  if (!areAll(value.outstanding, isOutstanding) || !isCount(value.more)) return false;
  return areAll(value.asked, (asked) => isOneOf(questions, asked));
}

export function isPlan(value: unknown): value is Plan {
  if (!isShape(value) || !isCount(value.version) || !isOneOf(stages, value.stage) || !isOneOf(legs, value.leg))
    return false;
  if (!isText(value.service) || !areAll(value.reference, isText) || typeof value.attention !== 'boolean') return false;
  if (!areAll(value.roles, (role) => (roles as readonly unknown[]).includes(role)) || !areLanes(value.lanes))
    return false;
  if (!isLeftOut(value.wakeAt, isInstant) || !isLeftOut(value.closeAt, isInstant)) return false;
  return Number.isFinite(value.maxHistory) && isPage(value.page);
}
