/**
 * Projects a consignment: it reads the facts that stand, has the domain derive what is outstanding, and writes the difference. It runs under
 * the consignment's lock, in the transaction that changed it. News about one subject reads and writes only what depends on that subject;
 * news that decides about the whole consignment (`modeOf`) reads and writes all of it.
 */

import type { Fact } from '../../domain/facts/facts.ts';
import { subjectOf } from '../../domain/facts/kinds.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import { baseOf, modeOf, subjectsBeside, subjectsBesideKey } from '../../domain/receipts/base.ts';
import {
  aboutNews,
  decisiveKeys,
  happenedOf,
  joinHappened,
  type OpenObligation,
  openObligations,
  projectWhole,
  rulesVersion,
  statusOf,
} from '../../domain/receipts/projection.ts';
import type { Receipt } from '../../domain/receipts/receipts.ts';
import { type CaseStatus, caseKinds, caseStatusOf, noCases } from '../../domain/state/cases.ts';
import { emptyState, fold, type State } from '../../domain/state/state.ts';
import { type Question, questionsOf, waitingSince } from '../../domain/words/questions.ts';
import { lockedIn, type Queryable } from '../postgres/database.ts';
import { type ReceiptRow, shownReceipts, toReceipt } from './consignments.ts';
import { urgentKinds } from './wake.ts';

/** What a transaction changed in a consignment; `touch.ts` collects it. */
export interface Touched {
  readonly organisation: string;
  /** Facts that are new. */
  readonly facts: Fact[];
  /** Keys of obligations whose receipts changed. */
  readonly keys: Set<string>;
  /** True if everything in it may have changed, for example by a merge or by a proof that was moved. */
  whole: boolean;
  /** Whether its workflow is to be woken; not if the caller is an activity that answers it. */
  wake: boolean;
}

type Happened = readonly (readonly [string, string])[];

/** What a projection starts from. */
interface Known {
  readonly whole: boolean;
  readonly base: readonly Fact[];
  /** Facts that the news is about, besides the base; all facts if `whole`. */
  readonly beside: readonly Fact[];
  readonly ledger: Record<string, Receipt>;
  /** Keys whose receipts the ledger was read for. */
  readonly asked: ReadonlySet<string>;
  readonly happened: Happened;
  readonly cases: CaseStatus;
}

interface Written {
  readonly base: readonly Fact[];
  readonly open: readonly OpenObligation[];
  /** Keys that are not outstanding any more; null means all keys that are not in `open`. */
  readonly gone: readonly string[] | null;
  readonly state: State;
  readonly ledger: Readonly<Record<string, Receipt>>;
  readonly happened: Happened;
  readonly cases: CaseStatus;
}

/** Projects the consignments that a transaction changed, one after the other, in the order of their ids. */
export async function projectTouched(tx: Queryable, touched: ReadonlyMap<string, Touched>): Promise<void> {
  const ids = [...touched.keys()].sort();
  await lockConsignments(tx, ids);
  for (const id of ids) {
    const changes = touched.get(id);
    if (changes !== undefined) await project(tx, id, changes);
  }
}

/** Locks consignments in the order of their ids, so that two transactions that lock the same ones cannot deadlock. */
export async function lockConsignments(tx: Queryable, ids: readonly string[]): Promise<void> {
  const locked = lockedIn(tx);
  if (ids.every((id) => locked.has(id))) return;
  await tx.query('select 1 from consignment where id = any($1) order by id for no key update', [ids]);
  for (const id of ids) locked.add(id);
}

async function project(tx: Queryable, consignment: string, touched: Touched): Promise<void> {
  const known = await knownOf(tx, consignment, touched);
  const written = known.whole ? whole(known) : await part(tx, consignment, known, touched);
  if (written !== null) await write(tx, consignment, touched, written, known);
  else await project(tx, consignment, { ...touched, whole: true });
}

function whole(known: Known): Written {
  const state = fold(emptyState, known.beside);
  const { base, open, happened, cases } = projectWhole(state, known.beside, known.ledger);
  return { base, open, gone: null, state, ledger: known.ledger, happened, cases };
}

