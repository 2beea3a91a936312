/**
 * One consignment, from the first word about it until its grace time after the last thing owed is over.
 *
 * Each run loads what the record knows, then: drain the inbox in the order of arrival, fold, see what is owed and due, and
 * keep at most one delivery activity per counterpart in the air with everything due for it. One lazy timer wakes it for
 * what waits. Determinism: only `domain/` and Temporal are used here.
 */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  proxyLocalActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { ConsignmentActivities, ConsignmentId } from '../activities/types.ts';
import { due } from '../domain/deliveries.ts';
import { diagnose } from '../domain/diagnosis.ts';
import type { Counterpart, Fact } from '../domain/facts.ts';
import { shortHash } from '../domain/hash.ts';
import { owed } from '../domain/obligations.ts';
import { fold, join, type Stage, stageOf, standingFact } from '../domain/state.ts';
import type { WorkflowPolicy } from '../domain/workflow-policy.ts';
import { forget, record, type WorkingMemory } from '../domain/working-memory.ts';
import { type Flight, type Landing, type Lane, laneOf, lanes, outranks, takeOff } from './flights.ts';
import { openInbox } from './inbox.ts';
import { refresh, resend, state as stateQuery, why } from './messages.ts';
import { showDetails, showInSearch } from './page.ts';

export interface ConsignmentInput extends ConsignmentId {
  /** Signals that were not handled when the run before continued as new. */
  readonly inbox?: readonly Fact[];
}

const record_ = proxyLocalActivities<Pick<ConsignmentActivities, 'loadConsignment' | 'recordHand' | 'keepStage'>>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' },
});

/** The next page of what is owed is loaded when no more than this is left to send. */
const fewDue = 50;

const now = () => new Date().toISOString();
const later = (at: string, ms: number) => new Date(Date.parse(at) + ms).toISOString();

/** A flight that is not back after this long is waiting, not working: news that outranks it gives it up. */
const patienceMs = 3_000;

