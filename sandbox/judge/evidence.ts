/** What both twins gave, indexed by consignment. */
import { isNeverHeard } from './heard.ts';
import { Identities } from './identities.ts';
import type { Held, HeldFile, Note, Order, Said } from './shapes.ts';

export interface JudgeOptions {
  /** Only things said from then on are in the table (epoch ms); the others still explain it. */
  since?: number;
  /** Tracking ids that no message carries, by response id: those that came late. */
  trackingIds?: Record<string, string>;
  /** How often the product reads what changed, in real seconds. Default 120 (wire-assumptions 1); divided by its pace. */
  sweepSeconds?: number;
  /** Rows for what is `revived`, and for documents that come by themselves. */
  story?: boolean;
}

const SWEEP_SECONDS = 120;

export class EvidenceIndex {
  readonly said: Said[];
  readonly notes: Note[];
  readonly #sweepMs: number;
  readonly #identities: Identities;
  readonly #orders = new Map<string, Order[]>();
  readonly #files = new Map<string, HeldFile[]>();
  readonly #keys = new Map<Said, string>();
  readonly #saidOf = new Map<string, Said[]>();
  readonly #saidOfKind = new Map<string, Said[]>();

  constructor(said: Said[], held: Held, options: JudgeOptions) {
    this.#sweepMs = (options.sweepSeconds ?? SWEEP_SECONDS) * 1_000;
    this.said = [...said].sort((one, other) => one.saidAt - other.saidAt);
    this.notes = [...held.notes].sort((one, other) => one.at - other.at);
    this.#identities = new Identities(held.identities ?? [], this.said, held.orders, options.trackingIds ?? {});
    for (const order of held.orders) push(this.#orders, this.#identities.keyOfOrder(order), order);
    for (const file of held.files) push(this.#files, `${this.#identities.keyOfTrackingId(file.trackingId)} ${file.sha256}`, file);
    for (const entry of this.said) {
      const key = this.#identities.keyOf(entry);
      this.#keys.set(entry, key);
      push(this.#saidOf, key, entry);
      push(this.#saidOfKind, `${key} ${entry.kind}`, entry);
    }
  }

  /** Names the consignment: the same for all that was said of it and for all the notes that tell it. */
  keyOf(said: Said): string {
    return this.#keys.get(said) ?? this.#identities.keyOf(said);
  }

  keyOfNote(note: Note): string {
    return this.#identities.keyOfTrackingId(note.trackingId);
  }

  trackingIdOf(said: Said): string | null {
    return this.#identities.trackingIdOf(this.keyOf(said));
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
    return this.#files.get(`${this.keyOf(said)} ${sha256}`) ?? [];
  }

  /** Everything said of the same consignment, in order. */
  of(said: Said, ...kinds: Said['kind'][]): Said[] {
    const key = this.keyOf(said);
    const [kind, ...others] = kinds;
    if (kind !== undefined && others.length === 0) return this.#saidOfKind.get(`${key} ${kind}`) ?? [];
    return (this.#saidOf.get(key) ?? []).filter((entry) => kinds.includes(entry.kind));
  }

  /** Whether a cancellation can have made it pointless: what was said since it lives again needs one since then. */
  isCancelled(said: Said): boolean {
    const revived = this.of(said, 'revived').at(-1)?.saidAt ?? Number.NEGATIVE_INFINITY;
    const since = said.saidAt > revived ? revived : Number.NEGATIVE_INFINITY;
    return this.of(said, 'cancelled').some(({ saidAt }) => saidAt > since);
  }

  isNeverHeard(said: Said): boolean {
    return isNeverHeard(said, this.#sweepMs);
  }
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
