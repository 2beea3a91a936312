/**
 * What a full story adds to a day: the network's own notes, book-ins and troubles, cancellations at every stage, a cancelled
 * consignment that lives again, bill units regraded, goods measured on both sides, planners who edit, ask for a refresh and move an
 * ETA, proofs that come late. Of the day's own steps only some proofs of delivery are moved: they come three days later.
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

/** On the way to the delivery depot (the codes of the network's status list), and when; group and type are not public. */
const ROUTE: readonly (readonly [statusCode: number, words: string, hour: number])[] = [
  [300, 'In collection depot', -5],
  [350, 'Trunked to hub', -3],
  [500, 'At the hub', 0],
  [550, 'Departed hub', 2],
  [700, 'At delivery depot', 4],
];
const TROUBLES = [
  { group: 'HLD', type: 'STK', text: 'Stock held, label unreadable', statusCode: 675 },
  { group: 'REJ', type: 'REJ', text: 'Rejected, wrong depot', statusCode: 15 },
] as const;

/** Three days, shortened: 72 hours are two minutes on the plan's clock. */
export const THREE_DAYS_MS = (72 * 3_600_000) / 2_160;
const NEXT_UNIT: Record<string, string> = { MQP: 'QP', QP: 'ELP', HP: 'LP', ELP: 'LP', LP: 'FP', FP: 'LP' };

/** Every `nth` of those that fit, from the `from`th on: the same ones for the same day, and never fewer than one of many. */
function every<T>(items: readonly T[], nth: number, from: number): T[] {
  return items.filter((_, index) => index % nth === from % nth);
}

/** One type up, the numbers as they are: lifts and labels stay. */
function regraded(units: BillUnit[]): BillUnit[] {
  return units.map((unit) => ({ ...unit, Type: NEXT_UNIT[unit.Type] ?? unit.Type }));
}

/** What the network measures and charges, one after the other. */
function chargeNote(nth: number, weight: number, more: number): { type: string; text: string } {
  if (nth % 3 === 1) return { type: 'SUR', text: `Tail lift used, GBP ${more}.50` };
  if (nth % 3 === 2) return { type: 'DIM', text: `Measured at the hub: 1.2 x 1 x 1.${more} m` };
  return { type: 'WGT', text: `Reweighed at the hub: ${weight} KG, now ${weight + more} KG` };
}

/** Adds to the steps of a day all that a story has. Answers them in no order. */
export function withStory(options: StoryOptions): Step[] {
  const story = new Story(options);
  story.addNetwork();
  const booked = story.addBookIns();
  story.addDesk(booked);
  story.addCancellations();
  const late = story.latePods();
  const moved = story.movePods(late);
  story.addAfterwards(late);
  return [...options.steps.map((step) => moved.get(step) ?? step), ...story.added];
}

/** What a story adds, bit by bit. The numbers are drawn in the order of the calls: another order is another day. */
class Story {
  readonly added: Step[] = [];
  readonly options: StoryOptions;
  readonly random: Random;
  readonly clock: StoryOptions['clock'];
  readonly planned: readonly Fate[];
  readonly delivered: readonly Fate[];
  readonly calm: readonly Fate[];
  readonly #own = new Map<string, Step[]>();

  constructor(options: StoryOptions) {
    this.options = options;
    this.clock = options.clock;
    this.random = new Random(`story/${options.seed}`);
    for (const step of options.steps)
      for (const key of step.keys) this.#own.set(key, [...(this.#own.get(key) ?? []), step]);
    this.planned = options.fates.filter((fate) => this.first(fate, 'plan') !== undefined);
    this.delivered = this.planned.filter((fate) => fate.end === 'delivered');
    this.calm = this.delivered.filter((fate) => fate.edits.length === 0);
  }

  of(fate: Fate): readonly Step[] {
    return this.#own.get(fate.key) ?? [];
  }

  first(fate: Fate, kind: Step['kind']): Step | undefined {
    return this.of(fate).find((step) => step.kind === kind);
  }

