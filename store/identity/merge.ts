/**
 * Merges two consignments that prove to be one. The older stays. The younger hands over its facts, its names and its receipts at Palletways,
 * keeps its own order at Qargo to cancel it, and ends as *merged*. Everything happens in the caller's transaction.
 */

import type { Fact, NewFact } from '../../domain/facts/facts.ts';
import { isOfOwnOrder } from '../../domain/obligations/kinds.ts';
import { judgeCancelled } from '../decisions/cancellations.ts';
import { lockedIn, now, type Queryable } from '../postgres/database.ts';
import { storeFact } from '../record/facts.ts';
import { touchWhole } from '../record/touch.ts';
import { addNames, findConsignments, isOrderName, type KnownName, type Name } from './identity.ts';
import { handOverReceipts } from './merge-receipts.ts';

/**
 * Locks consignments that proved to be one, merges them if they are several, and answers the one that remains: the one that began first.
 */
export async function mergeAndLock(
  tx: Queryable,
  organisation: string,
  consignments: readonly string[],
): Promise<string> {
  let ids = [...new Set(consignments)];
  for (;;) {
    // They are locked in the order of their ids, so that two transactions cannot deadlock.
    const lock = ids.length > 1 ? 'update' : 'no key update';
    const { rows } = await tx.query<{ id: string; merged_into: string | null }>(
      `select id, merged_into from consignment where id = any($1) order by id for ${lock}`,
      [ids],
    );
    const locked = lockedIn(tx);
    for (const { id } of rows) locked.add(id);
    const living = [...new Set(rows.map((row) => row.merged_into ?? row.id))];
    const [first] = living;
    if (first === undefined) throw new Error(`no consignment ${ids.join(', ')}`);
    if (rows.every((row) => row.merged_into === null)) {
      return living.length === 1 ? first : mergeInto(tx, organisation, living);
    }
    ids = living;
  }
}

async function mergeInto(tx: Queryable, organisation: string, consignments: readonly string[]): Promise<string> {
  const { rows } = await tx.query<{ id: string }>(
    'select id from consignment where id = any($1) order by created_at, id',
    [consignments],
  );
  const [older, ...younger] = rows.map((row) => row.id);
  if (older === undefined) throw new Error('no consignment to merge into');
  for (const each of younger) await handOver(tx, organisation, each, older);
  return older;
}

/**
 * Adds names to a consignment. If a name belongs to another consignment, the two are one and are merged. Answers the consignment that
 * remains, and the names that are new.
 */
export async function nameConsignment(
  tx: Queryable,
  organisation: string,
  consignment: string,
  names: readonly Name[],
  how: { readonly saidNow?: boolean; readonly known?: readonly KnownName[] } = {},
): Promise<{ readonly consignment: string; readonly added: readonly Name[] }> {
  const { taken, added } = await addNames(tx, organisation, consignment, names, how);
  if (taken.length === 0) return { consignment, added };
  const { consignments } = await findConsignments(tx, organisation, taken);
  const one = await mergeAndLock(tx, organisation, [consignment, ...consignments]);
  return { consignment: one, added };
}

/** Gives a merged consignment the names of its own order, if another consignment was taken for the owner of that order until now. */
export async function keepOwnOrder(
  tx: Queryable,
  organisation: string,
  consignment: string,
  names: readonly Name[],
): Promise<void> {
  for (const { kind, value } of names.filter(isOrderName)) {
    await tx.query(
      `update alias a set consignment = $4 from consignment c
        where a.organisation = $1 and a.kind = $2 and a.value = $3 and a.valid_to is null and a.strong
          and c.id = $4 and c.merged_into = a.consignment`,
      [organisation, kind, value, consignment],
    );
  }
}

async function handOver(tx: Queryable, organisation: string, younger: string, older: string): Promise<void> {
  const at = await now(tx);
  const said = { organisation, journal: null, heard: at, via: 'push' } as const;
  const plans = await plansOf(tx, younger, older);
  await handOverFacts(tx, younger, older);
  await handOverNames(tx, younger, older);
  const planTold = await handOverReceipts(tx, younger, older);
  await tx.query(
    `update consignment o set reference = coalesce(o.reference, y.reference), tracking_id = coalesce(o.tracking_id, y.tracking_id),
            said = o.said || coalesce((select jsonb_object_agg(k, greatest(o.said->>k, y.said->>k)) from jsonb_object_keys(y.said - 'plan') k), '{}')
       from consignment y where o.id = $2 and y.id = $1`,
    [younger, older],
  );
  await tx.query('update consignment set merged_into = $2 where id = $1 or merged_into = $1', [younger, older]);
  const ended: NewFact = { kind: 'merged', id: `merged:${older}`, into: older, at, zone: 'UTC', source: 'engine' };
  await storeFact(tx, younger, ended, said);
  touchWhole(tx, organisation, younger);
  touchWhole(tx, organisation, older);
  const correction = planTold === null ? null : correctionOf(planTold, plans, younger, at);
  if (correction !== null) await storeFact(tx, older, correction, said);
  // A cancellation that the younger received now cancels the older's order.
  await judgeCancelled(tx, { organisation, consignment: older });
}

