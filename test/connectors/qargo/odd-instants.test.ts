/** Instants that cannot be: an empty in disguise is empty, any other is the problem of its field, and neither takes anything along. */
import { describe, expect, test } from 'vitest';
import { readInstant } from '../../../connectors/qargo/instant.ts';
import { readOrderStatus, readVisibility } from '../../../connectors/qargo/read.ts';
import type { Reading } from '../../../domain/facts/reading.ts';
import { messages, statusAnswer } from './messages.ts';
import { context } from './orders.ts';

const empties = [
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '0000-00-00T00:00:00Z',
  '1970-01-01T00:00:00Z',
  '1900-01-01T00:00:00+00:00',
];
const strange = [
  '0026-11-24T10:15:00Z',
  '9998-01-01T00:00:00Z',
  '1926-11-24T10:15:00Z',
  '2100-01-01T00:00:00Z',
  '2126-11-24T10:15:00+01:00',
];
const started = '2026-11-24T11:00:00.000Z';
const done = { status: 'COMPLETED', start_timestamp: '2026-11-24T10:01:00Z', end_timestamp: '2026-11-24T10:15:00Z' };
const read = (delivery: object, signed: string) =>
  readOrderStatus(statusAnswer({ pickup: done, delivery: { ...done, ...delivery }, signed }), context, started).reading;
const facts = (reading: Reading) => reading.heard.flatMap((each) => each.facts);

describe('an instant of no time', () => {
  test('is none, and those of 1970 to 2099 are as they were said', () => {
    for (const text of [...empties.filter((each) => !each.startsWith('19')), ...strange])
      expect([text, readInstant(text)]).toEqual([text, null]);
    for (const text of ['1970-01-01T00:03:00Z', '2020-01-01T00:00:00Z', '2099-12-31T00:00:00Z'])
      expect(readInstant(text)?.zone).toBe('UTC');
  });

  test('at a signature is that of the delivery where it says nothing, and a problem where it says nonsense', () => {
    for (const text of empties) {
      const reading = read({}, text);
      expect([text, reading.problems]).toEqual([text, []]);
      expect(facts(reading).filter(({ kind }) => kind === 'pod')).toMatchObject([{ at: '2026-11-24T10:15:00.000Z' }]);
    }
    for (const text of strange) {
      const reading = read({}, text);
      expect([text, reading.problems.length]).toEqual([text, 1]);
      expect(facts(reading).some((fact) => fact.kind === 'milestone' && fact.milestone === 'delivered')).toBe(true);
      expect(facts(reading).some(({ kind }) => kind === 'pod')).toBe(false);
    }
  });

  test('of a pushed event is named and takes no other event along', () => {
    const all = Object.values(messages).filter((each) => 'events' in each) as { events: { timestamp: string }[] }[];
    expect(all.length).toBeGreaterThan(3);
    for (const text of [...empties, ...strange]) {
      const years: string[] = [];
      for (const message of all) {
        const odd = { ...message, events: [{ ...message.events[0], timestamp: text }, ...message.events] };
        const [before, after] = [readVisibility(message, context), readVisibility(odd, context)];
        for (const fact of after.heard.flatMap((each) => each.facts)) years.push(fact.at.slice(0, 4));
        expect(after.heard.length).toBeGreaterThanOrEqual(before.heard.length);
      }
      expect([text, [...new Set(years)]]).toEqual([text, ['2026']]);
    }
  });
});
