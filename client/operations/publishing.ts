/** Starts the workflows that publish new versions of configurations. Every version waits in the record until one has ended. */
import type { Client } from '@temporalio/client';
import { openPublications } from '../../store/due/publication.ts';
import type { Installation } from '../../store/organisations/installation.ts';
import type { publish } from '../../workflows/publish.ts';
import { taskQueue } from '../temporal.ts';

/** Starts what is not started; what runs goes on. Throws what the record or Temporal throws: it can be called again at any time. */
export async function startPublications({ db }: Installation, temporal: Client): Promise<void> {
  for (const { organisation, version } of await openPublications(db)) {
    await temporal.workflow.start<typeof publish>('publish', {
      workflowId: `publish/${organisation}/${version}`,
      taskQueue,
      args: [{ organisation, version, after: '', looked: 0, woken: 0 }],
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: `Version ${version} of ${organisation}`,
      priority: { priorityKey: 4, fairnessKey: organisation },
    });
  }
}
