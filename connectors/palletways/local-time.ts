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

const isoDate = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ][\d:.]+Z?)?$/;
const shortDate = /^(\d{1,2})[/.](\d{1,2})[/.](?:20)?(\d{2})(?: [\d:.]+)?$/;
const clock = /^(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?(?: ?([ap])\.?m\.?)?$/i;
/** What systems write where they have no date: zeros, and the first or last day that they know. */
const noDate =
  /^(?:0{2,4}[-/.]0{2}[-/.]0{2,4}|0001-01-01|1899-12-3[01]|1900-01-0[01]|1970-01-01|9999-12-31|01\/01\/0001|31\/12\/9999)(?![-/.\d])/;
/** Everything here happens in these years. */
const [firstYear, lastYear] = [2000, 2099];

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

/** Whether text that stands where a date belongs says that there is none. */
export const isNoDate = (said: string): boolean => said === '' || noDate.test(said);

/** A date of the calendar as `YYYY-MM-DD`, from `YYYY-MM-DD` or `dd/mm/yy`, a time behind it left out; null where it cannot be read. */
export function readLocalDate(said: string): string | null {
  return plain(said, '00:00')?.toPlainDate().toString() ?? null;
}

/** A time of day as `HH:MM`, from `HH:MM[:SS]`, `9:30` or `9.30 pm`; null where it cannot be read. */
export function readLocalTime(said: string): string | null {
  return plain('2000-01-01', said)?.toPlainTime().toString({ smallestUnit: 'minute', roundingMode: 'trunc' }) ?? null;
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
  if (!Number.isInteger(seconds) || seconds < Date.UTC(firstYear) / 1000) return null;
  return seconds < Date.UTC(lastYear + 1) / 1000 ? new Date(seconds * 1000).toISOString() : null;
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
  const long = isoDate.exec(date.trim());
  const short = shortDate.exec(date.trim());
  const day =
    long !== null ? [long[1], long[2], long[3]] : short !== null ? [`20${short[3]}`, short[2], short[1]] : null;
  const hour = clock.exec(time.trim());
  if (day === null || hour === null) return null;
  const [year, month, dayOfMonth] = day.map(Number) as [number, number, number];
  if (year < firstYear || year > lastYear) return null;
  const half = hour[4]?.toLowerCase();
  const said = Number(hour[1]);
  if (half !== undefined && (said < 1 || said > 12)) return null;
  try {
    const fields = {
      year,
      month,
      day: dayOfMonth,
      hour: half === undefined ? said : (said % 12) + (half === 'p' ? 12 : 0),
      minute: Number(hour[2]),
      second: Number(hour[3] ?? 0),
    };
    return Temporal.PlainDateTime.from(fields, { overflow: 'reject' });
  } catch {
    return null;
  }
}
