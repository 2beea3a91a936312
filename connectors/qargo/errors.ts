/** What an answer of Qargo's means for trying again (apis 2.3, 2.4): every answer has exactly one class. Pure. */
import { CallError } from '../../domain/calls/error.ts';
import { readRetryAfter } from '../../domain/calls/retry-after.ts';
import { cutText } from '../../domain/facts/text.ts';
import { joined } from './read-events.ts';
import * as wire from './wire.ts';

/** What an answer that is not taken is judged by. */
export interface Answer {
  readonly call: string;
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: unknown;
  /** The call changes something at Qargo: where it may have acted it is not sent again blindly. */
  readonly effectful: boolean;
  /** Now, epoch ms. */
  readonly now: number;
}

/** The error of an answer outside 2xx. Its message names call, status and what Qargo said, never what we sent. */
export function refusal(answer: Answer): CallError {
  const { call, status, effectful } = answer;
  const complaint = complaints(answer.body);
  const said = complaint.text === '' ? '' : `: ${complaint.text}`;
  const message = `Qargo answered ${call} with ${status}${said}`;
  const more = { status, fields: complaint.fields };
  if (status === 429 || status === 503) {
    const waiting = readRetryAfter(answer.retryAfter, answer.now);
    if (waiting === undefined) return new CallError('busy', message, more);
    const { until, said: asks } = waiting;
    const words = asks === '' ? message : `${message}; it ${asks}`;
    return new CallError('busy', words, { ...more, until, waitMs: until - answer.now });
  }
  if (status === 401 || status === 403) return new CallError('auth', message, more);
  if (status >= 500 || status === 408) return new CallError(effectful ? 'lost' : 'down', message, more);
  return new CallError('refused', message, more);
}

/** A webhook's 200 can carry errors (apis 2.4): null where it carries none. */
export function webhookErrors(call: string, body: unknown): CallError | null {
  const parsed = wire.webhookAnswer.safeParse(body);
  const errors = parsed.success ? (parsed.data.errors ?? []) : [];
  if (errors.length === 0) return null;
  const text = errors.map((error) => [error.error_type, error.error_message].filter(Boolean).join(': ')).join('; ');
  const internal = errors.some(
    (error) => error.error_type !== 'USER_INPUT_ERROR' && error.error_type !== 'NOT_SUPPORTED',
  );
  return new CallError(internal ? 'lost' : 'refused', `Qargo answered ${call} with errors: ${cutText(text, 500)}`, {
    status: 200,
  });
}

/** Fields and texts of every documented shape: `{message, errors[]}`, the flat one before it, `{detail[]}`, `{error}`. */
function complaints(body: unknown): { readonly text: string; readonly fields: readonly string[] } {
  const invalid = wire.invalid.safeParse(body);
  if (invalid.success) {
    const found = invalid.data.detail.map(({ loc, msg }) => ({
      field: joined('$', loc[0] === 'body' ? loc.slice(1) : loc),
      text: msg,
    }));
    return summary('', found);
  }
  const bad = wire.badRequest.safeParse(body);
  if (!bad.success) return { text: '', fields: [] };
  const { message, errors } = bad.data;
  const own = { field: bad.data.path ?? bad.data.field ?? '', text: bad.data.detail ?? '' };
  const found = (errors ?? []).map((error) => ({ field: error.path ?? error.field ?? '', text: error.message ?? '' }));
  return summary(message ?? bad.data.error ?? '', own.field === '' && own.text === '' ? found : [own, ...found]);
}

function summary(message: string, found: readonly { readonly field: string; readonly text: string }[]) {
  const parts = found.map(({ field, text }) => [field, text].filter((part) => part !== '').join(' '));
  const text = [message, ...parts].filter((part) => part !== '').join('; ');
  return { text: cutText(text, 500), fields: found.map(({ field }) => field).filter((field) => field !== '') };
}
