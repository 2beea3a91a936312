/** The twin's heart: state, faults, limits, what it said, and the pushes that say it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Faults } from '../server/faults.ts';
import { Character, type CharacterSettings } from '../server/flips.ts';
import { Late } from '../server/late.ts';
import { Pusher } from '../server/pushes.ts';
import type { Shapes } from '../server/shapes.ts';
import { StateFile } from '../server/state.ts';
import { Delivery, type Message } from './delivery.ts';
import { type FlipId, flips, impliedFlips } from './flips.ts';
import {
  Limit,
  LOW_REST_WINDOWS,
  REST_WINDOWS,
  SHARED_REST_WINDOWS,
  SHARED_TOKEN_WINDOWS,
  TOKEN_WINDOWS,
} from './limits.ts';
import { emptyState, type Order, type Organisation, type Said, type StoredDocument, type TwinState } from './model.ts';
import { shows } from './readable.ts';

export interface TwinOptions {
  /** Folder of state and documents. */
  data: string;
  pace: number;
  pushTries: number;
  /** What it plays from the start; left out, what it played when it was last ended, at first the published character. */
  character?: CharacterSettings | undefined;
  /** Shapes of answers that a first contact saw; left out: its own. */
  shapes?: Shapes | undefined;
}

export interface CallEntry {
  n: number;
  at: number;
  organisation: string | null;
  method: string;
  class: 'rest' | 'webhook' | 'token';
  status: number;
}

const CALLS_KEPT = 500_000;

export class Twin {
  readonly options: TwinOptions;
  readonly faults = new Faults();
  readonly late = new Late();
  readonly pusher: Pusher;
  readonly tokenLimit: Limit;
  readonly restLimit: Limit;
  /** Limits of a tenant with other integrations, and of one that Qargo has given less (flips 62a, 62b, 63c). */
  readonly sharedRestLimit: Limit;
  readonly lowRestLimit: Limit;
  readonly sharedTokenLimit: Limit;
  readonly calls: CallEntry[] = [];
  /** Where it is reached from outside, once it listens. */
  origin = '';
  readonly #file: StateFile<TwinState>;
  readonly #documents: string;
  readonly #character = new Character<FlipId>(flips);
  #implied: ReadonlySet<FlipId> = impliedFlips(false, []);
  readonly #delivery: Delivery;
  readonly #saidById = new Map<string, Said>();
  /** Orders by tenant and `order_identifier`, for the look-ups of imports. */
  readonly #byIdentifier = new Map<string, Order>();
  /** By order: what was said of it and its reads still show. */
  readonly #shown = new Map<string, Said[]>();
  readonly #collector = new AsyncLocalStorage<Message[]>();
  #touched: NodeJS.Timeout | null = null;

  constructor(options: TwinOptions) {
    this.options = options;
    this.#documents = join(options.data, 'documents');
    mkdirSync(this.#documents, { recursive: true });
    this.#file = new StateFile(join(options.data, 'qargo.json'), emptyState);
    for (const said of this.state.said) this.#remember(said);
    for (const order of Object.values(this.state.orders)) this.addOrder(order);
    this.tokenLimit = new Limit(TOKEN_WINDOWS, options.pace);
    this.restLimit = new Limit(REST_WINDOWS, options.pace);
    this.sharedRestLimit = new Limit(SHARED_REST_WINDOWS, options.pace);
    this.lowRestLimit = new Limit(LOW_REST_WINDOWS, options.pace);
    this.sharedTokenLimit = new Limit(SHARED_TOKEN_WINDOWS, options.pace);
    this.setCharacter(options.character ?? this.state.character ?? this.#character.settings());
    const onTry = (ids: string[], at: number, first: boolean, ok: boolean) => this.#tried(ids, at, first, ok);
    this.pusher = new Pusher({ tries: options.pushTries, pace: options.pace, faults: this.faults, onTry });
    this.#delivery = new Delivery(this);
  }

  /** Whether the twin does this now: because it was set, or because its character does it anyway. */
  plays(flip: FlipId): boolean {
    return this.#character.has(flip) || this.#implied.has(flip);
  }

  get isPublished(): boolean {
    return this.#character.isPublished;
  }

  get character(): CharacterSettings {
    return this.#character.settings();
  }

  /**
   * Takes effect with the next call or deed; outlives a reset and a restart.
   * @throws {z.ZodError} for a name or a flip that there is not; nothing is changed then
   */
  setCharacter(asked: unknown): void {
    this.#character.set(asked);
    const { character, flips: set } = this.character;
    this.#implied = impliedFlips(character === 'published', set);
    this.state.character = this.character;
    this.touch();
  }

  /** Does something later: so many seconds of the real system, divided by the pace. It outlives no reset. */
  afterwards(seconds: number, act: () => unknown): void {
    // outside of a batch: what comes later is not collected by it
    this.#collector.exit(() => this.late.after((seconds * 1_000) / this.options.pace, act));
  }

  get state(): TwinState {
    return this.#file.data;
  }

  /** Says that the state changed. A large state is saved less often, so that saving does not slow the answers. */
  touch(): void {
    this.#touched ??= setTimeout(() => {
      this.#touched = null;
      this.#file.touch();
    }, Object.keys(this.state.orders).length);
  }

  save(): Promise<void> {
    return this.#file.save();
  }

