/** Every question that waits for a person's verdict, in one list. */
import type { Fact } from '../domain/facts.ts';
import { emptyState, fold } from '../domain/state.ts';
import type { Queryable } from './database.ts';
import { forVerdicts, type Question, questionsOf } from './verdicts.ts';

export interface OpenQuestion extends Question {
  readonly organisation: string;
  readonly consignment: string;
  readonly reference: string | null;
  readonly trackingId: string | null;
  readonly qargoOrder: string | null;
  /** Since when it waits, UTC ISO. */
  readonly since: string;
}

/** So many questions are answered at most, those that wait longest; so many consignments are looked at in one go. */
const most = 500;

/** A consignment of which something was asked that nobody settled, with the facts that questions are made from. */
interface Row {
  readonly organisation: string;
  readonly consignment: string;
  readonly reference: string | null;
  readonly trackingId: string | null;
  readonly qargoOrder: string | null;
  readonly facts: readonly Fact[];
}

const asked = `
  select f.consignment, min(f.at) as since from fact f join consignment c on c.id = f.consignment
   where c.closed_at is null and c.merged_into is null and ($1::text is null or c.organisation = $1)
     and (f.kind = 'presence' and f.envelope->>'present' = 'false'
       or f.kind = 'verdict' and f.envelope->>'verdict' = 'asked'
         and not exists (select 1 from fact v where v.consignment = f.consignment and v.kind = 'verdict'
                            and v.envelope->>'on' = f.envelope->>'on' and v.envelope->>'source' = 'person'))
   group by f.consignment`;

/** What waits, of one organisation or of all, what waits longest first, at most 500. */
export async function openQuestions(db: Queryable, organisation?: string): Promise<OpenQuestion[]> {
  const all: OpenQuestion[] = [];
  for (let offset = 0; all.length < most; offset += most) {
    const { found, last } = await some(db, organisation ?? null, offset);
    all.push(...found);
    if (last) break;
  }
  return all.sort((a, b) => (a.since < b.since ? -1 : 1)).slice(0, most);
}

/** Much that was asked was answered otherwise since (by Palletways, by a newer edit): only the facts tell. */
async function some(db: Queryable, organisation: string | null, offset: number): Promise<{ found: OpenQuestion[]; last: boolean }> {
  const { rows } = await db.query<Row>(
    `select c.organisation, c.id as consignment, c.reference, c.tracking_id as "trackingId", c.qargo->>'orderId' as "qargoOrder",
            (select json_agg(envelope) from fact where consignment = c.id and ${forVerdicts}) as facts
       from (${asked}) a join consignment c on c.id = a.consignment order by a.since, c.id limit ${most} offset $2`,
    [organisation, offset],
  );
  const found = rows.flatMap(({ facts, ...whose }) =>
    questionsOf(fold(emptyState, facts)).map((question) => ({ ...whose, ...question, since: sinceOf(facts, question) })),
  );
  return { found, last: rows.length < most };
}

function sinceOf(facts: readonly Fact[], { edit }: Question): string {
  const saying = facts.filter((fact) => (edit === 'missing' ? fact.kind === 'presence' && !fact.present : isAsking(fact, edit)));
  return (
    saying
      .map(({ at }) => at)
      .sort()
      .at(-1) ?? ''
  );
}

const isAsking = (fact: Fact, edit: string) => fact.kind === 'verdict' && fact.verdict === 'asked' && fact.on === edit;
