/** What the tests give translation from outside. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ReadingContext } from '../../../domain/facts/reading.ts';

export const context: ReadingContext = {
  zone: 'Europe/London',
  receivedAt: '2026-11-23T05:12:40.000Z',
  digest: (text) => createHmac('sha256', 'test').update(text).digest('hex').slice(0, 16),
};

/** When all pushes of the golden day had come. */
export const evening: ReadingContext = { ...context, receivedAt: '2026-11-23T18:00:00.000Z' };

export function golden(name: string): Buffer {
  return readFileSync(new URL(`golden/${name}`, import.meta.url));
}
