/** Exceptions as cases: what is open, and what a person decides about one. */

import { randomBytes } from 'node:crypto';
import type { CaseContent } from '../../domain/facts/content.ts';
import type { Fact, NewFact, NextStep } from '../../domain/facts/facts.ts';
import { type Case, caseKinds, casesOf } from '../../domain/state/cases.ts';
import { type Database, inTransaction, isoText, now, type Queryable } from '../postgres/database.ts';
import { cursorOf, instantIn, numberIn, organisationsAsked, type PageAsked, type PageOf } from '../postgres/pages.ts';
import { readableContent } from '../record/contents.ts';
import { storeFact } from '../record/facts.ts';

export interface CaseShown {
  /** Of the exception; stays, whatever becomes of the consignment. */
  readonly id: number;
  readonly organisation: string;
  readonly consignment: string;
  readonly reference: string | null;
  readonly source: string;
  readonly code: string;
  /** UTC ISO. */
  readonly at: string;
  readonly note: string;
  readonly state: Case['state'];
  readonly next: Case['next'];
  readonly resolved: Case['resolved'];
  readonly decided: (CaseContent & { readonly at: string }) | null;
}

interface Row {
  readonly seq: number;
  readonly organisation: string;
  readonly consignment: string;
  readonly reference: string | null;
  readonly envelope: Fact;
  readonly body: unknown;
}

export type CasesAsked = Case['state'] | 'all';

/** Cases a page where no limit is said. */
const usual = 100;
/** So many consignments are looked at together: nothing else of the process waits longer for them. */
const lookedAtTogether = 50;

/** What a page goes over: a consignment with its cases in a state, or one exception. Its place in the order is `at`, then `name`. */
interface Found {
  readonly consignment: string;
  readonly at: string;
  readonly name: string;
}

interface Order {
  /** Of the organisation `org.id` those beyond the place `$3`, `$4`, each with `moment` (an instant) and `name`. */
  readonly sql: string;
  readonly beginning: readonly [string, string];
  readonly way: 'asc' | 'desc';
}

/**
 * By columns and indexes alone, so that a page costs what it shows, whatever else the record holds. Open ones are those that `attention`
 * has, however old: nobody ended them.
 */
const orders: Readonly<Record<CasesAsked, Order>> = {
  open: {
    sql: `select s.consignment, s.case_since as moment, s.consignment as name from status s
           where s.organisation = org.id and s.case_count > 0 and (s.case_since, s.consignment) > ($3::timestamptz, $4::text)
           order by s.case_since, s.consignment`,
    beginning: ['-infinity', ''],
    way: 'asc',
  },
  resolved: {
    sql: `select s.consignment, s.case_ended_at as moment, s.consignment as name from status s
           where s.organisation = org.id and s.case_ended_at is not null and (s.case_ended_at, s.consignment) < ($3::timestamptz, $4::text)
           order by s.case_ended_at desc, s.consignment desc`,
    beginning: ['infinity', ''],
    way: 'desc',
  },
  all: {
    sql: `select f.consignment, f.heard as moment, f.seq as name from fact f
           where f.organisation = org.id and f.kind = 'exception' and f.consignment is not null
             and (f.heard, f.seq) < ($3::timestamptz, $4::bigint)
           order by f.heard desc, f.seq desc`,
    beginning: ['infinity', '0'],
    way: 'desc',
  },
};

/**
 * A page of cases. Open ones: by when the first of a consignment's happened, what waits longest first. Resolved ones: by when the last of
 * a consignment's was over, the latest first. A consignment's cases in a state are never parted, so that a page may have a few more than its
 * limit. All: as they were heard, the latest first. @throws AskedWrongly
 */
export async function listCases(db: Queryable, state: CasesAsked, asked: PageAsked = {}): Promise<PageOf<CaseShown>> {
  const { limit = usual } = asked;
  const found = await foundFrom(db, state, asked, limit + 1);
  const rows: CaseShown[] = [];
  let looked = 0;
  while (looked < Math.min(found.length, limit) && rows.length < limit) {
    const together = found.slice(looked, Math.min(looked + lookedAtTogether, limit));
    const cases = await casesOfThese(db, [...new Set(together.map(({ consignment }) => consignment))]);
    for (const each of together) {
      if (rows.length >= limit) break;
      rows.push(...shownOf(state, each, cases.get(each.consignment) ?? []));
      looked += 1;
    }
  }
  const last = found[looked - 1];
  return { rows, next: last === undefined || looked === found.length ? null : cursorOf([last.at, last.name]) };
}

