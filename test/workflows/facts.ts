/** Facts of one ordinary consignment, as the dispatcher tells them. */
import type {
  CancellationFact,
  Fact,
  MilestoneFact,
  MilestoneName,
  OrderFact,
  PodFact,
  ScanFact,
  TrackingFact,
} from '../../domain/facts/facts.ts';
import { conNo, goods, barcode as ordinaryBarcode, trackingId } from '../cast.ts';

const base = (id: string, minute: number) =>
  ({
    id,
    at: new Date(Date.UTC(2025, 10, 24, 6, minute)).toISOString(),
    zone: 'Europe/London',
    heard: '2025-11-24T05:00:00.000Z',
    source: 'qargo',
    via: 'push',
  }) as const;

export const order = (version = 'A', minute = 0): OrderFact => ({
  ...base(`order-${version}-${minute}`, minute),
  kind: 'order',
  ...goods,
  deliveryDate: null,
  digests: { instructions: version },
});
export const tracking: TrackingFact = {
  ...base('tracking', 1),
  kind: 'tracking',
  trackingId,
  conNo,
  responseId: null,
};
export const scan = (minute: number, barcode = ordinaryBarcode): ScanFact => ({
  ...base(`scan-${barcode}-${minute}`, minute),
  kind: 'scan',
  barcode,
  scan: 'load',
});
/** As a read tells it, so that nothing but the note is owed for it. */
export const milestone = (name: MilestoneName, minute: number): MilestoneFact => ({
  ...base(`milestone-${name}-${minute}`, minute),
  via: 'read',
  kind: 'milestone',
  milestone: name,
  stop: 'stop-1',
});
export const pod = (minute: number): PodFact => ({ ...base(`pod-${minute}`, minute), kind: 'pod' });
export const cancellation: CancellationFact = {
  ...base('cancellation', 9),
  source: 'palletways',
  kind: 'cancellation',
};

/** Everything up to the signature: after it nothing is owed once each is delivered. */
export const life: readonly Fact[] = [
  order(),
  tracking,
  scan(2),
  milestone('out', 3),
  milestone('delivered', 4),
  pod(5),
];
