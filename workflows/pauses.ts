/** Pauses between things that are done again though nothing changed, so that no run of a workflow is filled with one step. */
import { later } from './clock.ts';

const longestMs = 5 * 60_000;

/** A pause doubles while the same is done in vain, up to 5 minutes. */
export class Pauses {
  readonly #shortestMs: number;
  readonly #made = new Map<string, { readonly mark: string; readonly ms: number; readonly until: string }>();

  constructor(shortestMs: number) {
    this.#shortestMs = shortestMs;
  }

  /** Notes at `at` (UTC ISO) that something was done in vain; `mark` names what, and a different mark starts again. */
  begin(what: string, mark: string, at: string): void {
    const before = this.#made.get(what);
    const ms = before?.mark === mark ? Math.min(before.ms * 2, longestMs) : this.#shortestMs;
    this.#made.set(what, { mark, ms, until: later(at, ms) });
  }

  /** Not before this instant (UTC ISO); undefined where there is no pause, or only one of another mark where one is given. */
  until(what: string, mark?: string): string | undefined {
    const made = this.#made.get(what);
    return made === undefined || (mark !== undefined && made.mark !== mark) ? undefined : made.until;
  }
}
