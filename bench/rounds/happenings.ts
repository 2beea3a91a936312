/** What happens on rounds and no push tells: failures, un-plannings and estimates, each for a time, and whether the record knew of them. */
import { call } from '../../local/loopback.ts';
import type { House } from '../house.ts';

export interface OpenOrder {
  /** The consignment's internal id. */
  readonly consignment: string;
  readonly order: string;
  /** Qargo's id of its trip. */
  readonly trip: string;
}

export type Kind = 'failure' | 'un-planning' | 'estimate';

export interface Happening {
  readonly kind: Kind;
  readonly consignment: string;
  /** What the fact that it should become holds: an instant, or nothing. */
  readonly instant: string | null;
  /** Epoch ms. */
  readonly begunAt: number;
  /** When it was over again, epoch ms. */
  endedAt: number | null;
}

/** Whole seconds, UTC ISO, so long after now. */
const inMs = (ms: number) => new Date(Math.floor((Date.now() + ms) / 1_000) * 1_000).toISOString();

export class Happenings {
  readonly all: Happening[] = [];
  readonly #house: House;
  readonly #organisation: string;
  readonly #standsMs: number;
  readonly #timers: NodeJS.Timeout[] = [];
  #ends: Promise<void>[] = [];

  constructor(house: House, organisation: string, standsMs: number) {
    this.#house = house;
    this.#organisation = organisation;
    this.#standsMs = standsMs;
  }

  /** Begins one; it ends by itself: what failed or was un-planned is on a trip of its own then, an estimate has moved. */
  async begin(kind: Kind, { consignment, order, trip }: OpenOrder): Promise<void> {
    const control = `${this.#house.qargo}/control`;
    const at = inMs(0);
    const eta = (minutes: number) =>
      call('POST', `${control}/orders/${order}/eta`, {
        stop: 'DELIVERY',
        start: inMs(minutes * 60_000),
        end: inMs((minutes + 10) * 60_000),
        push: false,
      });
    let instant: string | null = null;
    if (kind === 'failure') {
      instant = at;
      const incident = { code: 'CARDED', name: 'Nobody home' };
      await call('POST', `${control}/orders/${order}/stop`, {
        stop: 'DELIVERY',
        status: 'FAILED',
        at,
        push: false,
        incident,
      });
    } else if (kind === 'un-planning') {
      await call('POST', `${control}/trips/${trip}/remove`, { orders: [order], at, push: false });
    } else {
      instant = inMs(180 * 60_000);
      await eta(180);
    }
    const happening: Happening = { kind, consignment, instant, begunAt: Date.now(), endedAt: null };
    this.all.push(happening);
    const end = async () => {
      if (kind === 'estimate') await eta(260);
      else await this.#planAgain(order);
      happening.endedAt = Date.now();
    };
    this.#ends.push(
      new Promise((resolve, reject) => {
        this.#timers.push(setTimeout(() => void end().then(resolve, reject), this.#standsMs));
      }),
    );
  }

  async #planAgain(order: string): Promise<void> {
    const vehicle = { code: 'V99', name: 'DAF LF 12t', plate: 'FJ24 XKE' };
    const body = {
      organisation: this.#organisation,
      name: `again ${order}`,
      orders: [order],
      vehicle,
      at: inMs(0),
      push: false,
    };
    await call('POST', `${this.#house.qargo}/control/trips`, body);
  }

  /** Waits until all of them are over. */
  async ended(): Promise<void> {
    await Promise.all(this.#ends);
  }

  /** How long it took until the record knew of each, ms; null: it never did. */
  async known(): Promise<{ readonly kind: Kind; readonly ms: number | null }[]> {
    const { db } = this.#house.installation;
    const found: { kind: Kind; ms: number | null }[] = [];
    for (const { kind, consignment, instant, begunAt } of this.all) {
      const { rows } = await db.query<{ heard: Date }>(
        `select min(heard) as heard from fact where consignment = $1 and heard > $2 and case $3
             when 'failure' then kind = 'milestone' and envelope->>'milestone' = 'failed' and at = $4::timestamptz
             when 'un-planning' then kind = 'plan' and envelope->>'trip' is null
             else kind = 'eta' and (envelope->>'eta')::timestamptz = $4::timestamptz end having count(*) > 0`,
        [consignment, new Date(begunAt - 2_000).toISOString(), kind, instant],
      );
      found.push({ kind, ms: rows[0] === undefined ? null : rows[0].heard.getTime() - begunAt });
    }
    return found;
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#ends = [];
  }
}
