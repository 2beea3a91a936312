/** A person's decision on what was asked. The dispatcher tells the workflow: the decision is a fact like any other. */
import { sidesToTell } from '../../domain/policy/decision.ts';
import { type Settlement, settleQuestion } from '../../store/decisions/decisions.ts';
import type { Installation } from '../../store/organisations/installation.ts';

/** Settles it; null where no such question is open. */
export async function settleDecision(
  { db, organisations }: Installation,
  of: { readonly organisation: string; readonly consignment: string },
  said: Settlement,
): Promise<{ readonly edit: string; readonly decision: string } | null> {
  const organisation = await organisations.cached(of.organisation);
  if (organisation === undefined) throw new Error(`no organisation ${of.organisation}`);
  return settleQuestion(db, of.organisation, of.consignment, said, (decision) =>
    sidesToTell(organisation.policy.decisions, decision),
  );
}
