/** Tells a consignment's workflow what is new of it, starting it where it does not run. */
import type { Client } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { FactKind } from '../../domain/facts/facts.ts';
import type { Plan } from '../../domain/obligations/plan.ts';
import type { Claim } from '../../store/record/wake.ts';
import type { consignment } from '../../workflows/consignment.ts';
import { type SignalInput, signalFor } from '../../workflows/messages.ts';
import { searchAttributes, searchable } from '../../workflows/search-attributes.ts';
import { taskQueue } from '../temporal.ts';

const callMs = 8_000;

type Searchable = ReturnType<typeof searchable> | readonly [];

/** One signal, named by the kinds of the facts that are new, with the plan that follows. Throws what Temporal throws. */
export async function signalConsignment(
  temporal: Client,
  of: Claim,
  kinds: readonly FactKind[],
  plan: Plan,
): Promise<void> {
  await signal(temporal, of, signalFor(kinds), { plan }, searchable(plan));
}

/** Starts the workflow where it does not run; one that runs asks the record anew. Throws what Temporal throws. */
export async function signalReload(temporal: Client, of: Claim): Promise<void> {
  await signal(temporal, of, 'facts', { ask: true });
}

async function signal(
  temporal: Client,
  of: Claim,
  name: string,
  told: SignalInput,
  shown: Searchable = [],
): Promise<void> {
  await temporal.connection.withDeadline(Date.now() + callMs, () =>
    temporal.workflow.signalWithStart<typeof consignment, [SignalInput]>('consignment', {
      ...startOf(of, shown),
      signal: name,
      signalArgs: [told],
    }),
  );
}

function startOf(of: Claim, shown: Searchable) {
  return {
    workflowId: of.workflow,
    taskQueue,
    args: [{ organisation: of.organisation, consignment: of.consignment }] as [
      { organisation: string; consignment: string },
    ],
    staticSummary: `Consignment ${of.reference ?? of.trackingId ?? of.consignment}`,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: searchAttributes.organisation, value: of.organisation },
      ...shown,
    ]),
    workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
    priority: { priorityKey: 3, fairnessKey: of.organisation },
  };
}
