/** A planner's edit of the order in Qargo, found by a read: Qargo tells none. Judged once, when it is first seen. A window is a book-in. */
import { findPlannerEdits, readWindow } from '../../connectors/qargo/read.ts';
import type { NetworkContent, OrderContent } from '../../domain/facts/content.ts';
import type { Counterpart, Decision, Fact, PlannerEditFact } from '../../domain/facts/facts.ts';
import type { Leg } from '../../domain/facts/roles.ts';
import { heldPrefix, judgedAt, judgeField, rulesOf } from '../../domain/policy/decision.ts';
import type { EditField } from '../../domain/policy/edits.ts';
import type { Policy } from '../../domain/policy/settings.ts';
import { plannersMoment } from '../../domain/state/book-in.ts';
import { keepDecision, stateForDecisions } from '../../store/decisions/decisions.ts';
import type { Queryable } from '../../store/postgres/database.ts';
import { consignmentRow, keepQargoSide } from '../../store/record/consignments.ts';
import { storeFact } from '../../store/record/facts.ts';
import { bookInHeldAt } from '../../store/record/network.ts';
import { agreedBefore, latestHeld } from '../../store/record/planner-edits.ts';
import type { Work } from '../sending/work.ts';
import { overlayOf } from './overlay.ts';

/** Tells whether we send Palletways a book-in for the window that a planner sets at a delivery. */
export const takesPlannerWindows = ({ rows, bookIns }: Policy): boolean => rows.network === 'on' && bookIns === 'both';

/** A read of an order, and how what it shows is taken in. */
interface Look extends Pick<Work, 'services' | 'organisation' | 'consignment'> {
  readonly answer: unknown;
  /** UTC ISO. */
  readonly startedAt: string;
  readonly handedOver: boolean;
  /** Fields that an update of ours may have written already. */
  readonly inDoubt: readonly EditField[];
}

/**
 * Takes in what a read of the order's status shows of a planner's edits; answers the facts that are news. Only a read that began
 * after the order and its book-in were confirmed counts: what it shows is then no echo of ours that is still on its way. That of an
 * update of the order, made before it is sent (`ownUpdate`), always does, but for the fields that may have been written already. Another
 * weight or other bill units are a change of what is charged for, where such changes are taken notice of (goods.ts). Must
 * run in a transaction.
 */
export async function ingestPlannerEdits(
  tx: Queryable,
  { services, organisation, consignment }: Pick<Work, 'services' | 'organisation' | 'consignment'>,
  { answer, startedAt }: { readonly answer: unknown; readonly startedAt: string },
  {
    handedOver,
    ownUpdate,
  }: { readonly handedOver: boolean; readonly ownUpdate?: { readonly inDoubt: readonly EditField[] } },
): Promise<Fact[]> {
  const { policy } = organisation;
  if (policy.decisions.planner === 'off' && !takesPlannerWindows(policy)) return [];
  const agreed = await agreedBefore(tx, consignment, startedAt, ownUpdate !== undefined);
  if (agreed === null) return [];
  const look: Look = {
    services,
    organisation,
    consignment,
    answer,
    startedAt,
    handedOver,
    inDoubt: ownUpdate?.inDoubt ?? [],
  };
  const shown = await compare(tx, look, agreed);
  const booked = await takeInWindow(tx, look, shown);
  const facts = booked === null ? [] : [booked];
  const { otherwise } = booked === null ? shown : await compare(tx, look, agreed);
  if (otherwise === null || policy.decisions.planner === 'off') return facts;
  return [...facts, ...(await takeInFields(tx, look, otherwise))];
}

type Fields = Readonly<Partial<Record<EditField, string>>>;

interface Shown {
  /** The leg that is ours now. */
  readonly leg: Leg;
  /** The values that Qargo holds otherwise than agreed, by field; null where the answer was no order. */
  readonly otherwise: Fields | null;
}

/** Compares what Qargo holds with the agreed copy, as Qargo was told it. */
async function compare(
  tx: Queryable,
  { services, organisation, consignment, answer }: Look,
  agreed: OrderContent,
): Promise<Shown> {
  const overlay = await overlayOf(
    { services, organisation, consignment, row: await consignmentRow(tx, consignment) },
    tx,
  );
  const access = services.counterparts.accessOf(organisation).qargo;
  return { leg: overlay.leg, otherwise: findPlannerEdits(overlay.told(agreed), answer, access) };
}

/**
 * Makes a book-in of a window that a planner set at the delivery, where such windows are ours; answers it where it is news. It is no edit
 * then.
 */
