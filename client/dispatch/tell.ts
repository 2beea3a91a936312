/** Tells facts to a consignment's workflow, starting it where it does not run. */
import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { Fact } from '../../domain/facts.ts';
import type { WorkflowPolicy } from '../../domain/workflow-policy.ts';
import type { Claim } from '../../store/dispatch.ts';
import type { consignment } from '../../workflows/consignment.ts';
import { refresh, resend, signalOf, type Told } from '../../workflows/messages.ts';
import { searchAttributes } from '../../workflows/search-attributes.ts';
import { taskQueue } from '../temporal.ts';

export const workflowId = (organisation: string, consignmentId: string) => `${organisation}/${consignmentId}`;

const callMs = 8_000;

/** One signal with all the facts, in the order given. Throws what Temporal throws. */
export async function tell(temporal: Client, of: Claim, facts: readonly Fact[], policy?: WorkflowPolicy): Promise<void> {
  const kinds = new Set(facts.map((fact) => signalOf[fact.kind]));
  const [only] = kinds;
  const signal = kinds.size === 1 && only !== undefined ? only : 'facts';
  const told: Told = policy === undefined ? { facts } : { facts, policy };
  await temporal.connection.withDeadline(Date.now() + callMs, () =>
    temporal.workflow.signalWithStart<typeof consignment, [Told]>('consignment', {
      ...startOf(of),
      signal,
      signalArgs: [told],
    }),
  );
}

/** Starts the workflow where it does not run, which loads the record; one that runs loads it again. Throws what Temporal throws. */
export async function askLoad(temporal: Client, of: Claim): Promise<void> {
  await temporal.connection.withDeadline(Date.now() + callMs, () =>
    temporal.workflow.signalWithStart<typeof consignment, [Told]>('consignment', {
      ...startOf(of),
      signal: 'facts',
      signalArgs: [{ facts: [], reload: true }],
    }),
  );
}

function startOf(of: Claim) {
  return {
    workflowId: workflowId(of.organisation, of.consignment),
    taskQueue,
    args: [{ organisation: of.organisation, consignment: of.consignment }] as [{ organisation: string; consignment: string }],
    staticSummary: `Consignment ${of.reference ?? of.trackingId ?? of.consignment}`,
    typedSearchAttributes: new TypedSearchAttributes([{ key: searchAttributes.organisation, value: of.organisation }]),
    workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
    priority: { priorityKey: 3, fairnessKey: of.organisation },
  };
}

/** Asks the workflow to read both sides now; starts it where it has ended. */
export async function askRefresh(temporal: Client, of: Claim, who: string): Promise<{ asked: string }> {
  return temporal.workflow.executeUpdateWithStart(refresh, {
    args: [{ who }],
    startWorkflowOperation: new WithStartWorkflowOperation<typeof consignment>('consignment', {
      ...startOf(of),
      workflowIdConflictPolicy: 'USE_EXISTING',
    }),
  });
}

/** Asks the workflow to send an obligation again. */
export async function askResend(
  temporal: Client,
  of: Claim,
  asked: { obligation: string; who: string; why: string },
): Promise<{ obligation: string; revision: number }> {
  return temporal.workflow.executeUpdateWithStart(resend, {
    args: [asked],
    startWorkflowOperation: new WithStartWorkflowOperation<typeof consignment>('consignment', {
      ...startOf(of),
      workflowIdConflictPolicy: 'USE_EXISTING',
    }),
  });
}
