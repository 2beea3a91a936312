/** Palletways times are local times of the depot without a zone (wire-assumptions, head). */
import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

export const zoneName = z.string().refine(isZone, 'not a time zone');

export interface LocalTime {
  /** `YYYY-MM-DD` */
  date: string;
  /** `HH:MM:SS` */
  time: string;
}

export function localTime(epochMs: number, zone: string): LocalTime {
  const local = Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(zone);
  return { date: local.toPlainDate().toString(), time: local.toPlainTime().toString({ smallestUnit: 'second' }) };
}

/** Epoch ms of a local date (`YYYY-MM-DD`) and time (`HH:MM:SS`); null where there is no such moment. */
export function epochOf(date: string, time: string, zone: string): number | null {
  try {
    return Temporal.PlainDateTime.from(`${date}T${time}`).toZonedDateTime(zone).epochMilliseconds;
  } catch {
    return null;
  }
}

/** The date so many days later. */
export function daysLater(date: string, days: number): string {
  return realDate(date) === null ? '' : Temporal.PlainDate.from(date).add({ days }).toString();
}

/** How far the clock of a zone is before UTC, in seconds. */
export function offsetSeconds(epochMs: number, zone: string): number {
  return Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(zone).offsetNanoseconds / 1e9;
}

/** An instant without its part of a second: what a message with `HH:MM:SS` can carry. */
export function wholeSecond(epochMs: number): string {
  return new Date(Math.floor(epochMs / 1000) * 1000).toISOString();
}

/** `dd/mm/yy` as createSystemNote has it (apis 1.2) to `YYYY-MM-DD`, or null when there is no such day. */
export function isoDateOf(ddmmyy: string): string | null {
  const match = /^(\d\d)\/(\d\d)\/(\d\d)$/.exec(ddmmyy);
  if (match === null) return null;
  return realDate(`20${match[3]}-${match[2]}-${match[1]}`);
}

export function realDate(date: string): string | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) return null;
  try {
    return Temporal.PlainDate.from(date, { overflow: 'reject' }).toString();
  } catch {
    return null;
  }
}

/** `HH:MM` or `HH:MM:SS` to `HH:MM:SS`, or null. */
export function realTime(time: string): string | null {
  const match = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(time);
  return match === null ? null : `${match[1]}:${match[2]}:${match[3] ?? '00'}`;
}
