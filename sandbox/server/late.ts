/** Effects that come after their line was cut (fault `late`). They outlive neither a reset nor the twin. */
export class Late {
  readonly #timers = new Set<NodeJS.Timeout>();
  #acting = 0;

  /** Effects still to come, or on their way. */
  get pending(): number {
    return this.#timers.size + this.#acting;
  }

  /** Acts once, `ms` real milliseconds from now. What it throws is only logged: nobody is there to be told. */
  after(ms: number, act: () => unknown): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#acting += 1;
      Promise.resolve()
        .then(act)
        .catch((error: unknown) =>
          process.stderr.write(`late effect: ${error instanceof Error ? error.stack : String(error)}\n`),
        )
        .finally(() => {
          this.#acting -= 1;
        });
    }, ms);
    this.#timers.add(timer);
  }

  /** Forgets what is still to come. */
  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
