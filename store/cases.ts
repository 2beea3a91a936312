/** Exceptions as cases: what is open, and what a person decides about one. */
import { randomBytes } from 'node:crypto';
import { type Case, casesOf } from '../domain/cases.ts';
import type { DecisionContent, ExceptionContent } from '../domain/content.ts';
import type { Fact, NewFact, NextStep } from '../domain/facts.ts';
import { type Database, inTransaction, now, type Queryable } from './database.ts';
import { storeFact } from './facts.ts';

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
  readonly decided: (DecisionContent & { readonly at: string }) | null;
}

interface Row {
  readonly seq: number;
  readonly organisation: string;
  readonly consignment: string;
  readonly reference: string | null;
  readonly envelope: Fact;
  readonly body: unknown;
}

/** Consignments are looked at while they are open, and so many days after an exception. */
const shownDays = 90;
/** So many exceptions are looked at together: nothing else of the process waits longer for them. */
const lookedAtTogether = 100;

/** Cases in a state, oldest first, at most `limit`; of one organisation where it is named. */
export async function listCases(
  db: Queryable,
  state: Case['state'] | 'all',
  of: { readonly organisation?: string; readonly id?: number; readonly limit?: number } = {},
): Promise<CaseShown[]> {
  const { limit = 500 } = of;
  const shown: CaseShown[] = [];
  const exceptions = await exceptionsOf(db, of);
  for (let first = 0; first < exceptions.length && shown.length < limit; first += lookedAtTogether)
    shown.push(
      ...(await casesFrom(db, exceptions.slice(first, first + lookedAtTogether))).filter((one) => state === 'all' || one.state === state),
    );
  return shown.slice(0, limit);
}

interface Said {
  readonly seq: number;
  readonly consignment: string;
}

/** Exceptions of which there may be a case to show, oldest first. */
async function exceptionsOf(db: Queryable, of: { readonly organisation?: string; readonly id?: number }): Promise<Said[]> {
  const { rows } = await db.query<Said>(
    `select e.seq, e.consignment from fact e
      where e.kind = 'exception' and e.consignment is not null
        and ($1::text is null or e.organisation = $1) and ($2::bigint is null or e.seq = $2)
        and ($2 is not null or e.heard > now() - $3 * interval '1 day'
             or e.consignment in (select id from consignment where closed_at is null))
      order by e.at, e.seq`,
    [of.organisation ?? null, of.id ?? null, shownDays],
  );
  return rows;
}

/** The cases of these exceptions, in their order; an exception that does not stand has none. */
async function casesFrom(db: Queryable, exceptions: readonly Said[]): Promise<CaseShown[]> {
  const { rows } = await db.query<Row>(
    `select f.seq, f.organisation, f.consignment, c.reference, f.envelope, t.body
       from fact f join consignment c on c.id = f.consignment
       left join content t on f.kind in ('exception', 'case') and t.id = (f.envelope->>'content')::bigint
      where f.consignment = any($1) and f.state <> 'parked' and c.merged_into is null
        and f.kind in ('exception', 'case', 'plan', 'milestone', 'cancellation', 'revived', 'verdict')
      order by f.seq`,
    [[...new Set(exceptions.map(({ consignment }) => consignment))]],
  );
  const byConsignment = new Map<string, Row[]>();
  for (const row of rows) {
    const mine = byConsignment.get(row.consignment);
    if (mine === undefined) byConsignment.set(row.consignment, [row]);
    else mine.push(row);
  }
  const shown = new Map([...byConsignment.values()].flatMap(casesOfOne).map((one) => [one.id, one]));
  return exceptions.flatMap(({ seq }) => shown.get(seq) ?? []);
}

function casesOfOne(mine: readonly Row[]): CaseShown[] {
  const rowOf = (id: string | null) => mine.find(({ envelope }) => envelope.id === id);
  return casesOf(mine.map(({ envelope }) => envelope)).flatMap((one): CaseShown[] => {
    const row = rowOf(one.exception.id);
    if (row === undefined) return [];
    const said = row.body as ExceptionContent | null;
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
          decision === undefined ? null : { who: '', why: '', ...(decision.body as DecisionContent | null), at: decision.envelope.at },
      },
    ];
  });
}

/** Records what a person decided about a case; answers the case as it is then, null where there is none. */
export async function decideCase(
  db: Database,
  id: number,
  decided: DecisionContent & { readonly step: NextStep },
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
      body: { who, why } satisfies DecisionContent,
    };
    await storeFact(tx, row.consignment, fact, { organisation: row.organisation, journal: null, heard: at, via: 'push' });
    return (await listCases(tx, 'all', { id }))[0] ?? null;
  });
}
