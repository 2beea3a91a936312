/** The part of an organisation's configuration that a workflow holds; under 1 KB, it comes with signals and at every load. */
import type { Policy } from './organisation.ts';
import { type Withheld, withheldOf } from './rows.ts';

export interface WorkflowPolicy {
  /** Hours between "nothing is owed any more" and the end of the workflow. */
  readonly graceHours: number;
  /** History events after which a run continues as new. */
  readonly maxHistory: number;
  /** Rows of which nothing is sent; left out where all are on. */
  readonly withheld?: Withheld;
}

export function workflowPolicy({ graceHours, maxHistory, rows }: Policy): WorkflowPolicy {
  const withheld = withheldOf(rows);
  return { graceHours, maxHistory, ...(Object.keys(withheld).length === 0 ? {} : { withheld }) };
}
