/** What never goes to a proxy. */
const loopback = ['127.0.0.1', 'localhost', '::1'];

/** A NO_PROXY list with the loopback names in it. */
export function withLoopback(list: string | undefined): string {
  const named = (list ?? '')
    .split(/[\s,]+/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return [...named, ...loopback.filter((entry) => !named.includes(entry))].join(',');
}

/** An environment in which loopback never goes to a proxy: both spellings, because libraries differ in which they read. */
export function loopbackDirect(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const list = withLoopback([env.NO_PROXY, env.no_proxy].filter(Boolean).join(','));
  return { ...env, NO_PROXY: list, no_proxy: list };
}