async function takeInWindow(tx: Queryable, look: Look, { leg, otherwise }: Shown): Promise<Fact | null> {
  const { organisation, consignment, startedAt } = look;
  const isSet = otherwise?.deliveryDate !== undefined && !look.inDoubt.includes('deliveryDate');
  // A collection is delivered at our own depot: its window there is no book-in.
  const window =
    takesPlannerWindows(organisation.policy) && leg !== 'collection' && isSet ? readWindow(look.answer) : null;
  if (window === null) return null;
  const { date, from: time, until, enforced } = window;
  const body: NetworkContent = {
    text: '',
    date,
    time,
    contact: '',
    reference: '',
    signedBy: '',
    window: { until, enforced },
  };
  const moment = plannersMoment(startedAt, await bookInHeldAt(tx, consignment, startedAt));
  const base = { ...moment, zone: organisation.palletways.zone, source: 'qargo', code: 'BOOKED' } as const;
  const bookIn = { date, time, digest: '' };
  const booked = await storeFact(tx, consignment, { ...base, kind: 'network', bookIn, body }, said(look));
  if (booked?.content === undefined) return null;
  // Qargo holds it already: no order of ours takes it back.
  await keepQargoSide(tx, consignment, { bookIn: booked.content });
  return booked;
}

const said = ({ organisation, startedAt, handedOver }: Look) =>
  ({ organisation: organisation.id, journal: null, heard: startedAt, via: 'read', handedOver }) as const;

/** Keeps a snapshot of the fields that Qargo holds otherwise, where it is news, and judges what changed in it; answers the facts. */
async function takeInFields(tx: Queryable, look: Look, otherwise: Fields): Promise<Fact[]> {
  const { consignment, startedAt } = look;
  const before = (await latestHeld(tx, consignment))?.fields ?? {};
  const fields = digestsOf(look, otherwise, before);
  const changed = Object.keys(fields).filter((field) => fields[field] !== before[field]) as EditField[];
  if (changed.length === 0 && Object.keys(before).length === Object.keys(fields).length) return [];
  const id = `${heldPrefix}${startedAt}`;
  const seen = await storeFact(
    tx,
    consignment,
    { kind: 'held', id, at: startedAt, zone: 'UTC', source: 'qargo', fields },
    said(look),
  );
  if (seen === null) return [];
  return changed.length === 0 ? [seen] : [seen, ...(await judgeFields(tx, look, { id, fields, changed }))];
}

/** The keyed digest of each field that Qargo holds otherwise, where it is not taken in as a charge; of what is in doubt stands what was seen before. */
function digestsOf(
  { services, organisation, inDoubt }: Look,
  otherwise: Fields,
  before: PlannerEditFact['fields'],
): PlannerEditFact['fields'] {
  const { charges } = organisation.policy;
  const { weight, billUnits, ...rest } = otherwise;
  const held = {
    ...rest,
    ...(weight !== undefined && charges.measured === 'off' ? { weight } : {}),
    ...(billUnits !== undefined && charges.regrade === 'off' ? { billUnits } : {}),
  };
  const digest = services.installation.digestOf(organisation.id);
  const isInDoubt = ([field]: readonly [string, string]) => inDoubt.some((one) => one === field);
  const told = Object.entries(held).map(([field, value]: [string, string]) => [field, digest(value)] as const);
  return Object.fromEntries([...told.filter((one) => !isInDoubt(one)), ...Object.entries(before).filter(isInDoubt)]);
}

/** Judges what changed in a snapshot by the stage at which it was seen; answers the decisions. */
async function judgeFields(
  tx: Queryable,
  { organisation, consignment, handedOver }: Look,
  {
    id,
    fields,
    changed,
  }: { readonly id: string; readonly fields: PlannerEditFact['fields']; readonly changed: readonly EditField[] },
): Promise<Fact[]> {
  const { policy } = organisation;
  const { stage, attempt } = judgedAt(await stateForDecisions(tx, consignment));
  const rules = rulesOf(policy.edits);
  const sides: Readonly<Record<Decision, readonly Counterpart[]>> = {
    accepted: ['palletways'],
    refused: policy.decisions.qargo === 'off' ? ['palletways'] : ['palletways', 'qargo'],
    asked: [],
  };
  const decisions: Fact[] = [];
  for (const decision of ['accepted', 'refused', 'asked'] as const) {
    // A question is about all that is held so: a newer one replaces it.
    const among = decision === 'asked' ? (Object.keys(fields) as EditField[]) : changed;
    const of = among.filter((field) => judgeField(field, 'qargo', stage, rules) === decision);
    if (of.length === 0) continue;
    const on = decision === 'asked' ? id : `${id}:${decision}`;
    const judged = { on, decision, stage, attempt, fields: of, tell: sides[decision] };
    decisions.push(await keepDecision(tx, consignment, organisation.id, judged, handedOver));
  }
  return decisions;
}
