/**
 * A delivery that failed, as a read of its order shows it (apis-2 A1; wire-assumptions 38, 39). No source tells in which status an incident
 * leaves its stop, so the incident decides: the stop is held back, open again, taken out of the routing, ignored, or completed. Pure.
 */
import type { Ending } from '../../domain/facts/facts.ts';
import type { NewFactFrom } from '../../domain/facts/kinds.ts';
import { cutText } from '../../domain/facts/text.ts';
import type { ReadingTables } from './config.ts';
import { momentOf, type WrittenInstant } from './instant.ts';
import { isEnded, type MilestoneRead, type StopReport } from './read-stops.ts';

/** An exception heard of this consignment before: its name, stop, our reason code and its instant. */
interface EarlierException {
  readonly id?: string;
  readonly stop: string;
  readonly code: string;
  readonly at: string;
}

/** What the record knows of a consignment before a read of its order. */
export interface Earlier {
  readonly exceptions: readonly EarlierException[];
  /** Milestones at its stops of delivery. */
  readonly ends: readonly {
    readonly stop: string;
    readonly milestone: 'arrived' | 'delivered' | 'failed';
    readonly at: string;
    /** When it was heard, UTC ISO; left out, before the read. */
    readonly heard?: string;
  }[];
  /** How the order ended as far as was heard; null where it stands as agreed. */
  readonly ending?: Ending | null;
  /** Whether we took the order back. */
  readonly takenBack?: boolean;
  /** What each stop was known as at the last read of the order: PICKUP, DELIVERY or CUSTOM. */
  readonly types: Readonly<Record<string, string>>;
}

export interface IncidentRead {
  readonly code?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  /** Our reason code. */
  readonly reason: string;
}

export interface StopStatus extends StopReport {
  readonly consignment?: string;
  readonly details: readonly IncidentRead[];
}

/** With what a stop is read. */
interface StopReading {
  readonly tables: ReadingTables;
  /** When the read began, UTC ISO. */
  readonly startedAt: string;
  readonly earlier?: Earlier;
}

/**
 * The attempt at this stop that failed; null where none did, or nothing tells it. Told with the same name however often it is read: of
 * incidents that an earlier end of the stop explains, none is of another attempt.
 */
export function failureOf(
  stop: StopStatus,
  {
    tables,
    startedAt,
    earlier,
    stops,
    wasSignedFor,
  }: StopReading & { readonly stops: readonly StopStatus[]; readonly wasSignedFor: boolean },
): MilestoneRead | null {
  const isOver = stop.status === 'COMPLETED' || stop.status === 'IGNORED';
  if (stop.type !== 'DELIVERY' || stop.details.length === 0 || !(isOver || isBack(stop, earlier))) return null;
  const said = isOver ? (stop.end ?? stop.start) : attemptEnd(stop, startedAt, earlier);
  if (said === null) return null;
  const fresh = unexplained(stop, said, earlier);
  const isFailing = ({ reason }: IncidentRead) => tables.failingReasons.includes(reason);
  const why = fresh.findLast(isFailing) ?? fresh.at(-1);
  if (why === undefined) return null;
  if (stop.status === 'COMPLETED' && (wasSignedFor || !(isFailing(why) || isTriedAgain(stop, stops)))) return null;
  return {
    kind: 'milestone',
    id: `qg:stop:${stop.id}:failed:${said.at}`,
    ...momentOf(said),
    source: 'qargo',
    milestone: 'failed',
    stop: stop.id,
    ...(stop.trip === undefined ? {} : { trip: stop.trip }),
    reason: why.reason,
  };
}

/** Whether nobody is at the stop though it is not over: an incident that stands there is of an attempt before, and that one was no delivery. */
function isBack({ id, status }: StopReport, earlier: Earlier | undefined): boolean {
  if (earlier === undefined || status === 'AT_STOP' || status === 'TEMPLATE' || status === '') return false;
  const last = earlier.ends
    .filter(({ stop }) => stop === id)
    .reduce<Earlier['ends'][number] | null>(
      (latest, end) => (latest === null || end.at >= latest.at ? end : latest),
      null,
    );
  return last?.milestone !== 'delivered';
}

