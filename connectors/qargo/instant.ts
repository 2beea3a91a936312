/** Instants as Qargo writes them, and as facts keep them. */

export interface WrittenInstant {
  /** UTC ISO 8601 with milliseconds. */
  readonly at: string;
  /** The offset it was said in: `UTC` for `Z`, else `+01:00`. */
  readonly zone: string;
  /** As it was written, where it was read from a message. */
  readonly said?: string;
}

const form = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:([Zz])|([+-])(\d\d):?(\d\d))$/;

/** What systems write where they have no instant: the first and the last that they know, and zeros. */
const noInstant =
  /^(?:0000-00-00|0001-01-01T00:00:00|1899-12-3[01]T|1900-01-01T00:00:00|1970-01-01T00:00:00(?:\.0+)?Z|9999-12-31T)/;

/** Whether text that stands where an instant belongs says that there is none. */
export const isNoInstant = (text: string): boolean => text === '' || noInstant.test(text);

/** A telephone that lost its clock begins at the first of these years; nothing here happens after the last. */
const [firstYear, lastYear] = [1970, 2099];

/**
 * An ISO 8601 date-time with an offset, to UTC. Parts of a second beyond milliseconds are cut off, so that the
 * same instant said with more digits is the same instant.
 * @returns null for anything else, and for a year in which nothing here happened: a time without an offset is not guessed (all of Qargo's carry one, apis 2.5).
 */
export function readInstant(text: string): WrittenInstant | null {
  const m = form.exec(text);
  if (m === null) return null;
  const [year, month, day, hour, minute, second] = [m[1], m[2], m[3], m[4], m[5], m[6] ?? '0'].map(Number);
  if (year === undefined || month === undefined || day === undefined) return null;
  if (year < firstYear || year > lastYear) return null;
  if (hour === undefined || minute === undefined || second === undefined) return null;
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return null;
  const milliseconds = Number((m[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const local = new Date(0);
  local.setUTCFullYear(year, month - 1, day);
  if (local.getUTCDate() !== day) return null;
  local.setUTCHours(hour, minute, second, milliseconds);
  if (m[8] !== undefined) return { at: local.toISOString(), zone: 'UTC' };
  const [offsetHours, offsetMinutes] = [Number(m[10]), Number(m[11])];
  if (offsetHours > 23 || offsetMinutes > 59) return null;
  const sign = m[9] === '-' ? -1 : 1;
  const utc = new Date(local.getTime() - sign * (offsetHours * 60 + offsetMinutes) * 60_000);
  return { at: utc.toISOString(), zone: `${m[9]}${m[10]}:${m[11]}` };
}

/** When a fact was, as facts keep it. */
export function momentOf({ at, zone, said }: WrittenInstant): {
  readonly at: string;
  readonly zone: string;
  readonly said?: string;
} {
  return said === undefined ? { at, zone } : { at, zone, said };
}
