/** What a stop in a state says, pushed or read: the same fact with the same id either way. Pure. */
import type { Counted } from '../../domain/facts/facts.ts';
import type { NewFactFrom } from '../../domain/facts/kinds.ts';
import { cutText } from '../../domain/facts/text.ts';
import type { ReadingTables } from './config.ts';
import { momentOf, type WrittenInstant } from './instant.ts';

export interface StopReport {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly start: WrittenInstant | null;
  readonly end: WrittenInstant | null;
  /** Trip, where it was said. */
  readonly trip?: string;
  /** Of the order's goods, in a push alone. */
  readonly counted?: Counted;
  /** Our reason codes, in order; never in a push. */
  readonly incidents: readonly string[];
}

/** A milestone as Qargo tells it. */
export type MilestoneRead = Extract<NewFactFrom<'qargo'>, { kind: 'milestone' }>;

/**
 * @param instead the time of the message, for a push that leaves the stop's own time out; null for a read.
 * @param missing called with the time (`start` or `end`) that the milestone would have needed.
 */
export function stopMilestones(
  stop: StopReport,
  instead: WrittenInstant | null,
  tables: ReadingTables,
  missing: (time: 'start' | 'end') => void = () => {},
): MilestoneRead[] {
  return tables.stopMilestones.flatMap((row): MilestoneRead[] => {
    if (row.stop !== stop.type || row.status !== stop.status) return [];
    if (row.told !== 'either' && (row.told === 'event') !== (instead !== null)) return [];
    const reason = row.incident ? stop.incidents.at(-1) : undefined;
    if (row.incident && reason === undefined) return [];
    const said = stop[row.time] ?? (row.implied ? null : instead);
    if (said === null) {
      if (!row.implied) missing(row.time);
      return [];
    }
    return [
      {
        kind: 'milestone',
        id: `qg:stop:${stop.id}:${row.milestone}:${said.at}`,
        ...momentOf(said),
        source: 'qargo',
        milestone: row.milestone,
        stop: stop.id,
        ...(stop.trip === undefined ? {} : { trip: stop.trip }),
        ...(reason === undefined ? {} : { reason }),
        ...(row.milestone === 'out' && stop.start !== null && stop.start.at <= said.at ? { began: stop.start.at } : {}),
        ...(stop.counted === undefined || row.milestone === 'arrived' ? {} : { counted: stop.counted }),
      },
    ];
  });
}

/** Stops to which somebody is still on the way: their times are estimates. */
const expected: readonly string[] = ['PLANNED', 'DISPATCHED', 'ROUTE_TO_STOP', 'TODO'];

/**
 * When the consignee may expect it, as said at `said`; none where estimates are not told, of other stops, and of one that was
 * reached or is not planned.
 */
export function stopEta(
  stop: { readonly id: string; readonly type: string; readonly status: string; readonly eta: WrittenInstant | null },
  said: WrittenInstant,
  tables: ReadingTables,
): NewFactFrom<'qargo'>[] {
  if (tables.etaMinutes === 0 || stop.type !== 'DELIVERY' || !expected.includes(stop.status) || stop.eta === null)
    return [];
  const { id, eta } = stop;
  return [
    { kind: 'eta', id: `qg:eta:${id}:${eta.at}:${said.at}`, ...momentOf(said), source: 'qargo', stop: id, eta: eta.at },
  ];
}

/** Whether somebody is on the way to a stop of that status, or there. */
export const isUnderWay = (status: string): boolean => status === 'AT_STOP' || expected.includes(status);

/** Whether nothing more happens at a stop of that status, unless a planner takes it back. */
export const isEnded = (status: string): boolean => ['COMPLETED', 'IGNORED', 'CANCELLED'].includes(status);

/** Our reason code; of one that no table names `OTHER`, or the code itself where it is to be held back. */
export function reasonCode(code: string | null | undefined, { incidentCodes, unknownReasons }: ReadingTables): string {
  const said = code?.trim().toUpperCase() ?? '';
  if (Object.hasOwn(incidentCodes, said)) return incidentCodes[said] ?? 'OTHER';
  return unknownReasons === 'park' && said !== '' ? cutText(said, 80) : 'OTHER';
}