  last(fate: Fate): number {
    return Math.max(0, ...this.of(fate).map((step) => step.at));
  }

  common(fate: Fate) {
    return { organisation: fate.organisation, keys: [fate.key] };
  }

  /** A moment between label and plan. */
  onTheWay(fate: Fate, part: number): number {
    const [from, to] = [this.first(fate, 'label')?.at ?? 0, this.first(fate, 'plan')?.at ?? 0];
    return Math.round(from + part * (to - from));
  }

  /** Between the plan and the road: what the desk does to an order that is planned. */
  beforeTheRoad(fate: Fate, hour: number) {
    return { ...this.common(fate), at: Math.max(this.clock.sent(hour), (this.first(fate, 'plan')?.at ?? 0) + 1) };
  }

  addNetwork(): void {
    for (const fate of every(this.planned, 3, 0)) {
      ROUTE.forEach(([statusCode, text, hour], index) => {
        const note = { group: 'STA', type: String(statusCode), text, statusCode, at: this.clock.instant(hour) };
        this.added.push({
          ...this.common(fate),
          kind: 'network',
          at: this.onTheWay(fate, (index + 0.5) / ROUTE.length),
          note,
        });
      });
    }
    for (const [nth, trouble] of TROUBLES.entries())
      for (const fate of every(this.planned, 8, 2 + 3 * nth))
        this.added.push({
          ...this.common(fate),
          kind: 'network',
          at: this.onTheWay(fate, 0.95),
          note: { ...trouble, at: this.clock.instant(4.3) },
        });
  }

  /** Answers the deliveries that are booked in. */
  addBookIns(): readonly Fate[] {
    // the delivery that is booked in is a customer's, not one at the depot
    const booked = every(this.calm, 6, 1).filter(({ consignment }) => consignment.Type === 'D');
    for (const fate of booked) {
      const { DeliveryDate: date } = fate.consignment;
      const bookIn = { date, time: '10:30', contact: 'Goods in', reference: `BK-${this.random.digits(5)}` };
      this.added.push({
        ...this.common(fate),
        kind: 'network',
        at: (this.first(fate, 'label')?.at ?? 0) + 1,
        note: { group: 'BIN', type: 'BIN', text: 'Booked in', bookIn, at: this.clock.instant(-6) },
      });
    }
    return booked;
  }

  addDesk(booked: readonly Fate[]): void {
    // a planner writes over what the customer asks for, where there is something; else plans an afternoon
    for (const fate of every(this.calm, 5, 2).filter((one) => !booked.includes(one))) {
      const written = fate.consignment.ManifestNote !== '';
      const changes = written
        ? { instructions: `Ask for bay ${this.random.whole(1, 40)}` }
        : { deliveryWindow: { start_time: '13:00', end_time: '16:30' } };
      this.added.push({
        ...this.beforeTheRoad(fate, 5.6),
        kind: 'desk',
        call: 'edit',
        body: { changes, by: 'Planning' },
      });
    }
    for (const fate of every(this.delivered, 6, 3))
      this.added.push({ ...this.beforeTheRoad(fate, 5.62), kind: 'desk', call: 'custom', body: { name: 'REFRESH' } });
    for (const fate of every(this.delivered, 4, 1)) {
      const hour = this.random.between(9, 14);
      const body = {
        stop: 'DELIVERY',
        start: this.clock.instant(hour),
        end: this.clock.instant(hour + 0.4),
        at: this.clock.instant(5.64),
      };
      this.added.push({ ...this.beforeTheRoad(fate, 5.64), kind: 'desk', call: 'eta', body });
    }
    for (const fate of every(this.calm, 5, 4)) {
      const changes = { BillUnit: regraded(fate.consignment.BillUnit) };
      this.added.push({ ...this.beforeTheRoad(fate, 5.66), kind: 'edit', changes });
    }
    for (const fate of every(this.calm, 5, 3).filter(({ consignment }) => consignment.BillUnit.length === 1))
      this.added.push({ ...this.beforeTheRoad(fate, 5.68), kind: 'weigh', more: this.random.whole(10, 60) });
  }