/** Projects only what the news is about; null if the news decides about the whole consignment. */
async function part(
  tx: Queryable,
  consignment: string,
  known: Known,
  { facts, keys }: Touched,
): Promise<Written | null> {
  const before = fold(emptyState, known.base);
  const after = fold(before, [...known.beside, ...facts]);
  if (modeOf(before) !== modeOf(after)) return null;
  const { about, gone } = aboutNews(before, after, keys);
  const named = about.map(({ key }) => key);
  const wanted = [...new Set([...named, ...decisiveKeys(after)])].filter((key) => !known.asked.has(key));
  const ledger = wanted.length === 0 ? known.ledger : { ...known.ledger, ...(await ledgerOf(tx, consignment, wanted)) };
  const open = openObligations(after, about, ledger);
  const stillOpen = new Set(open.map(({ key }) => key));
  return {
    base: Object.values(baseOf(after).subjects),
    open,
    gone: [...gone, ...named.filter((key) => !stillOpen.has(key))],
    state: after,
    ledger,
    happened: joinHappened(known.happened, happenedOf(facts)),
    cases: known.cases,
  };
}

/**
 * Answers the keys of what each new fact by itself makes outstanding, and the keys that everything depends on. So one read of receipts is
 * nearly always enough.
 */
function keysAskedFirst({ facts, keys }: Touched): string[] {
  const own = facts.flatMap((fact) => [
    ...owed(fold(emptyState, [fact])).map(({ key }) => key),
    ...(fact.kind === 'resend' ? [fact.obligation] : []),
  ]);
  return [...new Set(['order', 'plan', 'cancel', ...own, ...keys])];
}

interface KnownRow {
  readonly stale: boolean;
  readonly happened: Happened | null;
  readonly base: Fact[] | null;
  readonly beside: Fact[] | null;
  readonly ledger: StoredReceipt[] | null;
  readonly cases: CaseStatus;
  /** The facts of the kinds that decide about cases; null if the news is of no such kind, or if there was never an exception. */
  readonly of_cases: Fact[] | null;
}

type StoredReceipt = Omit<ReceiptRow, 'until' | 'settled_at' | 'written_at' | 'lease_until'> & {
  readonly until: string | null;
  readonly settled_at: string | null;
  readonly written_at: string;
  readonly lease_until: string | null;
};

/** SQL that reads receipts as JSON. */
const ledgerJson = (where: string) => `(select json_agg(json_build_object(
    'key', d.key, 'revision', d.revision, 'state', d.state, 'ever', d.ever, 'cause', d.cause, 'until', d.until, 'fact', d.fact,
    'settled_at', d.settled_at, 'written_at', d.written_at, 'lease_until', d.lease_until, 'told', d.told, 'generation', d.generation))
  from ${shownReceipts} as d where d.consignment = $1 and ${where})`;

async function knownOf(tx: Queryable, consignment: string, touched: Touched): Promise<Known> {
  const { facts, keys } = touched;
  const asked = keysAskedFirst(touched);
  if (!touched.whole) {
    const again = facts.flatMap((fact) => (fact.kind === 'resend' ? [fact.obligation] : []));
    const subjects = [
      ...new Set([...facts.flatMap(subjectsBeside), ...[...keys, ...again].flatMap(subjectsBesideKey)]),
    ];
    // Each subject is looked up by itself, so that no query plan reads all facts of an old consignment. For changed receipts, the facts that
    // they are about are read. For a new fact, the other facts about its subject are read.
    const { rows } = await tx.query<KnownRow>(
      `select s.stale or s.rules <> $5 as stale, s.happened,
              (select json_agg(f.envelope) from standing b cross join lateral (select t.envelope from fact t where t.seq = b.fact offset 0) f
                where b.consignment = $1) as base,
              (select json_agg(f.envelope) from (
                 select unnest($3::text[]) as subject
                 union select k.subject from (
                   select d.fact from receipt d where d.consignment = $1 and d.key = any($4)
                   union all select o.fact from obligation o where o.consignment = $1 and o.key = any($4)) n
                   cross join lateral (select t.subject from fact t where t.consignment = $1 and t.id = n.fact limit 1) k) a
                 cross join lateral (select t.envelope from fact t where t.about = $1 || ' ' || a.subject offset 0) f) as beside,
              ${ledgerJson('d.key = any($2)')} as ledger,
              json_build_object('count', s.case_count, 'since', s.case_since, 'first', s.case_first,
                'ended', s.case_ended_at) as cases,
              case when $6 and exists (select 1 from fact e where e.consignment = $1 and e.kind = 'exception') then (
                select json_agg(f.envelope) from fact f where f.consignment = $1 and f.kind = any($7)) end as of_cases
         from status s where s.consignment = $1`,
      [
        consignment,
        asked,
        subjects,
        [...keys, ...again],
        rulesVersion,
        facts.some(({ kind }) => caseKinds.includes(kind)),
        caseKinds,
      ],
    );
    const [row] = rows;
    if (row !== undefined && !row.stale) {
      return {
        whole: false,
        base: row.base ?? [],
        beside: row.beside ?? [],
        ledger: ledgerFrom(row.ledger),
        asked: new Set(asked),
        happened: row.happened ?? [],
        cases: row.of_cases === null ? row.cases : caseStatusOf(row.of_cases),
      };
    }
  }
  const { rows } = await tx.query<{ facts: Fact[] | null; ledger: StoredReceipt[] | null }>(
    `select (select json_agg(envelope order by seq) from fact where consignment = $1) as facts, ${ledgerJson('true')} as ledger`,
    [consignment],
  );
  const all = rows[0]?.facts ?? [];
  return {
    whole: true,
    base: [],
    beside: all,
    ledger: ledgerFrom(rows[0]?.ledger ?? null),
    asked: new Set(asked),
    happened: [],
    cases: noCases,
  };
}

