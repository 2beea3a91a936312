/** Looks for the evidence that must be there: at once in the record, then ever more rarely at Qargo, until the days are over. */
import { podOwed, wantedFor } from '../domain/evidence.ts';
import { nextLook } from '../domain/falling-frequency.ts';
import { latestOrder } from '../store/consignments.ts';
import { type Intent, type Item, keepProgress } from '../store/deliveries.ts';
import { evidenceOf } from '../store/proof.ts';
import { factFor, finish, intents, type Work } from './delivering.ts';

/** `readAgain` reads status and documents of the order and takes in what they tell; it is called once at most. */
export async function lookForEvidence(work: Work, items: readonly Item[], readAgain: () => Promise<void>): Promise<void> {
  const open = await intents(
    work,
    'qargo',
    items.map((item) => ({ item })),
  );
  if (open.length === 0) return;
  const account = (await latestOrder(work.services.installation.db, work.consignment))?.order.account ?? '';
  let read = false;
  for (const intent of open) {
    const { item } = intent;
    const { ended, outcome, since } = await factFor(work, item, 'proof');
    const wanted = wantedFor(work.organisation.policy.evidence, account, outcome);
    const owed = async () => podOwed(wanted, await evidenceOf(work.services.installation.db, work.consignment, ended));
    let missing = await owed();
    if (missing !== null && isDue(intent, since, work)) {
      if (!read) await readAgain();
      read = true;
      missing = await owed();
    }
    if (missing === null) await finish(work, { item, state: 'delivered', proof: { wanted } });
    else await lookLater(work, item, since, missing);
  }
}

/** When Qargo is to be looked at: as was promised with the last look, and whenever a person asks. */
function isDue({ item, progress }: Intent, since: string, work: Work): boolean {
  if (item.revision > 1 && progress.asked !== item.revision) return true;
  const { policy } = work.organisation;
  const next = progress.next ?? nextLook(since, since, policy.evidenceDays, work.services.counterparts.pace);
  return typeof next !== 'string' || next <= new Date().toISOString();
}

async function lookLater(work: Work, item: Item, since: string, missing: string): Promise<void> {
  const { evidenceDays } = work.organisation.policy;
  const until = nextLook(since, new Date().toISOString(), evidenceDays, work.services.counterparts.pace);
  await keepProgress(work.services.installation.db, work.consignment, item.key, { next: until, asked: item.revision });
  const reason = `nothing came in ${evidenceDays} days`;
  await finish(
    work,
    until === null ? { item, state: 'refused', cause: missing, reason } : { item, state: 'not yet', cause: missing, until },
  );
}
