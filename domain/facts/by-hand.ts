/**
 * Makes facts of the signals that a person sends with a few lines of JSON. It is deterministic: the same text at the same time makes the
 * same fact. Nothing here throws, whatever it is given, because a signal is never refused.
 */
import type { Fact, MilestoneName, ScanKind } from './facts.ts';
import { shortHash } from './hash.ts';
import { cleanIdentifier, cutText } from './text.ts';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** The text, cleaned and cut to `longest` characters; undefined where it is no text or is empty. */
const text = (value: unknown, longest = 300): string | undefined => {
  const said = typeof value === 'string' ? cutText(cleanIdentifier(value), longest) : '';
  return said === '' ? undefined : said;
};

/** The instant as UTC ISO with milliseconds; undefined where the value is no instant with an offset. */
function instant(value: unknown): string | undefined {
  const said = text(value);
  if (said === undefined || !/(Z|[+-]\d\d:?\d\d)$/.test(said)) return undefined;
  const ms = Date.parse(said);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

const scans: readonly string[] = ['load', 'unload', 'cross-dock', 'delivery'] satisfies ScanKind[];
const milestones: readonly string[] = ['out', 'arrived', 'delivered', 'failed'] satisfies MilestoneName[];

/** The fact of one signal; null where the signal cannot be read. `now` (UTC ISO) is the instant at which it was received. */
export function handFact(signal: string, argument: unknown, now: string): Fact | null {
  if (!isRecord(argument)) return null;
  const at = instant(argument.at) ?? now;
  const base = {
    at,
    zone: 'UTC',
    heard: now,
    source: 'person',
    via: 'hand',
    id: `hand:${signal}:${shortHash(JSON.stringify({ ...argument, at }))}`,
  } as const;
  switch (signal) {
    case 'scan': {
      const barcode = text(argument.barcode, 64)?.toUpperCase();
      const scan = text(argument.scan);
      if (barcode === undefined || scan === undefined || !scans.includes(scan)) return null;
      return { ...base, kind: 'scan', barcode, scan: scan as ScanKind };
    }
    case 'milestone': {
      const milestone = text(argument.milestone);
      if (milestone === undefined || !milestones.includes(milestone)) return null;
      const reason = text(argument.reason, 20);
      return {
        ...base,
        kind: 'milestone',
        milestone: milestone as MilestoneName,
        stop: 'hand',
        ...(reason === undefined ? {} : { reason }),
      };
    }
    case 'allocation': {
      const named = text(argument.trip, 64);
      if (argument.trip !== null && named === undefined) return null;
      const trip = named ?? null;
      return { ...base, kind: 'plan', trip, vehicle: shortHash(text(argument.vehicle) ?? '') };
    }
    case 'exception': {
      const code = text(argument.code, 20);
      return code === undefined ? null : { ...base, kind: 'exception', code, stop: 'hand' };
    }
    case 'pod':
      return { ...base, kind: 'pod' };
    case 'cancellation':
      return { ...base, kind: 'cancellation' };
    case 'order':
      // A person's signal carries no order content, because that holds names and addresses. It asks for one read of the order.
      return { ...base, kind: 'hint' };
    default:
      return null;
  }
}

/** The facts that could be read of a signal, and the number of parts that could not be read. */
export interface ReadByHand {
  readonly facts: readonly Fact[];
  readonly unreadable: number;
}

/**
 * Reads a signal of any name. The signal `facts` holds several at once, each with its signal's name as its kind. A part that cannot be read
 * holds up no other.
 */
export function readByHand(signal: string, argument: unknown, now: string): ReadByHand {
  const several =
    signal === 'facts' && isRecord(argument) && Array.isArray(argument.facts)
      ? (argument.facts as unknown[])
      : undefined;
  if (several === undefined || several.length === 0) {
    const fact = handFact(signal, argument, now);
    return fact === null ? { facts: [], unreadable: 1 } : { facts: [fact], unreadable: 0 };
  }
  const read = several.map((each) =>
    isRecord(each) && typeof each.kind === 'string' ? handFact(each.kind, each, now) : null,
  );
  const facts = read.filter((fact): fact is Fact => fact !== null);
  return { facts, unreadable: read.length - facts.length };
}
