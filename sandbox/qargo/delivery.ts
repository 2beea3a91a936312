/** How messages to us go out: when, how often tried, and in which body. Nothing of it is published (assumption 65). */
import { seeded } from '../server/faults.ts';
import type { Pusher } from '../server/pushes.ts';
import type { FlipId } from './flips.ts';
import { rewriteInstants } from './instants.ts';
import type { Fields, TwinState } from './model.ts';

/** One message to one of our endpoints. */
export interface Message {
  organisation: string;
  to: 'visibility' | 'dispatch';
  body: unknown;
  saidIds: string[];
  /** Type of the update it tells (`Trip`, `Stop`, ...) or `Dispatch`: a fault can strike only such. */
  about: string;
  /** The trip whose driver reports it, where one does. */
  trip?: string;
}

/** What it needs of the twin. */
interface Sender {
  readonly state: TwinState;
  readonly pusher: Pusher;
  plays: (flip: FlipId) => boolean;
  afterwards: (seconds: number, act: () => unknown) => void;
}

const BATCH_SECONDS = 10;
const LATE_SECONDS = 120;
const DISORDER_SECONDS = 20;
/** Tries of an event that is retried for hours, and so ever more rarely. */
const TRIES_FOR_HOURS = 12;

interface Body {
  events: unknown[];
  order?: Fields | null;
  trip?: Fields | null;
}

const idOf = (part: Fields | null | undefined) => (typeof part?.id === 'string' ? part.id : '');

export class Delivery {
  readonly #twin: Sender;
  readonly #random = seeded(65);
  /** Messages that wait for others of the same order and trip. */
  readonly #batches = new Map<string, Message>();
  /** By trip: messages of a driver who is offline. */
  readonly #held = new Map<string, Message[]>();

  constructor(twin: Sender) {
    this.#twin = twin;
  }

  send(message: Message): void {
    if (this.#isHeld(message)) return;
    if (this.#twin.plays('65c') && message.to === 'visibility') this.#collect(message);
    else if (this.#twin.plays('65e')) this.#twin.afterwards(LATE_SECONDS, () => this.#post(message));
    else if (this.#twin.plays('65b'))
      this.#twin.afterwards(this.#random() * DISORDER_SECONDS, () => this.#post(message));
    else this.#post(message);
  }

  forget(): void {
    this.#batches.clear();
    this.#held.clear();
  }

  /** Flip 70a: what a driver reports of a trip is kept until its last delivery has ended. */
  #isHeld(message: Message): boolean {
    if (!this.#twin.plays('70a') || message.trip === undefined) return false;
    const waiting = this.#held.get(message.trip) ?? [];
    const all = [...waiting, message];
    if (this.#twin.state.trips[message.trip]?.status === 'COMPLETED') {
      this.#held.delete(message.trip);
      for (const one of all) this.#post(one);
    } else this.#held.set(message.trip, all);
    return true;
  }

  #collect(message: Message): void {
    const body = message.body as Body;
    const key = JSON.stringify([message.organisation, idOf(body.order), idOf(body.trip)]);
    const first = this.#batches.get(key);
    if (first === undefined) {
      this.#batches.set(key, message);
      this.#twin.afterwards(BATCH_SECONDS, () => {
        const whole = this.#batches.get(key);
        this.#batches.delete(key);
        if (whole !== undefined) this.#post(whole);
      });
      return;
    }
    const events = [...(first.body as Body).events, ...body.events];
    this.#batches.set(key, { ...message, body: { ...body, events }, saidIds: [...first.saidIds, ...message.saidIds] });
  }

  #post(message: Message): void {
    const push = this.#twin.state.organisations[message.organisation]?.push;
    const url = message.to === 'visibility' ? push?.visibilityUrl : push?.dispatchUrl;
    if (push === undefined || url === undefined) return;
    const body = this.#twin.plays('65d') ? { type: message.about, payload: message.body } : message.body;
    this.#twin.pusher.send({
      organisation: message.organisation,
      url,
      user: push.user,
      password: push.password,
      contentType: 'application/json',
      body: rewriteInstants((flip) => this.#twin.plays(flip), JSON.stringify(body)),
      saidIds: message.saidIds,
      about: message.about,
      ...(this.#twin.plays('65a') ? { tries: 1 } : {}),
      ...(this.#twin.plays('65b') ? { tries: TRIES_FOR_HOURS } : {}),
    });
  }
}
