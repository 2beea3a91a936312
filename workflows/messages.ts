/** Signals, updates and queries of a consignment. Each can be sent by hand with a few lines of JSON (docs/by-hand.md). */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { FactKind } from '../domain/facts/facts.ts';
import { factKinds, type SignalName, signalNames } from '../domain/facts/kinds.ts';
import type { Leg, Role } from '../domain/facts/roles.ts';
import type { Lane } from '../domain/obligations/lanes.ts';
import type { Plan } from '../domain/obligations/plan.ts';
import type { Stage } from '../domain/state/state.ts';
import type { Diagnosis } from '../domain/words/outstanding.ts';

/** What the dispatcher sends: the plan that was made with what is new, or word that the record is to be asked for one. */
export type SignalInput = { readonly plan: Plan } | { readonly ask: true };

/** The signal under which news of these kinds is told. */
export function signalFor(kinds: Iterable<FactKind>): SignalName {
  const named = new Set([...kinds].map((kind) => factKinds[kind].signal));
  const [only] = named;
  return named.size === 1 && only !== undefined ? only : 'facts';
}

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

export const factSignals = Object.fromEntries(
  signalNames.map((name) => [name, defineSignal<[unknown]>(name)]),
) as Record<SignalName, ReturnType<typeof defineSignal<[unknown]>>>;

/** Takes nothing, and does not look at what is given all the same: who asked, and why, stands in the record alone. */
export const refresh = defineUpdate<{ asked: string }, []>('refresh');
/** Refused where nothing is known under the key. */
export const resend = defineUpdate<{ obligation: string; revision: number }, [{ obligation: string }]>('resend');

/** Where the consignment stands, for machines. */
export interface StateView {
  readonly stage: Stage;
  /** Our roles and the leg we drive, where Palletways names depots. */
  readonly ours?: readonly Role[];
  readonly leg?: Leg;
  /** Of the plan that stands; 0 before the first. */
  readonly version: number;
  /** Keys of what is outstanding, as far as the plan names them. */
  readonly outstanding: readonly string[];
  /** How many are outstanding besides. */
  readonly more: number;
  /** How many can be sent now in each lane; lanes with none are left out. */
  readonly due: Readonly<Partial<Record<Lane, number>>>;
  /** When something becomes due by itself, and when the consignment is over; UTC ISO. */
  readonly wakeAt?: string;
  readonly closeAt?: string;
  /** Lanes with a send under way. */
  readonly inFlight: readonly Lane[];
  /** Signals by hand of which something could not be read, in this run. */
  readonly unreadable: number;
  readonly attention: boolean;
}
export const state = defineQuery<StateView>('state');
/** One sentence for each update that is outstanding. */
export const why = defineQuery<readonly Diagnosis[]>('why');
