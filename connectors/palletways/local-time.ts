/**
 * Depot-local times and instants. Palletways says local times without a zone (apis.md 1.2, inferred); the
 * depot's zone decides. Instants are UTC ISO 8601 with milliseconds.
 *
 * Clock changes are decided explicitly: a local time that the spring night skips is moved forward by the gap;
 * a local time that the autumn night has twice is the first of the two ('compatible', as RFC 5545), unless the
 * caller knows an instant by which it was said. Without that, a change made in the second pass of the hour
 * would be taken for older than one made in the first.
 */
import { Temporal } from 'temporal-polyfill';

const isoDate = /^(\d{4})-(\d{2})-(\d{2})$/;
const shortDate = /^(\d{2})\/(\d{2})\/(\d{2})$/;
const clock = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?$/;

/** How far the counterpart's clock may be ahead of ours. */
const skewMs = 5 * 60_000;

/**
 * `YYYY-MM-DD` or `dd/mm/yy` (of 2000-2099), with `HH:MM[:SS]`, local in the IANA zone, to a UTC instant.
 * @param saidBy UTC instant by which it was said (received, entered): decides the doubled autumn hour.
 * @returns null where date or time cannot be read or does not exist in the calendar.
 */
export function localToInstant(date: string, time: string, zone: string, saidBy?: string): string | null {
  const local = plain(date, time);
  if (local === null) return null;
  const earlier = local.toZonedDateTime(zone, { disambiguation: 'compatible' }).toInstant();
  const later = local.toZonedDateTime(zone, { disambiguation: 'later' }).toInstant();
  const doubled = later.epochMilliseconds > earlier.epochMilliseconds;
  const second = doubled && saidBy !== undefined && later.epochMilliseconds <= Date.parse(saidBy) + skewMs;
  return iso(second ? later : earlier);
}

/** Whether text is a date of the calendar, `YYYY-MM-DD`. */
export function isLocalDate(said: string): boolean {
  return isoDate.test(said) && plain(said, '00:00') !== null;
}

/** Whether text is a time of day, `HH:MM` or `HH:MM:SS`. */
export function isLocalTime(said: string): boolean {
  return plain('2000-01-01', said) !== null;
}

/** UTC instant to the depot's wall clock: `YYYY-MM-DD` and `HH:MM:SS`. */
export function instantToLocal(instant: string, zone: string): { readonly date: string; readonly time: string } {
  const local = zoned(instant, zone).toPlainDateTime();
  return {
    date: local.toPlainDate().toString(),
    time: local.toPlainTime().toString({ smallestUnit: 'second', roundingMode: 'trunc' }),
  };
}

/** UTC instant to the depot's wall clock as `createSystemNote` wants it: `dd/mm/yy` and `HH:MM` (apis.md 1.2). */
export function instantToShort(instant: string, zone: string): { readonly date: string; readonly time: string } {
  const { date, time } = instantToLocal(instant, zone);
  return { date: `${date.slice(8, 10)}/${date.slice(5, 7)}/${date.slice(2, 4)}`, time: time.slice(0, 5) };
}

/** UTC instant to `2026-11-23T05:12:33+00:00`, with the zone's offset at that instant. Whole seconds, cut. */
export function instantWithOffset(instant: string, zone: string): string {
  return zoned(instant, zone).toString({ smallestUnit: 'second', roundingMode: 'trunc', timeZoneName: 'never' });
}

/** Wall clock that surely covers the instants from `from` to `to`, an hour wider where the clocks change between them. */
export function localRange(
  from: string,
  to: string,
  zone: string,
): { readonly from: WallClock; readonly to: WallClock } {
  const start = zoned(from, zone);
  const end = zoned(to, zone);
  const changed = start.offsetNanoseconds !== end.offsetNanoseconds;
  const wide = { hours: changed ? 1 : 0 };
  return { from: wall(start.toPlainDateTime().subtract(wide)), to: wall(end.toPlainDateTime().add(wide)) };
}

export interface WallClock {
  /** `YYYY-MM-DD` */
  readonly date: string;
  /** `HH:MM:SS` */
  readonly time: string;
}

/** Whether text names a zone that this runtime knows. */
export function isZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

/** Seconds since 1970 to a UTC instant, or null where it is not a moment of this age. */
export function epochToInstant(seconds: number): string | null {
  if (!Number.isInteger(seconds) || seconds <= 0 || seconds > 253_402_300_799) return null;
  return new Date(seconds * 1000).toISOString();
}

function wall(local: Temporal.PlainDateTime): WallClock {
  return {
    date: local.toPlainDate().toString(),
    time: local.toPlainTime().toString({ smallestUnit: 'second', roundingMode: 'trunc' }),
  };
}

function zoned(instant: string, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.from(instant).toZonedDateTimeISO(zone);
}

function iso(instant: Temporal.Instant): string {
  return new Date(instant.epochMilliseconds).toISOString();
}

function plain(date: string, time: string): Temporal.PlainDateTime | null {
  const long = isoDate.exec(date);
  const short = shortDate.exec(date);
  const day =
    long !== null ? [long[1], long[2], long[3]] : short !== null ? [`20${short[3]}`, short[2], short[1]] : null;
  const hour = clock.exec(time);
  if (day === null || hour === null) return null;
  const [year, month, dayOfMonth] = day.map(Number) as [number, number, number];
  try {
    const fields = {
      year,
      month,
      day: dayOfMonth,
      hour: Number(hour[1]),
      minute: Number(hour[2]),
      second: Number(hour[3] ?? 0),
    };
    return Temporal.PlainDateTime.from(fields, { overflow: 'reject' });
  } catch {
    return null;
  }
}