async function ledgerOf(tx: Queryable, consignment: string, keys: readonly string[]): Promise<Record<string, Receipt>> {
  const { rows } = await tx.query<{ ledger: StoredReceipt[] | null }>(
    `select ${ledgerJson('d.key = any($2)')} as ledger`,
    [consignment, keys],
  );
  return ledgerFrom(rows[0]?.ledger ?? null);
}

const instant = (text: string | null) => (text === null ? null : new Date(text));

function ledgerFrom(rows: readonly StoredReceipt[] | null): Record<string, Receipt> {
  const entries = (rows ?? []).map((row): [string, Receipt] => [
    row.key,
    toReceipt({
      ...row,
      until: instant(row.until),
      settled_at: instant(row.settled_at),
      written_at: new Date(row.written_at),
      lease_until: instant(row.lease_until),
    }),
  ]);
  return Object.fromEntries(entries);
}

/** Writes the whole difference in one statement. */
async function write(
  tx: Queryable,
  consignment: string,
  touched: Touched,
  written: Written,
  known: Known,
): Promise<void> {
  const { state, ledger, open, gone } = written;
  const status = statusOf(state, ledger);
  const before = new Map(known.base.map((fact) => [subjectOf(fact), fact.id]));
  const now = new Set(written.base.map(subjectOf));
  const added = written.base.filter((fact) => before.get(subjectOf(fact)) !== fact.id);
  const dropped = known.whole ? null : [...before.keys()].filter((subject) => !now.has(subject));
  const questions: readonly Question[] = questionsOf(state);
  const kinds = [...new Set(touched.facts.map(({ kind }) => kind))];
  await tx.query(writeStatement, [
    consignment,
    touched.organisation,
    gone,
    JSON.stringify(open),
    JSON.stringify(added.map((fact) => ({ subject: subjectOf(fact), id: fact.id }))),
    dropped,
    rulesVersion,
    JSON.stringify({
      ...status,
      questions,
      questionSince: waitingSince(questions),
      cases: written.cases,
      happened: written.happened,
    }),
    touched.wake,
    kinds,
    kinds.length === 0 || kinds.some((kind) => urgentKinds.has(kind)),
    touched.facts.length > 0,
  ]);
}

