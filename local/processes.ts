import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endAll, identityOf, type Remembered, signalTree, stillRuns } from './identity.ts';
import { LogReader, openLog, tail } from './log-file.ts';

/** A process to start and look after. */
export interface Child {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Ready when a line of its log matches. */
  readonly readyLine?: RegExp;
  /** Ready when this says so (asked every 100 ms; a throw is a no). */
  readonly readyWhen?: () => Promise<boolean>;
  readonly readyWithinMs?: number;
  /** Start again when it ends by itself, at most so many times a minute. */
  readonly restartsPerMinute?: number;
  readonly stopSignal?: NodeJS.Signals;
  readonly stopWithinMs?: number;
}

export interface Running {
  readonly name: string;
  readonly log: string;
  /** What the ready line matched. */
  readonly ready: RegExpExecArray | null;
  pid(): number | undefined;
  /** Settles when it has ended and is not started again; the code, or null after a signal. */
  readonly ended: Promise<number | null>;
  stop(): Promise<void>;
}

interface Kept {
  readonly child: Child;
  process: ChildProcess;
  identity: string;
  stopping: boolean;
  /** It is ended on purpose and started again by who ended it. */
  resting: boolean;
  /** When it was started again, epoch ms. */
  restarts: number[];
  readonly settle: (code: number | null) => void;
  readonly running: Running;
}

/**
 * Starts children, each in a process group and with a log file of its own, and ends them in the reverse order. A guard
 * process ends them when this one is gone without having done so; the list on disk serves where the guard was killed too.
 */
export class Supervisor {
  readonly #logs: string;
  readonly #list: string;
  readonly #kept: Kept[] = [];
  #guard: ChildProcess | undefined;
  #closed = false;
  /** Told when a child ended by itself. */
  onUnexpectedEnd: (name: string, code: number | null, again: boolean) => void = () => undefined;

