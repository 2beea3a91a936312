/** A note of the delta feed as it is read, of which only what matters is named. */
import type { PalletwaysNote } from '../../../connectors/palletways/wire.ts';
import { conNo, trackingId } from '../../cast.ts';

export const noteRead = (more: Partial<PalletwaysNote>): PalletwaysNote => ({
  Delta: 1_763_875_000,
  TrackingID: trackingId,
  ConNo: conNo,
  SysNote: '991',
  Barcode: '',
  NoteDate: '2026-11-23',
  NoteTime: '05:10',
  NoteText: '',
  StatusCode: '',
  NoteGroup: '',
  NoteType: '',
  NoteCodeID: '',
  PodDate: '',
  PodTime: '',
  PodSignature: '',
  BookInDate: '',
  BookInTime: '',
  BookInContact: '',
  BookInReference: '',
  ...more,
});
