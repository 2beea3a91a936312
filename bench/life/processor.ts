/** Processor time of a process and all that it started, by what they are, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100;

interface Stat {
  readonly parent: number;
  /** Of itself and of its children that are gone, seconds. */
  readonly seconds: number;
}

function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
    return { parent: fields[1] ?? 0, seconds: (user + system + childUser + childSystem) / ticksPerSecond };
  } catch {
    return undefined;
  }
}

function roleOf(pid: number): string {
  let line = '';
  try {
    line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return 'gone';
  }
  if (/postgres/.test(line)) return 'PostgreSQL';
  if (/temporal.*server/.test(line)) return 'Temporal server';
  if (/sandbox\/palletways/.test(line) || /sandbox\/qargo/.test(line)) return 'twins';
  if (/main\.js worker/.test(line)) return 'worker';
  if (/main\.js serve/.test(line)) return 'service';
  return 'demonstration';
}

/** Watches a tree of processes; each keeps the last that was seen of it. */
export class Processor {
  readonly #root: number;
  readonly #seen = new Map<number, { role: string; seconds: number }>();
  readonly #timer: NodeJS.Timeout;

  constructor(root: number) {
    this.#root = root;
    this.#timer = setInterval(() => this.#look(), 250);
  }

  /** Seconds by role until now. */
  seconds(): Record<string, number> {
    this.#look();
    const found: Record<string, number> = {};
    for (const { role, seconds } of this.#seen.values()) found[role] = (found[role] ?? 0) + seconds;
    return found;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const stats = new Map<number, Stat>();
    for (const name of readdirSync('/proc')) {
      const pid = Number(name);
      const stat = Number.isInteger(pid) ? statOf(pid) : undefined;
      if (stat !== undefined) stats.set(pid, stat);
    }
    const isOurs = (pid: number): boolean => {
      for (let at = pid; at > 1; at = stats.get(at)?.parent ?? 0) if (at === this.#root) return true;
      return false;
    };
    for (const [pid, { seconds }] of stats) {
      if (!isOurs(pid)) continue;
      const role = this.#seen.get(pid)?.role ?? roleOf(pid);
      this.#seen.set(pid, { role, seconds });
    }
  }
}
