/** Hands over to the record what was said and asked by hand: one batch after the other, in the order of arrival. */
import { workflowInfo } from '@temporalio/workflow';
import type { ConsignmentId, HandAnswer } from '../activities/types.ts';
import type { Plan } from '../domain/obligations/plan.ts';
import { later } from './clock.ts';
import type { Parked } from './inbox.ts';
import { takeInByHand } from './record.ts';

/** So many go at once: of the longest arguments no more than an activity's input may hold. */
const most = 50;
/** A batch is of one moment, which counts as the time of what was said without one; ms. */
const momentMs = 1_000;

export interface HandedOver {
  /** The plan that stood when it was handed over. */
  readonly before: Plan | undefined;
  readonly plan: Plan | undefined;
}

export class Desk {
  /** Signals of which something could not be read. */
  unreadable = 0;
  readonly #id: ConsignmentId;
  #batches = 0;
  #busy = false;
  #returned: HandedOver | undefined;

  constructor(id: ConsignmentId) {
    this.#id = id;
  }

  get isBusy(): boolean {
    return this.#busy;
  }

  get hasReturned(): boolean {
    return this.#returned !== undefined;
  }

  takeReturned(): HandedOver | undefined {
    const returned = this.#returned;
    this.#returned = undefined;
    return returned;
  }

  /** Takes the first of what is parked and hands it over. Does nothing while a batch is under way. */
  begin(parked: Parked[], before: Plan | undefined): void {
    const [first] = parked;
    if (first === undefined || this.#busy) return;
    const end = later(first.at, momentMs);
    const beyond = parked.findIndex(({ at }) => at > end);
    const batch = parked.splice(0, Math.min(most, beyond === -1 ? parked.length : beyond));
    this.#busy = true;
    void this.#handOver(batch, first.at, before);
  }

  async #handOver(batch: readonly Parked[], at: string, before: Plan | undefined): Promise<void> {
    this.#batches += 1;
    const name = `${workflowInfo().runId}:${this.#batches}`;
    let plan: Plan | undefined;
    let answers: readonly HandAnswer[] = [];
    try {
      ({ plan, answers } = await takeInByHand({ ...this.#id, batch: name, at, said: batch.map(({ said }) => said) }));
    } catch {
      // It is retried for ever, so that only what can never be taken in comes here: it is counted and refused.
    }
    for (const [nth, parked] of batch.entries()) {
      const answer = answers[nth] ?? { taken: false };
      parked.answer = answer;
      if ('signal' in parked.said && !('taken' in answer && answer.taken)) this.unreadable += 1;
    }
    this.#busy = false;
    this.#returned = { before, plan };
  }
}
