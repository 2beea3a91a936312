/** The connectors' own check of what an account does otherwise than assumed; the store does not know their words. */
import { palletwaysWire } from '../../connectors/palletways/read.ts';
import { qargoWire } from '../../connectors/qargo/read.ts';
import { type OrganisationDraft, OrganisationError } from '../../store/organisations/organisations.ts';

/** Throws one OrganisationError that names each field. */
export function checkWire(draft: OrganisationDraft): void {
  const checks = [
    ['wire.palletways', palletwaysWire, draft.wire?.palletways],
    ['wire.qargo', qargoWire, draft.wire?.qargo],
  ] as const;
  const wrong = checks.flatMap(([name, schema, value]) => {
    const checked = schema.safeParse(value ?? {});
    return checked.success
      ? []
      : checked.error.issues.map((issue) => ({ field: [name, ...issue.path].join('.'), reason: issue.message }));
  });
  if (wrong.length > 0) throw new OrganisationError(wrong);
}
