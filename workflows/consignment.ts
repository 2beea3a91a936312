/**
 * One consignment, from the first word about it until its grace time after the last thing owed is over.
 *
 * Each run loads what the record knows, then: drain the inbox in the order of arrival, fold, see what is owed and due, and
 * keep at most one delivery activity per counterpart in the air with everything due for it. One lazy timer wakes it for
 * what waits. Determinism: only `domain/` and Temporal are used here.
 */
import {
  allHandlersFinished,
  condition,
  makeContinueAsNewFunc,
  patched,
  proxyLocalActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ConsignmentActivities, ConsignmentId } from '../activities/types.ts';
import { type Due, due, settles } from '../domain/deliveries.ts';
import { ledgerOf, saidAnew } from '../domain/digests.ts';
import { diagnose } from '../domain/diagnosis.ts';
import type { Counterpart, Fact } from '../domain/facts.ts';
import { shortHash } from '../domain/hash.ts';
import { type Lane, laneOf, lanes } from '../domain/lanes.ts';
import { type Obligation, owed } from '../domain/obligations.ts';
import { legOf, rolesIn } from '../domain/leg.ts';
import { tellsApart, type Withheld } from '../domain/rows.ts';
import { factsOf, fold, isEnded, type Stage, type State, stageOf } from '../domain/state.ts';
import type { WorkflowPolicy } from '../domain/workflow-policy.ts';
import { endsAnEstimate, firstFirst, forget, learn, record, type WorkingMemory } from '../domain/working-memory.ts';
import { type Flight, type Landing, onlyReads, outranks, takeOff } from './flights.ts';
import { openInbox } from './inbox.ts';
import { earliest, lazyTimer } from './lazy-timer.ts';
import { refresh, resend, state as stateQuery, why } from './messages.ts';
import { showDetails, showInSearch } from './page.ts';

const record_ = proxyLocalActivities<Pick<ConsignmentActivities, 'loadConsignment' | 'recordHand' | 'keepStage'>>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' },
});

/** So many open obligations of a lane are held in mind; what is beyond stays in the record until few are left. */
const most = 500;
/** The next page of a lane is loaded when fewer than this wait there. */
const few = 100;
/** Items of one flight at most. */
const seats = 200;

const now = () => new Date().toISOString();
const later = (at: string, ms: number) => new Date(Date.parse(at) + ms).toISOString();

/** A flight that is not back after this long is waiting, not working: news that outranks it gives it up. */
const patienceMs = 3_000;

/** The next run is of the current version of the workers, whichever this one is of. */
const renew = makeContinueAsNewFunc<typeof consignment>({ initialVersioningBehavior: 'AUTO_UPGRADE' });
/** Whether there is another current version of the workers than the one that this run stays with. */
const outdated = () => workflowInfo().targetWorkerDeploymentVersionChanged;