  constructor(data: string) {
    this.#logs = join(data, 'logs');
    this.#list = join(data, 'processes.json');
    mkdirSync(this.#logs, { recursive: true });
  }

  /** Ends what an earlier start left running. Throws where that earlier start itself still runs on this folder. */
  async clean(): Promise<string[]> {
    if (!existsSync(this.#list)) return [];
    const left = (JSON.parse(readFileSync(this.#list, 'utf8')) as Remembered[]).filter(stillRuns);
    const other = left.find(({ name, pid }) => name === 'main' && pid !== process.pid);
    if (other !== undefined)
      throw new Error(`this data folder is in use by process ${other.pid}; stop that one first or take another --data`);
    const orphans = left.filter(({ name }) => name !== 'main').reverse();
    await endAll(orphans, 10_000);
    rmSync(this.#list, { force: true });
    return orphans.map(({ name }) => name);
  }

  /** Starts one and waits until it is ready. Throws with the end of its log where it ends first or takes too long. */
  async start(child: Child): Promise<Running> {
    if (this.#closed) throw new Error(`${child.name} is not started: everything is being stopped`);
    this.#guardUp();
    const log = join(this.#logs, `${child.name}.log`);
    let settle: (code: number | null) => void = () => undefined;
    const ended = new Promise<number | null>((resolve) => (settle = resolve));
    let ready: RegExpExecArray | null = null;
    const running: Running = {
      name: child.name,
      log,
      get ready() {
        return ready;
      },
      ended,
      pid: () => (kept.process.exitCode === null && kept.process.signalCode === null ? kept.process.pid : undefined),
      stop: () => this.#stop(kept),
    };
    const process = this.#spawn(child, log, true);
    const identity = identityOf(process.pid ?? 0) ?? '';
    const kept: Kept = { child, process, identity, stopping: false, resting: false, restarts: [], settle, running };
    this.#kept.push(kept);
    this.#remember();
    this.#watch(kept);
    ready = await this.#untilReady(kept, log);
    return running;
  }

  /**
   * Ends a child on purpose with a signal (SIGKILL: its whole group at once; any other: as a stop does), runs `meanwhile`, and
   * starts it again in its old place. It counts as no unexpected end. Answers when it was started; `ready` when it is ready.
   * Throws where no such child is kept, or everything is being stopped.
   */
  async again(
    name: string,
    signal: NodeJS.Signals,
    meanwhile: () => unknown = () => undefined,
  ): Promise<{ ready: Promise<void> }> {
    const kept = this.#kept.find(({ child }) => child.name === name);
    if (kept === undefined || kept.stopping) throw new Error(`${name} is not kept running`);
    if (kept.resting) throw new Error(`${name} is being started again already`);
    kept.resting = true;
    const { log } = kept.running;
    let from = 0;
    try {
      await this.#end(kept, signal);
      await meanwhile();
    } finally {
      kept.resting = false;
      // Ready is what it says from here on.
      from = sizeOf(log);
      if (kept.stopping || this.#closed) kept.settle(null);
      else this.#startAgain(kept);
    }
    if (kept.stopping || this.#closed) throw new Error(`${name} is not started again: everything is being stopped`);
    return { ready: this.#untilReady(kept, log, from).then(() => undefined) };
  }

  /** Ends everything, last started first, and forgets it. */
  async stopAll(): Promise<void> {
    this.#closed = true;
    for (const kept of this.#kept.toReversed()) await this.#stop(kept);
    this.#guard?.stdin?.write('done\n');
    this.#guard = undefined;
    rmSync(this.#list, { force: true });
  }

  /** Kills everything at once (the second Ctrl-C). */
  killAll(): void {
    this.#closed = true;
    for (const kept of this.#kept) {
      const { process, stopping } = kept;
      kept.stopping = true;
      if (process.pid !== undefined && process.exitCode === null && (!stopping || process.signalCode === null))
        signalTree(process.pid, 'SIGKILL');
    }
  }

  #spawn(child: Child, log: string, first: boolean): ChildProcess {
    const output = openLog(log, first);
    try {
      const spawned = spawn(child.command, child.args, {
        // A group of its own: Ctrl-C in the terminal reaches us alone, and we end them in order.
        detached: true,
        // The pipe is never written: a child that reads its end knows that we are gone.
        stdio: ['pipe', output, output],
        env: { ...(child.env ?? process.env), PALLETWAYS_QARGO_PARENT: '1' },
        ...(child.cwd === undefined ? {} : { cwd: child.cwd }),
        ...(child.uid === undefined ? {} : { uid: child.uid }),
        ...(child.gid === undefined ? {} : { gid: child.gid }),
      });
      spawned.stdin?.on('error', () => undefined);
      return spawned;
    } finally {
      closeSync(output);
    }
  }

  #watch(kept: Kept): void {
    const { process, settle } = kept;
    const over = (code: number | null): void => {
      if (process !== kept.process || (kept.resting && !kept.stopping)) return;
      const now = Date.now();
      kept.restarts = kept.restarts.filter((at) => now - at < 60_000);
      const again = !kept.stopping && kept.restarts.length < (kept.child.restartsPerMinute ?? 0);
      if (!kept.stopping) this.onUnexpectedEnd(kept.child.name, code, again);
      if (!again) {
        this.#remember();
        settle(code);
        return;
      }
      kept.restarts.push(now);
      setTimeout(() => {
        if (kept.stopping) return settle(code);
        // Who ended it on purpose in the meantime starts it too.
        if (!kept.resting && kept.process === process) this.#startAgain(kept);
      }, 500);
    };
    process.once('error', () => over(null));
    process.once('exit', (code) => over(code));
  }

  #startAgain(kept: Kept): void {
    kept.process = this.#spawn(kept.child, kept.running.log, false);
    kept.identity = identityOf(kept.process.pid ?? 0) ?? '';
    this.#remember();
    this.#watch(kept);
  }

  async #untilReady(kept: Kept, log: string, from = 0): Promise<RegExpExecArray | null> {
    const { child } = kept;
    const reader = new LogReader(log, from);
    const until = Date.now() + (child.readyWithinMs ?? 60_000);
    let over = false;
    void kept.running.ended.then(() => (over = true));
    while (child.readyLine !== undefined || child.readyWhen !== undefined) {
      if (child.readyLine !== undefined) {
        for (const line of reader.lines()) {
          const match = child.readyLine.exec(line);
          if (match !== null) return match;
        }
      }
      if (over) throw new Error(`${child.name} ended before it was ready; its log ${log} ends with:\n${tail(log)}`);
      if (child.readyWhen !== undefined && (await child.readyWhen().catch(() => false))) return null;
      if (Date.now() > until)
        throw new Error(`${child.name} was not ready in time; its log ${log} ends with:\n${tail(log)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return null;
  }

  async #stop(kept: Kept): Promise<void> {
    kept.stopping = true;
    await this.#end(kept, kept.child.stopSignal ?? 'SIGTERM');
    const at = this.#kept.indexOf(kept);
    if (at >= 0) this.#kept.splice(at, 1);
    this.#remember();
  }

  /** Ends the process and what it left in its group. */
  async #end({ process, child }: Kept, signal: NodeJS.Signals): Promise<void> {
    const { pid } = process;
    if (pid !== undefined && process.exitCode === null && process.signalCode === null) {
      const exit = new Promise<void>((resolve) => process.once('exit', () => resolve()));
      if (signal === 'SIGKILL') signalTree(pid, signal);
      // To the process, not its group: a server ends its own children in its own order.
      else process.kill(signal);
      const timer = setTimeout(() => signalTree(pid, 'SIGKILL'), child.stopWithinMs ?? 15_000);
      await exit;
      clearTimeout(timer);
    }
    if (pid !== undefined) killGroup(pid);
  }

  #guardUp(): void {
    if (this.#guard !== undefined) return;
    this.#guard = spawn(process.execPath, [guardPath()], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    this.#guard.stdin?.on('error', () => undefined);
    this.#guard.unref();
    (this.#guard.stdin as { unref?: () => void } | null)?.unref?.();
  }

  /** Writes the list of what runs to the disk and to the guard. */
  #remember(): void {
    const alive: Remembered[] = this.#kept
      .filter(({ process }) => process.pid !== undefined && process.exitCode === null && process.signalCode === null)
      .map(({ child, process, identity }) => ({
        name: child.name,
        pid: process.pid ?? 0,
        identity,
        stopSignal: child.stopSignal ?? 'SIGTERM',
      }));
    const main: Remembered = {
      name: 'main',
      pid: process.pid,
      identity: identityOf(process.pid) ?? '',
      stopSignal: 'SIGTERM',
    };
    const temporary = `${this.#list}.tmp`;
    writeFileSync(temporary, JSON.stringify([main, ...alive]), { mode: 0o600 });
    renameSync(temporary, this.#list);
    this.#guard?.stdin?.write(`${JSON.stringify(alive)}\n`);
  }
}

/** What a child left in its group when it ended. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody was left.
  }
}

/** The compiled guard, also where this file runs as TypeScript (tests): Node 20 runs no TypeScript. */
function guardPath(): string {
  const beside = fileURLToPath(new URL('./guard.js', import.meta.url));
  return isFile(beside) ? beside : fileURLToPath(new URL('../dist/local/guard.js', import.meta.url));
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
