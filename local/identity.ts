import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * What tells one process from a later one with the same number: its start time. Undefined where there is no such process
 * (a zombie counts as none: it has ended and only its parent has not asked).
 */
export function identityOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return viaPs(pid);
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function viaPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line === '' || line.startsWith('Z') ? undefined : line.slice(line.indexOf(' ')).trim();
  } catch {
    return undefined;
  }
}

/** A process as remembered on disk. */
export interface Remembered {
  readonly name: string;
  readonly pid: number;
  readonly identity: string;
  readonly stopSignal: NodeJS.Signals;
}

/** Whether that very process still runs. */
export function stillRuns(process: Pick<Remembered, 'pid' | 'identity'>): boolean {
  return identityOf(process.pid) === process.identity;
}

/** Sends a signal to a process group whose leader is `pid`, or to the process alone where it leads none. */
export function signalTree(pid: number, signal: NodeJS.Signals): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal);
      return;
    } catch {
      // No such group: the process alone; no such process: it has ended, which is what was wanted.
    }
  }
}

/** Ends processes one after the other: asks, waits up to `patienceMs`, then kills the tree. */
export async function endAll(processes: readonly Remembered[], patienceMs: number): Promise<void> {
  for (const one of processes) {
    if (!stillRuns(one)) continue;
    signalTree(one.pid, one.stopSignal);
    const until = Date.now() + patienceMs;
    while (stillRuns(one) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
    signalTree(one.pid, 'SIGKILL');
  }
}
