/**
 * A message is taken in part by part where it cannot be as a whole: what cannot be stored of it is that part's problem, named, and the rest
 * is taken in. A part is a fact of what was heard of one consignment.
 */
import type { Fact } from '../domain/facts.ts';
import type { Heard, Problem } from '../domain/heard.ts';
import { cutText } from '../domain/text.ts';
import type { Queryable } from './database.ts';
import { hear, type HearingContext } from './hearing.ts';
import { type Name, namesOf } from './identity.ts';
import { isMomentary, isStoreOutage } from './outage.ts';

export interface Taken {
  /** So many were taken in, news or not: 0 where nothing of the message was. */
  parts: number;
  /** What was news. */
  readonly facts: Fact[];
  /** Names under which something was parked. */
  readonly parked: Name[];
  /** What could not be taken in; none where the message was taken as a whole. */
  readonly problems: Problem[];
}

/** `apart`: part by part, after taking it as a whole has failed; it costs two statements more for each consignment. */
export type Manner = 'whole' | 'apart';

/** Whether an error is that of what was to be stored: neither the record's, nor one that passes in a moment. */
export const isOfItem = (error: unknown): boolean => !isStoreOutage(error) && !isMomentary(error);

/** What an error says, for a problem that people read. */
export const wordsOf = (error: unknown): string => cutText(error instanceof Error ? error.message : String(error), 300);

/**
 * Takes in what was heard, in the caller's transaction. As a whole it throws whatever a part throws, and the transaction is lost; apart it
 * throws only what is no part's own trouble.
 */
export async function hearParts(tx: Queryable, all: readonly Heard[], context: HearingContext, manner: Manner): Promise<Taken> {
  const taken: Taken = { parts: 0, facts: [], parked: [], problems: [] };
  for (const [index, heard] of all.entries()) {
    if (manner === 'whole') await hearOne(tx, heard, context, taken);
    else await hearApart(tx, heard, context, taken, { heard: index, first: 0 });
  }
  return taken;
}

async function hearOne(tx: Queryable, heard: Heard, context: HearingContext, taken: Taken): Promise<void> {
  const { consignment, facts } = await hear(tx, heard, context);
  taken.parts += 1;
  taken.facts.push(...facts);
  if (consignment === null) taken.parked.push(...namesOf(heard.aliases));
}

/** Halves what cannot be taken in until the facts stand alone that cannot: few bad ones among many cost little. */
async function hearApart(
  tx: Queryable,
  heard: Heard,
  context: HearingContext,
  taken: Taken,
  at: { readonly heard: number; readonly first: number },
): Promise<void> {
  await tx.query('savepoint part');
  try {
    await hearOne(tx, heard, context, taken);
    await tx.query('release savepoint part');
    return;
  } catch (error) {
    if (!isOfItem(error)) throw error;
    await tx.query('rollback to savepoint part; release savepoint part');
    if (heard.facts.length < 2) {
      const field = heard.facts.length === 0 ? `heard[${at.heard}]` : `heard[${at.heard}].facts[${at.first}]`;
      taken.problems.push({ field, message: wordsOf(error) });
      return;
    }
  }
  const middle = Math.ceil(heard.facts.length / 2);
  await hearApart(tx, { ...heard, facts: heard.facts.slice(0, middle) }, context, taken, at);
  await hearApart(tx, { ...heard, facts: heard.facts.slice(middle) }, context, taken, { ...at, first: at.first + middle });
}
