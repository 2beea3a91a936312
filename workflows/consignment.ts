/**
 * One consignment, from the first word about it until its grace time after the last thing owed is over.
 *
 * Its plan is all that it knows of it: what can be sent in which lane, and when to look again. The record makes it and it rides on
 * signals and answers, so that here nothing is worked out: a run sends what is due, waits on signals and on one lazy timer, shows where
 * the consignment stands and ends when the record closes it. Nothing is carried over from run to run.
 */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  makeContinueAsNewFunc,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ConsignmentId } from '../activities/types.ts';
import { type Lane, lanes } from '../domain/obligations/lanes.ts';
import type { Plan } from '../domain/obligations/plan.ts';
import { earliest, latest, now } from './clock.ts';
import { Desk } from './desk.ts';
import { Inbox } from './inbox.ts';
import { lazyTimer } from './lazy-timer.ts';
import { type StateView, state, why } from './messages.ts';
import { explain, showDetails, showInSearch } from './page.ts';
import { Pauses } from './pauses.ts';
import { closeConsignment, loadPlan } from './record.ts';
import { type Returned, Sends } from './sends.ts';

export async function consignment(input: ConsignmentId): Promise<void> {
  const run = new Run({ organisation: input.organisation, consignment: input.consignment });
  // A request to cancel the workflow ends no consignment: what is owed stays owed.
  CancellationScope.current().cancelRequested.catch(() => run.hearCancelRequest());
  await CancellationScope.nonCancellable(() => run.live());
}

const renew = makeContinueAsNewFunc<typeof consignment>({ initialVersioningBehavior: 'AUTO_UPGRADE' });

/** The shortest pause before a send, or a close, that changed nothing is tried again, and before the record is asked again; ms. */
const inVainMs = 5_000;
const askedInVainMs = 1_000;

class Run {
  readonly #id: ConsignmentId;
  readonly #inbox = new Inbox(now);
  readonly #desk: Desk;
  readonly #sends: Sends;
  readonly #timer = lazyTimer();
  readonly #inVain = new Pauses(inVainMs);
  readonly #asked = new Pauses(askedInVainMs);
  #plan: Plan | undefined;
  /** Whether it was signalled, which anybody can do: where an older one comes after it, the record says which is true. */
  #isTold = false;
  #cancelAsked = false;
  /** Whether this run has sent anything, and whether it has waited: one that is long from its first moment does its part before it ends. */
  #hasSent = false;
  #hasWaited = false;

  constructor(id: ConsignmentId) {
    this.#id = id;
    this.#desk = new Desk(id);
    this.#sends = new Sends(id);
    setHandler(state, () => this.#view(), { description: 'Stage, what is outstanding and due, what is in flight.' });
    setHandler(why, () => (this.#plan === undefined ? [] : explain(this.#plan, now())), {
      description: 'Why each update that is outstanding has not been sent, one sentence each.',
    });
  }

  hearCancelRequest(): void {
    this.#cancelAsked = true;
    this.#inbox.ask = true;
  }

  async live(): Promise<void> {
    let plan = this.#begin() ?? (await this.#load());
    for (;;) {
      this.#desk.begin(this.#inbox.parked, plan);
      plan = this.#hear(plan);
      if (this.#mustAsk(plan)) plan = await this.#load();
      const look = this.#fillLanes(plan);
      this.#show(plan);
      if (this.#mayClose(plan)) {
        if (await this.#close(plan)) return;
        plan = this.#plan ?? plan;
        continue;
      }
      if (this.#mustRenew(plan) && this.#isIdle()) {
        this.#timer.stop();
        await renew(this.#id);
      }
      this.#timer.set(earliest(look, this.#askAt(plan), this.#closeAt(plan)), now());
      await this.#wait(plan);
    }
  }

  /** Waits until a signal came, a send came back, or something is due. */
  async #wait(plan: Plan): Promise<void> {
    await condition(
      () =>
        !this.#inbox.isQuiet(this.#desk.isBusy) ||
        this.#sends.hasReturned ||
        this.#desk.hasReturned ||
        this.#timer.fired() ||
        this.#mayClose(plan) ||
        (this.#mustRenew(plan) && this.#isIdle()),
    );
    this.#timer.clear();
    this.#hasWaited = true;
  }

  /** The plan that was told with the signal that started this run; where there is none, or another reason to ask, the record is asked. */
  #begin(): Plan | undefined {
    const told = this.#inbox.ask ? undefined : this.#inbox.takePlan();
    this.#plan = told;
    this.#isTold = told !== undefined;
    return told;
  }

  /** Asks the record. What asked before now is met by it. */
  async #load(): Promise<Plan> {
    this.#inbox.ask = false;
    const before = this.#plan;
    return this.#accept(await loadPlan(this.#id), before);
  }

  /**
   * Takes the plan that the record answered, unless a signal brought a newer one in the meantime. `before` is the plan that stood when the
   * record was asked; an answer with a lower version comes from a restored record, and is taken too.
   */
  #accept(answer: Plan, before: Plan | undefined): Plan {
    const stands = this.#plan;
    if (stands !== undefined && stands !== before && answer.version < stands.version) return stands;
    this.#plan = answer;
    this.#isTold = false;
    return answer;
  }

  /** Takes the plans that were told, of which the newest stands, and those that came back with answers. */
  #hear(plan: Plan): Plan {
    let stands = plan;
    const told = this.#inbox.takePlan();
    if (told !== undefined && told.version > stands.version) {
      stands = told;
      this.#plan = told;
      this.#isTold = true;
    } else if (told !== undefined && told.version < stands.version && this.#isTold) this.#inbox.ask = true;
    const handed = this.#desk.takeReturned();
    if (handed?.plan !== undefined) stands = this.#accept(handed.plan, handed.before);
    else if (handed !== undefined) this.#inbox.ask = true;
    for (const returned of this.#sends.takeReturned()) stands = this.#land(returned, stands);
    return stands;
  }

  /** A send that did nothing for what is due pauses its lane, while nothing else changes. */
  #land({ send, plan }: Returned, stands: Plan): Plan {
    const next = plan === undefined ? stands : this.#accept(plan, send.plan);
    if (plan === undefined) this.#inbox.ask = true;
    const { lane } = send;
    const unchanged =
      next.version === send.plan.version && JSON.stringify(next.lanes[lane]) === JSON.stringify(send.plan.lanes[lane]);
    if (unchanged && !send.ended) this.#inVain.begin(lane, `${next.version}`, now());
    return next;
  }

  /**
   * Begins a send in each lane that is free and has something due, and ends those that newer truth must not wait for; answers when to look
   * again.
   */
  #fillLanes(plan: Plan): string | undefined {
    const at = now();
    const renews = this.#mustRenew(plan);
    let look: string | undefined;
    for (const lane of lanes) {
      const due = plan.lanes[lane];
      const send = this.#sends.in(lane);
      if (send === undefined) {
        if (due === undefined || due.due === 0 || renews) continue;
        const paused = this.#inVain.until(lane, `${plan.version}`);
        if (paused !== undefined && paused > at) look = earliest(look, paused);
        else {
          this.#hasSent = true;
          this.#sends.begin(lane, plan, due, at);
        }
      } else if (!send.ended && (renews || (due?.supersedes ?? 0) > send.plan.version)) {
        if (send.endsFrom > at) look = earliest(look, send.endsFrom);
        else this.#sends.end(send);
      }
    }
    return look;
  }

