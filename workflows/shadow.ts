/** Has what would have been sent of one consignment written down; answers the reference of its content. A person asked to see it. */
import { proxyActivities } from '@temporalio/workflow';
import type { ConsignmentId, ShadowActivities } from '../activities/types.ts';

const { keepShadow } = proxyActivities<ShadowActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '500ms', maximumAttempts: 3 },
});

export async function shadow(input: ConsignmentId): Promise<string> {
  return keepShadow(input);
}
