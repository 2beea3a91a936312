/**
 * What an answer of Palletways means. Palletways tells outcomes in the body, errors in prose with status 200
 * (apis.md 1.1, 1.5, 1.11); here each becomes data or a CallError of one retry class. Pure.
 */
import { type AnswerKind, CallError, type RefusedMember, type RetryClass } from '../../domain/calls/error.ts';
import { readRetryAfter, type Waiting } from '../../domain/calls/retry-after.ts';
import { cutText } from '../../domain/facts/text.ts';
import { decode, parseDocument } from './document.ts';
import { all, DocumentError, first, type Node, text, unwrap, value } from './node.ts';

/** An answer as it came. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | undefined;
  readonly body: Buffer;
}

/** The call that was answered. */
export interface Asked {
  /** Method and path, never a query: `getConsignment /getConsignment/60012340167`. Begins every error message. */
  readonly label: string;
  /** Whether the call may have done something: decides between `lost` and `down`. */
  readonly effectful: boolean;
  /** Takes secrets out of a text of the far side. */
  readonly scrub: (text: string) => string;
  /** Epoch ms, for Retry-After. */
  readonly now: number;
}

/** An answer with data, or with the word that there is none. */
export interface Answer {
  /** NO_RESULTS_FOUND, or an OK that counts 0. */
  readonly none: boolean;
  /** `Response`, or the document where JSON has no wrapper. */
  readonly root: Node;
  /** `Detail/Data` nodes; `Detail` itself where it has no `Data`. */
  readonly data: readonly Node[];
}

/** A document answer: the file, or the sentence that says why there is none yet. */
export type PdfAnswer =
  | { readonly ready: true; readonly pdf: Buffer }
  | { readonly ready: false; readonly sentence: string };

const answerLimits = { depth: 64, nodes: 2_000_000 };

/** PW25's sentences (apis.md 1.11) and what they mean for the next try; the first that fits. */
const sentences: readonly { readonly like: RegExp; readonly retry: RetryClass; readonly answer?: AnswerKind }[] = [
  { like: /api key not specified/i, retry: 'auth' },
  { like: /api key .{0,40}not authori[sz]ed/i, retry: 'auth' },
  { like: /requested api is not available/i, retry: 'refused', answer: 'no such method' },
  { like: /^error\b/i, retry: 'refused' },
  { like: /^there was an error generating this label/i, retry: 'refused' },
];
/** Sentences of a label, POD or image call that say "not there (yet)": look again (wire assumptions 2.2). */
const notReady = [
  /^there was an error generating this label/i,
  /\bnot found\b/i,
  /^error\b/i,
  /\bno (?:results|images|pods?)\b/i,
];

/**
 * Reads an answer with an envelope.
 * @throws CallError `auth`, `refused` (with members by index for ERROR_VALIDATION), `busy`, and for what cannot be
 * read `lost` after an effectful call, `down` after a read.
 */
export function readAnswer(reply: Reply, asked: Asked): Answer {
  checkStatus(reply, asked);
  const root = document(reply, asked);
  const status = first(root, 'Status');
  const code = status === undefined ? '' : text(status, 'Code').toUpperCase();
  const description = status === undefined ? '' : text(status, 'Description');
  if (code === 'OK' || code === 'NO_RESULTS_FOUND') {
    const rows = all(root, 'Detail/Data');
    const data = rows.length > 0 ? rows : all(root, 'Detail');
    const none =
      code === 'NO_RESULTS_FOUND' || (data.length === 0 && status !== undefined && text(status, 'Count') === '0');
    return { none, root, data: none ? [] : data };
  }
  const only = root.children.length === 1 ? root.children[0] : undefined;
  if (status === undefined && only !== undefined && only.children.length === 0)
    throw proseError(value(only), reply, asked);
  const said = `${code}${description === '' ? '' : ` (${description})`}`;
  const prose = sentences.find(({ like }) => like.test(description))?.retry;
  if (prose === 'auth' || /(?:API|KEY|ACCESS).*(?:AUTH|INVALID|DENIED)|UNAUTHORI[SZ]ED/.test(code))
    throw fail(asked, 'auth', said, { status: reply.status });
  if (code.startsWith('ERROR')) {
    const { members, fields, words } = validation(root);
    const reasons = words.length === 0 ? said : `${said}: ${words.join('; ')}`;
    throw fail(asked, 'refused', reasons, {
      status: reply.status,
      members: members.map((one) => ({ ...one, reason: asked.scrub(one.reason) })),
      fields,
    });
  }
  throw unreadable(
    asked,
    code === '' ? 'an answer without Status/Code' : `an answer with the unknown code ${said}`,
    reply.status,
  );
}

/** Reads an answer that is a PDF, an envelope without results, or a sentence. Errors as {@link readAnswer}. */
export function readPdf(reply: Reply, asked: Asked): PdfAnswer {
  checkStatus(reply, asked);
  if (reply.body.subarray(0, 1024).includes('%PDF-')) return { ready: true, pdf: reply.body };
  const prose = sentence(reply);
  if (prose === null) {
    if (readAnswer(reply, asked).none) return { ready: false, sentence: 'No results found.' };
    throw unreadable(asked, 'an answer that is no PDF', reply.status);
  }
  const known = sentences.find(({ like }) => like.test(prose));
  if (known?.retry !== 'auth' && !/requested api/i.test(prose) && notReady.some((like) => like.test(prose))) {
    return { ready: false, sentence: shorten(asked.scrub(prose)) };
  }
  throw proseError(prose, reply, asked);
}

