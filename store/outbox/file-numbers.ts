/** Files of a consignment: which one is told of the same bytes, and under which number each goes. Decided once. */
import { type Database, inTransaction, type Queryable } from '../postgres/database.ts';
import { decide } from './receipts.ts';
import { isForgotten } from './restored.ts';

/**
 * Decides once which file of the consignment has these bytes, and answers its key: the same photo comes as two documents, or by push and by
 * read under two ids, and is told once.
 */
export async function decideFirstWith(db: Database, consignment: string, key: string, sha256: string): Promise<string> {
  return inTransaction(db, (tx) => decide(tx, consignment, `bytes ${sha256}`, key));
}

/** No consignment has so many files. */
const restoredNumbers = 1_000;

/** Decides once the file's number in sequence over all files of the consignment, and answers it. The first is 1. */
export async function decideNumber(db: Database, consignment: string, key: string): Promise<number> {
  return inTransaction(db, async (tx) => {
    await tx.query('select 1 from consignment where id = $1 for update', [consignment]);
    const highest = (await highestNumber(tx, consignment)) ?? 0;
    // Files of before a restored record may have numbers that it does not know.
    const taken = (await isForgotten(tx, consignment)) ? restoredNumbers : 0;
    return decide(tx, consignment, `number ${key}`, Math.max(highest, taken) + 1);
  });
}

/** Reads the highest number. It is no count: of two identities that proved to be one some numbers are taken twice and some not at all. */
async function highestNumber(tx: Queryable, consignment: string): Promise<number | null> {
  const { rows } = await tx.query<{ n: number | null }>(
    `select max((value #>> '{}')::int) as n from decision where consignment = $1 and key like 'number %'`,
    [consignment],
  );
  return rows[0]?.n ?? null;
}
