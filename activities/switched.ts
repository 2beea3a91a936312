/** What was switched off while a workflow still owed it is not sent, and the workflow is told the policy as it is now. */
import type { Fact } from '../domain/facts.ts';
import { hasParts, sortOf, switchedOff, tellsApart, withheldOf } from '../domain/rows.ts';
import { workflowPolicy } from '../domain/workflow-policy.ts';
import { factOf } from '../store/consignments.ts';
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
  const told = tellsApart(withheld) ? await factsOf(installation, input) : new Map<string, Fact>();
  const items = input.items.filter(({ kind, fact }) => {
    const of = told.get(fact);
    return switchedOff(of === undefined ? kind : sortOf(kind, of), withheld) === undefined;
  });
  if (organisation === undefined || items.length === input.items.length) return deliver(input);
  const result = items.length === 0 ? { outcomes: [], facts: [] } : await deliver({ ...input, items });
  return { ...result, policy: workflowPolicy(organisation.policy) };
}

/** The facts of what its kind says too little of, by id. */
async function factsOf({ db }: Installation, { consignment, items }: DeliverInput): Promise<Map<string, Fact>> {
  const found = new Map<string, Fact>();
  for (const { kind, fact } of items) {
    const told = hasParts(kind) ? await factOf(db, consignment, fact) : null;
    if (told !== null) found.set(fact, told);
  }
  return found;
}
