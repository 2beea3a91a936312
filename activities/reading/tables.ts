/** With which tables the answers of both sides are read, and exceptions are named. */
import type { PalletwaysReading } from '../../connectors/palletways/reading.ts';
import type { PalletwaysNote } from '../../connectors/palletways/wire.ts';
import { isSent, noteKey, possibleReferences, referenceOf } from '../../connectors/palletways/write-notes.ts';
import type { ReadingTables } from '../../connectors/qargo/config.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import type { ReasonTables } from '../../domain/policy/reason.ts';
import { notesSentAbout } from '../../store/outbox/sent-notes.ts';
import { isCollection } from '../../store/record/consignments.ts';
import type { Services, Work } from '../sending/work.ts';

/** What notes of Palletways mean. News of the network's own is heard only where it is wanted. */
export function noteTables(
  { counterparts }: Pick<Services, 'counterparts'>,
  organisation: Organisation,
): Pick<
  PalletwaysReading,
  'cancelCodes' | 'cancelStatuses' | 'cancelWords' | 'chargeCodes' | 'numbers' | 'networkExceptions' | 'network'
> {
  const access = counterparts.accessOf(organisation).palletways;
  const { cancelCodes, cancelStatuses, cancelWords, chargeCodes, numbers, networkExceptions } = access;
  const { networkCodes, networkStatuses } = access;
  const common = { cancelCodes, cancelStatuses, cancelWords, chargeCodes, numbers, networkExceptions };
  if (organisation.policy.rows.network === 'off') return common;
  return { ...common, network: { codes: networkCodes, statuses: networkStatuses } };
}

/**
 * Which of these notes are our own, by what we sent: by the number that was answered, or by reference or words, wherever they stand in the
 * text. Asked only of those whose text does not end as we wrote it.
 */
export async function ownNotes(
  { installation, counterparts }: Pick<Services, 'installation' | 'counterparts'>,
  organisation: Organisation,
  notes: readonly PalletwaysNote[],
): Promise<ReadonlySet<string>> {
  const unclear = notes.filter((note) => note.TrackingID !== '' && referenceOf(note.NoteText) === null);
  const sent = await notesSentAbout(
    installation.db,
    organisation.id,
    unclear.map((note) => note.TrackingID),
  );
  if (sent.length === 0) return new Set();
  const setting = { ...counterparts.accessOf(organisation).palletways, now: new Date().toISOString() };
  const isOurs = (read: PalletwaysNote) => {
    const named = possibleReferences(read.NoteText);
    return sent.some(
      ({ note, refs, sysNotes }) =>
        refs.some((ref) => named.includes(ref)) ||
        (note.trackingId === read.TrackingID && sysNotes.includes(read.SysNote)) ||
        isSent(read, note, setting),
    );
  };
  return new Set(unclear.filter(isOurs).map(noteKey));
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