  addCancellations(): void {
    // on the road: between the pickup that is done and the door
    const told = { push: true, note: true };
    const onTheRoad = this.delivered.filter((fate) => doorOf(this.of(fate)) !== null);
    const tooLate = every(onTheRoad, 9, 5);
    for (const fate of tooLate)
      this.added.push({ ...this.common(fate), kind: 'cancel', at: doorOf(this.of(fate)) ?? 0, ...told });
    for (const fate of every(this.delivered, 11, 6).filter((one) => !tooLate.includes(one)))
      this.added.push({ ...this.common(fate), kind: 'cancel', at: this.last(fate) + 12_000, ...told });
    for (const fate of this.options.fates.filter(({ end }) => end === 'failed'))
      this.added.push({
        ...this.common(fate),
        kind: 'cancel',
        at: this.last(fate) + READ_AFTER_MS,
        standsFor: READ_AFTER_MS,
        ...told,
      });
  }

  /** The deliveries whose POD comes days later. */
  latePods(): readonly Fate[] {
    return every(this.calm, 5, 1).filter((fate) => this.first(fate, 'pod') !== undefined);
  }

  /** Answers the steps that are moved, by what they were. */
  movePods(late: readonly Fate[]): ReadonlyMap<Step, Step> {
    const moved = new Map<Step, Step>();
    for (const [nth, fate] of late.entries()) {
      const pod = this.first(fate, 'pod');
      // every other one is told by no push
      if (pod?.kind === 'pod')
        moved.set(pod, { ...pod, at: this.last(fate) + THREE_DAYS_MS, ...(nth % 2 === 1 ? { push: false } : {}) });
    }
    return moved;
  }

  /** What comes behind everything else of a consignment. */
  addAfterwards(late: readonly Fate[]): void {
    // behind everything else of the consignment
    for (const fate of every(this.delivered, 4, 3).filter((one) => !late.includes(one))) {
      const at = this.last(fate) + Math.round(this.random.between(10_000, 40_000));
      const photo = {
        id: `${fate.key}/late`,
        what: 'photo' as const,
        name: 'late.jpg',
        type: 'PHOTO_OF_GOODS_DELIVERY',
      };
      this.added.push({ ...this.common(fate), kind: 'documents', at, documents: [photo] });
    }
    // not of those that are edited: the network's weight is not what the edit says
    for (const [nth, fate] of every(this.calm, 5, 0).entries()) {
      const note = { group: 'CHG', ...chargeNote(nth, Number(fate.consignment.Weight), this.random.whole(10, 60)) };
      this.added.push({ ...this.common(fate), kind: 'network', at: this.last(fate) + 8_000, note });
    }
    for (const fate of every(this.delivered, 5, 0)) {
      const charge = {
        name: 'Waiting time',
        code: 'WAIT',
        quantity: 1,
        unit_price: this.random.whole(15, 60),
        currency: 'GBP',
      };
      this.added.push({
        ...this.common(fate),
        kind: 'desk',
        at: this.last(fate) + 5_000,
        call: 'charges',
        body: { charges: [charge], request: true },
      });
    }
    for (const fate of this.options.fates.filter(({ end }) => end === 'cancelled early'))
      this.added.push({
        ...this.common(fate),
        kind: 'revive',
        at: this.last(fate) + READ_AFTER_MS,
        standsFor: READ_AFTER_MS,
      });
  }
}

/** A moment between the pickup that is done and the arrival; null where one of them is told later, with all else. */
function doorOf(steps: readonly Step[]): number | null {
  const left = steps.find((step) => step.kind === 'stop' && step.stop === 'PICKUP' && step.status === 'COMPLETED');
  const there = steps.find((step) => step.kind === 'stop' && step.status === 'AT_STOP');
  return left === undefined || there === undefined || there.at <= left.at
    ? null
    : Math.round(left.at + 0.7 * (there.at - left.at));
}