/** Answers the plan that stands for each; null if there is none. */
async function plansOf(tx: Queryable, younger: string, older: string) {
  const { rows } = await tx.query<{ consignment: string; envelope: Fact }>(
    `select distinct on (consignment) consignment, envelope from fact where consignment = any($1) and kind = 'plan'
      order by consignment, coalesce(envelope->>'seen', envelope->>'at') desc, id desc`,
    [[younger, older]],
  );
  const planOf = (consignment: string) => {
    const plan = rows.find((row) => row.consignment === consignment)?.envelope;
    return plan?.kind === 'plan' ? plan : null;
  };
  const resends = await tx.query<{ revision: number | null }>(
    `select max((envelope->>'revision')::int) as revision from fact where consignment = $1 and kind = 'resend' and envelope->>'obligation' = 'plan'`,
    [older],
  );
  return { younger: planOf(younger), older: planOf(older), revision: resends.rows[0]?.revision ?? 1 };
}

/**
 * Corrects the last plan that Palletways was sent: the younger's trip was of its own order, which is cancelled. If the older has no
 * plan, Palletways is sent that it was taken off; if the older's plan was sent before the younger's, it is sent again.
 */
function correctionOf(
  told: 'younger' | 'younger last',
  plans: Awaited<ReturnType<typeof plansOf>>,
  younger: string,
  at: string,
): NewFact | null {
  const base = { at, zone: 'UTC', source: 'engine' } as const;
  if (plans.older === null) {
    if (plans.younger === null || plans.younger.trip === null) return null;
    return { ...base, kind: 'plan', id: `merged:unplanned:${younger}`, trip: null, vehicle: '' };
  }
  if (told !== 'younger last') return null;
  return { ...base, kind: 'resend', id: `merged:plan:${younger}`, obligation: 'plan', revision: plans.revision + 1 };
}

/**
 * Moves the facts in the order of arrival and dispatches them to the older's workflow. Facts that it has already are dropped; content moves
 * too.
 */
async function handOverFacts(tx: Queryable, younger: string, older: string): Promise<void> {
  const { rows } = await tx.query<{ seq: number; envelope: Fact; known: boolean }>(
    `select f.seq, f.envelope, exists (select 1 from fact o where o.consignment = $2 and o.id = f.id) as known
       from fact f where f.consignment = $1 order by f.seq for update of f`,
    [younger, older],
  );
  const handed = rows.filter(({ envelope }) => !isOfOwnOrder(envelope as NewFact));
  const known = handed.filter((row) => row.known).map(({ seq }) => seq);
  const news = handed.filter((row) => !row.known).map(({ seq }) => seq);
  await tx.query('delete from fact where seq = any($1)', [known]);
  await tx.query(`update fact set consignment = $2 where seq = any($1)`, [news, older]);
  const kept = rows.filter((row) => !handed.includes(row)).flatMap(({ envelope }) => envelope.content ?? []);
  await tx.query('update content set consignment = $2 where consignment = $1 and not id = any($3)', [
    younger,
    older,
    kept,
  ]);
}

/** Moves all names but those of the younger's own order, which is cancelled under them. */
async function handOverNames(tx: Queryable, younger: string, older: string): Promise<void> {
  await tx.query(
    `delete from alias y using alias o
      where y.consignment = $1 and not y.strong and o.consignment = $2 and not o.strong
        and o.organisation = y.organisation and o.kind = y.kind and o.value = y.value`,
    [younger, older],
  );
  const { rows } = await tx.query<{ kind: Name['kind'] }>('select distinct kind from alias where consignment = $1', [
    younger,
  ]);
  const kinds = rows.map(({ kind }) => kind).filter((kind) => !isOrderName({ kind, value: '', strong: true }));
  await tx.query('update alias set consignment = $2 where consignment = $1 and kind = any($3)', [
    younger,
    older,
    kinds,
  ]);
}
