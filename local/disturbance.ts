/** What goes wrong on purpose while a day is played. The day is not over before it has happened. */
export interface Disturbance {
  /** The day has begun. `say` writes a line that stays. */
  begin(say: (line: string) => void): void;
  /** The day is so far; told about once a second. */
  onStep(step: number, steps: number): void;
  /** Settles when all of it has happened; rejects where it could not be done. */
  readonly over: Promise<void>;
  /** What happened, for the end of the output. */
  report(): string[];
}

/** A promise and what settles it (Promise.withResolvers is not in Node 20). */
export function ending(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // Whoever waits for it is told; nobody waiting is no reason to end the process.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

/** Waits so many ms, or until the signal. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
