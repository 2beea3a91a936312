/**
 * Publishes a new version of an organisation's configuration: page by page over its open consignments, at a pace, it wakes those
 * that the version changes and nobody else. What is told is for people; how far it is stands in the record.
 */
import { makeContinueAsNewFunc, proxyActivities, setCurrentDetails, sleep, workflowInfo } from '@temporalio/workflow';
import type { PublicationActivities, PublicationInput } from '../activities/types.ts';

const steps = proxyActivities<PublicationActivities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
  priority: { priorityKey: 4 },
});

/** Every process may answer with the version before for so long (store/organisations/organisations.ts). */
const settles = '3 seconds';
const longHistory = 2_000;

/** The next run is of the current version of the workers. */
const renew = makeContinueAsNewFunc<typeof publish>({ initialVersioningBehavior: 'AUTO_UPGRADE' });

export async function publish(input: PublicationInput): Promise<{ looked: number; woken: number }> {
  let { after, looked, woken } = input;
  if (after === '') await sleep(settles, { summary: 'until every process has the new version' });
  for (;;) {
    const page = await steps.publishPage({ ...input, after, looked, woken });
    looked += page.looked;
    woken += page.woken;
    setCurrentDetails(`Version ${input.version}: looked at ${looked} open consignment(s), woke ${woken}.`);
    if (page.next === undefined) break;
    after = page.next;
    if (page.restMs > 0) await sleep(page.restMs);
    const info = workflowInfo();
    if (info.targetWorkerDeploymentVersionChanged || info.continueAsNewSuggested || info.historyLength > longHistory) {
      await renew({ ...input, after, looked, woken });
    }
  }
  await steps.endPublication({ ...input, after, looked, woken });
  return { looked, woken };
}