export async function consignment(input: ConsignmentInput): Promise<void> {
  const id: ConsignmentId = { organisation: input.organisation, consignment: input.consignment };
  const inbox = openInbox(now, input.inbox);
  const flights = new Map<Lane, Flight>();
  const landings: Landing[] = [];
  const timer = lazyTimer();
  let memory: WorkingMemory | undefined;
  let policy: WorkflowPolicy | undefined;
  let delivered = 0;
  let unrecorded: Fact[] = [];
  const flying = () => [...new Set([...flights.keys()].map((lane): Counterpart => (lane === 'files' ? 'palletways' : lane)))];

  setHandler(
    stateQuery,
    () => {
      if (memory === undefined)
        return { stage: 'announced', owed: [], held: [], delivered, subjects: 0, inFlight: [], unreadable: inbox.unreadable };
      const plan = due(memory.state, owed(memory.state), memory.ledger, now());
      return {
        stage: stageOf(memory.state),
        owed: plan.now.map((o) => o.key),
        held: plan.held.map(({ obligation, by }) => ({ key: obligation.key, by })),
        delivered,
        subjects: Object.keys(memory.state.subjects).length,
        inFlight: flying(),
        unreadable: inbox.unreadable,
      };
    },
    { description: 'Stage, what is owed and held, what is in flight.' },
  );
  setHandler(why, () => (memory === undefined ? [] : diagnose(memory.state, memory.ledger, now(), flying())), {
    description: 'Why each thing that is owed has not been delivered, one sentence each.',
  });
  setHandler(
    refresh,
    async (asked) => {
      await condition(() => memory !== undefined);
      const at = now();
      const fact: Fact = {
        kind: 'refresh',
        id: `refresh:${shortHash(`${at}${asked?.who ?? ''}`)}`,
        at,
        zone: 'UTC',
        heard: at,
        source: 'person',
        via: 'hand',
      };
      inbox.facts.push(fact);
      inbox.hand.push(fact);
      return { asked: fact.id };
    },
    { description: 'Read both sides now: consignment and notes at Palletways, order, status and documents at Qargo.' },
  );
  setHandler(
    resend,
    async ({ obligation, who, why: reason }) => {
      await condition(() => memory !== undefined);
      const at = now();
      const before = memory === undefined ? undefined : standingFact(memory.state, 'resend', `resend:${obligation}`);
      const queued = inbox.facts.filter((fact) => fact.kind === 'resend' && fact.obligation === obligation).length;
      const revision = (before?.revision ?? 1) + queued + 1;
      const id = `resend:${shortHash(`${obligation}:${revision}:${who ?? ''}:${reason ?? ''}`)}`;
      const fact: Fact = { kind: 'resend', id, obligation, revision, at, zone: 'UTC', heard: at, source: 'person', via: 'hand' };
      inbox.facts.push(fact);
      inbox.hand.push(fact);
      return { obligation, revision };
    },
    {
      description: 'Send an obligation again (its key is in the query `why` or `state`), even where the far side has it already.',
      validator: (asked) => {
        if (typeof asked?.obligation !== 'string' || asked.obligation === '')
          throw new Error('obligation: name the key of what to send again');
      },
    },
  );

  const loaded = await record_.loadConsignment(id);
  memory = { state: loaded.state, ledger: loaded.ledger };
  policy = loaded.policy;
  let nextPage = loaded.next;
  inbox.reload = false;
  let quietSince: string | undefined;

  for (;;) {
    memory = settleLandings(landings, flights, memory);
    if (inbox.policy !== undefined) {
      policy = inbox.policy;
      inbox.policy = undefined;
    }
    const news = inbox.facts.splice(0);
    unrecorded.push(...inbox.hand.splice(0));
    if (news.length > 0) memory = { ...memory, state: fold(memory.state, news) };
    if (news.some(bringsBack)) inbox.reload = true;
    if (news.some((fact) => fact.kind === 'resend')) {
      // What is to be sent again may be settled and forgotten here: the record still knows it.
      await record_.recordHand({ ...id, facts: unrecorded.splice(0) });
      const again = await record_.loadConsignment(id);
      memory = { state: join(again.state, memory.state), ledger: { ...again.ledger, ...memory.ledger } };
    }
    if (inbox.reload) {
      inbox.reload = false;
      const again = await record_.loadConsignment(id);
      memory = { state: join(again.state, memory.state), ledger: { ...memory.ledger, ...again.ledger } };
      nextPage = again.next;
    }
    memory = forget(memory);

    const at = now();
    const obligations = owed(memory.state);
    const plan = due(memory.state, obligations, memory.ledger, at);
    const info = workflowInfo();
    const long = info.continueAsNewSuggested || info.historyLength > policy.maxHistory;
    // News may never cease: a long run takes nothing more on, lets its flights land, and goes on as a new one.
    const landing = long && patched('continue-as-new under fire');
    if (nextPage !== undefined && plan.now.length < fewDue && !landing) {
      const page = await record_.loadConsignment({ ...id, after: nextPage });
      memory = { state: join(page.state, memory.state), ledger: { ...page.ledger, ...memory.ledger } };
      nextPage = page.next;
      continue;
    }
    let giveUpAt: string | undefined;
    for (const lane of lanes) {
      const dueHere = plan.now.filter((o) => laneOf(o) === lane);
      const flight = flights.get(lane);
      if (flight === undefined) {
        if (dueHere.length === 0 || landing) continue;
        flights.set(
          lane,
          takeOff(id, lane, dueHere.slice(0, 200), unrecorded.splice(0), at, (landing) => landings.push(landing)),
        );
      } else if (!flight.givenUp && (landing || outranks(flight, dueHere))) {
        const givesUpAt = later(flight.tookOffAt, patienceMs);
        if (givesUpAt > at) giveUpAt = earliest(giveUpAt, givesUpAt);
        else {
          flight.givenUp = true;
          flight.scope.cancel();
        }
      }
    }
    if (unrecorded.length > 0 && flights.size === 0) {
      const facts = unrecorded;
      unrecorded = [];
      await record_.recordHand({ ...id, facts });
      continue;
    }

    const open = showDetails(memory.state, memory.ledger, at, flying());
    const attention = open.some((diagnosis) => diagnosis.attention);
    const next = showInSearch(memory.state, attention);
    const quiet =
      flights.size === 0 && inbox.facts.length === 0 && landings.length === 0 && plan.now.length === 0 && nextPage === undefined;
    const over = quiet && plan.held.length === 0 && !attention && isOver(memory, next);
    quietSince = over ? (quietSince ?? at) : undefined;
    const graceEnds = quietSince === undefined ? undefined : later(quietSince, policy.graceHours * 3_600_000);
    if (graceEnds !== undefined && graceEnds <= at) {
      await record_.keepStage({ ...id, stage: next, closed: true });
      if (inbox.facts.length === 0 && landings.length === 0) return;
      // News came while it was being closed: it goes on.
      await record_.keepStage({ ...id, stage: next, closed: false });
      quietSince = undefined;
      continue;
    }
    if (long && (quiet || (landing && flights.size === 0 && landings.length === 0)) && allHandlersFinished()) {
      timer.stop();
      const rest = inbox.facts.splice(0);
      await continueAsNew<typeof consignment>(rest.length === 0 ? id : { ...id, inbox: rest });
    }

    timer.set(earliest(plan.wakeAt, graceEnds, giveUpAt), at);
    await condition(
      () =>
        (landing && flights.size === 0 && allHandlersFinished()) ||
        inbox.facts.length > 0 ||
        landings.length > 0 ||
        inbox.policy !== undefined ||
        inbox.reload ||
        timer.fired(),
    );
    timer.clear();
  }

  function settleLandings(queue: Landing[], flown: Map<Lane, Flight>, known: WorkingMemory): WorkingMemory {
    let next = known;
    for (const landing of queue.splice(0)) {
      flown.delete(landing.lane);
      if (landing.result === null) {
        unrecorded.push(...landing.hand);
        continue;
      }
      if (landing.result.facts.some(bringsBack)) inbox.reload = true;
      delivered += landing.result.outcomes.filter((outcome) => outcome.state === 'delivered').length;
      next = { state: fold(next.state, landing.result.facts), ledger: record(next.ledger, landing.result.outcomes) };
    }
    return next;
  }
}

