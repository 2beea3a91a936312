import { expect, test } from 'vitest';
import { readAnswer } from '../../connectors/palletways/read-answers.ts';
import { refusal } from '../../connectors/qargo/errors.ts';
import { CallError, waitOf } from '../../domain/calls/error.ts';
import { maxWaitMs, readRetryAfter } from '../../domain/calls/retry-after.ts';

const now = Date.UTC(2026, 10, 23, 12);
const far = ['Fri, 01 Jan 2027 00:00:00 GMT', '999999', '99999999999999', 'Fri, 31 Dec 9999 23:59:59 GMT'];

function thrown(act: () => unknown): CallError {
  try {
    act();
  } catch (error) {
    if (error instanceof CallError) return error;
  }
  throw new Error('no CallError');
}

test('a far side that asks to wait for longer than an hour is asked again in an hour, and the error says so', () => {
  for (const retryAfter of far) {
    const asked = { label: 'getNotes /getNotes', effectful: false, scrub: (text: string) => text, now };
    const body = Buffer.from('');
    const palletways = thrown(() => readAnswer({ status: 503, contentType: '', retryAfter, body }, asked));
    const qargo = refusal({ call: 'read', status: 429, retryAfter, body: null, effectful: false, now });
    for (const error of [palletways, qargo]) {
      expect([error.retry, error.until, waitOf(error, now)]).toEqual(['busy', now + maxWaitMs, maxWaitMs]);
      expect(error.message).toContain('asked again in an hour');
    }
  }
});

test('what is asked for within the hour is done, and nothing is said', () => {
  for (const [text, seconds] of [
    ['3', 3],
    ['3600', 3600],
    ['Mon, 23 Nov 2026 12:01:00 GMT', 60],
    ['Mon, 23 Nov 2020 12:01:00 GMT', 0],
  ] as const)
    expect(readRetryAfter(text, now)).toEqual({ until: now + seconds * 1000, said: '' });
  for (const text of ['-5', 'soon', '', '2027', undefined].filter((each) => each !== '2027'))
    expect(readRetryAfter(text, now)).toBeUndefined();
});
