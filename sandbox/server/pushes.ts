/**
 * Pushes to us with retries. Neither counterpart publishes a retry schedule: one try with a 5 s time-out, then three more
 * after 10 s, 1 min and 5 min, and anything but 2xx is a failed try (docs/wire-assumptions.md 2.1 and 3.1, assumed).
 */
import { setMaxListeners } from 'node:events';
import { Agent, request } from 'undici';
import type { Faults } from './faults.ts';

export interface Push {
  organisation: string;
  url: string;
  user: string;
  password: string;
  contentType: string;
  body: string;
  /** The things said that this push carries. */
  saidIds: string[];
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
/** A push held back by the fault `reorder` goes after this long even if no other came. */
const HELD_AT_MOST_MS = 10_000;

/** What the faults of one try ask for, put together. */
interface Plan {
  delayMs: number;
  copies: number;
  send: boolean;
  /** The answer is as good as lost: the try counts as failed whatever came back. */
  lost: boolean;
  reorder: boolean;
  /** Counts as answered with this status, without being sent. */
  status: number | null;
}

export class Pusher {
  readonly #options: PusherOptions;
  readonly #agent = new Agent({ connections: 128, pipelining: 1, keepAliveTimeout: 30_000, connect: { timeout: TRY_TIMEOUT_MS } });
  readonly #outcomes = new Map<string, PushOutcome>();
  readonly #running = new Set<Promise<void>>();
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
    this.#stop.abort();
    this.#stop = stopper();
    this.#release();
  }

  /** Gives up waiting tries, lets those on their way end. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stop.abort();
    this.#release();
    await Promise.allSettled(this.#running);
    await this.#agent.close();
  }

  async #run(push: Push, stop: AbortSignal): Promise<void> {
    for (let attempt = 0; attempt < this.#options.tries; attempt += 1) {
      if (attempt > 0) {
        const wait = WAITS_MS[Math.min(attempt, WAITS_MS.length) - 1] ?? 0;
        await pause(wait / this.#options.pace, stop);
      }
      if (stop.aborted) return;
      if (await this.#try(push, attempt === 0, stop)) return;
    }
  }

  async #try(push: Push, first: boolean, stop: AbortSignal): Promise<boolean> {
    const plan = this.#plan(push);
    if (plan.delayMs > 0) await pause(plan.delayMs, stop);
    if (plan.reorder) await this.#hold();
    const at = Date.now();
    let ok = plan.status !== null ? plan.status >= 200 && plan.status < 300 : false;
    if (plan.send && plan.status === null) {
      const answers: Promise<boolean>[] = [];
      for (let copy = 0; copy < plan.copies; copy += 1) answers.push(this.#post(push));
      const came = await Promise.all(answers);
      ok = !plan.lost && came.includes(true);
    }
    this.#note(push, at, ok);
    this.#options.onTry?.(push.saidIds, at, first, ok);
    if (!plan.reorder) this.#release();
    return ok;
  }

  #plan(push: Push): Plan {
    const plan: Plan = { delayMs: 0, copies: 1, send: true, lost: false, reorder: false, status: null };
    for (const action of this.#options.faults.take({ method: 'push', organisation: push.organisation })) {
      if ('delayMs' in action) plan.delayMs += action.delayMs;
      if ('duplicate' in action) plan.copies = 2;
      if ('reorder' in action) plan.reorder = true;
      if ('status' in action) plan.status = action.status;
      if ('silence' in action || ('drop' in action && action.drop === 'before')) plan.send = false;
      else if ('drop' in action) plan.lost = true;
    }
    return plan;
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
      const known = this.#outcomes.get(saidId) ?? { saidId, tries: 0, delivered: false, firstTryAt: at, deliveredAt: null };
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
