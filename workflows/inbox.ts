/**
 * The inbox: everything signalled, in the order of arrival.
 *
 * One handler per signal name would lose that order: signals buffered before the first workflow task, or over a
 * continue-as-new, are drained handler by handler. So a default handler is registered first; it drains whatever is buffered
 * in order. The named handlers come after it, so that the UI shows every name with its description.
 */
import { setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import type { Fact } from '../domain/facts.ts';
import type { WorkflowPolicy } from '../domain/workflow-policy.ts';
import { handFact } from './by-hand.ts';
import { factSignals, type SignalName, signalDescriptions, signalNames, type Told } from './messages.ts';

export interface Inbox {
  readonly facts: Fact[];
  /** Facts said by hand that the store does not know yet. */
  readonly hand: Fact[];
  /** Signals that could not be read, counted and shown. */
  unreadable: number;
  policy: WorkflowPolicy | undefined;
}

const isTold = (argument: unknown): argument is Told =>
  typeof argument === 'object' && argument !== null && Array.isArray((argument as { facts?: unknown }).facts);

/** Opens the inbox of this run. `now` gives the workflow's clock in UTC ISO. Must be called before anything is awaited. */
export function openInbox(now: () => string, carried: readonly Fact[] = []): Inbox {
  const inbox: Inbox = { facts: [...carried], hand: carried.filter((fact) => fact.via === 'hand'), unreadable: 0, policy: undefined };
  const take = (name: string, argument: unknown): void => {
    if (isTold(argument)) {
      inbox.facts.push(...argument.facts);
      if (argument.policy !== undefined) inbox.policy = argument.policy;
      return;
    }
    const fact = (signalNames as readonly string[]).includes(name) ? handFact(name as SignalName, argument, now()) : null;
    if (fact === null) inbox.unreadable += 1;
    else {
      inbox.facts.push(fact);
      inbox.hand.push(fact);
    }
  };
  setDefaultSignalHandler((name: string, ...args: unknown[]) => take(name, args[0]));
  for (const name of signalNames) {
    setHandler(factSignals[name], (argument: unknown) => take(name, argument), { description: signalDescriptions[name] });
  }
  return inbox;
}