async function foundFrom(
  db: Queryable,
  state: CasesAsked,
  { organisation, cursor }: PageAsked,
  limit: number,
): Promise<Found[]> {
  const { sql, beginning, way } = orders[state];
  const [at, name] = instantIn(cursor, beginning);
  if (state === 'all') numberIn(name);
  const { rows } = await db.query<Found>(
    `select s.consignment, ${isoText('s.moment', 'microseconds')} as at, s.name::text as name
       from ${organisationsAsked('$1')} org cross join lateral (${sql} limit $2) s order by s.moment ${way}, s.name ${way} limit $2`,
    [organisation ?? null, limit, at, name],
  );
  return rows;
}

function shownOf(state: CasesAsked, { name }: Found, cases: readonly CaseShown[]): CaseShown[] {
  if (state === 'all') return cases.filter(({ id }) => String(id) === name);
  const shown = cases.filter((one) => one.state === state);
  const overAt = (one: CaseShown) => one.resolved?.at ?? '';
  return state === 'open' ? shown : shown.sort((a, b) => (overAt(a) < overAt(b) ? 1 : -1));
}

/** The cases of consignments, of each oldest first; of what became another's there are none. */
async function casesOfThese(db: Queryable, consignments: readonly string[]): Promise<ReadonlyMap<string, CaseShown[]>> {
  const { rows } = await db.query<Row>(
    `select f.seq, f.organisation, f.consignment, c.reference, f.envelope, t.body
       from fact f join consignment c on c.id = f.consignment
       left join content t on f.kind in ('exception', 'case') and t.id = (f.envelope->>'content')::bigint
      where f.consignment = any($1) and f.state <> 'parked' and c.merged_into is null and f.kind = any($2)
      order by f.seq`,
    [consignments, caseKinds],
  );
  const byConsignment = new Map<string, Row[]>();
  for (const row of rows) {
    const mine = byConsignment.get(row.consignment);
    if (mine === undefined) byConsignment.set(row.consignment, [row]);
    else mine.push(row);
  }
  return new Map([...byConsignment].map(([id, mine]) => [id, casesOfOne(mine)]));
}

function casesOfOne(mine: readonly Row[]): CaseShown[] {
  const rows = new Map(mine.map((row) => [row.envelope.id, row]));
  const rowOf = (id: string | null) => (id === null ? undefined : rows.get(id));
  return casesOf(mine.map(({ envelope }) => envelope)).flatMap((one): CaseShown[] => {
    const row = rowOf(one.exception.id);
    if (row === undefined) return [];
    const said = readableContent('exception', row.body);
    const decision = rowOf(one.decision);
    const { organisation, consignment, reference } = row;
    const { source, code, at } = one.exception;
    return [
      {
        id: row.seq,
        organisation,
        consignment,
        reference,
        source,
        code,
        at,
        note: [said?.name ?? '', said?.description ?? ''].filter((part) => part !== '').join(': '),
        state: one.state,
        next: one.next,
        resolved: one.resolved,
        decided:
          decision === undefined
            ? null
            : { who: '', why: '', ...readableContent('case', decision.body), at: decision.envelope.at },
      },
    ];
  });
}

/** Records what a person decided about a case; answers the case as it is then, null where there is none. */
export async function decideCase(
  db: Database,
  id: number,
  decided: CaseContent & { readonly step: NextStep },
): Promise<CaseShown | null> {
  return inTransaction(db, async (tx) => {
    // Locked, so that of two who decide at once one is the later.
    const { rows } = await tx.query<Row>(
      `select f.seq, f.organisation, f.consignment, f.envelope from fact f join consignment c on c.id = f.consignment
        where f.seq = $1 and f.kind = 'exception' and c.merged_into is null for update of f, c`,
      [id],
    );
    const [row] = rows;
    if (row === undefined) return null;
    const { step, who, why } = decided;
    const at = await now(tx);
    const fact: NewFact = {
      kind: 'case',
      id: `case:${id}:${at}:${randomBytes(3).toString('hex')}`,
      at,
      zone: 'UTC',
      source: 'person',
      exception: row.envelope.id,
      step,
      body: { who, why } satisfies CaseContent,
    };
    await storeFact(tx, row.consignment, fact, {
      organisation: row.organisation,
      journal: null,
      heard: at,
      via: 'push',
    });
    return (await casesOfThese(tx, [row.consignment])).get(row.consignment)?.find((one) => one.id === id) ?? null;
  });
}
