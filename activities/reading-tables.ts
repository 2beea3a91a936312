/** With which tables the answers of both sides are read. */
import type { PalletwaysReading } from '../connectors/palletways/translate.ts';
import type { ReadingTables } from '../connectors/qargo/config.ts';
import { isCollection } from '../store/consignments.ts';
import type { Organisation } from '../domain/organisation.ts';
import type { Services, Work } from './delivering.ts';

/** What notes of Palletways mean. News of the network's own is heard only where it is wanted. */
export function noteTables(
  { counterparts }: Pick<Services, 'counterparts'>,
  organisation: Organisation,
): Pick<PalletwaysReading, 'cancelCodes' | 'chargeCodes' | 'networkExceptions' | 'network'> {
  const { cancelCodes, chargeCodes, networkExceptions, networkCodes, networkStatuses } = counterparts.accessOf(organisation).palletways;
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
