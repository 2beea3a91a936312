/** The part of an organisation's configuration that a workflow holds; under 1 KB, it comes with signals and at every load. */
import type { Policy } from './organisation.ts';

export interface WorkflowPolicy {
  /** Hours between "nothing is owed any more" and the end of the workflow. */
  readonly graceHours: number;
  /** History events after which a run continues as new. */
  readonly maxHistory: number;
}

export function workflowPolicy({ graceHours, maxHistory }: Policy): WorkflowPolicy {
  return { graceHours, maxHistory };
}
