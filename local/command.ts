import { spawn } from 'node:child_process';

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a short command to its end; `onLine` gets each line of its output as it comes. Ended with us and after `withinMs`. */
export function runToEnd(
  command: string,
  args: readonly string[],
  options: { env: NodeJS.ProcessEnv; withinMs: number; onLine?: (line: string) => void; signal?: AbortSignal },
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: options.env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    let out = '';
    let err = '';
    let rest = '';
    const kill = (): void => {
      child.kill('SIGKILL');
    };
    const timer = setTimeout(kill, options.withinMs);
    const end = (): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', kill);
      process.removeListener('exit', kill);
    };
    options.signal?.addEventListener('abort', kill);
    process.once('exit', kill);
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (chunk: Buffer) => {
      if (options.onLine === undefined) {
        out += chunk.toString();
        return;
      }
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) options.onLine(line);
    });
    child.stderr.on('data', (chunk: Buffer) => (err = (err + chunk.toString()).slice(-20_000)));
    child.on('error', (error) => {
      end();
      reject(error);
    });
    child.on('close', (code) => {
      end();
      resolve({ code, out, err });
    });
  });
}

/** As {@link runToEnd}, and throws with what it said where it does not end with 0. */
export async function runOrThrow(
  what: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  withinMs = 120_000,
): Promise<string> {
  const { code, out, err } = await runToEnd(process.execPath, args, {
    env: { ...env, PALLETWAYS_QARGO_PARENT: '1' },
    withinMs,
  });
  if (code !== 0)
    throw new Error(`${what} ended with ${code ?? 'a signal'}:\n${(err.trim() || out.trim()).slice(-3_000)}`);
  return out;
}
