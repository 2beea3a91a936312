// @ts-check
/** Loaded first by a process of the compiled product (`--import`): has it planted with the faults that its own address names (plant.ts). */
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url, { data: new URL(import.meta.url).searchParams.getAll('fault') });
