/** Has a process of the compiled product begin with faults planted in it, or as another release: steps of it are others, by name. */
import type { faults } from './seams/faults.mjs';

export type FaultName = keyof typeof faults;

/** What the process needs in its environment. Nothing of it is in the product: without it there is no fault to ask for. */
export function plant(...names: readonly FaultName[]): NodeJS.ProcessEnv {
  const register = new URL('./seams/register.mjs', import.meta.url);
  for (const name of names) register.searchParams.append('fault', name);
  return names.length === 0 ? {} : { NODE_OPTIONS: `--import=${register.href}` };
}
