import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Disturbance, ending } from './disturbance.ts';
import type { Supervisor } from './processes.ts';
import { productCommand } from './product.ts';

export interface TemporalLossOptions {
  readonly data: string;
  readonly dist: string;
  /** Environment of product processes. */
  readonly env: NodeJS.ProcessEnv;
}

/** Deletes what the dev server wrote. Only while it does not run. */
export function deleteTemporal(data: string): void {
  for (const name of ['temporal.db', 'temporal.db-shm', 'temporal.db-wal']) rmSync(join(data, name), { force: true });
}

/** Half way through the day Temporal is stopped, its data deleted, and it is started again empty; then the product's `rebuild`. */
export class TemporalLoss implements Disturbance {
  readonly #ending = ending();
  readonly over = this.#ending.promise;
  readonly #supervisor: Pick<Supervisor, 'again'>;
  readonly #options: TemporalLossOptions;
  #say: (line: string) => void = () => undefined;
  #began = Date.now();
  #lost = false;
  #report: string[] = [];

  constructor(supervisor: Pick<Supervisor, 'again'>, options: TemporalLossOptions) {
    this.#supervisor = supervisor;
    this.#options = options;
  }

  begin(say: (line: string) => void): void {
    this.#say = say;
    this.#began = Date.now();
  }

  onStep(step: number, steps: number): void {
    if (this.#lost || step * 2 < steps) return;
    this.#lost = true;
    this.#lose(step, steps).then(() => this.#ending.resolve(), this.#ending.reject);
  }

  report(): string[] {
    return this.#report;
  }

  async #lose(step: number, steps: number): Promise<void> {
    const { data, dist, env } = this.#options;
    const when = `${((Date.now() - this.#began) / 1_000).toFixed(1)} s (step ${step} of ${steps})`;
    this.#say(`Temporal is stopped and its data deleted after ${when}`);
    const stopped = Date.now();
    const { ready } = await this.#supervisor.again('temporal', 'SIGTERM', () => deleteTemporal(data));
    await ready;
    this.#say(
      `Temporal runs again, empty, ${((Date.now() - stopped) / 1_000).toFixed(1)} s later; palletways-qargo rebuild:`,
    );
    const told = (await productCommand(dist, ['rebuild'], env)).trim();
    for (const line of told.split('\n')) this.#say(`  ${line}`);
    this.#report = [`Temporal's data was lost after ${when}; rebuild: ${told.split('\n').at(-1) ?? ''}`];
  }
}
