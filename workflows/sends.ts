/**
 * The sends under way: at most one activity per lane, which takes everything that is due there itself. A send that waits is ended where
 * newer truth must not wait for it: cancellation is asked for and the answer waited for, so that back-off ends at once and an attempt
 * on the wire ends first.
 */

import { ActivityCancellationType, CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { ConsignmentActivities, ConsignmentId } from '../activities/types.ts';
import type { ObligationKind } from '../domain/obligations/kinds.ts';
import { counterpartOf, type Lane } from '../domain/obligations/lanes.ts';
import type { LanePlan, Plan } from '../domain/obligations/plan.ts';
import { side } from '../domain/words/outstanding.ts';
import { later } from './clock.ts';

/** A send that is not back after this long is waiting, not working: newer truth ends it. */
const patienceMs = 3_000;

export interface Send {
  readonly lane: Lane;
  /** The plan that stood when it began. */
  readonly plan: Plan;
  readonly scope: CancellationScope;
  /** It may be ended from this instant on: UTC ISO, the workflow's clock. */
  readonly endsFrom: string;
  /** Its end was asked for. */
  ended: boolean;
}

/** How a send came back: with the plan as it is then, or without one where it was ended or failed. */
export interface Returned {
  readonly send: Send;
  readonly plan: Plan | undefined;
}

/** The one place of what all sends have alike. */
const options = {
  startToCloseTimeout: '3 minutes',
  heartbeatTimeout: '20s',
  // Waits for a call budget count as attempts, so the longest pause is also what follows a worker that was killed.
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1 minute' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
} as const;

const summaries: Readonly<Record<ObligationKind, string>> = {
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
  decision: 'decision',
  refresh: 'refresh',
};

/** "Qargo: 2 x scan, POD": what a send will find, for the activity's line in the UI. */
export function summaryOf(lane: Lane, { kinds }: LanePlan): string {
  const counts = Object.entries(kinds) as [ObligationKind, number | undefined][];
  const named = counts
    .filter(([, count = 0]) => count > 0)
    .map(([kind, count]) => (count === 1 ? summaries[kind] : `${count} x ${summaries[kind]}`));
  return `${side(counterpartOf(lane))}: ${named.join(', ')}`.slice(0, 180);
}

export class Sends {
  readonly #id: ConsignmentId;
  readonly #underWay = new Map<Lane, Send>();
  readonly #returned: Returned[] = [];

  constructor(id: ConsignmentId) {
    this.#id = id;
  }

  get lanes(): Lane[] {
    return [...this.#underWay.keys()];
  }

  get hasReturned(): boolean {
    return this.#returned.length > 0;
  }

  in(lane: Lane): Send | undefined {
    return this.#underWay.get(lane);
  }

  /** Those that came back since the last call; their lanes are free. */
  takeReturned(): Returned[] {
    const returned = this.#returned.splice(0);
    for (const { send } of returned) this.#underWay.delete(send.lane);
    return returned;
  }

  /** Begins a send in a lane that is free. It always comes back, whatever becomes of it: nothing fails the workflow. */
  begin(lane: Lane, plan: Plan, due: LanePlan, at: string): void {
    const scope = new CancellationScope();
    const send: Send = { lane, plan, scope, endsFrom: later(at, patienceMs), ended: false };
    this.#underWay.set(lane, send);
    const { sendToQargo, sendToPalletways } = proxyActivities<ConsignmentActivities>({
      ...options,
      summary: summaryOf(lane, due),
      // A class for each of Temporal's five priorities; of one priority organisations get their share (docs/decisions/0001).
      priority: { priorityKey: Math.min(5, due.rank + 1), fairnessKey: this.#id.organisation },
    });
    const input = { ...this.#id, lane };
    void scope
      .run(() => (counterpartOf(lane) === 'qargo' ? sendToQargo(input) : sendToPalletways(input)))
      .then(
        (sent) => this.#returned.push({ send, plan: sent.plan }),
        () => this.#returned.push({ send, plan: undefined }),
      );
  }

  /** Asks for the end of a send, once. */
  end(send: Send): void {
    send.ended = true;
    send.scope.cancel();
  }
}
