/** The next cut-off of an organisation's depot for a service, as people are shown it. */
import { instantToLocal, localToInstant } from '../../connectors/palletways/read.ts';
import { type NextCutOff, nextCutOff } from '../../domain/policy/cut-off.ts';
import type { Installation } from '../../store/organisations/installation.ts';

const clock = {
  toLocal: instantToLocal,
  toInstant: (date: string, time: string, zone: string) => localToInstant(date, time, zone),
};

/** Null where no rule names the service, or the order is not known. `now` UTC ISO. */
export async function cutOffOf(
  { organisations }: Pick<Installation, 'organisations'>,
  id: string,
  service: string | null,
  now = new Date().toISOString(),
): Promise<NextCutOff | null> {
  const organisation = await organisations.cached(id);
  if (organisation === undefined || service === null) return null;
  const { palletways, qargo, policy } = organisation;
  return nextCutOff(policy.cutOffs, { zone: palletways.zone, nation: qargo.depot.country }, service, now, clock);
}
