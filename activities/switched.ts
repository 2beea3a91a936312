/** What was switched off while a workflow still owed it is not sent, and the workflow is told the policy as it is now. */
import { switchedOff, withheldOf } from '../domain/rows.ts';
import { workflowPolicy } from '../domain/workflow-policy.ts';
import type { Installation } from '../store/installation.ts';
import type { DeliverInput, DeliverResult } from './types.ts';

/** Delivers what is on. Of what is not there is no outcome and no intent: with the policy it is owed no more. */
export async function deliverWhatIsOn(
  installation: Installation,
  input: DeliverInput,
  deliver: (input: DeliverInput) => Promise<DeliverResult>,
): Promise<DeliverResult> {
  const organisation = await installation.organisations.cached(input.organisation);
  const withheld = withheldOf(organisation?.policy.rows);
  const items = input.items.filter(({ kind }) => switchedOff(kind, withheld) === undefined);
  if (organisation === undefined || items.length === input.items.length) return deliver(input);
  const result = items.length === 0 ? { outcomes: [], facts: [] } : await deliver({ ...input, items });
  return { ...result, policy: workflowPolicy(organisation.policy) };
}
