/** What a consignment's workflow asks of the record. */
import { isCancellation, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { ConsignmentActivities, ConsignmentId } from '../activities/types.ts';
import type { Plan } from '../domain/obligations/plan.ts';

type Asked = Pick<ConsignmentActivities, 'loadPlan' | 'closeConsignment'>;

const retry = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' } as const;

/**
 * A local activity costs one event, and while it goes on a workflow task of 10 s that must be kept alive: from 8 s on, three events
 * every 8 s. So it ends before that, also where the record hangs, and an activity of the server goes on, which waits without any.
 */
const quickly = proxyLocalActivities<Asked>({ startToCloseTimeout: '2s', retry: { ...retry, maximumAttempts: 3 } });
const patiently = proxyActivities<Asked>({ startToCloseTimeout: '10s', retry, summary: 'the record is asked again' });

/** What a person said is taken in however long the record is away; the same `batch` may be given twice. */
export const { takeInByHand } = proxyActivities<Pick<ConsignmentActivities, 'takeInByHand'>>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1 minute' },
  summary: 'said by hand',
});

async function ask<Answer>(of: (record: Asked) => Promise<Answer>): Promise<Answer> {
  try {
    return await of(quickly);
  } catch (error) {
    if (isCancellation(error)) throw error;
    return of(patiently);
  }
}

export function loadPlan(id: ConsignmentId): Promise<Plan> {
  return ask((record) => record.loadPlan(id));
}

/** Closes the consignment where nothing came since this version of it; answers the plan where something did. */
export function closeConsignment(
  id: ConsignmentId,
  version: number,
): Promise<{ readonly closed: boolean; readonly plan: Plan }> {
  return ask((record) => record.closeConsignment({ ...id, version }));
}
