/** What both twins gave, indexed by consignment. */
import type { Held, HeldFile, Note, Order, Said } from './shapes.ts';

export interface JudgeOptions {
  /** Only things said from then on are in the table (epoch ms); the others still explain it. */
  since?: number;
  /** Tracking ids that no message carries, by response id: those that came late. */
  trackingIds?: Record<string, string>;
}

export class EvidenceIndex {
  readonly said: Said[];
  readonly notes: Note[];
  readonly #orders = new Map<string, Order[]>();
  readonly #files = new Map<string, HeldFile[]>();
  readonly #trackingIds = new Map<string, string>();
  readonly #saidOf = new Map<string, Said[]>();

  constructor(said: Said[], held: Held, options: JudgeOptions) {
    this.said = [...said].sort((one, other) => one.saidAt - other.saidAt);
    this.notes = [...held.notes].sort((one, other) => one.at - other.at);
    for (const order of held.orders) push(this.#orders, `${order.organisation} ${order.customerReference ?? ''}`, order);
    for (const file of held.files) push(this.#files, `${file.trackingId ?? ''} ${file.sha256}`, file);
    for (const entry of this.said) {
      push(this.#saidOf, this.keyOf(entry), entry);
      const { trackingId, responseId } = entry.subject;
      const known = trackingId ?? options.trackingIds?.[responseId ?? ''] ?? null;
      if (known !== null && known !== '') this.#trackingIds.set(this.keyOf(entry), known);
    }
  }

  /** Names the consignment: organisation and consignment number. */
  keyOf(said: Said): string {
    return `${said.organisation} ${said.subject.conNo ?? said.subject.orderId ?? ''}`;
  }

  trackingIdOf(said: Said): string | null {
    return this.#trackingIds.get(this.keyOf(said)) ?? null;
  }

  ordersOf(said: Said): Order[] {
    return this.#orders.get(this.keyOf(said)) ?? [];
  }

  /** The order that counts: one that is not cancelled, before one that is. */
  orderOf(said: Said): Order | null {
    const orders = this.ordersOf(said);
    return orders.find((order) => order.status !== 'CANCELLED') ?? orders[0] ?? null;
  }

  filesOf(said: Said, sha256: string): HeldFile[] {
    return this.#files.get(`${this.trackingIdOf(said) ?? ''} ${sha256}`) ?? [];
  }

  /** Everything said of the same consignment, in order. */
  of(said: Said, ...kinds: Said['kind'][]): Said[] {
    return (this.#saidOf.get(this.keyOf(said)) ?? []).filter((entry) => kinds.includes(entry.kind));
  }

  isCancelled(said: Said): boolean {
    return this.of(said, 'cancelled').length > 0;
  }
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
