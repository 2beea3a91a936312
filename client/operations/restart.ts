/** Ends the run of a consignment and starts it again: a run carries nothing that the record does not know. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Claim } from '../../store/record/wake.ts';
import { signalReload } from '../dispatch/tell.ts';

/** Whatever run there is is terminated, and another started, which loads the record. Throws what Temporal throws. */
export async function restartRun(temporal: Client, of: Claim, why: string): Promise<void> {
  await endRun(temporal, of.workflow, why);
  await signalReload(temporal, of);
}

/** Terminates the run of a workflow, where there is one. Throws what Temporal throws. */
export async function endRun(temporal: Client, id: string, why: string): Promise<void> {
  await temporal.workflow
    .getHandle(id)
    .terminate(why)
    .catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
}
