/** With which tables Qargo's answers about a consignment are read: a collection is proved by who hands the goods over. */
import type { ReadingTables } from '../connectors/qargo/config.ts';
import { isCollection } from '../store/consignments.ts';
import type { Work } from './delivering.ts';

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
