/** The tables by which an organisation's exceptions are named, as its configuration has them. */
import { noteCodes } from '../../connectors/palletways/read.ts';
import { qargoWire, readingTables } from '../../connectors/qargo/read.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import type { ReasonTables } from '../../domain/policy/reason.ts';

export function reasonTablesOf({ wire }: Pick<Organisation, 'wire'>): ReasonTables {
  const { types } = noteCodes.parse(wire.palletways.codes ?? {}).exception;
  return { types, incidentCodes: readingTables.parse(qargoWire.parse(wire.qargo)).incidentCodes };
}
