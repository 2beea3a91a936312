/** With which tables the answers of both sides are read, and exceptions are named. */
import type { PalletwaysReading } from '../../connectors/palletways/reading.ts';
import type { ReadingTables } from '../../connectors/qargo/config.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import type { ReasonTables } from '../../domain/policy/reason.ts';
import { isCollection } from '../../store/record/consignments.ts';
import type { Services, Work } from '../sending/work.ts';

/** What notes of Palletways mean. News of the network's own is heard only where it is wanted. */
export function noteTables(
  { counterparts }: Pick<Services, 'counterparts'>,
  organisation: Organisation,
): Pick<PalletwaysReading, 'cancelCodes' | 'chargeCodes' | 'networkExceptions' | 'network'> {
  const { cancelCodes, chargeCodes, networkExceptions, networkCodes, networkStatuses } =
    counterparts.accessOf(organisation).palletways;
  const common = { cancelCodes, chargeCodes, networkExceptions };
  if (organisation.policy.rows.network === 'off') return common;
  return { ...common, network: { codes: networkCodes, statuses: networkStatuses } };
}

/** Of Qargo's answers about a consignment: a collection is proved by who hands the goods over. */
export async function readingTables({
  services,
  organisation,
  consignment,
}: Pick<Work, 'services' | 'organisation' | 'consignment'>): Promise<ReadingTables> {
  const tables = services.counterparts.accessOf(organisation).qargo;
  if (!(await isCollection(services.installation.db, consignment))) return tables;
  return {
    ...tables,
    documentTypes: { ...tables.documentTypes, ...tables.collected.documentTypes },
    signatureTypes: [...tables.signatureTypes, ...tables.collected.signatureTypes],
  };
}

/** In which words exceptions are told to Palletways. */
export function reasonTables(
  { counterparts }: Pick<Services, 'counterparts'>,
  organisation: Organisation,
): ReasonTables {
  const { palletways, qargo } = counterparts.accessOf(organisation);
  return { types: palletways.codes.exception.types, incidentCodes: qargo.incidentCodes };
}
