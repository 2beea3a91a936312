/** Every question that waits for a person's decision, in one list. */
import type { Question } from '../../domain/words/questions.ts';
import type { Queryable } from '../postgres/database.ts';

export interface OpenQuestion extends Question {
  readonly organisation: string;
  readonly consignment: string;
  readonly reference: string | null;
  readonly trackingId: string | null;
  readonly qargoOrder: string | null;
}

/** So many questions are answered at most, those that wait longest. */
const most = 500;

/** What waits, of one organisation or of all, what waits longest first, at most 500. */
export async function openQuestions(db: Queryable, organisation?: string): Promise<OpenQuestion[]> {
  const { rows } = await db.query<OpenQuestion>(
    `select c.organisation, c.id as consignment, c.reference, c.tracking_id as "trackingId", c.qargo->>'orderId' as "qargoOrder",
            q->>'edit' as edit, q->>'stage' as stage, q->'fields' as fields, q->>'since' as since
       from status s join consignment c on c.id = s.consignment cross join jsonb_array_elements(s.questions) q
      where s.question_since is not null and c.closed_at is null and c.merged_into is null and ($1::text is null or s.organisation = $1)
      order by q->>'since', c.id limit ${most}`,
    [organisation ?? null],
  );
  return rows;
}
