import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  epochToInstant,
  instantToLocal,
  instantToShort,
  instantWithOffset,
  isZone,
  localRange,
  localToInstant,
} from '../../../connectors/palletways/local-time.ts';

/** The nights of 2026: last Sunday of March and of October; all of Europe changes at 01:00 UTC. */
const nights = [
  { zone: 'Europe/London', winter: 0, gap: '01:30:00', doubled: '01:30:00' },
  { zone: 'Europe/Dublin', winter: 0, gap: '01:30:00', doubled: '01:30:00' },
  { zone: 'Europe/Madrid', winter: 1, gap: '02:30:00', doubled: '02:30:00' },
  { zone: 'Europe/Berlin', winter: 1, gap: '02:30:00', doubled: '02:30:00' },
];

for (const { zone, winter, gap, doubled } of nights) {
  describe(`the nights the clocks change in ${zone}`, () => {
    const offset = (hours: number) => `+0${hours}:00`;
    it('spring: a local time that never was moves forward by the gap', () => {
      expect(localToInstant('2026-03-29', gap, zone)).toBe('2026-03-29T01:30:00.000Z');
    });
    it('spring: a minute before and after the gap are a minute apart', () => {
      const hour = String(winter).padStart(2, '0');
      expect(localToInstant('2026-03-29', `${hour}:59`, zone)).toBe('2026-03-29T00:59:00.000Z');
      expect(localToInstant('2026-03-29', `0${winter + 2}:00`, zone)).toBe('2026-03-29T01:00:00.000Z');
    });
    it('autumn: a doubled local time is the first, unless it was said after the second', () => {
      expect(localToInstant('2026-10-25', doubled, zone)).toBe('2026-10-25T00:30:00.000Z');
      expect(localToInstant('2026-10-25', doubled, zone, '2026-10-25T00:40:00.000Z')).toBe('2026-10-25T00:30:00.000Z');
      expect(localToInstant('2026-10-25', doubled, zone, '2026-10-25T01:30:01.000Z')).toBe('2026-10-25T01:30:00.000Z');
    });
    it('autumn: both instants are the same wall clock and differ in their offset', () => {
      for (const [instant, hours] of [
        ['2026-10-25T00:30:00.000Z', winter + 1],
        ['2026-10-25T01:30:00.000Z', winter],
      ] as const) {
        expect(instantToLocal(instant, zone)).toEqual({ date: '2026-10-25', time: doubled });
        expect(instantToShort(instant, zone)).toEqual({ date: '25/10/26', time: doubled.slice(0, 5) });
        expect(instantWithOffset(instant, zone)).toBe(`2026-10-25T${doubled}${offset(hours)}`);
      }
    });
    it('every other quarter of an hour of both days comes back as it went', () => {
      for (const day of ['2026-03-29', '2026-10-25']) {
        for (let at = Date.parse(`${day}T00:00:00Z`); at < Date.parse(`${day}T23:00:00Z`); at += 900_000) {
          const instant = new Date(at).toISOString();
          const { date, time } = instantToLocal(instant, zone);
          expect(localToInstant(date, time, zone, instant)).toBe(instant);
        }
      }
    });
    it('a range over the change covers every wall clock in it', () => {
      const range = localRange('2026-10-25T00:50:00.000Z', '2026-10-25T01:10:00.000Z', zone);
      const text = (at: { date: string; time: string }) => `${at.date} ${at.time}`;
      for (const inside of [
        '2026-10-25T00:50:00.000Z',
        '2026-10-25T00:59:00.000Z',
        '2026-10-25T01:00:00.000Z',
        '2026-10-25T01:10:00.000Z',
      ]) {
        const wall = text(instantToLocal(inside, zone));
        expect(text(range.from) <= wall && wall <= text(range.to)).toBe(true);
      }
    });
  });
}

it('any second of three years, said on any depot’s clock as soon as it was, is the same second again', () => {
  const zone = fc.constantFrom('Europe/London', 'Europe/Dublin', 'Europe/Madrid', 'Europe/Berlin');
  const seconds = fc.integer({ min: Date.UTC(2025, 0) / 1000, max: Date.UTC(2028, 0) / 1000 });
  // Near the changes of all three years more often than chance would have it.
  const changes = [2025, 2026, 2027].flatMap((year) => [lastSunday(year, 2), lastSunday(year, 9)]);
  const near = fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -7200, max: 7200 }))
    .map(([at, off]) => at + off);
  fc.assert(
    fc.property(zone, fc.oneof(seconds, near), (inZone, second) => {
      const instant = new Date(second * 1000).toISOString();
      const { date, time } = instantToLocal(instant, inZone);
      expect(localToInstant(date, time, inZone, instant)).toBe(instant);
      expect(Date.parse(instantWithOffset(instant, inZone))).toBe(second * 1000);
    }),
    { numRuns: 5_000 },
  );
});

/** 01:00 UTC of the month's last Sunday, seconds since 1970. */
function lastSunday(year: number, month: number): number {
  const last = new Date(Date.UTC(year, month + 1, 0, 1));
  return last.getTime() / 1000 - last.getUTCDay() * 86_400;
}

it('both writings of a date and both of a time are read', () => {
  expect(localToInstant('2026-07-01', '05:12', 'Europe/London')).toBe('2026-07-01T04:12:00.000Z');
  expect(localToInstant('01/07/26', '05:12:33', 'Europe/London')).toBe('2026-07-01T04:12:33.000Z');
});

it('a small slip in a date or a time is read', () => {
  for (const [date, time] of [
    ['2026-7-1', '5:12'],
    ['01/07/2026', '05.12'],
    ['1.7.26', '5:12 am'],
    ['2026-07-01T00:00:00', ' 05:12 '],
    ['2026-07-01 00:00:00', '05:12:00.000'],
  ] as const) {
    expect([date, localToInstant(date, time, 'Europe/London')]).toEqual([date, '2026-07-01T04:12:00.000Z']);
  }
  expect(localToInstant('2026-07-01', '5:12 pm', 'Europe/London')).toBe('2026-07-01T16:12:00.000Z');
  expect(localToInstant('2026-07-01', '12:12 am', 'Europe/London')).toBe('2026-06-30T23:12:00.000Z');
});

it('what is no moment is null and no throw', () => {
  for (const [date, time] of [
    ['2026-02-30', '05:12'],
    ['31/02/26', '05:12'],
    ['2026-07-01', '24:00'],
    ['', ''],
    ['2026-07-01', '5:12 o’clock'],
    ['2026-07-01', '13:12 pm'],
    ['0001-01-01', '05:12'],
    ['9999-12-31', '05:12'],
    ['1926-07-01', '05:12'],
    ['0000-00-00', '00:00'],
    ['00/00/00', '00:00'],
    ['26-07-01', '05:12'],
    ['07/13/26', '05:12'],
  ] as const) {
    expect(localToInstant(date, time, 'Europe/London')).toBeNull();
  }
  for (const seconds of [0, 1, 253_402_300_799, 4_102_444_800]) expect(epochToInstant(seconds)).toBeNull();
  expect(epochToInstant(1.5)).toBeNull();
  expect(epochToInstant(1_795_410_753)).toBe('2026-11-23T05:12:33.000Z');
});

it('a zone is known or not', () => {
  expect([isZone('Europe/Madrid'), isZone('Mars/Olympus')]).toEqual([true, false]);
});
