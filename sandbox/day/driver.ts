/** What a driver does with one consignment: loads it, leaves, stands at the door, hands it over or cannot. */
import { editedLifts } from './consignments.ts';
import type { Evidence } from './evidence.ts';
import type { Fate } from './fates.ts';
import { PEOPLE } from './people.ts';
import type { Deed } from './steps.ts';

export interface Visit {
  fate: Fate;
  attempt: number;
  driver: string;
  /** The day's hour as the moment of sending and the instant in the message. */
  when: (hour: number) => { at: number; instant: string };
}

const SCAN_GAP_HOURS = 0.01;
const COUNTRY_CENTRES = { GB: [-1.8, 52.7], IE: [-6.7, 53.2], ES: [-0.9, 41.6], DE: [11.1, 49.4] } as const;
export const REASONS = [
  { code: 'CARDED', name: 'Carded', description: 'Nobody there, card left' },
  { code: 'REFUSED', name: 'Refused', description: 'Consignee did not order this' },
  { code: 'ADDRESS', name: 'Address query', description: 'Unit is empty, no forwarding address' },
  { code: 'DAMAGE', name: 'Damaged', description: 'Load shifted, consignee will not take it' },
] as const;

/** Lifts after all edits that came before the label. */
export function liftsOf(fate: Fate): number {
  const edited = fate.edits.some((edit) => edit.kind === 'lifts');
  return edited ? editedLifts(fate.consignment) : Number(fate.consignment.Lifts);
}

function scans(visit: Visit, hour: number, scan: Pick<Extract<Deed, { kind: 'scan' }>, 'status' | 'stop'>): Deed[] {
  const { fate, when, driver } = visit;
  return Array.from({ length: liftsOf(fate) }, (_, lift): Deed => {
    const moment = when(hour + lift * SCAN_GAP_HOURS);
    return { kind: 'scan', organisation: fate.organisation, keys: [fate.key], ...moment, lift, ...scan, by: driver };
  });
}

const common = (visit: Visit) => ({ organisation: visit.fate.organisation, keys: [visit.fate.key] });

/** Loading and leaving: scans of each pallet, then the pickup is done (out for delivery). */
export function leave(visit: Visit, loadHour: number, leaveHour: number): Deed[] {
  const { fate, when } = visit;
  const deeds: Deed[] = [];
  const draw = fate.random.fork(`leave/${visit.attempt}`);
  if (visit.attempt === 1 && fate.consignment.Type === 'D') {
    // off the trunk, now and then across the dock
    const way = draw.next();
    if (way < 0.2) deeds.push(...scans(visit, loadHour - 0.25, { status: 'SCANNED_IN', stop: null }));
    else if (way < 0.4) deeds.push(...scans(visit, loadHour - 0.2, { status: 'STORED', stop: null }));
  }
  const collected = fate.consignment.Type !== 'D';
  deeds.push(...scans(visit, loadHour, { status: collected ? 'SCANNED_IN' : 'SCANNED_OUT', stop: 'PICKUP' }));
  deeds.push({
    ...common(visit),
    kind: 'stop',
    stop: 'PICKUP',
    status: 'COMPLETED',
    ...when(leaveHour),
    startedAt: when(loadHour).instant,
  });
  return deeds;
}

function evidenceName(what: string, hour: number, index: number): string {
  return `${what}_${Math.floor(hour)}${String(Math.floor((hour % 1) * 60)).padStart(2, '0')}_${index}`;
}

/** Arrival, scans, signature, completion and proof. `stay` is the time at the door in hours. */
export function delivery(visit: Visit, arrival: number, stay: number): Deed[] {
  const { fate, when } = visit;
  const draw = fate.random.fork(`delivery/${visit.attempt}`);
  const to = fate.consignment.Address.find((entry) => entry.Type === 'Delivery');
  const country = to?.Country ?? 'GB';
  const signedBy = draw.pick(PEOPLE[country]);
  const id = (what: string) => `${fate.consignment.Number}/${visit.attempt}/${what}`;
  const photos = Array.from({ length: draw.whole(1, 2) }, (_, index) => ({
    type: 'PHOTO_OF_GOODS_DELIVERY',
    what: 'photo' as const,
    id: id(`photo${index + 1}`),
    name: `${evidenceName('IMG', arrival, index + 1)}.jpg`,
  }));
  const signedPod = {
    type: 'PROOF_OF_DELIVERY_SIGNED',
    what: 'signed pod' as const,
    id: id('pod'),
    name: 'delivery-note.pdf',
    signedBy,
  };
  const signature = {
    type: 'CONSIGNEE_SIGNATURE',
    what: 'signature' as const,
    id: id('ink'),
    name: 'signature.png',
    signedBy,
  };
  const centre = COUNTRY_CENTRES[country];
  const damage: Evidence[] = [{ what: 'damage', id: id('damage'), name: 'damage.jpg' }];
  const incident = {
    code: 'DAMAGE',
    name: 'Damaged',
    description: 'Corner crushed, taken under reserve',
    photos: damage,
  };
  const collected = fate.consignment.Type === 'C';
  const proof: Deed = {
    ...common(visit),
    kind: 'pod',
    signedBy,
    ...when(arrival + stay * 0.8),
    position: { longitude: centre[0] + draw.between(-0.5, 0.5), latitude: centre[1] + draw.between(-0.5, 0.5) },
    documents: [signature, ...photos, ...(draw.chance(0.2) ? [signedPod] : [])],
  };
  // most telephones send the proof after the stop is done
  const late = { ...proof, at: when(arrival + stay * 1.15).at };
  const completed: Deed = {
    ...common(visit),
    kind: 'stop',
    stop: 'DELIVERY',
    status: 'COMPLETED',
    ...when(arrival + stay),
    startedAt: when(arrival).instant,
    ...(fate.end === 'delivered damaged' && { incident }),
  };
  return [
    { ...common(visit), kind: 'stop', stop: 'DELIVERY', status: 'AT_STOP', ...when(arrival) },
    ...scans(
      visit,
      arrival + stay * 0.3,
      collected ? { status: 'SCANNED_IN', stop: null } : { status: 'SCANNED_OUT', stop: 'DELIVERY' },
    ),
    ...(draw.chance(0.25) ? [proof, completed] : [completed, late]),
  ];
}

/** Arrival and a stop that failed, with the reason and for a damage its photo. */
export function cannotDeliver(visit: Visit, arrival: number): Deed[] {
  const { fate, when } = visit;
  const reason = fate.random.fork('reason').pick(REASONS);
  const photo: Evidence = {
    what: 'damage',
    id: `${fate.consignment.Number}/${visit.attempt}/refused`,
    name: 'damage.jpg',
  };
  return [
    { ...common(visit), kind: 'stop', stop: 'DELIVERY', status: 'AT_STOP', ...when(arrival) },
    {
      ...common(visit),
      kind: 'stop',
      stop: 'DELIVERY',
      status: 'FAILED',
      ...when(arrival + 0.2),
      startedAt: when(arrival).instant,
      incident: { ...reason, photos: reason.code === 'DAMAGE' ? [photo] : [] },
    },
  ];
}
