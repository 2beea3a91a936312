/**
 * Which names are of one consignment. A consignment number can be used again and a tracking id can change, so neither
 * alone tells consignments apart: the response id does (wire-assumptions 2.1).
 */
import type { Identity, Order, Said } from './shapes.ts';

interface Known {
  key: string;
  conNo: string | null;
  /** The present one last. */
  trackingIds: string[];
  enteredAt: number;
}

export class Identities {
  readonly #byKey = new Map<string, Known>();
  readonly #byTrackingId = new Map<string, Known>();
  readonly #byConNo = new Map<string, Known[]>();
  readonly #orders = new Map<string, Order>();

  /** `late`: tracking ids by response id that no message carries. */
  constructor(
    identities: readonly Identity[],
    said: readonly Said[],
    orders: readonly Order[],
    late: Record<string, string>,
  ) {
    for (const order of orders) this.#orders.set(order.id, order);
    for (const { organisation, responseId, conNo, trackingIds, enteredAt } of identities)
      this.#learn(`${organisation} ${responseId}`, organisation, conNo, trackingIds, enteredAt);
    const spoken = said.filter(({ subject }) => subject.responseId);
    for (const { organisation, subject, saidAt } of spoken) {
      const { responseId, trackingId, conNo } = subject;
      const known = [trackingId, late[responseId ?? '']].flatMap((id) => id || []);
      this.#learn(`${organisation} ${responseId}`, organisation, conNo ?? null, known, saidAt);
    }
    for (const one of said) {
      if (one.subject.responseId || this.#found(one) !== null) continue;
      const { trackingId, conNo } = one.subject;
      this.#learn(this.keyOf(one), one.organisation, conNo ?? null, trackingId ? [trackingId] : [], one.saidAt);
    }
  }

  /** Names the consignment that is spoken of. */
  keyOf(said: Said): string {
    const { responseId, conNo, orderId } = said.subject;
    if (responseId) return `${said.organisation} ${responseId}`;
    return this.#found(said)?.key ?? `${said.organisation} ${conNo ?? orderId ?? ''}`;
  }

  keyOfOrder(order: Order): string {
    return this.#ofOrder(order)?.key ?? `${order.organisation} ${order.customerReference ?? order.id}`;
  }

  /** The key, or the tracking id itself where no consignment is known by it. */
  keyOfTrackingId(trackingId: string | null | undefined): string {
    return this.#byTrackingId.get(trackingId ?? '')?.key ?? trackingId ?? '';
  }

  trackingIdOf(key: string): string | null {
    return this.#byKey.get(key)?.trackingIds.at(-1) ?? null;
  }

  trackingIdsOf(key: string): readonly string[] {
    return this.#byKey.get(key)?.trackingIds ?? [];
  }

  #learn(
    key: string,
    organisation: string,
    conNo: string | null,
    trackingIds: readonly string[],
    enteredAt: number,
  ): void {
    let known = this.#byKey.get(key);
    if (known === undefined) {
      known = { key, conNo, trackingIds: [], enteredAt };
      this.#byKey.set(key, known);
      const number = `${organisation} ${conNo ?? ''}`;
      this.#byConNo.set(number, [...(this.#byConNo.get(number) ?? []), known]);
    }
    for (const trackingId of trackingIds) {
      if (known.trackingIds.includes(trackingId)) continue;
      known.trackingIds.push(trackingId);
      this.#byTrackingId.set(trackingId, known);
    }
  }

  #found(said: Said): Known | null {
    const { orderId, trackingId, conNo } = said.subject;
    const order = orderId ? this.#orders.get(orderId) : undefined;
    const byId = trackingId ? this.#byTrackingId.get(trackingId) : undefined;
    return (
      byId ??
      (order === undefined ? null : this.#ofOrder(order)) ??
      this.#ofConNo(said.organisation, conNo, said.saidAt)
    );
  }

  #ofOrder(order: Order): Known | null {
    const trackingId = order.palletways?.tracking_id;
    const byId = trackingId ? this.#byTrackingId.get(trackingId) : undefined;
    return byId ?? this.#ofConNo(order.organisation, order.customerReference, order.createdAt);
  }

  /** Of several with this number the last one there was at that time. */
  #ofConNo(organisation: string, conNo: string | null | undefined, at: number): Known | null {
    if (!conNo) return null;
    const known = this.#byConNo.get(`${organisation} ${conNo}`) ?? [];
    return known.findLast(({ enteredAt }) => enteredAt <= at) ?? known[0] ?? null;
  }
}
