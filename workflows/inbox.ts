/**
 * The inbox: everything signalled, in the order of arrival.
 *
 * One handler per signal name would lose that order: signals buffered before the first workflow task, or over a
 * continue-as-new, are drained handler by handler. So a default handler is registered first; it drains whatever is buffered
 * in order. The named handlers come after it, so that the UI shows every name with its description.
 */
import { setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import type { Fact } from '../domain/facts.ts';
import { owed } from '../domain/obligations.ts';
import { emptyState, fold } from '../domain/state.ts';
import type { WorkflowPolicy } from '../domain/workflow-policy.ts';
import { handFact } from './by-hand.ts';
import { factSignals, type SignalName, signalDescriptions, signalNames, signalOf, type Told } from './messages.ts';

export interface Inbox {
  readonly facts: Fact[];
  /** Facts said by hand that the store does not know yet. */
  readonly hand: Fact[];
  /** Signals that could not be read, counted and shown. */
  unreadable: number;
  policy: WorkflowPolicy | undefined;
  /** The record is to be loaded again: Temporal's data may be older. */
  reload: boolean;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isInstant = (value: unknown) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value);
const isSignalName = (name: unknown): name is SignalName => (signalNames as readonly unknown[]).includes(name);

/** What should be {@link Told}: anybody can signal. */
type Batch = { readonly [K in keyof Told]: K extends 'facts' ? readonly unknown[] : unknown };

const isBatch = (argument: unknown): argument is Batch => isRecord(argument) && Array.isArray(argument.facts);

/** Whether it is a fact that the core can take. One that it cannot would fail the workflow's task for ever: a signal cannot be refused. */
function isFact(value: unknown): value is Fact {
  if (!isRecord(value) || typeof value.id !== 'string' || !isInstant(value.at) || !isInstant(value.heard)) return false;
  if (typeof value.kind !== 'string' || !Object.hasOwn(signalOf, value.kind)) return false;
  try {
    owed(fold(emptyState, [value as unknown as Fact]));
    return true;
  } catch {
    return false;
  }
}

function isPolicy(value: unknown): value is WorkflowPolicy {
  return isRecord(value) && Number.isFinite(value.graceHours) && Number.isFinite(value.maxHistory);
}

/** Opens the inbox of this run. `now` gives the workflow's clock in UTC ISO. Must be called before anything is awaited. */
export function openInbox(now: () => string): Inbox {
  const inbox: Inbox = { facts: [], hand: [], unreadable: 0, policy: undefined, reload: false };
  const takeByHand = (name: unknown, argument: unknown): void => {
    const fact = isSignalName(name) ? handFact(name, argument, now()) : null;
    if (fact === null) inbox.unreadable += 1;
    else {
      inbox.facts.push(fact);
      inbox.hand.push(fact);
    }
  };
  const take = (name: string, argument: unknown): void => {
    if (!isBatch(argument)) {
      takeByHand(name, argument);
      return;
    }
    for (const each of argument.facts) {
      if (isFact(each)) inbox.facts.push(each);
      // By hand, several at once: each with its signal's name as its kind.
      else takeByHand(isRecord(each) ? each.kind : undefined, each);
    }
    if (argument.reload === true) inbox.reload = true;
    if (isPolicy(argument.policy)) inbox.policy = argument.policy;
    else if (argument.policy !== undefined) inbox.unreadable += 1;
  };
  setDefaultSignalHandler((name: string, ...args: unknown[]) => take(name, args[0]));
  for (const name of signalNames) {
    setHandler(factSignals[name], (argument: unknown) => take(name, argument), { description: signalDescriptions[name] });
  }
  return inbox;
}