const writeStatement = `
  with now_at as (select clock_timestamp() as at),
  known as (select s.version, s.over from (select 1) one left join status s on s.consignment = $1),
  given as (
    select * from jsonb_to_recordset($4::jsonb) as g (
      key text, "to" text, kind text, sort text, "row" text, lane text, change text, rank smallint, revision int, generation int,
      fact text, needs jsonb, gives text, "happenedAt" timestamptz, state text, cause jsonb, "notBefore" timestamptz)),
  gone as (
    delete from obligation where consignment = $1 and case when $3::text[] is null then key not in (select key from given) else key = any($3) end
    returning state),
  kept as (
    insert into obligation as o (consignment, key, organisation, counterpart, kind, sort, row, lane, change, rank, revision, generation, fact,
                                 needs, gives, happened_at, version, state, cause, not_before)
      select $1, g.key, $2, g."to", g.kind, g.sort, g."row", g.lane, g.change, g.rank, g.revision, g.generation, g.fact,
             array(select jsonb_array_elements_text(g.needs)), g.gives, g."happenedAt", coalesce(k.version, 0) + 1, g.state, g.cause, g."notBefore"
        from given g cross join known k
      on conflict (consignment, key) do update set
        counterpart = excluded.counterpart, kind = excluded.kind, sort = excluded.sort, row = excluded.row, lane = excluded.lane,
        change = excluded.change, rank = excluded.rank, needs = excluded.needs, gives = excluded.gives, happened_at = excluded.happened_at,
        state = excluded.state, cause = excluded.cause, not_before = excluded.not_before,
        version = case when (o.fact, o.revision, o.generation) = (excluded.fact, excluded.revision, excluded.generation) then o.version else excluded.version end,
        replaced = o.replaced or (o.fact, o.revision, o.generation) <> (excluded.fact, excluded.revision, excluded.generation),
        fact = excluded.fact, revision = excluded.revision, generation = excluded.generation
      where (o.counterpart, o.kind, o.sort, o.row, o.lane, o.rank, o.needs, o.gives, o.state, o.cause, o.not_before, o.fact, o.revision, o.generation)
        is distinct from (excluded.counterpart, excluded.kind, excluded.sort, excluded.row, excluded.lane, excluded.rank, excluded.needs,
                          excluded.gives, excluded.state, excluded.cause, excluded.not_before, excluded.fact, excluded.revision, excluded.generation)),
  based as (select * from jsonb_to_recordset($5::jsonb) as a (subject text, id text)),
  dropped as (
    delete from standing where consignment = $1
       and case when $6::text[] is null then subject not in (select subject from based) else subject = any($6) end),
  stands as (
    insert into standing as b (consignment, subject, fact)
      select $1, a.subject, f.seq from based a
        cross join lateral (select k.seq from fact k where k.about = $1 || ' ' || a.subject and k.id = a.id limit 1) f
      on conflict (consignment, subject) do update set fact = excluded.fact where b.fact <> excluded.fact),
  reopened as (update consignment set closed_at = null where id = $1 and closed_at is not null and $12),
  stated as (
    insert into status as s (consignment, organisation, version, rules, stage, edit_stage, ended, over, quiet_at, leg, roles, service, has, asked,
                             questions, question_since, case_count, case_since, case_first, case_ended_at, delivered_at, goods, happened)
      select $1, $2, 1, $7, x.stage, x."editStage", x.ended, x.over, n.at, x.leg, array(select jsonb_array_elements_text(x.roles)), x.service,
             array(select jsonb_array_elements_text(x.has)), array(select jsonb_array_elements_text(x.asked)), x.questions,
             x."questionSince", (x.cases->>'count')::int, (x.cases->>'since')::timestamptz, nullif(x.cases->'first', 'null'),
             (x.cases->>'ended')::timestamptz, x."deliveredAt", x.goods, x.happened
        from now_at n, jsonb_to_record($8::jsonb) as x (stage text, "editStage" text, ended boolean, over boolean, leg text, roles jsonb,
             service text, has jsonb, asked jsonb, questions jsonb, "questionSince" timestamptz, cases jsonb, "deliveredAt" timestamptz, goods jsonb, happened jsonb)
      on conflict (consignment) do update set
        version = s.version + 1, rules = excluded.rules, stale = false, stage = excluded.stage, edit_stage = excluded.edit_stage,
        ended = excluded.ended, over = excluded.over, changed_at = excluded.quiet_at, leg = excluded.leg, roles = excluded.roles,
        service = excluded.service, has = excluded.has, asked = excluded.asked, questions = excluded.questions, question_since = excluded.question_since,
        case_count = excluded.case_count, case_since = excluded.case_since, case_first = excluded.case_first,
        case_ended_at = excluded.case_ended_at, delivered_at = excluded.delivered_at, goods = excluded.goods,
        happened = excluded.happened,
        quiet_at = case when excluded.over and not s.over or exists (select 1 from gone) then excluded.quiet_at else s.quiet_at end
      returning s.version)
  insert into wake as w (consignment, organisation, version, kinds, urgent)
    select $1, $2, stated.version, $10, $11 from stated where $9
    on conflict (consignment) do update set
      version = excluded.version, organisation = excluded.organisation,
      kinds = case when w.pending then array(select distinct k from unnest(w.kinds || excluded.kinds) k) else excluded.kinds end,
      urgent = excluded.urgent or w.pending and w.urgent,
      first_at = case when w.pending then w.first_at else excluded.first_at end, last_at = excluded.last_at, pending = true`;
