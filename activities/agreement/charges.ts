/** Changes of what is charged for: which way each goes to a side, and those that a person keys in. */

import type { Counterpart } from '../../domain/facts/facts.ts';
import { describeCharge, settingOf } from '../../domain/policy/charges.ts';
import { keyedIn } from '../../store/intake/charges.ts';
import type { Intent, Item } from '../../store/outbox/receipts.ts';
import { factFor, finish, type Work } from '../sending/work.ts';

/** Items for which there is no call by configuration, and the others. */
export async function splitByPath(
  work: Work,
  to: Counterpart,
  items: readonly Item[],
): Promise<[byHand: Item[], called: Item[]]> {
  const byHand: Item[] = [];
  for (const item of items) {
    if (item.kind !== 'charge') continue;
    const { charge } = await factFor(work, item, 'charge');
    if (work.organisation.policy.chargePaths[settingOf(charge)][to] === 'person') byHand.push(item);
  }
  return [byHand, items.filter((item) => !byHand.includes(item))];
}

/** Parks what a person keys in, saying what; met where somebody said that it is done. */
export async function keyIn(work: Work, to: Counterpart, open: readonly Intent[]): Promise<void> {
  for (const { item } of open) {
    const done = await keyedIn(work.services.installation.db, work.consignment, item.key, item.fact);
    if (done !== null) {
      await finish(work, { item, state: 'met', proof: { keyedIn: done } });
      continue;
    }
    const reason = `key in at ${to === 'qargo' ? 'Qargo' : 'Palletways'}: ${describeCharge(await factFor(work, item, 'charge'))}`;
    await finish(work, { item, state: 'refused', cause: { code: 'to be keyed in' }, reason });
  }
}
