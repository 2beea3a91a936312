/**
 * Plays a plan. The steps of one consignment are played one after the other; a step that must wait for the world (its
 * order at Qargo, the barcodes of its scans) moves everything that follows of the same consignments by as much.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Known, perform, type Stage } from './perform.ts';
import type { Plan, Step } from './steps.ts';
import type { Twins } from './twins.ts';

export interface Progress {
  phase: 'evening' | 'planning' | 'on the road' | 'second rounds' | 'done';
  /** Steps played, refused and given up. */
  step: number;
  steps: number;
  failed: number;
  /** Steps that are waiting for an order or its barcodes right now. */
  waiting: number;
  elapsedMs: number;
}

export interface PlayOptions {
  twins: Twins;
  pace: number;
  /** How long an order is waited for, real ms. */
  orderWithinMs?: number;
  stop?: AbortSignal;
}

export interface Trouble {
  step: string;
  why: string;
}

const ORDER_WITHIN_MS = 600_000;
/** Less is no waiting: the order was there when it was looked for. */
const WAITED_MS = 50;

function phaseOf(step: Step, phase: Progress['phase']): Progress['phase'] {
  const phases: Progress['phase'][] = ['evening', 'planning', 'on the road', 'second rounds'];
  const now =
    step.standsFor !== undefined
      ? 'second rounds'
      : step.kind === 'plan'
        ? 'planning'
        : step.kind === 'stop'
          ? 'on the road'
          : 'evening';
  return phases.indexOf(now) > phases.indexOf(phase) ? now : phase;
}

export class Player {
  readonly troubles: Trouble[] = [];
  readonly #plan: Plan;
  readonly #options: PlayOptions;
  readonly #stage: Stage;
  readonly #known = new Map<string, Known>();
  /** Plan's ms by which what follows of a key is late. */
  readonly #shift = new Map<string, number>();
  readonly #before = new Map<string, Promise<void>>();
  readonly #endedAt = new Map<string, number>();
  readonly #dropped = new Set<string>();
  readonly #start = Date.now();
  #played = 0;
  #waiting = 0;
  #phase: Progress['phase'] = 'evening';

  constructor(plan: Plan, options: PlayOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#stage = {
      twins: options.twins,
      seed: plan.seed,
      pace: options.pace,
      known: (key) => this.#knownOf(key),
      trips: new Map(),
    };
  }

  get progress(): Progress {
    const done = this.#played === this.#plan.steps.length;
    return {
      phase: done ? 'done' : this.#phase,
      step: this.#played,
      steps: this.#plan.steps.length,
      failed: this.troubles.length,
      waiting: this.#waiting,
      elapsedMs: Date.now() - this.#start,
    };
  }

  /** Ends when all steps were played or given up. */
  async play(): Promise<void> {
    const runs = this.#plan.steps.map((step) => {
      const before = step.keys.flatMap((key) => this.#before.get(key) ?? []);
      const run = Promise.all(before).then(() => this.#run(step));
      for (const key of step.keys) this.#before.set(key, run);
      return run;
    });
    await Promise.all(runs);
  }

  async #run(step: Step): Promise<void> {
    try {
      const left = step.keys.filter((key) => !this.#dropped.has(key));
      const ready = left.length === 0 ? null : await this.#ready({ ...step, keys: left });
      if (ready !== null && this.#options.stop?.aborted !== true) await perform(this.#stage, ready);
    } catch (error) {
      this.#report(step, error);
      // nothing more can be done with a consignment that was not entered, labelled or planned
      if (step.kind === 'create' || step.kind === 'label' || step.kind === 'plan')
        for (const key of step.keys) this.#dropped.add(key);
    } finally {
      this.#played += 1;
      this.#phase = phaseOf(step, this.#phase);
      for (const key of step.keys) this.#endedAt.set(key, Date.now());
    }
  }

  /** Waits for the moment and the world. Consignments that never came are left out; null when none is left. */
  async #ready(step: Step): Promise<Step | null> {
    const { pace, stop } = this.#options;
    const shift = Math.max(...step.keys.map((key) => this.#shift.get(key) ?? 0));
    const stands = step.standsFor ?? 0;
    const since = Math.max(...step.keys.map((key) => this.#endedAt.get(key) ?? 0));
    const due = Math.max(this.#start + (step.at + shift) / pace, stands > 0 ? since + stands / pace : 0);
    if (due > Date.now())
      await sleep(due - Date.now(), undefined, stop === undefined ? {} : { signal: stop }).catch(() => undefined);
    if (stop?.aborted === true) return null;
    const began = Date.now();
    const came = await Promise.all(step.keys.map((key) => this.#await(step, key)));
    const keys = step.keys.filter((_, index) => came[index] === true);
    // only the world moves what follows: a twin that answers slowly does not
    const waited = Date.now() - began > WAITED_MS || due > this.#start + (step.at + shift) / pace;
    const late = waited ? Math.max(shift, (Date.now() - this.#start) * pace - step.at) : shift;
    for (const key of keys) this.#shift.set(key, late);
    if (keys.length === 0) return null;
    if (step.kind !== 'offline') return { ...step, keys };
    const deeds = step.deeds.filter((deed) => keys.includes(deed.keys[0] ?? ''));
    return { ...step, keys, deeds };
  }

  /** Whether what the step needs of this consignment is at Qargo, in time. */
  async #await(step: Step, key: string): Promise<boolean> {
    const known = this.#knownOf(key);
    const { conNo, barcodes } = known;
    // who edits an order has it whole before him, its labels too
    const edits = step.kind === 'weigh' || (step.kind === 'desk' && step.call === 'edit');
    const scans =
      edits || step.kind === 'scan' || (step.kind === 'offline' && step.deeds.some((deed) => deed.kind === 'scan'));
    if (step.kind !== 'plan' && !scans) return true;
    if (conNo === undefined) return false;
    this.#waiting += 1;
    try {
      const labelled = (order: { barcodes: string[] }) =>
        !scans || (barcodes ?? []).every((barcode) => order.barcodes.includes(barcode));
      if (scans && known.labelSeen === true) return true;
      const order = await this.#options.twins.order(
        step.organisation,
        conNo,
        this.#options.orderWithinMs ?? ORDER_WITHIN_MS,
        labelled,
      );
      known.orderId = order.id;
      if (scans) known.labelSeen = true;
      return true;
    } catch (error) {
      this.#report({ ...step, keys: [key] }, error);
      this.#dropped.add(key);
      return false;
    } finally {
      this.#waiting -= 1;
    }
  }

  #knownOf(key: string): Known {
    let known = this.#known.get(key);
    if (known === undefined) {
      known = {};
      this.#known.set(key, known);
    }
    return known;
  }

  #report(step: Step, error: unknown): void {
    const names = step.keys.map((key) => this.#known.get(key)?.conNo ?? key).join(', ');
    this.troubles.push({
      step: `${step.kind} of ${names} (${step.organisation})`,
      why: error instanceof Error ? error.message : String(error),
    });
  }
}