  #mustAsk(plan: Plan): boolean {
    const at = now();
    const due = this.#askAt(plan);
    if (due === undefined || due > at) return this.#inbox.ask;
    this.#asked.begin('wake', plan.wakeAt ?? '', at);
    return true;
  }

  /** When the record is to be asked since something is due by itself. Where its answer says the same again, each time later. */
  #askAt({ wakeAt }: Plan): string | undefined {
    return wakeAt === undefined ? undefined : latest(wakeAt, this.#asked.until('wake'));
  }

  #closeAt({ closeAt, version }: Plan): string | undefined {
    return closeAt === undefined ? undefined : latest(closeAt, this.#inVain.until('close', `${version}`));
  }

  #mayClose(plan: Plan): boolean {
    const at = this.#closeAt(plan);
    return at !== undefined && at <= now() && this.#isIdle();
  }

  /** Answers whether the consignment was closed, and nothing came in the meantime. */
  async #close(plan: Plan): Promise<boolean> {
    const end = await closeConsignment(this.#id, plan.version);
    if (end.closed && this.#isIdle()) return true;
    if (end.closed) this.#inbox.ask = true;
    else this.#inVain.begin('close', `${this.#accept(end.plan, plan).version}`, now());
    return false;
  }

  /** News may never cease: a long run begins nothing more, lets its sends come back, and goes on as a new one. */
  #mustRenew(plan: Plan): boolean {
    const { continueAsNewSuggested, historyLength, targetWorkerDeploymentVersionChanged } = workflowInfo();
    const long = continueAsNewSuggested || historyLength > plan.maxHistory || targetWorkerDeploymentVersionChanged;
    return long && this.#hasWaited && (this.#hasSent || Object.values(plan.lanes).every(({ due }) => due === 0));
  }

  #isIdle(): boolean {
    const returned = this.#sends.hasReturned || this.#desk.hasReturned;
    return (
      this.#inbox.isEmpty() &&
      !this.#desk.isBusy &&
      this.#sends.lanes.length === 0 &&
      !returned &&
      allHandlersFinished()
    );
  }

  #show(plan: Plan): void {
    showInSearch(plan);
    showDetails(plan, { now: now(), unreadable: this.#desk.unreadable, cancelAsked: this.#cancelAsked });
  }

  #view(): StateView {
    const inFlight = this.#sends.lanes;
    const { unreadable } = this.#desk;
    const plan = this.#plan;
    if (plan === undefined)
      return {
        stage: 'announced',
        version: 0,
        outstanding: [],
        more: 0,
        due: {},
        inFlight,
        unreadable,
        attention: false,
      };
    const due: Partial<Record<Lane, number>> = {};
    for (const lane of lanes) if ((plan.lanes[lane]?.due ?? 0) > 0) due[lane] = plan.lanes[lane]?.due ?? 0;
    return {
      stage: plan.stage,
      ...(plan.roles.length === 0 ? {} : { ours: plan.roles, leg: plan.leg }),
      version: plan.version,
      outstanding: plan.page.outstanding.map(({ key }) => key),
      more: plan.page.more,
      due,
      ...(plan.wakeAt === undefined ? {} : { wakeAt: plan.wakeAt }),
      ...(plan.closeAt === undefined ? {} : { closeAt: plan.closeAt }),
      inFlight,
      unreadable,
      attention: plan.attention,
    };
  }
}
