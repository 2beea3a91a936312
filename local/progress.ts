/** Live progress: one updating line on a terminal, otherwise a plain line every five seconds. */
export class Progress {
  readonly #terminal: boolean;
  readonly #write: (text: string) => void;
  #last = 0;
  #shown = false;

  constructor(out: { isTTY?: boolean; write: (text: string) => unknown } = process.stdout) {
    this.#terminal = out.isTTY === true;
    this.#write = (text) => {
      out.write(text);
    };
  }

  /** Shows a state that the next one replaces. */
  show(line: string): void {
    if (this.#terminal) {
      const width = process.stdout.columns ?? 80;
      this.#write(`\r\u001b[2K${line.slice(0, width - 1)}`);
      this.#shown = true;
    } else if (Date.now() - this.#last >= 5_000) {
      this.#last = Date.now();
      this.#write(`${line}\n`);
    }
  }

  /** Writes a line that stays. */
  line(text: string): void {
    this.clear();
    this.#write(`${text}\n`);
  }

  clear(): void {
    if (this.#shown) this.#write('\r\u001b[2K');
    this.#shown = false;
  }
}

/** How far the day is, as a line of the day player (JSON) tells it. */
export function stepOf(line: string): { step: number; steps: number } | undefined {
  const { step, steps } = toldIn(line) ?? {};
  return typeof step === 'number' && typeof steps === 'number' ? { step, steps } : undefined;
}

function toldIn(line: string): Record<string, unknown> | undefined {
  try {
    const told: unknown = JSON.parse(line);
    return typeof told === 'object' && told !== null ? (told as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** A line of the day player (JSON) as a person reads it: its numbers with their names, in its own order. */
export function readable(line: string): string | undefined {
  const told = toldIn(line);
  if (told === undefined) return undefined;
  const { step, steps, ...others } = told;
  const done = typeof step === 'number' && typeof steps === 'number' ? [`step ${step} of ${steps}`] : [];
  const parts = [...done, ...Object.entries(others).flatMap(([name, value]) => part(name, value))];
  return parts.length === 0 ? undefined : `day: ${parts.join(', ')}`;
}

function part(name: string, value: unknown): string[] {
  if (typeof value === 'number') return [`${name} ${Math.round(value)}`];
  if (typeof value === 'string') return [value];
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([inner, one]) => part(inner, one));
  return [];
}
