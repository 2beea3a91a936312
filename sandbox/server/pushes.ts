/**
 * Pushes to us with retries. Neither counterpart publishes a retry schedule: one try with a 5 s time-out, then three more
 * after 10 s, 1 min and 5 min, and anything but 2xx is a failed try (docs/wire-assumptions.md 2.1 and 3.1, assumed).
 */
import { setMaxListeners } from 'node:events';
import { Agent, request } from 'undici';
import type { Faults, Strike } from './faults.ts';
import { Late } from './late.ts';

export interface Push {
  organisation: string;
  url: string;
  user: string;
  password: string;
  contentType: string;
  body: string;
  /** The things said that this push carries. */
  saidIds: string[];
  /** What it tells, for a fault that strikes only such: `match.method` `push:AMENDED`. */
  about?: string;
  /** How often this one is tried; left out, as often as any. */
  tries?: number;
}

export interface PushOutcome {
  saidId: string;
  tries: number;
  delivered: boolean;
  firstTryAt: number;
  deliveredAt: number | null;
}

export interface PusherOptions {
  /** How often a push is tried, 4 by default of the twins; 1 makes every push one try. */
  tries: number;
  /** Waits between tries are divided by it; the time-out of a try is not. */
  pace: number;
  faults: Faults;
  /** Called when a try has ended; `at` is when it began. */
  onTry?: (saidIds: string[], at: number, first: boolean, ok: boolean) => void;
}

const TRY_TIMEOUT_MS = 5_000;
const WAITS_MS = [10_000, 60_000, 300_000];
/** Tries on their way at one time; the others wait for their turn, and their time-out begins only then. */
const AT_ONCE = 64;
/** A push held back by the fault `reorder` goes after this long even if no other came. */
const HELD_AT_MOST_MS = 10_000;

export class Pusher {
  readonly #options: PusherOptions;
  readonly #agent = new Agent({
    connections: 2 * AT_ONCE,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    connect: { timeout: TRY_TIMEOUT_MS },
  });
  readonly #outcomes = new Map<string, PushOutcome>();
  readonly #running = new Set<Promise<void>>();
  readonly #late = new Late();
  #free = AT_ONCE;
  /** Tries that wait for their turn, in order. */
  readonly #queue: (() => void)[] = [];
  #stop = stopper();
  #closed = false;
  /** Pushes held back by `reorder`: called when another push went. */
  #held: (() => void)[] = [];
  #pending = 0;

  constructor(options: PusherOptions) {
    this.#options = options;
  }

  /** Pushes that are being tried or wait for a try. */
  get pending(): number {
    return this.#pending;
  }

  /** Pushes that a fault sends late, after their try has failed. */
  get late(): number {
    return this.#late.pending;
  }

  /** Sends and forgets; retries go on by themselves. */
  send(push: Push): void {
    if (this.#closed) return;
    this.#pending += 1;
    const run = this.#run(push, this.#stop.signal).finally(() => {
      this.#pending -= 1;
      this.#running.delete(run);
    });
    this.#running.add(run);
  }

  /** One for each thing said. Where several pushes carry it, it is delivered when one of them was. */
  outcomes(): PushOutcome[] {
    return [...this.#outcomes.values()].map((outcome) => ({ ...outcome }));
  }

  /** Forgets the outcomes and gives up what waits; tries on their way end by themselves. */
  forget(): void {
    this.#outcomes.clear();
    this.#late.clear();
    this.#stop.abort();
    this.#stop = stopper();
    this.#release();
  }

  /** Gives up waiting tries, lets those on their way end. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#late.clear();
    this.#stop.abort();
    this.#release();
    await Promise.allSettled(this.#running);
    await this.#agent.close();
  }

  async #run(push: Push, stop: AbortSignal): Promise<void> {
    for (let attempt = 0; attempt < (push.tries ?? this.#options.tries); attempt += 1) {
      if (attempt > 0) {
        const wait = WAITS_MS[Math.min(attempt, WAITS_MS.length) - 1] ?? 0;
        await pause(wait / this.#options.pace, stop);
      }
      if (stop.aborted) return;
      if (await this.#try(push, attempt === 0, stop)) return;
    }
  }

  async #try(push: Push, first: boolean, stop: AbortSignal): Promise<boolean> {
    const strike = this.#options.faults.take({
      method: 'push',
      organisation: push.organisation,
      detail: push.about ?? null,
    });
    if (strike.delayMs > 0) await pause(strike.delayMs, stop);
    if (strike.reorder) await this.#hold();
    await this.#turn();
    let at: number;
    let ok: boolean;
    try {
      if (stop.aborted) return false;
      at = Date.now();
      ok = await this.#sent(push, strike);
    } finally {
      this.#next();
    }
    this.#note(push, at, ok);
    this.#options.onTry?.(push.saidIds, at, first, ok);
    if (!strike.reorder) this.#release();
    return ok;
  }

  /** Whether this try counts as taken; an answer that was cut or came late is as good as lost. */
  async #sent(push: Push, strike: Strike): Promise<boolean> {
    if (strike.status !== null) return strike.status >= 200 && strike.status < 300;
    if (strike.silence || strike.drop === 'before') return false;
    if (strike.late !== null) {
      this.#late.after(strike.late, () => this.#post(push));
      return false;
    }
    const copies = strike.duplicate ? 2 : 1;
    const came = await Promise.all(Array.from({ length: copies }, () => this.#post(push)));
    const lost = strike.drop !== null || strike.truncate !== null || strike.answerLate > TRY_TIMEOUT_MS;
    return !lost && came.includes(true);
  }

  /** Waits for its turn; {@link Pusher.#next} gives it on. */
  async #turn(): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
  }

  #next(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }

  async #post(push: Push): Promise<boolean> {
    try {
      const answer = await request(push.url, {
        method: 'POST',
        dispatcher: this.#agent,
        signal: AbortSignal.timeout(TRY_TIMEOUT_MS),
        headers: {
          'content-type': push.contentType,
          authorization: `Basic ${Buffer.from(`${push.user}:${push.password}`).toString('base64')}`,
        },
        body: push.body,
      });
      await answer.body.dump();
      return answer.statusCode >= 200 && answer.statusCode < 300;
    } catch {
      return false; // refused, reset or timed out: a failed try
    }
  }

  #note(push: Push, at: number, ok: boolean): void {
    for (const saidId of push.saidIds) {
      const known = this.#outcomes.get(saidId) ?? {
        saidId,
        tries: 0,
        delivered: false,
        firstTryAt: at,
        deliveredAt: null,
      };
      known.tries += 1;
      known.firstTryAt = Math.min(known.firstTryAt, at);
      if (ok && !known.delivered) {
        known.delivered = true;
        known.deliveredAt = Date.now();
      }
      this.#outcomes.set(saidId, known);
    }
  }

  #hold(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, HELD_AT_MOST_MS / this.#options.pace);
      this.#held.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #release(): void {
    const held = this.#held;
    this.#held = [];
    for (const go of held) go();
  }
}

/** Every waiting push listens to it, so any number of listeners is right. */
function stopper(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener('abort', done);
  });
}
