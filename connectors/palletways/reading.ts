import type { ReadingContext } from '../../domain/facts/reading.ts';
import type { ChargeCode, NetworkException, NoteCode, PushEvents } from './config.ts';
import type { ElementNames } from './dialect.ts';
import type { NetworkTables } from './read-network.ts';

/** A reading of Palletways' messages: the organisation's own names of events and cancellations, where they differ. */
export interface PalletwaysReading extends ReadingContext {
  readonly events?: PushEvents;
  readonly elements?: ElementNames;
  readonly cancelCodes?: readonly NoteCode[];
  readonly chargeCodes?: readonly ChargeCode[];
  readonly networkExceptions?: readonly NetworkException[];
  /** What of the network's own notes is a fact; left out, none is. */
  readonly network?: NetworkTables;
}
