/**
 * What a full story adds to a day: the network's own notes and book-ins, a cancelled consignment that lives again, bill units
 * regraded, planners who edit, ask for a refresh and move an ETA, proofs that come after the proof of delivery, charges.
 * It only adds steps: those of the day stay as they are.
 */
import type { DayClock } from './clock.ts';
import type { BillUnit } from './consignments.ts';
import type { Fate } from './fates.ts';
import { Random } from './random.ts';
import { READ_AFTER_MS, type Step } from './steps.ts';

export interface StoryOptions {
  fates: Fate[];
  /** Of the day, in its order. */
  steps: Step[];
  clock: DayClock;
  seed: number;
}

/** On the way to the delivery depot (the codes of the network's status list); group and type are not public. */
const ROUTE: readonly (readonly [statusCode: number, words: string])[] = [
  [300, 'In collection depot'],
  [350, 'Trunked to hub'],
  [500, 'At the hub'],
  [550, 'Departed hub'],
  [700, 'At delivery depot'],
];
const NEXT_UNIT: Record<string, string> = { MQP: 'QP', QP: 'ELP', HP: 'LP', ELP: 'LP', LP: 'FP', FP: 'LP' };

/** Every `nth` of those that fit, from the `from`th on: the same ones for the same day, and never fewer than one of many. */
function every<T>(items: readonly T[], nth: number, from: number): T[] {
  return items.filter((_, index) => index % nth === from % nth);
}

/** One type up, the numbers as they are: lifts and labels stay. */
function regraded(units: BillUnit[]): BillUnit[] {
  return units.map((unit) => ({ ...unit, Type: NEXT_UNIT[unit.Type] ?? unit.Type }));
}

export function storySteps({ fates, steps, clock, seed }: StoryOptions): Step[] {
  const random = new Random(`story/${seed}`);
  const own = new Map<string, Step[]>();
  for (const step of steps) for (const key of step.keys) own.set(key, [...(own.get(key) ?? []), step]);
  const of = (fate: Fate) => own.get(fate.key) ?? [];
  const first = (fate: Fate, kind: Step['kind']) => of(fate).find((step) => step.kind === kind);
  const last = (fate: Fate) => Math.max(0, ...of(fate).map((step) => step.at));
  const common = (fate: Fate) => ({ organisation: fate.organisation, keys: [fate.key] });
  const planned = fates.filter((fate) => first(fate, 'plan') !== undefined);
  const delivered = planned.filter((fate) => fate.end === 'delivered');
  const calm = delivered.filter((fate) => fate.edits.length === 0);
  const added: Step[] = [];

  for (const fate of every(planned, 3, 0)) {
    const [from, to] = [first(fate, 'label')?.at ?? 0, first(fate, 'plan')?.at ?? 0];
    ROUTE.forEach(([statusCode, text], index) => {
      const at = Math.round(from + ((index + 0.5) / ROUTE.length) * (to - from));
      added.push({ ...common(fate), kind: 'network', at, note: { group: 'STA', type: String(statusCode), text, statusCode } });
    });
  }
  for (const fate of every(calm, 6, 1)) {
    const { DeliveryDate: date } = fate.consignment;
    const bookIn = { date, time: '10:30', contact: 'Goods in', reference: `BK-${random.digits(5)}` };
    added.push({
      ...common(fate),
      kind: 'network',
      at: (first(fate, 'label')?.at ?? 0) + 1,
      note: { group: 'BIN', type: 'BIN', text: 'Booked in', bookIn },
    });
  }
  // between the plan and the road; what the desk does to an order that is planned
  const beforeTheRoad = (fate: Fate, hour: number) => ({
    ...common(fate),
    at: Math.max(clock.sent(hour), (first(fate, 'plan')?.at ?? 0) + 1),
  });
  for (const fate of every(calm, 5, 2))
    added.push({
      ...beforeTheRoad(fate, 5.6),
      kind: 'desk',
      call: 'edit',
      body: { changes: { instructions: `Ask for bay ${random.whole(1, 40)}` }, by: 'Planning' },
    });
  for (const fate of every(delivered, 6, 3))
    added.push({ ...beforeTheRoad(fate, 5.62), kind: 'desk', call: 'custom', body: { name: 'REFRESH' } });
  for (const fate of every(delivered, 4, 1)) {
    const hour = random.between(9, 14);
    const body = { stop: 'DELIVERY', start: clock.instant(hour), end: clock.instant(hour + 0.4), at: clock.instant(5.64) };
    added.push({ ...beforeTheRoad(fate, 5.64), kind: 'desk', call: 'eta', body });
  }
  for (const fate of every(calm, 5, 4)) {
    const changes = { BillUnit: regraded(fate.consignment.BillUnit) };
    added.push({ ...beforeTheRoad(fate, 5.66), kind: 'edit', changes });
  }
  // behind everything else of the consignment
  for (const fate of every(delivered, 4, 3)) {
    const at = last(fate) + Math.round(random.between(10_000, 40_000));
    const photo = { id: `${fate.key}/late`, what: 'photo' as const, name: 'late.jpg', type: 'PHOTO_OF_GOODS_DELIVERY' };
    added.push({ ...common(fate), kind: 'documents', at, documents: [photo] });
  }
  // not of those that are edited: the network's weight is not what the edit says
  for (const fate of every(calm, 5, 0)) {
    const weight = Number(fate.consignment.Weight);
    const text = `Reweighed at the hub: ${weight} KG, now ${weight + random.whole(10, 60)} KG`;
    added.push({ ...common(fate), kind: 'network', at: last(fate) + 8_000, note: { group: 'CHG', type: 'WGT', text } });
  }
  for (const fate of every(delivered, 5, 0)) {
    const charge = { name: 'Waiting time', code: 'WAIT', quantity: 1, unit_price: random.whole(15, 60), currency: 'GBP' };
    added.push({ ...common(fate), kind: 'desk', at: last(fate) + 5_000, call: 'charges', body: { charges: [charge], request: true } });
  }
  for (const fate of fates.filter(({ end }) => end === 'cancelled early'))
    added.push({ ...common(fate), kind: 'revive', at: last(fate) + READ_AFTER_MS, standsFor: READ_AFTER_MS });
  return added;
}
