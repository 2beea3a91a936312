/** What workflows may ask of the world, as types: a workflow imports nothing else of the activities. */
import type { Delivery } from '../domain/deliveries.ts';
import type { Fact } from '../domain/facts.ts';
import type { Lane } from '../domain/lanes.ts';
import type { ObligationKind } from '../domain/obligations.ts';
import type { Stage } from '../domain/state.ts';
import type { WorkflowPolicy } from '../domain/workflow-policy.ts';
import type { WorkingMemory } from '../domain/working-memory.ts';

export interface ConsignmentId {
  readonly organisation: string;
  readonly consignment: string;
}

export interface DeliverInput extends ConsignmentId {
  readonly items: readonly {
    readonly key: string;
    readonly kind: ObligationKind;
    readonly digest: string;
    readonly revision: number;
    readonly fact: string;
  }[];
  /** Facts signalled by hand that the store does not know yet; they are journalled first. */
  readonly hand?: readonly Fact[];
}

export interface DeliverResult {
  readonly outcomes: readonly Delivery[];
  /** What reads made on the way told; recorded already. */
  readonly facts: readonly Fact[];
  /** The policy as it is now, where some of what was asked has been switched off meanwhile: that has no outcome. */
  readonly policy?: WorkflowPolicy;
}

/** With `beyond`: what is owed in these lanes besides the facts with these ids. */
export interface LoadInput extends ConsignmentId {
  readonly beyond?: { readonly lanes: readonly Lane[]; readonly facts: readonly string[] };
}

export interface Loaded extends WorkingMemory {
  readonly policy: WorkflowPolicy;
  /** Palletways reference for people (consignment number, else tracking id), or null. */
  readonly reference: string | null;
  /** Lanes of which more is owed than is told here; left out by version 0.1.0, which told all. */
  readonly more?: readonly Lane[];
}

export interface SweepInput {
  readonly organisation: string;
  /** Of a further turn at Qargo within a sweep: when it began, UTC ISO. What was read before is due again. */
  readonly since?: string;
}

export interface SweepResult {
  /** Facts that no push had told. */
  readonly found: number;
  readonly read: number;
  /** False where time ran out and something was left to the next sweep; left out where nothing can be left. */
  readonly complete?: boolean;
  /** When it is due again, from its end, ms; left out where only the schedule tells. */
  readonly againMs?: number;
}

export interface ConsignmentActivities {
  loadConsignment(input: LoadInput): Promise<Loaded>;
  recordHand(input: ConsignmentId & { readonly facts: readonly Fact[] }): Promise<void>;
  keepStage(input: ConsignmentId & { readonly stage: Stage; readonly closed: boolean }): Promise<void>;
  deliverToPalletways(input: DeliverInput): Promise<DeliverResult>;
  deliverToQargo(input: DeliverInput): Promise<DeliverResult>;
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
  /** Consignments that are to load the record again; those that are only asked to send something again are woken by that. */
  readonly reload: readonly string[];
  readonly policy?: WorkflowPolicy;
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
