/** What workflows may ask of the world, as types: a workflow imports nothing else of the activities. */
import type { Lane } from '../domain/obligations/lanes.ts';
import type { Plan } from '../domain/obligations/plan.ts';

export interface ConsignmentId {
  readonly organisation: string;
  readonly consignment: string;
}

/** Everything due in one lane; the activity takes it itself. */
export interface SendInput extends ConsignmentId {
  readonly lane: Lane;
}

/** The plan as it is after what was asked. */
export interface Sent {
  readonly plan: Plan;
}

/** What a person signalled or asked of a workflow, as it came: nothing of it was looked at. */
export type ByHand =
  | { readonly signal: string; readonly argument: unknown }
  | { readonly update: 'refresh' }
  | { readonly update: 'resend'; readonly obligation: string };

/** What became of each; an update that is refused says why, in a sentence. */
export type HandAnswer =
  | { readonly taken: boolean }
  | { readonly asked: string }
  | { readonly obligation: string; readonly revision: number }
  | { readonly refused: string };

export interface TakenByHand extends Sent {
  /** One for each that was given, in their order. */
  readonly answers: readonly HandAnswer[];
}

export interface SweepInput {
  readonly organisation: string;
  /** Of a further turn at Qargo within a sweep: when it began, UTC ISO. What was read before is due again. */
  readonly since?: string;
  /** When the sweep's turn began that reads trips once more before the next sweep, UTC ISO. */
  readonly tripsSince?: string;
}

export interface SweepResult {
  /** Facts that no push had told. */
  readonly found: number;
  readonly read: number;
  /** False where time ran out and something was left to the next sweep; left out where nothing can be left. */
  readonly complete?: boolean;
  /** When it is due again, from its end, ms; left out where only the schedule tells. */
  readonly againMs?: number;
  /** When trips are to be read once more before that, from its end, ms; left out where they are not. */
  readonly tripsAgainMs?: number;
}

export interface ConsignmentActivities {
  loadPlan(input: ConsignmentId): Promise<Plan>;
  /** Journals what a person said and takes it in. May be asked twice for the same: `batch` names it. */
  takeInByHand(
    input: ConsignmentId & { readonly batch: string; readonly at: string; readonly said: readonly ByHand[] },
  ): Promise<TakenByHand>;
  /** Closes the consignment where nothing came since this version of it. */
  closeConsignment(
    input: ConsignmentId & { readonly version: number },
  ): Promise<{ readonly closed: boolean; readonly plan: Plan }>;
  sendToPalletways(input: SendInput): Promise<Sent>;
  sendToQargo(input: SendInput): Promise<Sent>;
}

export interface SweepActivities {
  beginSweep(input: SweepInput): Promise<number>;
  sweepPalletways(input: SweepInput): Promise<SweepResult>;
  sweepQargo(input: SweepInput): Promise<SweepResult>;
  endSweep(input: SweepInput & { readonly sweep: number; readonly found: number }): Promise<void>;
}

export interface PublicationInput {
  readonly organisation: string;
  /** The version that is published. */
  readonly version: number;
  /** Internal id after which the next page begins; empty at first. */
  readonly after: string;
  readonly looked: number;
  readonly woken: number;
}

export interface PublicationPage {
  readonly looked: number;
  readonly woken: number;
  /** ms until the next page. */
  readonly restMs: number;
  /** Where the next page begins; undefined at the end. */
  readonly next?: string;
}

export interface PublicationActivities {
  publishPage(input: PublicationInput): Promise<PublicationPage>;
  endPublication(input: PublicationInput): Promise<void>;
}

export interface ShadowActivities {
  /** Reference of the content in which it stands. */
  keepShadow(input: ConsignmentId): Promise<string>;
}
