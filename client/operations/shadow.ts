/** What would have been sent of a consignment's rows in shadow. A worker renders it, as it would send it. */

import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { Installation } from '../../store/organisations/installation.ts';
import { dropContent } from '../../store/record/consignments.ts';
import { rawContent } from '../../store/record/contents.ts';
import type { Claim } from '../../store/record/wake.ts';
import type { shadow } from '../../workflows/shadow.ts';
import { taskQueue } from '../temporal.ts';

/** Throws where no worker answers within 30 s. What is read is kept nowhere. */
export async function shadowOf(
  { db }: Installation,
  temporal: Client,
  { organisation, consignment, workflow }: Pick<Claim, 'organisation' | 'consignment' | 'workflow'>,
): Promise<unknown> {
  const ref = await temporal.workflow.execute<typeof shadow>('shadow', {
    workflowId: `shadow/${workflow}/${randomUUID()}`,
    taskQueue,
    args: [{ organisation, consignment }],
    workflowExecutionTimeout: '30s',
    staticSummary: 'What would have been sent',
  });
  const told = await rawContent(db, ref);
  await dropContent(db, ref);
  return told;
}