/** When the attempt at a stop that is not over ended: as the stop says where that can be, else when it was found. */
function attemptEnd({ id, status, end }: StopReport, startedAt: string, earlier: Earlier | undefined): WrittenInstant {
  const reached = (earlier?.ends ?? []).filter(({ stop, milestone }) => stop === id && milestone === 'arrived');
  const isHeld = status === 'BLOCKED' || status === 'CANCELLED';
  return isHeld && end !== null && end.at <= startedAt && reached.every(({ at }) => at <= end.at)
    ? end
    : { at: startedAt, zone: 'UTC' };
}

/** Incidents of a stop that no earlier end of it explains. */
function unexplained({ id, details }: StopStatus, said: WrittenInstant, earlier: Earlier | undefined): IncidentRead[] {
  const ends = (earlier?.ends ?? []).filter(({ stop, milestone }) => stop === id && milestone !== 'arrived');
  const last = ends.reduce((latest, { at }) => (at !== said.at && at > latest ? at : latest), '');
  return details.filter((detail, index) => {
    const word = wordOf(detail);
    const heard = (earlier?.exceptions ?? []).filter(
      (one) => one.stop === id && one.at <= last && isOf(one, word, detail.reason),
    );
    return nthOf(details, index) > heard.length;
  });
}

/** Whether the consignment has another delivery that is still to be, or that ended later. */
const isTriedAgain = (stop: StopStatus, stops: readonly StopStatus[]): boolean =>
  stops.some(
    (other) =>
      other.id !== stop.id &&
      other.type === 'DELIVERY' &&
      other.consignment === stop.consignment &&
      (!isEnded(other.status) || (other.end?.at ?? '') > (stop.end?.at ?? '')),
  );

/**
 * What was noted at a stop, or of goods. Times are estimates until the stop is there (start) or done (end); of a stop that nobody is at, and
 * of goods that have none, it is of the attempt that failed, or of when it was found.
 */
export function exceptionsOf(
  stop: StopStatus,
  failed: MilestoneRead | null,
  { tables, startedAt, earlier }: StopReading,
): NewFactFrom<'qargo'>[] {
  const { details } = stop;
  const said = failed ?? exceptionMoment(stop, startedAt, earlier);
  if (said === null) return [];
  return details.flatMap((detail, index): NewFactFrom<'qargo'>[] => {
    const { name, description, reason } = detail;
    const word = wordOf(detail);
    const heard = (earlier?.exceptions ?? []).filter(
      (one) => one.stop === stop.id && isOf(one, word, reason) && one.at !== said.at,
    ).length;
    const nth = nthOf(details, index) - heard;
    if (nth <= 0) return [];
    if (
      earlier === undefined &&
      stop.status === 'COMPLETED' &&
      failed === null &&
      tables.failingReasons.includes(reason)
    )
      return [];
    return [
      {
        kind: 'exception',
        id: `${incidentPrefix(stop.id)}${word}:${said.at}${nth === 1 ? '' : `:${nth}`}`,
        ...('kind' in said ? { at: said.at, zone: said.zone } : momentOf(said)),
        source: 'qargo',
        code: reason,
        stop: stop.id,
        body: { name: name ?? '', description: description ?? '' },
      },
    ];
  });
}

function exceptionMoment(stop: StopReport, startedAt: string, earlier: Earlier | undefined): WrittenInstant | null {
  if (stop.status === 'COMPLETED' || stop.status === 'IGNORED') return stop.end ?? stop.start;
  if (earlier === undefined) return null;
  return stop.status === 'AT_STOP' ? stop.start : { at: startedAt, zone: 'UTC' };
}

/** Which of its code an incident is, counted from 1. */
function nthOf(details: readonly IncidentRead[], index: number): number {
  const detail = details[index];
  if (detail === undefined) return 0;
  return details.slice(0, index + 1).filter((other) => wordOf(other) === wordOf(detail)).length;
}

/** An incident's own code, where it has one: what it means to us is configuration, and may change. */
const wordOf = ({ code, reason }: IncidentRead) => cutText(code?.trim() || reason, 40);
const incidentPrefix = (stop: string) => `qg:incident:${stop}:`;

/** Whether an exception is of an incident of that code; one that no incident told, of that reason. */
function isOf({ id, stop, code, at }: EarlierException, word: string, reason: string): boolean {
  const prefix = incidentPrefix(stop);
  if (id?.startsWith(prefix) !== true) return code === reason;
  const name = `${prefix}${word}:${at}`;
  return id === name || id.startsWith(`${name}:`);
}
