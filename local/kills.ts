import { createHash } from 'node:crypto';
import { type Disturbance, ending, pause } from './disturbance.ts';
import type { Supervisor } from './processes.ts';

/** Which processes are killed. */
export const victims = ['worker', 'service'] as const;
export type Victim = (typeof victims)[number];

export interface Kill {
  readonly victim: Victim;
  /** Since the day began, real ms. */
  readonly at: number;
}

/** The plan of a day lasts about six minutes at pace 1. */
const planMs = 6 * 60_000;

/**
 * When each victim is killed, `times` times: the day's length is cut into as many parts and one moment of each is drawn, so that
 * they are spread over the day. The same seed, number and pace give the same moments, on every machine.
 */
export function killMoments(seed: number, times: number, pace: number): Kill[] {
  const part = planMs / pace / times;
  return victims
    .flatMap((victim) =>
      Array.from({ length: times }, (_, nth) => ({ victim, at: Math.round((nth + drawn(seed, victim, nth)) * part) })),
    )
    .sort((a, b) => a.at - b.at);
}

/** A number in [0, 1) that belongs to this kill alone. */
function drawn(seed: number, victim: Victim, nth: number): number {
  return createHash('sha256').update(`${seed}/kill/${victim}/${nth}`).digest().readUInt32LE(0) / 2 ** 32;
}

/** Kills worker and service at their moments (SIGKILL to the whole group) and starts them again at once. */
export class Kills implements Disturbance {
  readonly #ending = ending();
  readonly over = this.#ending.promise;
  readonly #supervisor: Pick<Supervisor, 'again'>;
  readonly #kills: readonly Kill[];
  readonly #signal: AbortSignal;
  readonly #done: string[] = [];

  constructor(supervisor: Pick<Supervisor, 'again'>, kills: readonly Kill[], signal: AbortSignal) {
    this.#supervisor = supervisor;
    this.#kills = kills;
    this.#signal = signal;
  }

  begin(say: (line: string) => void): void {
    const began = Date.now();
    // Those of one victim one after the other: it cannot be killed while it is not there.
    const runs = victims.map(async (victim) => {
      for (const { at } of this.#kills.filter((kill) => kill.victim === victim)) {
        await pause(began + at - Date.now(), this.#signal);
        if (this.#signal.aborted) return;
        const when = `${((Date.now() - began) / 1_000).toFixed(1)} s`;
        const { ready } = await this.#supervisor.again(victim, 'SIGKILL');
        say(`killed the ${victim} after ${when} (kill -9); started again`);
        this.#done.push(`${when} ${victim}`);
        // It may be killed again before it is ready: only the last one must be.
        void ready.catch(() => undefined);
      }
    });
    Promise.all(runs).then(() => this.#ending.resolve(), this.#ending.reject);
  }

  onStep(): void {}

  report(): string[] {
    return this.#kills.length === 0
      ? []
      : [`Killed with kill -9: ${this.#done.join(', ')}; ${this.#done.length} of ${this.#kills.length}.`];
  }
}
