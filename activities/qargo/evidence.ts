/** Looks for the evidence that must be there: at once in the record, then ever more rarely at Qargo, until the days are over. */

import { nextCheckAt } from '../../domain/calls/back-off.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import { podOutstanding, wantedFor } from '../../domain/policy/evidence.ts';
import { evidenceOf } from '../../store/intake/evidence.ts';
import { type Intent, type Item, keepProgress } from '../../store/outbox/receipts.ts';
import { accountOf } from '../../store/record/consignments.ts';
import type { Call, Message } from '../sending/call.ts';
import { factFor, finish, instantIn, type Work } from '../sending/work.ts';
import { readForEvidence } from './looks.ts';

interface Ready {
  readonly account: string;
}

/**
 * What the record has is met at once; only what is missing and due has the order's status and documents read, once for all of them.
 */
export const evidenceCall: Call<Intent, Ready, Message, true> = {
  prepare: async (work) => ({
    account: await accountOf(work.services.installation.db, work.consignment),
  }),
  message: async () => ({ show: { read: 'the status and the documents of the order' } }),
  look: lookInTheRecord,
  send: async (work) => {
    await readForEvidence(work);
    return true;
  },
  confirm: async (work, pieces, _, ready) => {
    for (const { item } of pieces) {
      const { missing, since, wanted } = await evidenceOwed(work, item, ready);
      if (missing === null) await finish(work, { item, state: 'met', proof: { wanted } });
      else await lookLater(work, item, since, missing);
    }
  },
};

/** Ends what is there, and what is not due yet; answers the rest. */
async function lookInTheRecord(work: Work, pieces: readonly Intent[], ready: Ready): Promise<readonly Intent[]> {
  const left: Intent[] = [];
  for (const intent of pieces) {
    const { item } = intent;
    const { missing, since, wanted } = await evidenceOwed(work, item, ready);
    if (missing === null) await finish(work, { item, state: 'met', proof: { wanted } });
    else if (isDue(intent, since, work)) left.push(intent);
    else await lookLater(work, item, since, missing);
  }
  return left;
}

async function evidenceOwed(work: Work, item: Item, { account }: Ready) {
  const { stop, ended, outcome, since } = await factFor(work, item, 'proof');
  const wanted = wantedFor(work.organisation.policy.evidence, account, outcome);
  const missing = podOutstanding(
    wanted,
    await evidenceOf(work.services.installation.db, work.consignment, { stop, ended }),
  );
  return { missing, since, wanted };
}

/** When Qargo is to be looked at: as was promised with the last look, and whenever a person asks. */
function isDue({ item, progress }: Intent, since: string, work: Work): boolean {
  if (item.revision > 1 && progress.asked !== item.revision) return true;
  const { policy } = work.organisation;
  const next = progress.next ?? nextCheckAt(since, since, policy.evidenceDays, work.services.counterparts.pace);
  return typeof next !== 'string' || next <= instantIn(work, 0);
}

async function lookLater(work: Work, item: Item, since: string, missing: Cause): Promise<void> {
  const { evidenceDays } = work.organisation.policy;
  const until = nextCheckAt(since, instantIn(work, 0), evidenceDays, work.services.counterparts.pace);
  await keepProgress(work.services.installation.db, work.consignment, item.key, { next: until, asked: item.revision });
  await finish(
    work,
    until === null ? { item, state: 'refused', cause: missing } : { item, state: 'not yet', cause: missing, until },
  );
}
