/** The tables by which an organisation's exceptions are named, as its configuration has them. */
import { noteCodes } from '../connectors/palletways/translate.ts';
import { qargoWire, readingTables } from '../connectors/qargo/translate.ts';
import type { Organisation } from '../domain/organisation.ts';
import type { ReasonTables } from '../domain/reason.ts';

export function reasonTablesOf({ wire }: Pick<Organisation, 'wire'>): ReasonTables {
  const { types } = noteCodes.parse(wire.palletways.codes ?? {}).exception;
  return { types, incidentCodes: readingTables.parse(qargoWire.parse(wire.qargo)).incidentCodes };
}
