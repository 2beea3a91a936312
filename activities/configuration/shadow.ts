/**
 * What would have been sent of the rows in shadow: the obligations that are held back, as the messages of the calls that would serve
 * them (lanes/calls.ts). Nothing is sent, and nothing that would be decided by it is kept.
 */

import { rowOf } from '../../domain/obligations/kinds.ts';
import type { Obligation } from '../../domain/obligations/obligation.ts';
import { withheldOf } from '../../domain/policy/rows.ts';
import { emptyState, fold, type State } from '../../domain/state/state.ts';
import { sayCause } from '../../domain/words/causes.ts';
import { notSent } from '../../domain/words/withheld.ts';
import { judgeAsIfOn } from '../../store/decisions/cancellations.ts';
import { recordsOf } from '../../store/due/publication.ts';
import { type Database, withoutTrace } from '../../store/postgres/database.ts';
import { consignmentRow, keepContent } from '../../store/record/consignments.ts';
import { messageFor } from '../lanes/calls.ts';
import { isNothing } from '../sending/call.ts';
import type { Services, Work } from '../sending/work.ts';
import type { ConsignmentId } from '../types.ts';

/** Keeps what would have been sent as content and answers its reference: names and addresses stay out of Temporal. */
export async function keepShadow(
  services: Services,
  { organisation: id, consignment }: ConsignmentId,
): Promise<string> {
  const { db, organisations } = services.installation;
  const organisation = await organisations.cached(id);
  if (organisation === undefined) throw new Error(`no organisation ${id}`);
  const withheld = withheldOf(organisation.policy.rows);
  const inShadow = Object.fromEntries(Object.entries(withheld).filter(([, at]) => at === 'shadow'));
  const record = (await recordsOf(db, [consignment])).get(consignment);
  const state = fold(emptyState, record?.facts ?? []);
  const silentIn = (as: State) => notSent(as, record?.ledger ?? {}, inShadow).sort((a, b) => (a.at < b.at ? -1 : 1));
  const silent = silentIn(state);
  const told = await withoutTrace(db, async (tx) => {
    // What rendering decides (whether a milestone is late) is decided when it is really sent.
    const installation = { ...services.installation, db: tx as unknown as Database };
    const work: Work = {
      services: { ...services, installation },
      organisation,
      consignment,
      row: await consignmentRow(tx, consignment),
      sender: 'shadow',
      onTheWire: new Set(),
      signal: undefined,
      doing: { step: 'shadow' },
      items: silent,
      taken: new Map(),
      lane: 'qargo',
      aheadMs: 0,
      waitedMs: 0,
      ended: new Set(),
      met: new Set(),
      facts: [],
    };
    // A cancellation in shadow is not judged; it is shown as it would be. One that is refused tells its decision instead.
    const decision = silent.some(({ kind }) => kind === 'cancel')
      ? await judgeAsIfOn(tx, { organisation: id, consignment })
      : null;
    if (decision !== null) work.facts.push(decision);
    const all = [];
    for (const o of work.facts.length === 0 ? silent : silentIn(fold(state, work.facts)))
      all.push({ obligation: o.key, row: rowOf[o.sort], to: o.to, at: o.at, message: await shown(work, o) });
    return all;
  });
  return keepContent(db, id, consignment, told);
}

/** What a person is shown of the message as it would go, or why there is none. */
async function shown(work: Work, o: Obligation): Promise<unknown> {
  const message = await messageFor(work, o.to, o);
  return isNothing(message) ? { none: sayCause(message.none) } : message.show;
}
