/** What Palletways and Qargo say, as facts of one morning. */
import type { NewFact } from '../../domain/facts/facts.ts';
import { goods, conNo as ordinary, barcode as ordinaryBarcode } from '../cast.ts';

/** Minute `n` of a morning, UTC ISO. */
export const minute = (n: number) => new Date(Date.UTC(2025, 10, 24, 6) + n * 60_000).toISOString();

export type New<K extends NewFact['kind']> = Extract<NewFact, { kind: K }>;
export const said = (n: number) => ({ at: minute(n), zone: 'Europe/London' });

/** The order in one of its versions, as a push or a read at that minute tells it. */
export const order = (version: string, n: number): New<'order'> => ({
  ...said(n),
  kind: 'order',
  id: `pw:order:${minute(n)}:${version}`,
  source: 'palletways',
  ...goods,
  deliveryDate: '2026-11-24',
  digests: { instructions: version },
  body: { instructions: `version ${version}` },
});
export const trackingFact = (
  n: number,
  trackingId: string | null,
  conNo: string | null = ordinary,
): New<'tracking'> => ({
  ...said(n),
  kind: 'tracking',
  id: `pw:tracking:${trackingId ?? conNo}`,
  source: 'palletways',
  trackingId,
  conNo,
  responseId: null,
});
export const labels = (n: number, ...barcodes: string[]): New<'labels'> => ({
  ...said(n),
  kind: 'labels',
  id: `pw:labels:${barcodes.join()}`,
  source: 'palletways',
  barcodes,
});
export const plan = (trip: string | null, n: number): New<'plan'> => ({
  ...said(n),
  kind: 'plan',
  id: `qg:plan:${trip ?? '-'}:-:${minute(n)}`,
  source: 'qargo',
  trip,
  vehicle: '',
  body: { tripName: trip ?? '', vehicle: '' },
});
export const scan = (n: number, barcode = ordinaryBarcode): New<'scan'> => ({
  ...said(n),
  kind: 'scan',
  id: `qg:scan:${barcode}:SCANNED_OUT:${minute(n)}`,
  source: 'qargo',
  barcode,
  scan: 'load',
});

export const milestone = (
  what: 'out' | 'arrived' | 'delivered' | 'failed',
  n: number,
  stop = 'stop-1',
): New<'milestone'> => ({
  ...said(n),
  kind: 'milestone',
  id: `qg:stop:${stop}:${what}:${minute(n)}`,
  source: 'qargo',
  milestone: what,
  stop,
});

/** The consignee signed for the stop of that number. */
export const pod = (n: number, stop = '1'): New<'pod'> => ({
  ...said(n),
  kind: 'pod',
  id: `qg:pod:${stop}:${minute(n)}`,
  source: 'qargo',
  body: { name: 'Aoife Byrne' },
});
/** A photo taken at the delivery. */
export const photo: New<'document'> = {
  ...said(10),
  kind: 'document',
  id: 'qg:document:d1',
  source: 'qargo',
  document: 'd1',
  role: 'photo',
  body: { name: 'photo.jpg', type: 'PHOTO_OF_GOODS_DELIVERY', contentType: 'image/jpeg' },
};