/** Reads `version`, which has no envelope (apis.md 1.3): `Version` anywhere near the top, or the bare text. */
export function readVersion(reply: Reply, asked: Asked): string {
  checkStatus(reply, asked);
  const prose = sentence(reply);
  if (prose !== null) {
    if (/^v?\d+(\.[\w-]+)*$/i.test(prose)) return prose;
    throw proseError(prose, reply, asked);
  }
  const version = text(document(reply, asked), 'Version', 'Detail/Version', 'Detail/Data/Version');
  if (version === '') throw unreadable(asked, 'an answer without Version', reply.status);
  return version;
}

/** Members that ERROR_VALIDATION names (`Index` is 1-based in what was sent), its codes, and its words. */
function validation(root: Node): { members: RefusedMember[]; fields: string[]; words: string[] } {
  const members: RefusedMember[] = [];
  const fields: string[] = [];
  const words: string[] = [];
  for (const blamed of first(root, 'ValidationErrors')?.children ?? []) {
    const errors = all(blamed, 'Error');
    const codes = errors.map((error) => text(error, 'Code')).filter((code) => code !== '');
    const reason = errors.map((error) => text(error, 'Description') || text(error, 'Code')).join('; ');
    const index = text(blamed, 'Index');
    if (/^[1-9]\d{0,5}$/.test(index)) members.push({ index: Number(index) - 1, code: codes[0] ?? '', reason });
    fields.push(...codes);
    words.push(`${blamed.name}${index === '' ? '' : ` ${index}`} ${codes.join(', ')}`);
  }
  return { members, fields, words };
}

/** Status codes of error answers are not public (apis.md 1.1); these are HTTP's own meanings. */
function checkStatus(reply: Reply, asked: Asked): void {
  const { status } = reply;
  if (status >= 200 && status < 300) return;
  const more = { status };
  const waiting = readRetryAfter(reply.retryAfter, asked.now);
  if (status === 401 || status === 403) throw fail(asked, 'auth', `HTTP ${status}`, more);
  if (status === 429 || (status === 503 && waiting !== undefined)) throw busy(asked, status, waiting);
  if (status >= 500 || status === 408) throw fail(asked, asked.effectful ? 'lost' : 'down', `HTTP ${status}`, more);
  const prose = sentence(reply);
  if (prose !== null && prose !== '') throw proseError(prose, reply, asked, 'refused');
  throw fail(asked, 'refused', `HTTP ${status}`, more);
}

function busy(asked: Asked, status: number, waiting: Waiting | undefined): CallError {
  if (waiting === undefined) return fail(asked, 'busy', `HTTP ${status}`, { status });
  const { until, said } = waiting;
  const what = said === '' ? `HTTP ${status}` : `HTTP ${status}, ${said}`;
  return fail(asked, 'busy', what, { status, until, waitMs: until - asked.now });
}

function document(reply: Reply, asked: Asked): Node {
  const prose = sentence(reply);
  if (prose !== null) throw proseError(prose, reply, asked);
  try {
    return unwrap(
      parseDocument(reply.body, reply.contentType, { ...answerLimits, bytes: reply.body.length }),
      'Response',
    );
  } catch (error) {
    if (error instanceof DocumentError)
      throw unreadable(asked, `an answer that cannot be read: ${error.message}`, reply.status);
    throw error;
  }
}

/** The text of an answer that is prose or a page, without its tags; null where it looks like XML or JSON. */
function sentence(reply: Reply): string | null {
  const said = decode(reply.body, reply.contentType).trim();
  const page = /^<(?:!doctype\s+html|html|head|body|p|h\d|div|br|b)\b/i.test(said);
  if (!page && /^[<{[]/.test(said)) return null;
  const bare = page ? said.replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ') : said;
  return bare
    .replace(/\s+/g, ' ')
    .replace(/^"(.*)"$/, '$1')
    .trim();
}

function proseError(prose: string, reply: Reply, asked: Asked, otherwise?: RetryClass): CallError {
  const found = sentences.find(({ like }) => like.test(prose));
  const known = found?.retry ?? otherwise;
  const { status } = reply;
  if (known !== undefined) return fail(asked, known, `"${prose}"`, { status, answer: found?.answer });
  if (prose !== '') return unreadable(asked, `the sentence "${prose}"`, status);
  return fail(asked, asked.effectful ? 'lost' : 'down', 'an empty answer', { status, answer: 'empty' });
}

function unreadable(asked: Asked, what: string, status: number): CallError {
  return fail(asked, asked.effectful ? 'lost' : 'down', what, { status });
}

/** A CallError about a call, secrets taken out and the far side's words kept short. */
export function fail(
  asked: Pick<Asked, 'label' | 'scrub'>,
  retry: RetryClass,
  what: string,
  more: ConstructorParameters<typeof CallError>[2] = {},
): CallError {
  return new CallError(retry, `${asked.label}: ${shorten(asked.scrub(what))}`, more);
}

function shorten(said: string): string {
  return said.length <= 300 ? said : `${cutText(said, 299)}…`;
}
