/** What both twins gave, indexed by consignment. */
import { versionOf } from './content.ts';
import { isNeverHeard } from './heard.ts';
import { Identities } from './identities.ts';
import type { Call, Held, HeldFile, Note, Order, Pulled, Said } from './shapes.ts';
import { usual, type Way, type Ways } from './ways.ts';

export interface JudgeOptions {
  /** Only things said from then on are in the table (epoch ms); the others still explain it. */
  since?: number;
  /** Tracking ids that no message carries, by response id: those that came late. */
  trackingIds?: Record<string, string>;
  /** How often the product reads what changed, in real seconds. Default 120 (wire-assumptions 1); divided by its pace. */
  sweepSeconds?: number;
  /** Rows for what is `revived`, and for documents that come by themselves. */
  story?: boolean;
  /** Which ways the rows of each organisation go; who is not named does what is usual. */
  ways?: Ways;
  /** Calls of Palletways: of a story, what was read. */
  reads?: readonly Call[];
}

const SWEEP_SECONDS = 120;

/** When each side was told, epoch ms. */
export interface Refusal {
  notes: number[];
  documents: number[];
}

const refuses = (words: string): boolean => /cancel/i.test(words) && /refus/i.test(words);
export const isRefused = ({ notes, documents }: Refusal): boolean => notes.length > 0 && documents.length > 0;

export class EvidenceIndex {
  readonly said: Said[];
  readonly notes: Note[];
  readonly #sweepMs: number;
  readonly #identities: Identities;
  readonly #orders = new Map<string, Order[]>();
  readonly #files = new Map<string, HeldFile[]>();
  /** By the digest of bytes that a document does not have any more: those that it had since. */
  readonly #later = new Map<string, string[]>();
  readonly #keys = new Map<Said, string>();
  readonly #saidOf = new Map<string, Said[]>();
  readonly #saidOfKind = new Map<string, Said[]>();
  readonly #notes = new Map<string, Note[]>();
  readonly #pulled = new Map<string, Pulled[]>();
  readonly #refused = new Map<Said, Refusal>();
  readonly #options: JudgeOptions;

  constructor(said: Said[], held: Held, options: JudgeOptions) {
    this.#options = options;
    this.#sweepMs = (options.sweepSeconds ?? SWEEP_SECONDS) * 1_000;
    this.said = [...said].sort((one, other) => one.saidAt - other.saidAt);
    this.notes = [...held.notes].sort((one, other) => one.at - other.at);
    this.#identities = new Identities(held.identities ?? [], this.said, held.orders, options.trackingIds ?? {});
    for (const order of held.orders) push(this.#orders, this.#identities.keyOfOrder(order), order);
    for (const { sha256, formerly = [] } of held.orders.flatMap(({ documents }) => documents))
      for (const [nth, digest] of formerly.entries()) this.#later.set(digest, [...formerly.slice(nth + 1), sha256]);
    for (const file of held.files)
      push(this.#files, `${this.#identities.keyOfTrackingId(file.trackingId)} ${file.sha256}`, file);
    for (const note of this.notes) push(this.#notes, this.keyOfNote(note), note);
    for (const one of held.pulled ?? [])
      push(this.#pulled, this.#identities.keyOfTrackingId(one.item.consignment?.trackingId), one);
    for (const entry of this.said) {
      const key = this.#identities.keyOf(entry);
      this.#keys.set(entry, key);
      push(this.#saidOf, key, entry);
      push(this.#saidOfKind, `${key} ${entry.kind}`, entry);
    }
  }

  get story(): boolean {
    return this.#options.story === true;
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

  /**
   * Files with the bytes that a document had when it was said or, where there are none, with those that it had later: nothing on the wire
   * tells that other bytes stand under an id, so whichever a download gave is the document.
   */
  filesOf(said: Said, sha256: string): HeldFile[] {
    const of = (digest: string) => this.#files.get(`${this.keyOf(said)} ${digest}`) ?? [];
    const found = of(sha256);
    return found.length > 0 ? found : (this.#later.get(sha256) ?? []).flatMap(of);
  }

  /** Our notes about it since it was said, oldest first. */
  notesSince(said: Said): Note[] {
    return (this.#notes.get(this.keyOf(said)) ?? []).filter(({ at }) => at >= said.saidAt);
  }

  /** Exceptions of the consignment that Palletways fetched. */
  pulledOf(said: Said): Pulled[] {
    return this.#pulled.get(this.keyOf(said)) ?? [];
  }

  /** The first time since it was said that the whole consignment was asked for at Palletways; null: it was not. */
  readSince(said: Said): number | null {
    const ids = this.#identities.trackingIdsOf(this.keyOf(said));
    const read = this.#options.reads?.find(
      ({ method, about, at, status }) =>
        at >= said.saidAt && /^getConsignment/i.test(method) && ids.includes(about ?? '') && status === 200,
    );
    return read?.at ?? null;
  }

  way(said: Said): Way {
    return this.#options.ways?.[said.organisation] ?? usual;
  }

  /** Whether it is a collection that is told as collected: what happens at our own depot is none of Palletways' deliveries. */
  isCollected(said: Said): boolean {
    const [created] = this.of(said, 'created', 'edited');
    return this.way(said).collections === 'collected' && versionOf(created?.content)?.consignment.type === 'C';
  }

  /** How far a cancellation was refused: by a note to Palletways, by a document on the order. */
  refusalOf(cancelled: Said): Refusal {
    const known = this.#refused.get(cancelled);
    if (known !== undefined) return known;
    const notes = this.notesSince(cancelled).filter(
      (note) => note.group === 'JIN' && refuses(`${note.description ?? ''} ${note.freeText ?? ''}`),
    );
    const documents = this.ordersOf(cancelled)
      .flatMap((order) => order.documents)
      .filter(({ name, at }) => (at ?? 0) >= cancelled.saidAt && refuses(name ?? ''));
    const refusal = { notes: notes.map(({ at }) => at), documents: documents.map(({ at }) => at ?? 0) };
    this.#refused.set(cancelled, refusal);
    return refusal;
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
    const cancelled = this.of(said, 'cancelled').filter(({ saidAt }) => saidAt > since);
    return this.#options.story === true
      ? cancelled.some((one) => !isRefused(this.refusalOf(one)))
      : cancelled.length > 0;
  }

  /** Whether such a milestone was said of the consignment so soon after it that no read came between. */
  isOvertaken(said: Said, fits: (later: Said) => boolean): boolean {
    return this.of(said, 'milestone').some(
      (later) => fits(later) && later.saidAt >= said.saidAt && later.saidAt - said.saidAt < this.#sweepMs,
    );
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
