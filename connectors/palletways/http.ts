/** One HTTP exchange with Palletways: gate, send, time-outs by phase, body limit, and a retry class for every failure. */
import { Agent, type Dispatcher, request } from 'undici';
import { CallError, type Gate } from '../../domain/calls/error.ts';
import type { PalletwaysAccess } from './config.ts';
import { type Asked, fail, type Reply } from './read-answers.ts';

/** An Agent with the access's connect time-out; one for each process is enough. Whoever makes it closes it. */
export function palletwaysAgent(access: Pick<PalletwaysAccess, 'timeouts'>): Agent {
  return new Agent({ connect: { timeout: access.timeouts.connectMs } });
}

export interface Exchange {
  /** Method name, as the gate knows it. */
  readonly name: string;
  /** Host and path prefix. */
  readonly base: string;
  /** Path segments after the base, not yet encoded. */
  readonly segments: readonly string[];
  /** Query of a GET, form of a POST (see `query`); the API key is added here and nowhere else. */
  readonly parameters: Readonly<Record<string, string>>;
  /** POST with a form: the call may act. */
  readonly effectful: boolean;
  /** Of a POST: which parameters stand in the query, the key then too; none where it is left out. */
  readonly query?: readonly string[];
  /** True if the form of a POST is empty. */
  readonly onlyQuery?: boolean;
}

export interface Reach {
  readonly access: PalletwaysAccess;
  readonly gate: Gate;
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal | undefined;
}

/** Codes of a connection that never stood: nothing was sent. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

/**
 * Asks the gate, sends, and gives the answer whatever its status.
 * @throws CallError what the gate throws; `down` where nothing was sent; after that `lost` for an effectful call,
 * and for a read `banned` where the socket stays silent for `headersMs` (apis.md 1.1: silence is how a ban looks;
 * one silence alone is no proof, so the caller counts), otherwise `down`. No error carries a cause or a query.
 */
export async function exchange(
  call: Exchange,
  reach: Reach,
): Promise<{ readonly reply: Reply; readonly asked: Asked }> {
  const path = `/${call.segments.map(encodeURIComponent).join('/')}`;
  const scrub = scrubber(reach.access.apiKey);
  const about = { label: `${call.name} ${path}`, scrub };
  if (reach.signal?.aborted) throw fail(about, 'down', 'given up before it was sent');
  await reach.gate({ name: call.name });
  if (reach.signal?.aborted) throw fail(about, 'down', 'given up before it was sent');
  const { query, form } = written(call, reach.access.apiKey);
  const url = `${call.base.replace(/\/+$/, '')}${path}${query === '' ? '' : `?${query}`}`;
  const { timeouts, limits } = reach.access;
  const clock = new AbortController();
  const signal = reach.signal === undefined ? clock.signal : AbortSignal.any([reach.signal, clock.signal]);
  let timer: NodeJS.Timeout | undefined;
  try {
    const answer = await request(url, {
      method: call.effectful ? 'POST' : 'GET',
      headers: { accept: '*/*', ...(call.effectful ? { 'content-type': 'application/x-www-form-urlencoded' } : {}) },
      body: call.effectful ? form : null,
      dispatcher: reach.dispatcher,
      headersTimeout: timeouts.headersMs,
      bodyTimeout: timeouts.bodyMs,
      signal,
    });
    // The library's own body time-out starts again with every chunk; a body that drips must end too.
    timer = setTimeout(() => clock.abort(), timeouts.bodyMs);
    const body = await readBody(answer.body, limits.bodyBytes);
    if (body === null)
      throw fail(about, call.effectful ? 'lost' : 'refused', `an answer of more than ${limits.bodyBytes} bytes`);
    const reply: Reply = {
      status: answer.statusCode,
      contentType: header(answer.headers['content-type']) ?? '',
      retryAfter: header(answer.headers['retry-after']),
      body,
    };
    return { reply, asked: { ...about, effectful: call.effectful, now: Date.now() } };
  } catch (error) {
    if (error instanceof CallError) throw error;
    throw classify(error, call, about, reach.signal?.aborted === true, clock.signal.aborted);
  } finally {
    clearTimeout(timer);
  }
}

/** The query and the form of a call; of a GET all is query. */
function written(call: Exchange, apikey: string): { readonly query: string; readonly form: string } {
  const all = { apikey, ...call.parameters };
  const inQuery = call.query ?? [];
  const some = Object.entries(all).filter(
    ([name]) => inQuery.includes(name) || (name === 'apikey' && inQuery.length > 0),
  );
  const text = (of: ConstructorParameters<typeof URLSearchParams>[0]) => new URLSearchParams(of).toString();
  if (!call.effectful) return { query: text(all), form: '' };
  return { query: text(Object.fromEntries(some)), form: call.onlyQuery === true ? '' : text(all) };
}

function classify(
  error: unknown,
  call: Exchange,
  about: Pick<Asked, 'label' | 'scrub'>,
  givenUp: boolean,
  dripped: boolean,
): CallError {
  const after = call.effectful ? 'lost' : 'down';
  if (givenUp) return fail(about, after, 'given up while it was under way');
  if (dripped) return fail(about, after, 'the answer did not end in time (body)');
  const code = codeOf(error);
  if (neverSent.has(code) || beforeTls(error)) return fail(about, 'down', `no connection (${code})`);
  if (code === 'UND_ERR_HEADERS_TIMEOUT')
    return fail(about, call.effectful ? 'lost' : 'banned', 'no answer in time (headers)');
  if (code === 'UND_ERR_BODY_TIMEOUT') return fail(about, after, 'the answer did not end in time (body)');
  return fail(about, after, `the connection broke (${code})`);
}

/** The system's or library's code of an error, also of one that gathers several. The message may quote anything and is not used. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error.name;
}

function beforeTls(error: unknown): boolean {
  return error instanceof Error && error.message.includes('before secure TLS connection was established');
}

async function readBody(body: AsyncIterable<Buffer> & { destroy(): unknown }, limit: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    // Leaving the loop destroys the stream.
    if (size > limit) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function header(said: string | string[] | undefined): string | undefined {
  return Array.isArray(said) ? said[0] : said;
}

/** Takes the API key out of a text, as it is and as it is written in a URL or form. */
export function scrubber(apiKey: string): (text: string) => string {
  const form = new URLSearchParams({ k: apiKey }).toString().slice(2);
  const url = encodeURIComponent(apiKey);
  const lower = (text: string) => text.replace(/%[0-9A-F]{2}/g, (escaped) => escaped.toLowerCase());
  const writings = [...new Set([apiKey, url, form, lower(url), lower(form)])].sort((a, b) => b.length - a.length);
  return (said) =>
    writings.reduce(
      (text, key) => text.replaceAll(key, '***'),
      said.replace(/(apikey\s*[=:]\s*)[^&\s"'<>]+/gi, '$1***'),
    );
}
