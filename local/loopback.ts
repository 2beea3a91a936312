import { Agent, request } from 'undici';

/** A plain agent: whatever the environment says, these calls go straight to this machine. */
const direct = new Agent({ connect: { timeout: 2_000 }, keepAliveTimeout: 4_000 });

/** One JSON call to a process of ours on this machine. Throws on anything but 2xx and after `timeoutMs`. */
export async function call(
  method: 'GET' | 'PUT' | 'POST',
  url: string,
  body?: unknown,
  timeoutMs = 10_000,
): Promise<unknown> {
  const answer = await request(url, {
    method,
    dispatcher: direct,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await answer.body.text();
  if (answer.statusCode < 200 || answer.statusCode > 299)
    throw new Error(`${method} ${url}: ${answer.statusCode} ${text.slice(0, 300)}`);
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

/** Ends the kept connections, so that the process may end. */
export function closeCalls(): Promise<void> {
  return direct.destroy();
}