export async function consignment(input: ConsignmentId): Promise<void> {
  const id: ConsignmentId = { organisation: input.organisation, consignment: input.consignment };
  const inbox = openInbox(now);
  const flights = new Map<Lane, Flight>();
  const landings: Landing[] = [];
  const timer = lazyTimer();
  let memory: WorkingMemory | undefined;
  let left: ReadonlySet<Lane> = new Set();
  let policy: WorkflowPolicy | undefined;
  let delivered = 0;
  let unrecorded: Fact[] = [];
  const flying = () => [...new Set([...flights.keys()].map((lane): Counterpart => (lane === 'files' ? 'palletways' : lane)))];

  setHandler(
    stateQuery,
    () => {
      if (memory === undefined)
        return { stage: 'announced', owed: [], held: [], delivered, subjects: 0, more: false, inFlight: [], unreadable: inbox.unreadable };
      const plan = due(memory.state, owed(memory.state, policy?.withheld), memory.ledger, now());
      return {
        stage: stageOf(memory.state),
        ...(rolesIn(memory.state).length === 0 ? {} : { ours: rolesIn(memory.state), leg: legOf(memory.state) }),
        owed: plan.now.map((o) => o.key),
        held: plan.held.map(({ obligation, by }) => ({ key: obligation.key, by })),
        delivered,
        subjects: Object.keys(memory.state.subjects).length,
        more: left.size > 0,
        inFlight: flying(),
        unreadable: inbox.unreadable,
      };
    },
    { description: 'Stage, what is owed and held, what is in flight.' },
  );
  setHandler(why, () => (memory === undefined ? [] : diagnose(memory.state, memory.ledger, now(), flying(), policy?.withheld)), {
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
      // Above every resend before it, of whatever: those that were met are forgotten but for the highest.
      const known = memory === undefined ? [] : factsOf(memory.state, 'resend');
      const queued = inbox.facts.filter((fact) => fact.kind === 'resend');
      const revision = Math.max(1, ...[...known, ...queued].map((fact) => fact.revision)) + 1;
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

  // What asked for a load before this one is met by it.
  inbox.reload = false;
  const loaded = await record_.loadConsignment(id);
  memory = memoryOf(loaded);
  left = new Set(loaded.more);
  policy = loaded.policy;
  let quietSince: string | undefined;
  /** Whether this run has sent anything: one that is long from its first moment does its part before it ends. */
  let flown = false;
  let byKind = false;

  for (;;) {
    memory = settleLandings(landings, flights, memory);
    if (inbox.policy !== undefined) {
      policy = inbox.policy;
      inbox.policy = undefined;
    }
    let switched = switchesOf(policy.withheld, [...Object.values(memory.state.subjects), ...inbox.facts]);
    // What went by its kind until now may be owed, and was forgotten.
    if (byKind && switched?.byKind === undefined) inbox.reload = true;
    byKind = switched?.byKind === true;
    const news = inbox.facts.splice(0);
    unrecorded.push(...inbox.hand.splice(0));
    ({ memory, left } = learn({ memory, left }, news, notRecorded(), most, switched));
    if (news.some(bringsBack)) inbox.reload = true;
    const resent = news.some((fact) => fact.kind === 'resend');
    if (resent || inbox.reload) {
      // What is to be sent again may be settled and forgotten here, or Temporal's data be older than the record: the record knows.
      inbox.reload = false;
      if (resent) await record_.recordHand({ ...id, facts: unrecorded.splice(0) });
      const again = await record_.loadConsignment(id);
      memory = memoryOf(again);
      left = new Set(again.more);
      switched = switchesOf(policy.withheld, [...Object.values(memory.state.subjects), ...unrecorded, ...aboard()]);
      ({ memory, left } = learn({ memory, left }, [...unrecorded, ...aboard()], notRecorded(), most, switched));
    }
    const withheld = withheldNow(memory, switched);
    memory = forget(memory, withheld);

    const at = now();
    const obligations = owed(memory.state, withheld);
    const plan = due(memory.state, obligations, memory.ledger, at);
    const info = workflowInfo();
    const old = outdated();
    const long = old || info.continueAsNewSuggested || info.historyLength > policy.maxHistory;
    // News may never cease: a long run takes nothing more on, lets its flights land, and goes on as a new one.
    const ending = long && (flown || plan.now.length === 0) && patched('continue-as-new under fire');
    const thin = ending ? [] : thinLanes(plan);
    if (thin.length > 0) {
      const held = idsIn(memory);
      const page = await record_.loadConsignment({ ...id, beyond: { lanes: thin, facts: [...held] } });
      const state = fold(memory.state, Object.values(page.state.subjects));
      switched = switchesOf(policy.withheld, Object.values(state.subjects));
      memory = forget({ ...memory, state, ledger: { ...memoryOf(page).ledger, ...memory.ledger } }, switched);
      // A page of which nothing stays (all was cancelled meanwhile) would come again and again.
      const more = [...idsIn(memory)].some((fact) => !held.has(fact)) ? (page.more ?? []) : [];
      left = new Set([...[...left].filter((lane) => !thin.includes(lane)), ...more]);
      continue;
    }
    let giveUpAt: string | undefined;
    for (const lane of lanes) {
      const dueHere = plan.now.filter((o) => laneOf(o) === lane);
      const flight = flights.get(lane);
      if (flight === undefined) {
        if (dueHere.length === 0 || ending) continue;
        flown = true;
        flights.set(
          lane,
          takeOff(id, lane, boarding(dueHere, memory.state), unrecorded.splice(0), at, (landing) => landings.push(landing)),
        );
      } else if (
        !flight.givenUp &&
        (ending || outranks(flight, dueHere) || (onlyReads(flight, dueHere) && patched('a read holds up nothing')))
      ) {
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

    const open = showDetails(memory, at, flying(), withheld);
    const attention = memory.stuck !== undefined || open.some((diagnosis) => diagnosis.attention);
    const next = showInSearch(memory.state, attention);
    const landed = flights.size === 0 && inbox.facts.length === 0 && landings.length === 0;
    const quiet = landed && plan.now.length === 0 && left.size === 0;
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
    if (landed && (ending || (long && quiet)) && allHandlersFinished()) {
      // Nothing is carried over: what was signalled is in the record, what was said by hand was recorded just now.
      timer.stop();
      await renew(id);
    }

    timer.set(earliest(plan.wakeAt, graceEnds, giveUpAt), at);
    await condition(
      () =>
        inbox.facts.length > 0 ||
        landings.length > 0 ||
        inbox.policy !== undefined ||
        inbox.reload ||
        timer.fired() ||
        (!old && outdated()) ||
        (ending && flights.size === 0 && allHandlersFinished()),
    );
    timer.clear();
  }

  /** Facts that flights are to record. */
  function aboard(): Fact[] {
    return [...flights.values()].flatMap(({ hand }) => hand);
  }

  function notRecorded(): ReadonlySet<string> {
    return new Set([...unrecorded, ...aboard()].map((fact) => fact.id));
  }

  /** Lanes of which the record has more and in which little waits for the next flight. */
  function thinLanes({ now: dueNow, held }: Due): readonly Lane[] {
    if (left.size === 0) return [];
    const flies = new Set([...flights.values()].flatMap(({ obligations }) => obligations.map(({ key }) => key)));
    const waiting = [...dueNow, ...held.map(({ obligation }) => obligation)].filter(({ key }) => !flies.has(key)).map(laneOf);
    return lanes.filter((lane) => left.has(lane) && waiting.filter((each) => each === lane).length < few);
  }

  function settleLandings(queue: Landing[], flown: Map<Lane, Flight>, known: WorkingMemory): WorkingMemory {
    let next = known;
    for (const landing of queue.splice(0)) {
      if (landing.result?.policy !== undefined) inbox.policy = landing.result.policy;
      const flight = flown.get(landing.lane);
      flown.delete(landing.lane);
      if (landing.result === null) {
        unrecorded.push(...landing.hand);
        continue;
      }
      if (landing.result.facts.some(bringsBack)) inbox.reload = true;
      delivered += landing.result.outcomes.filter((outcome) => outcome.state === 'delivered').length;
      const outcomes = saidAnew(landing.result.outcomes, flight?.obligations ?? []);
      next = { ...next, state: fold(next.state, landing.result.facts), ledger: record(next.ledger, outcomes) };
    }
    return next;
  }
}

/**
 * What is switched off. A run that began before parts of a kind could belong to another row goes by the kind alone; one that began
 * before estimates ended with their stop goes by the milestones that it remembers.
 */
function switchesOf(withheld: Withheld | undefined, facts: readonly Fact[]): Withheld | undefined {
  const byKind = withheld !== undefined && tellsApart(withheld) && !patched('rows by what is told');
  const estimatesReturn = endsAnEstimate(facts) && !patched('an estimate ends with its stop');
  if (!byKind && !estimatesReturn) return withheld;
  return { ...withheld, ...(byKind ? { byKind } : {}), ...(estimatesReturn ? { estimatesReturn } : {}) };
}

/** What is not sent. In a run that began before proof of what was cancelled was told, that is not either. */
function withheldNow({ state, ledger }: WorkingMemory, withheld: Withheld | undefined): Withheld | undefined {
  if (!isEnded(state)) return withheld;
  const proof = owed(state, withheld).filter(({ kind }) => kind === 'pod' || kind === 'file');
  const open = proof.some((o) => !settles(ledger[o.key], o) || !['delivered', 'void', 'erased'].includes(ledger[o.key]?.state ?? ''));
  return open && !patched('proof of what was cancelled') ? { ...withheld, pod: 'off', exceptions: 'off' } : withheld;
}

/**
 * What a cancellation had made moot is owed again, or evidence that a person does without no more, or the order of a consignment
 * that was adopted: here it may be forgotten or counted, and the record still knows it.
 */
function bringsBack(fact: Fact): boolean {
  if (fact.kind === 'close-out') return fact.accepted === true;
  if (fact.kind === 'refresh' && fact.id.startsWith('refresh:adopted:')) return true;
  return fact.kind === 'revived' || (fact.kind === 'verdict' && fact.fields.length === 0);
}

const memoryOf = ({ state, ledger, stuck }: WorkingMemory): WorkingMemory => ({
  state,
  ledger: ledgerOf(saidAnew, ledger, state),
  ...(stuck === undefined ? {} : { stuck }),
});

const idsIn = ({ state }: WorkingMemory): ReadonlySet<string> => new Set(Object.values(state.subjects).map(({ id }) => id));

/** Who takes the next flight, where not all can: the order, which others need, by class of call, and in a class what arrived first. */
function boarding(dueHere: readonly Obligation[], state: State): readonly Obligation[] {
  if (dueHere.length <= seats) return dueHere;
  const first = new Set(firstFirst(dueHere, state).slice(0, seats));
  return dueHere.filter((o) => o.kind === 'order' || first.has(o));
}

/** Delivered and signed for (or a person does without), or cancelled, with everything told: only the grace time for late facts is left. */
function isOver(memory: WorkingMemory, stage: Stage): boolean {
  if (stage === 'cancelled' || stage === 'merged') return true;
  const leg = legOf(memory.state);
  if (leg === 'none' || (leg === 'collection' && stage === 'delivered')) return true;
  if (stage !== 'delivered') return false;
  return Object.values(memory.state.subjects).some((fact) => fact.kind === 'pod' || (fact.kind === 'close-out' && fact.accepted === true));
}
