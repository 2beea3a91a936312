/** With what a sweep reads the answers of Palletways. */
import { type Organisation, oursOf } from '../../domain/policy/organisation.ts';
import { now } from '../../store/postgres/database.ts';
import { noteTables } from '../reading/tables.ts';
import type { Services } from '../sending/work.ts';
import { Items } from './items.ts';

export type Palletways = ReturnType<Services['counterparts']['palletways']>;

export async function contextOf(services: Services, organisation: Organisation) {
  const { installation } = services;
  const { zone } = organisation.palletways;
  const digest = installation.digestOf(organisation.id);
  return {
    zone,
    receivedAt: await now(installation.db),
    digest,
    ours: oursOf(organisation),
    ...noteTables(services, organisation),
  };
}

export const itemsOf = ({ installation, counterparts }: Services, { id, policy }: Organisation): Items =>
  new Items(installation.db, id, policy.sweepSeconds / counterparts.pace);
