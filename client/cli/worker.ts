/** `worker`: spawned by path, so that the client's code never imports the worker's. */
import { fileURLToPath } from 'node:url';

export async function work(): Promise<void> {
  const entry = new URL(`../../workers/main.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
  await import(fileURLToPath(entry));
}
