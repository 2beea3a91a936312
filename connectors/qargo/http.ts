/** One request to Qargo: sent, answered or not, and read within limits. */
import { Agent, type Dispatcher, request } from 'undici';
import { CallError } from '../../domain/calls/error.ts';
import type { QargoAccess } from './config.ts';

export interface Sent {
  /** Name of the call, for errors. */
  readonly call: string;
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** It changes something at Qargo. */
  readonly effectful: boolean;
  /** Longest answer that is read, bytes. */
  readonly limit: number;
}

export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
}

/** Connections of their own time-outs; one for a process and tenant. */
export function qargoDispatcher(access: QargoAccess): Dispatcher {
  return new Agent({ connect: { timeout: access.timeouts.connect }, keepAliveTimeout: 4_000 });
}

/** Failures that come before anything is sent: names, connections, TLS. */
const unsent = [
  /^UND_ERR_CONNECT_TIMEOUT$/,
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EAI_FAIL|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL)$/,
  /^(CERT_|ERR_TLS_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_)/,
];
/** What Node says, with the code of a reset, where the far side hangs up during the TLS handshake. */
const tlsNeverStood = 'before secure TLS connection was established';

/**
 * @throws CallError `down` where nothing was sent or a read got no answer; `lost` where a call that changes
 *   something was sent and its answer did not come or was too long; `refused` where a read's answer is too long.
 */
export async function send(
  sent: Sent,
  access: QargoAccess,
  dispatcher: Dispatcher,
  signal: AbortSignal | undefined,
): Promise<Received> {
  if (signal?.aborted) throw new CallError('down', `${sent.call} was given up before it was sent`);
  const ends = [AbortSignal.timeout(access.timeouts.total), ...(signal === undefined ? [] : [signal])];
  try {
    const answer = await request(sent.url, {
      dispatcher,
      method: sent.method,
      headers: { ...sent.headers },
      body: sent.body === undefined ? null : sent.body,
      headersTimeout: access.timeouts.headers,
      bodyTimeout: access.timeouts.body,
      signal: AbortSignal.any(ends),
    });
    return { status: answer.statusCode, headers: answer.headers, bytes: await bytesOf(answer.body, sent) };
  } catch (error) {
    if (error instanceof CallError) throw error;
    // The error itself is not passed on as a cause: it may hold what was sent.
    const code = codeOf(error);
    const before =
      unsent.some((form) => form.test(code)) || (error instanceof Error && error.message.includes(tlsNeverStood));
    throw new CallError(before || !sent.effectful ? 'down' : 'lost', `${sent.call} got no answer from Qargo (${code})`);
  }
}

async function bytesOf(body: Dispatcher.ResponseData['body'], sent: Sent): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of body as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > sent.limit) {
      throw new CallError(
        sent.effectful ? 'lost' : 'refused',
        `Qargo's answer to ${sent.call} is longer than ${sent.limit} bytes`,
      );
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown';
  if (error instanceof AggregateError && error.errors.length > 0 && !('code' in error)) return codeOf(error.errors[0]);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'name' in error && typeof error.name === 'string' ? error.name : 'unknown';
}
