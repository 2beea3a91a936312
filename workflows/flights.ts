/**
 * Flights: the delivery activities under way, at most one per lane, each with everything that was due when it left.
 * News that replaces, cancels or outranks what a waiting flight holds gives it up: cancellation is asked for and the answer
 * waited for, so that back-off ends at once and an attempt on the wire ends first.
 */
import { ActivityCancellationType, CancellationScope, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { ConsignmentActivities, ConsignmentId, DeliverResult } from '../activities/types.ts';
import { callPriorities } from '../domain/call-error.ts';
import type { Fact } from '../domain/facts.ts';
import type { Lane } from '../domain/lanes.ts';
import type { Obligation } from '../domain/obligations.ts';

export interface Flight {
  readonly lane: Lane;
  readonly obligations: readonly Obligation[];
  readonly scope: CancellationScope;
  /** Facts that it is to record; the store may not know them yet. */
  readonly hand: readonly Fact[];
  /** UTC ISO, the workflow's clock. */
  readonly tookOffAt: string;
  givenUp: boolean;
}

/** How a flight came back: with a result, or given up (then `hand`, the facts it was to record, must ride another). */
export interface Landing {
  readonly lane: Lane;
  readonly result: DeliverResult | null;
  readonly hand: readonly Fact[];
}

const rank = (o: Obligation) => callPriorities.indexOf(o.priority);

/**
 * Whether something due now replaces or cancels what the flight holds, so that it should not wait for it. A higher class
 * alone does not: what holds the flight (an outage, a ban) would hold the news alike.
 */
export function outranks(flight: Flight, now: readonly Obligation[]): boolean {
  return now.some((o) => {
    const held = flight.obligations.find((f) => f.key === o.key);
    if (held !== undefined) return held.digest !== o.digest || held.revision !== o.revision;
    return o.priority === 'cancellation';
  });
}

const asked: ReadonlySet<Obligation['kind']> = new Set(['refresh', 'consignment']);

/** Whether a flight does nothing but read what was asked for while there is something to tell: that does not wait for the read's turn. */
export function onlyReads(flight: Flight, now: readonly Obligation[]): boolean {
  return flight.obligations.every(({ kind }) => asked.has(kind)) && now.some(({ kind }) => !asked.has(kind));
}

const summaries: Record<Obligation['kind'], string> = {
  order: 'order',
  references: 'references',
  labels: 'labels',
  journey: 'news of the network',
  'book-in': 'book-in',
  booking: 'window set by a planner',
  cancel: 'cancellation',
  evidence: 'look for signature',
  proof: 'look for evidence',
  plan: 'plan',
  scan: 'scan',
  milestone: 'milestone',
  eta: 'eta',
  exception: 'exception',
  notice: 'exception of the network',
  pod: 'POD',
  file: 'file',
  charge: 'charge',
  'close-out': 'final quantities',
  consignment: 'look at consignment',
  verdict: 'verdict',
  refresh: 'refresh',
};

/** "2 scans, POD": what a flight carries, for the activity's line in the UI. */
export function summaryOf(obligations: readonly Obligation[]): string {
  const counts = new Map<string, number>();
  for (const o of obligations) counts.set(summaries[o.kind], (counts.get(summaries[o.kind]) ?? 0) + 1);
  return [...counts].map(([name, n]) => (n === 1 ? name : `${n} x ${name}`)).join(', ');
}

/** Starts a flight; `landed` is called once, whatever becomes of it. */
export function takeOff(
  id: ConsignmentId,
  lane: Lane,
  obligations: readonly Obligation[],
  hand: readonly Fact[],
  at: string,
  landed: (landing: Landing) => void,
): Flight {
  const scope = new CancellationScope();
  const flight: Flight = { lane, obligations, scope, hand, tookOffAt: at, givenUp: false };
  const priority = Math.min(...obligations.map(rank)) + 1;
  const activities = proxyActivities<ConsignmentActivities>({
    startToCloseTimeout: '3 minutes',
    heartbeatTimeout: '20s',
    // Waits for a call budget count as attempts, so the longest pause is also what follows a worker that was killed.
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1 minute' },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    summary: `${lane === 'qargo' ? 'Qargo' : 'Palletways'}: ${summaryOf(obligations)}`.slice(0, 180),
    priority: { priorityKey: Math.min(5, Math.max(1, priority)), fairnessKey: id.organisation },
  });
  const items = obligations.map(({ key, kind, digest, revision, fact }) => ({ key, kind, digest, revision, fact }));
  const input = hand.length === 0 ? { ...id, items } : { ...id, items, hand };
  void scope.run(async () => {
    try {
      const result = await (lane === 'qargo' ? activities.deliverToQargo(input) : activities.deliverToPalletways(input));
      landed({ lane, result, hand });
    } catch (error) {
      // Given up while it waited (cancelled), or in an attempt that then failed (no retry follows a cancellation).
      if (!isCancellation(error) && !flight.givenUp) throw error;
      landed({ lane, result: null, hand });
    }
  });
  return flight;
}