  async close(): Promise<void> {
    this.late.clear();
    await this.pusher.close(); // tries that end now change the state once more
    if (this.#touched !== null) clearTimeout(this.#touched);
    await this.save();
  }

  /** Forgets everything but the organisations. */
  reset(): void {
    const { organisations, tokenKey, character } = this.state;
    Object.assign(this.state, emptyState(), { organisations, tokenKey, character });
    this.#delivery.forget();
    this.calls.length = 0;
    this.#saidById.clear();
    this.#shown.clear();
    this.#byIdentifier.clear();
    this.pusher.forget();
    this.late.clear();
    this.faults.set([]);
    this.tokenLimit.reset();
    this.restLimit.reset();
    this.sharedRestLimit.reset();
    this.lowRestLimit.reset();
    this.sharedTokenLimit.reset();
    rmSync(this.#documents, { recursive: true, force: true });
    mkdirSync(this.#documents, { recursive: true });
    this.touch();
  }

  organisation(name: string): Organisation | undefined {
    return this.state.organisations[name];
  }

  orderOf(organisation: string, id: string): Order | undefined {
    const order = this.state.orders[id];
    return order?.organisation === organisation ? order : undefined;
  }

  addOrder(order: Order): void {
    this.state.orders[order.id] = order;
    if (order.orderIdentifier !== '')
      this.#byIdentifier.set(JSON.stringify([order.organisation, order.orderIdentifier]), order);
  }

  /** A person made the order: an import with its identifier does not find it any more. */
  dropIdentifier(order: Order): void {
    this.#byIdentifier.delete(JSON.stringify([order.organisation, order.orderIdentifier]));
    order.orderIdentifier = '';
  }

  orderByIdentifier(organisation: string, identifier: string): Order | undefined {
    return this.#byIdentifier.get(JSON.stringify([organisation, identifier]));
  }

  ordersOf(organisation: string): Order[] {
    return Object.values(this.state.orders).filter((order) => order.organisation === organisation);
  }

  logCall(entry: Omit<CallEntry, 'n'>): void {
    this.calls.push({ n: this.state.nextCall, ...entry });
    this.state.nextCall += 1;
    if (this.calls.length > CALLS_KEPT) this.calls.splice(0, CALLS_KEPT / 10);
  }

  /** Notes a thing said. `event` false: it can be read from now on, no push tells it. */
  say(said: Pick<Said, 'organisation' | 'kind' | 'at' | 'event' | 'subject' | 'content'>): string {
    const now = Date.now();
    const order = this.state.orders[said.subject.orderId];
    const entry: Said = {
      n: this.state.said.length + 1,
      id: randomUUID(),
      saidAt: now,
      readable: order !== undefined && shows(this.state, order, said) ? { from: now, until: null } : null,
      push: said.event ? { tries: 0, delivered: false, deliveredAt: null } : null,
      ...said,
    };
    this.state.said.push(entry);
    this.#remember(entry);
    this.touch();
    return entry.id;
  }

  /** To be called when an order changed: what its reads do not show any more is not readable from now on. */
  changed(order: Order): void {
    const shown = this.#shown.get(order.id) ?? [];
    const still = shown.filter((said) => shows(this.state, order, said));
    for (const said of shown) if (said.readable && !still.includes(said)) said.readable.until = Date.now();
    this.#shown.set(order.id, still);
    this.touch();
  }

  #remember(said: Said): void {
    this.#saidById.set(said.id, said);
    if (said.readable && said.readable.until === null) {
      const { orderId } = said.subject;
      this.#shown.set(orderId, [...(this.#shown.get(orderId) ?? []), said]);
    }
  }

  /** Sends a message, or keeps it for the batch this call is part of. */
  send(message: Message): void {
    const collected = this.#collector.getStore();
    if (collected !== undefined) collected.push(message);
    else this.sendNow(message);
  }

  sendNow(message: Message): void {
    this.#delivery.send(message);
  }

  /** Runs `work` and gives the messages it would have sent. */
  async collect(work: () => Promise<void>): Promise<Message[]> {
    const collected: Message[] = [];
    await this.#collector.run(collected, work);
    return collected;
  }

  async keepDocument(
    document: Omit<StoredDocument, 'id' | 'size' | 'sha256' | 'at'>,
    bytes: Buffer,
  ): Promise<StoredDocument> {
    const stored: StoredDocument = {
      id: randomUUID(),
      ...document,
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      at: Date.now(),
    };
    await this.keepBytes(stored.id, bytes);
    this.state.documents[stored.id] = stored;
    const order = this.state.orders[stored.orderId];
    order?.documents.push(stored.id);
    this.touch();
    return stored;
  }

  keepBytes(id: string, bytes: Buffer): Promise<void> {
    return writeFile(join(this.#documents, id), bytes);
  }

  readBytes(id: string): Promise<Buffer> {
    return readFile(join(this.#documents, id));
  }

  #tried(ids: string[], at: number, first: boolean, ok: boolean): void {
    for (const id of ids) {
      const said = this.#saidById.get(id);
      if (said?.push === undefined || said.push === null) continue;
      if (first && (said.push.tries === 0 || at < said.saidAt)) said.saidAt = at;
      said.push.tries += 1;
      if (ok && !said.push.delivered) {
        said.push.delivered = true;
        said.push.deliveredAt = Date.now();
      }
    }
    this.touch();
  }
}
