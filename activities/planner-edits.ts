/** A planner's edit of the order in Qargo, found by a read: Qargo tells none. Judged once, when it is first seen. A window is a book-in. */
import { heldOtherwise, windowHeld } from '../connectors/qargo/translate.ts';
import { plannersMoment } from '../domain/book-in.ts';
import type { NetworkContent, OrderContent } from '../domain/content.ts';
import type { Counterpart, Fact, HeldFact } from '../domain/facts.ts';
import type { Policy } from '../domain/organisation.ts';
import { type EditField, heldPrefix, judgedAt, judgeField, rulesOf } from '../domain/verdict.ts';
import { consignmentRow, keepQargoSide } from '../store/consignments.ts';
import type { Queryable } from '../store/database.ts';
import { storeFact } from '../store/facts.ts';
import { bookInHeldAt } from '../store/network.ts';
import { keepVerdict, stateForVerdicts } from '../store/verdicts.ts';
import type { Work } from './delivering.ts';
import { overlayOf } from './qargo-overlay.ts';

/** Whether the window that a planner sets at a delivery is a book-in of ours. */
export const takesWindows = ({ rows, bookIns }: Policy): boolean => rows.network === 'on' && bookIns === 'both';

/** The latest snapshot of what Qargo holds otherwise than agreed. */
export async function heldOf(tx: Queryable, consignment: string): Promise<HeldFact | undefined> {
  const { rows } = await tx.query<{ envelope: HeldFact }>(
    `select envelope from fact where consignment = $1 and kind = 'held' order by at desc, id desc limit 1`,
    [consignment],
  );
  return rows[0]?.envelope;
}

/**
 * Takes in what a read of the order's status shows of a planner's edits; answers the facts that are news. Only a read that began
 * after the order and its book-in were confirmed counts: what it shows is then no echo of ours that is still on its way. That of an
 * update of the order, made before it is sent (`ownUpdate`), always does, but for the fields that may have been written already. Another
 * weight or other bill units are a change of what is charged for, where such changes are taken notice of (qargo-goods-said.ts). Must
 * run in a transaction.
 */
export async function takeInHeld(
  tx: Queryable,
  { services, organisation, consignment }: Pick<Work, 'services' | 'organisation' | 'consignment'>,
  read: { readonly answer: unknown; readonly startedAt: string },
  { handedOver, ownUpdate }: { readonly handedOver: boolean; readonly ownUpdate?: { readonly inDoubt: readonly EditField[] } },
): Promise<Fact[]> {
  const { policy } = organisation;
  const books = takesWindows(policy);
  if (policy.verdicts.planner === 'off' && !books) return [];
  const { rows } = await tx.query<{ body: OrderContent | null }>(
    `select t.body from consignment c join content t on t.id = (c.qargo->>'agreed')::bigint
      where c.id = $1 and ($3 or exists (
        select 1 from delivery d where d.consignment = c.id and d.key = 'order' and d.state in ('delivered', 'void') and d.settled_at < $2)
        and not exists (
        select 1 from delivery b where b.consignment = c.id and b.key = 'book-in' and (b.state in ('intent', 'sending') or b.settled_at >= $2)))`,
    [consignment, read.startedAt, ownUpdate !== undefined],
  );
  const agreed = rows[0]?.body ?? null;
  if (agreed === null) return [];
  const { installation, counterparts } = services;
  const access = counterparts.accessOf(organisation).qargo;
  const against = async () => {
    const overlay = await overlayOf({ services, organisation, consignment, row: await consignmentRow(tx, consignment) }, tx);
    return { leg: overlay.leg, otherwise: heldOtherwise(overlay.told(agreed), read.answer, access) };
  };
  const facts: Fact[] = [];
  let { leg, otherwise } = await against();
  // Of a collection the delivery is at our own depot.
  const inDoubt = (field: string) => ownUpdate?.inDoubt.some((one) => one === field) === true;
  const isSet = otherwise?.deliveryDate !== undefined && !inDoubt('deliveryDate');
  const window = books && leg !== 'collection' && isSet ? windowHeld(read.answer) : null;
  if (window !== null) {
    const { date, from: time, until, enforced } = window;
    const body: NetworkContent = { text: '', date, time, contact: '', reference: '', signedBy: '', window: { until, enforced } };
    const said = { organisation: organisation.id, journal: null, heard: read.startedAt, via: 'read', handedOver } as const;
    const moment = plannersMoment(read.startedAt, await bookInHeldAt(tx, consignment, read.startedAt));
    const base = { ...moment, zone: organisation.palletways.zone, source: 'qargo', code: 'BOOKED' } as const;
    const bookIn = { date, time, digest: '' };
    const booked = await storeFact(tx, consignment, { ...base, kind: 'network', bookIn, body }, said);
    if (booked?.content !== undefined) {
      // Qargo holds it already: it is no edit any more, and no order of ours takes it back.
      await keepQargoSide(tx, consignment, { bookIn: booked.content });
      facts.push(booked);
      ({ otherwise } = await against());
    }
  }
  if (otherwise === null || policy.verdicts.planner === 'off') return facts;
  const { weight, billUnits, ...rest } = otherwise;
  const held = {
    ...rest,
    ...(weight !== undefined && policy.charges.measured === 'off' ? { weight } : {}),
    ...(billUnits !== undefined && policy.charges.regrade === 'off' ? { billUnits } : {}),
  };
  const digest = installation.digestOf(organisation.id);
  const before = (await heldOf(tx, consignment))?.fields ?? {};
  const told = Object.entries(held).map(([field, value]: [string, string]) => [field, digest(value)] as const);
  // Of what is in doubt stands what was seen before.
  const fields = Object.fromEntries([
    ...told.filter(([field]) => !inDoubt(field)),
    ...Object.entries(before).filter(([field]) => inDoubt(field)),
  ]);
  const changed = Object.keys(fields).filter((field) => fields[field] !== before[field]) as EditField[];
  if (changed.length === 0 && Object.keys(before).length === Object.keys(fields).length) return facts;
  const id = `${heldPrefix}${read.startedAt}`;
  const said = { organisation: organisation.id, journal: null, heard: read.startedAt, via: 'read', handedOver } as const;
  const seen = await storeFact(tx, consignment, { kind: 'held', id, at: read.startedAt, zone: 'UTC', source: 'qargo', fields }, said);
  if (seen === null) return facts;
  facts.push(seen);
  const { stage, attempt } = judgedAt(await stateForVerdicts(tx, consignment));
  const rules = rulesOf(policy.edits);
  for (const verdict of ['accepted', 'refused', 'asked'] as const) {
    // A question is about all that is held so: a newer one replaces it.
    const among = verdict === 'asked' ? (Object.keys(fields) as EditField[]) : changed;
    const of = among.filter((field) => judgeField(field, 'qargo', stage, rules) === verdict);
    if (of.length === 0 || changed.length === 0) continue;
    const sides: Readonly<Record<typeof verdict, readonly Counterpart[]>> = {
      accepted: ['palletways'],
      refused: policy.verdicts.qargo === 'off' ? ['palletways'] : ['palletways', 'qargo'],
      asked: [],
    };
    const on = verdict === 'asked' ? id : `${id}:${verdict}`;
    facts.push(
      await keepVerdict(tx, consignment, organisation.id, { on, verdict, stage, attempt, fields: of, tell: sides[verdict] }, handedOver),
    );
  }
  return facts;
}
