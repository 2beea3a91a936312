// @ts-check
/**
 * Node's module hooks: whoever imports a module in which a fault is planted gets one that exports all that the real one does, and the
 * planted steps in place of its own. A fault without its place ends the process.
 */
import { existsSync } from 'node:fs';
import { faults } from './faults.mjs';

const all = new URL('./faults.mjs', import.meta.url).href;
/** The names of the faults by the address of the compiled module that they are planted in. @type {Map<string, string[]>} */
const planted = new Map();

/** @type {import('node:module').InitializeHook<string[]>} */
export function initialize(names) {
  for (const name of names) {
    const fault = Object.entries(faults).find(([each]) => each === name)?.[1];
    if (fault === undefined) throw new Error(`no fault is called ${name}`);
    const url = new URL(`../../../dist/${fault.module.replace(/ts$/, 'js')}`, import.meta.url);
    if (!existsSync(url)) throw new Error(`${name} is planted in ${fault.module}, which is not there`);
    planted.set(url.href, [...(planted.get(url.href) ?? []), name]);
  }
}

/** @type {import('node:module').ResolveHook} */
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  return planted.has(found.url) ? { ...found, url: `${found.url}?planted` } : found;
}

/** @type {import('node:module').LoadHook} */
export async function load(url, context, next) {
  const [module = '', query] = url.split('?');
  if (query !== 'planted') return next(url, context);
  return { format: 'module', shortCircuit: true, source: moduleWith(`${module}?real`, planted.get(module) ?? []) };
}

/**
 * @param {string} real
 * @param {readonly string[]} names
 */
function moduleWith(real, names) {
  const steps = names.flatMap((name) => {
    const { instead } = /** @type {Record<string, { instead: object }>} */ (faults)[name] ?? { instead: {} };
    return Object.keys(instead).map((step) => ({ name, step }));
  });
  const lines = steps.map(({ name, step }) => [
    `if (!('${step}' in real)) throw new Error('${name} takes the place of ${step}, which is not there');`,
    `export const ${step} = faults.${name}.instead.${step}(real);`,
  ]);
  return [
    `import * as real from '${real}';`,
    `import { faults } from '${all}';`,
    `export * from '${real}';`,
    ...lines.flat(),
  ].join('\n');
}
