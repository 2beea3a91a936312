/**
 * The plan of a consignment is all that its workflow knows of it. store/record/plan.ts makes it from what is outstanding in the record. It
 * travels in signals and in the answers of activities. It holds codes, counts and instants alone, no personal data, and is at most 2 KB.
 */

import type { Counterpart } from '../facts/facts.ts';
import type { Leg, Role } from '../facts/roles.ts';
import type { Row } from '../policy/rows.ts';
import type { Stage } from '../state/state.ts';
import type { Cause } from './causes.ts';
import type { Need, ObligationKind } from './kinds.ts';
import type { Lane } from './lanes.ts';

/** The sends that are possible in one lane at the moment at which the plan was made. */
export interface LanePlan {
  readonly due: number;
  /** The number of due obligations of each kind. */
  readonly kinds: Readonly<Partial<Record<ObligationKind, number>>>;
  /** The index into `callPriorities` of the most urgent class that is due. */
  readonly rank: number;
  /**
   * The version of the consignment at which a due obligation replaced an earlier version of itself, or a cancellation came; 0 where neither
   * happened. If a send began before that version and is backing off, it is ended, so that the newer content does not wait.
   */
  readonly supersedes: number;
}

/** Something outstanding, as a code with data. `describeOutstanding` (domain/words/outstanding.ts) makes the sentence. */
export interface Outstanding {
  readonly key: string;
  readonly kind: ObligationKind;
  readonly to: Counterpart;
  /**
   * `due`: it is sent as soon as a call can be made. `needs`: a need is not met, and `by` names it. `waits`: it is tried again at `until`,
   * because of `cause`. `refused`, `unknown`: a person must act, because of `cause`. `off`, `shadow`: its row, which `by` names, is not on.
   */
  readonly state: 'due' | 'needs' | 'waits' | 'refused' | 'unknown' | 'off' | 'shadow';
  readonly by?: Need | Row;
  readonly cause?: Cause;
  /** UTC ISO. */
  readonly until?: string;
}

/** A question that a person must answer and that is no obligation. */
export type Asked = 'missing' | 'sign' | 'held';

/** The content of the consignment's page in Temporal. */
export interface Page {
  /** The pallets and kg of the order; left out where there is no order yet. */
  readonly goods?: { readonly lifts: number; readonly weight: number };
  /** The last events, oldest first, at most 12. Each is a UTC ISO instant and a code (`out`, `delivered`, `exception DAMAGE`). */
  readonly happened: readonly (readonly [at: string, what: string])[];
  /** The first outstanding obligations, at most 10. */
  readonly outstanding: readonly Outstanding[];
  /** The number of outstanding obligations that are not in the list. */
  readonly more: number;
  readonly asked: readonly Asked[];
}

export interface Plan {
  /** Counts the projections of the consignment. The plan with the highest version stands. */
  readonly version: number;
  readonly stage: Stage;
  readonly service: string;
  /** The consignment number and tracking id, as far as they are known. */
  readonly reference: readonly string[];
  readonly roles: readonly Role[];
  readonly leg: Leg;
  readonly attention: boolean;
  readonly lanes: Readonly<Partial<Record<Lane, LanePlan>>>;
  /** The instant at which something becomes due by itself; UTC ISO, by the database's clock. */
  readonly wakeAt?: string;
  /** The instant (UTC ISO) at which the consignment is closed if nothing arrives before. It is left out while something is outstanding. */
  readonly closeAt?: string;
  /** The number of history events after which a run continues as new. */
  readonly maxHistory: number;
  readonly page: Page;
}
