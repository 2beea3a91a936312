/** Moves the Palletways receipts of a merged consignment to the one that stays, so that nothing is sent twice. */
import type { Queryable } from '../postgres/database.ts';

interface Row {
  readonly key: string;
  readonly state: string;
  readonly ever: boolean;
  /** What the plan that was told says. */
  readonly says: string | null;
  readonly settled_at: Date | null;
}

/** How much is known about the outcome of an update: the row that knows more stays. */
function weight({ state, ever }: Row): number {
  if (ever || state === 'met') return 5;
  if (state === 'sending') return 4;
  if (state === 'unknown') return 3;
  if (state === 'refused' || state === 'erased' || state === 'void') return 2;
  return state === 'waiting' ? 1 : 0;
}

/**
 * Moves receipts to Palletways, their attempts and the decisions made for them. A key that both have stays with the row that
 * knows more; of the younger's rest what was not sent yet is void, since the older tells it. A note on the wire keeps its
 * payload and reference: who sent it settles nothing any more, and the look after its lease finds it by the reference.
 *
 * Answers whether a plan was told by the younger alone or after the older's, null where neither.
 */
export async function handOverReceipts(
  tx: Queryable,
  younger: string,
  older: string,
): Promise<'younger' | 'younger last' | null> {
  await handOverNumbers(tx, younger, older);
  await tx.query(
    `update decision d set consignment = $2
      where consignment = $1 and key ~ '^(late|number|keyed|bytes) ' and not exists (select 1 from decision o where o.consignment = $2 and o.key = d.key)`,
    [younger, older],
  );
  const rowsOf = async (consignment: string) => {
    const { rows } = await tx.query<Row>(
      `select d.key, d.state, d.ever, d.settled_at,
              (select (f.envelope->>'trip') || ' ' || (f.envelope->>'vehicle') from fact f
                where d.kind = 'plan' and f.consignment = any($2) and f.id = d.fact limit 1) as says
         from receipt d where d.consignment = $1 and d.counterpart = 'palletways' order by d.key for update of d`,
      [consignment, [younger, older]],
    );
    return rows;
  };
  const theirs = new Map((await rowsOf(older)).map((row) => [row.key, row]));
  const mine = await rowsOf(younger);
  const replacing = mine.filter((row) => {
    const other = theirs.get(row.key);
    return other !== undefined && weight(row) > weight(other);
  });
  const moving = mine.filter((row) => !theirs.has(row.key) || replacing.includes(row)).map(({ key }) => key);
  await tx.query('delete from receipt where consignment = $1 and key = any($2)', [
    older,
    replacing.map(({ key }) => key),
  ]);
  await tx.query('update receipt set consignment = $2 where consignment = $1 and key = any($3)', [
    younger,
    older,
    moving,
  ]);
  await tx.query(
    `update receipt set state = 'void', cause = '{"code": "merged"}', until = null, settled_at = clock_timestamp()
      where consignment = $1 and counterpart = 'palletways' and state in ('intent', 'waiting', 'not yet')`,
    [younger],
  );
  await tx.query(
    `update attempt a set consignment = $2 where consignment = $1 and exists (
       select 1 from receipt d where d.consignment = $2 and d.key = a.key and d.counterpart = 'palletways')`,
    [younger, older],
  );
  const plan = mine.find(({ key }) => key === 'plan');
  const before = theirs.get('plan');
  if (plan === undefined || !(plan.ever || plan.state === 'sending')) return null;
  if (before === undefined || !(before.ever || before.state === 'sending')) return 'younger';
  const last =
    plan.says !== before.says && (plan.settled_at?.getTime() ?? Infinity) > (before.settled_at?.getTime() ?? 0);
  return last ? 'younger last' : null;
}

/**
 * File names are `<tracking id>_<number>`, and the tracking id of the two may become one. Numbers under which nothing was ever
 * put are given up and decided anew; those under which a file may stand stay taken, whatever they were decided for.
 */
async function handOverNumbers(tx: Queryable, younger: string, older: string): Promise<void> {
  await tx.query(
    `delete from decision d where d.consignment = $1 and d.key like 'number %' and not exists (
       select 1 from receipt r where r.consignment = $1 and 'number ' || r.key = d.key
          and (r.ever or r.state in ('sending', 'met', 'unknown') or r.progress ? 'name'))`,
    [younger],
  );
  await tx.query(
    `update decision d set consignment = $2, key = 'number ' || $1 || ' ' || substr(key, 8)
      where consignment = $1 and key like 'number %' and exists (select 1 from decision o where o.consignment = $2 and o.key = d.key)`,
    [younger, older],
  );
}
