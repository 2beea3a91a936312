/**
 * The plan of a consignment: all that its workflow knows of it. The record makes it from what is outstanding (store/projection); it
 * rides on signals and on the answers of activities and holds codes, counts and instants alone, no personal data. At most 2 KB.
 */

import type { Counterpart } from '../facts/facts.ts';
import type { Leg, Role } from '../facts/roles.ts';
import type { Stage } from '../state/state.ts';
import type { ObligationKind } from './kinds.ts';
import type { Lane } from './lanes.ts';

/** What can be sent in one lane at the moment at which the plan was made. */
export interface LanePlan {
  readonly due: number;
  /** How many of each kind are due. */
  readonly kinds: Readonly<Partial<Record<ObligationKind, number>>>;
  /** Index into `callPriorities` of the most urgent class that is due. */
  readonly rank: number;
  /**
   * Version of the consignment at which something that is due replaced an earlier version of itself, or a cancellation came: a send
   * that began before it and is backing off is ended, so that the newer truth does not wait. 0: nothing did.
   */
  readonly supersedes: number;
}

/** Something outstanding, as a code with data; `describeOutstanding` (domain/words/outstanding.ts) makes the sentence. */
export interface Outstanding {
  readonly key: string;
  readonly kind: ObligationKind;
  readonly to: Counterpart;
  /**
   * `due`: sent as soon as a call can be made; `needs`: `by` names the need that is not met; `waits`: tried again at `until`, `by` is the
   * cause; `refused`, `unknown`: a person must act, `by` is the cause; `off`, `shadow`: its row is not on.
   */
  readonly state: 'due' | 'needs' | 'waits' | 'refused' | 'unknown' | 'off' | 'shadow';
  readonly by?: string;
  /** UTC ISO. */
  readonly until?: string;
}

/** What a person must answer that is no obligation. */
export type Asked = 'missing' | 'held';

/** What Temporal's page shows. */
export interface Page {
  /** Pallets and kg of the order; left out where there is none yet. */
  readonly goods?: { readonly lifts: number; readonly weight: number };
  /** The last things that happened, oldest first: UTC ISO and a code (`out`, `delivered`, `exception DAMAGE`); at most 12. */
  readonly happened: readonly (readonly [at: string, what: string])[];
  /** At most 10. */
  readonly outstanding: readonly Outstanding[];
  /** How many are outstanding besides. */
  readonly more: number;
  readonly asked: readonly Asked[];
}

export interface Plan {
  /** Counts what was projected of the consignment: the highest stands. */
  readonly version: number;
  readonly stage: Stage;
  readonly service: string;
  /** Consignment number and tracking id, as far as known. */
  readonly reference: readonly string[];
  readonly roles: readonly Role[];
  readonly leg: Leg;
  readonly attention: boolean;
  readonly lanes: Readonly<Partial<Record<Lane, LanePlan>>>;
  /** When something becomes due by itself; UTC ISO, by the database's clock. */
  readonly wakeAt?: string;
  /** When the consignment is over, where nothing comes; UTC ISO. Left out while something is outstanding. */
  readonly closeAt?: string;
  /** History events after which a run continues as new. */
  readonly maxHistory: number;
  readonly page: Page;
}
