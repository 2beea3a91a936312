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

/**
 * An ISO 8601 date-time with an offset, to UTC. Parts of a second beyond milliseconds are cut off, so that the
 * same instant said with more digits is the same instant.
 * @returns null for anything else: a time without an offset is not guessed (all of Qargo's carry one, apis 2.5).
 */
export function readInstant(text: string): WrittenInstant | null {
  const m = form.exec(text);
  if (m === null) return null;
  const [year, month, day, hour, minute, second] = [m[1], m[2], m[3], m[4], m[5], m[6] ?? '0'].map(Number);
  if (year === undefined || month === undefined || day === undefined) return null;
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
  if (utc.getUTCFullYear() < 1 || utc.getUTCFullYear() > 9999) return null;
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
