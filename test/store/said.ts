/** What Palletways and Qargo say, as facts of one morning. */
import type { NewFact } from '../../domain/facts/facts.ts';

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
  type: 'D',
  service: 'A-ND',
  lifts: 2,
  weight: 640,
  billUnits: [{ type: 'FP', amount: 2 }],
  collectionDate: null,
  deliveryDate: '2026-11-24',
  digests: { instructions: version },
  body: { instructions: `version ${version}` },
});
export const trackingFact = (
  n: number,
  trackingId: string | null,
  conNo: string | null = '2557391-564',
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
export const scan = (n: number, barcode = 'B00432B6FE'): New<'scan'> => ({
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