/** What a cancellation had made moot is owed again, and may be forgotten here: the record still knows it. */
function bringsBack(fact: Fact): boolean {
  return fact.kind === 'revived' || (fact.kind === 'verdict' && fact.fields.length === 0);
}

/** Delivered and signed for, or cancelled, with everything told: only the grace time for late facts is left. */
function isOver(memory: WorkingMemory, stage: Stage): boolean {
  if (stage === 'cancelled' || stage === 'merged') return true;
  return stage === 'delivered' && Object.values(memory.state.subjects).some((fact) => fact.kind === 'pod');
}

function earliest(...instants: readonly (string | undefined)[]): string | undefined {
  return instants.filter((at): at is string => at !== undefined).sort()[0];
}

/** One durable timer, left running when what it waits for moves later and started anew only when it moves earlier. */
function lazyTimer() {
  let rings: string | undefined;
  let rang = false;
  let scope: CancellationScope | undefined;
  const stop = () => {
    scope?.cancel();
    scope = undefined;
    rings = undefined;
  };
  return {
    stop,
    fired: () => rang,
    clear: () => {
      rang = false;
    },
    set(at: string | undefined, from: string) {
      if (at === undefined || (rings !== undefined && rings <= at)) return;
      stop();
      rings = at;
      const own = new CancellationScope();
      scope = own;
      const ms = Math.max(1, Date.parse(at) - Date.parse(from));
      void own.run(async () => {
        try {
          await sleep(ms, { summary: `look again at ${at.slice(0, 19)}Z` });
          if (scope === own) {
            scope = undefined;
            rings = undefined;
            rang = true;
          }
        } catch (error) {
          if (!isCancellation(error)) throw error;
        }
      });
    },
  };
}
