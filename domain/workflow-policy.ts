/** The part of an organisation's configuration that a workflow holds; under 1 KB, it comes with signals and at every load. */
import type { Policy } from './organisation.ts';
import { type Withheld, withheldOf } from './rows.ts';

export interface WorkflowPolicy {
  /** Hours between "nothing is owed any more" and the end of the workflow. */
  readonly graceHours: number;
  /** History events after which a quiet run continues as new. */
  readonly maxHistory: number;
  /** Rows of which nothing is sent; left out where all are on. */
  readonly withheld?: Withheld;
}

/** Well below the 4,096 events at which the server suggests it: a cold signal replays the run. */
const maxHistory = 1_000;

export function workflowPolicy(policy: Policy): WorkflowPolicy {
  const withheld = withheldOf(policy.rows);
  return { graceHours: policy.graceHours, maxHistory, ...(Object.keys(withheld).length === 0 ? {} : { withheld }) };
}
