/** Signals, updates and queries of a consignment. Each can be sent by hand with a few lines of JSON (docs/by-hand.md). */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Diagnosis } from '../domain/diagnosis.ts';
import type { Fact } from '../domain/facts.ts';
import type { Leg, Role } from '../domain/roles.ts';
import type { Stage } from '../domain/state.ts';
import type { WorkflowPolicy } from '../domain/workflow-policy.ts';

/** What the dispatcher sends: facts in the order of arrival, and the policy where it changed. */
export interface Told {
  readonly facts: readonly Fact[];
  readonly policy?: WorkflowPolicy;
  /** What runs loads the record again: what it remembers may be older. */
  readonly reload?: boolean;
}

export const signalNames = ['order', 'allocation', 'scan', 'milestone', 'exception', 'pod', 'cancellation', 'facts'] as const;
export type SignalName = (typeof signalNames)[number];

/** Which signal carries facts of one kind alone; a mixed batch rides `facts`. */
export const signalOf: Readonly<Record<Fact['kind'], SignalName>> = {
  order: 'order',
  labels: 'order',
  tracking: 'order',
  hint: 'order',
  plan: 'allocation',
  scan: 'scan',
  milestone: 'milestone',
  eta: 'milestone',
  exception: 'exception',
  case: 'exception',
  document: 'pod',
  pod: 'pod',
  proof: 'pod',
  cancellation: 'cancellation',
  charge: 'facts',
  'close-out': 'facts',
  merged: 'facts',
  network: 'facts',
  revived: 'facts',
  verdict: 'facts',
  presence: 'facts',
  held: 'facts',
  resend: 'facts',
  refresh: 'facts',
};

export const signalDescriptions: Readonly<Record<SignalName, string>> = {
  order: 'The order, its labels or identifiers as Palletways tells them. By hand {}: there is something new, read it.',
  allocation: 'Planned on a trip, moved, or taken off. By hand: {"trip":"R12","vehicle":"VAN 7"} or {"trip":null}.',
  scan: 'A pallet was scanned. By hand: {"barcode":"B00432B6FE","scan":"load"} (load, unload, cross-dock, delivery; optional "at").',
  milestone: 'By hand: {"milestone":"out"} (out, arrived, delivered, failed; optional "at", "reason").',
  exception: 'Something went wrong. By hand: {"code":"DAMAGE"} (optional "at").',
  pod: 'Proof of delivery. By hand: {} with an optional "at"; names stay out of history, so a name comes from Qargo.',
  cancellation: 'Palletways cancelled the consignment. By hand: {}.',
  facts:
    'A batch in the order of arrival, sent by the dispatcher. By hand: {"facts":[{"kind":"scan","barcode":"B00432B6FE","scan":"load"}]}.',
};

export const factSignals = Object.fromEntries(signalNames.map((name) => [name, defineSignal<[unknown]>(name)])) as Record<
  SignalName,
  ReturnType<typeof defineSignal<[unknown]>>
>;

export const refresh = defineUpdate<{ asked: string }, [{ who?: string }?]>('refresh');
export const resend = defineUpdate<{ obligation: string; revision: number }, [{ obligation: string; who?: string; why?: string }]>(
  'resend',
);

/** Where the consignment stands, for machines. */
export interface StateView {
  readonly stage: Stage;
  /** Our roles and the leg we drive, where Palletways names depots. */
  readonly ours?: readonly Role[];
  readonly leg?: Leg;
  readonly owed: readonly string[];
  readonly held: readonly { readonly key: string; readonly by: string }[];
  readonly delivered: number;
  readonly subjects: number;
  /** Whether more is owed than the workflow holds; the record knows it. */
  readonly more: boolean;
  readonly inFlight: readonly string[];
  readonly unreadable: number;
}
export const state = defineQuery<StateView>('state');
/** One sentence for each obligation that is not met. */
export const why = defineQuery<readonly Diagnosis[]>('why');
