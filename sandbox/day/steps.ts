/** The steps a day is made of. Plain data: a plan can be compared, printed and played twice. */
import type { Consignment } from './consignments.ts';
import type { Evidence } from './evidence.ts';

export type StopType = 'PICKUP' | 'DELIVERY';

interface Common {
  /** When it is said: ms on the plan's clock, before the division by the pace. */
  at: number;
  organisation: string;
  /** The consignments it concerns, by the plan's own keys. Steps of one key are played in the plan's order. */
  keys: string[];
  /** Ms (before the division) that must have passed since the step before it of the same key: only a read tells that one. */
  standsFor?: number;
}

/** What a driver's telephone or a planner tells Qargo; these can travel in a batch. */
export type Deed =
  | (Common & {
      kind: 'scan';
      lift: number;
      status: 'SCANNED_IN' | 'STORED' | 'SCANNED_OUT';
      stop: StopType | null;
      instant: string;
      by: string;
    })
  | (Common & {
      kind: 'stop';
      stop: StopType;
      status: 'AT_STOP' | 'COMPLETED' | 'FAILED';
      instant: string;
      startedAt?: string;
      incident?: { code: string; name: string; description: string; photos: Evidence[] };
    })
  | (Common & {
      kind: 'pod';
      signedBy: string;
      instant: string;
      position: { longitude: number; latitude: number };
      documents: (Evidence & { type: string })[];
      /** No push tells it. */
      push?: false;
    });

export type Step =
  | (Common & { kind: 'create'; consignment: Consignment; trackingDelayMs: number })
  | (Common & { kind: 'label'; readyDelayMs: number })
  | (Common & { kind: 'edit'; changes: Partial<Consignment> })
  | (Common & { kind: 'cancel'; push: boolean; note: boolean })
  | (Common & { kind: 'network'; note: Record<string, unknown> })
  | (Common & { kind: 'revive' })
  /** A call of the control API about the order, as it is. */
  | (Common & { kind: 'desk'; call: 'edit' | 'custom' | 'eta' | 'charges'; body: Record<string, unknown> })
  /** So many kg more than the order says of its first goods. */
  | (Common & { kind: 'weigh'; more: number })
  | (Common & { kind: 'documents'; documents: (Evidence & { type: string })[] })
  | (Common & {
      kind: 'plan';
      trip: string;
      vehicle: { code: string; name: string; plate: string };
      driver: string;
      instant: string;
      dispatch: boolean;
    })
  | (Common & { kind: 'remove'; trip: string; instant: string })
  | Deed
  | (Common & { kind: 'offline'; deeds: Deed[]; shuffle: number; driver: string });

export interface Plan {
  seed: number;
  /** Ms on the plan's clock from the first step to the last. */
  length: number;
  steps: Step[];
}

/** How long what only a read tells stands before it is changed: a read every 2 min, and some. */
export const READ_AFTER_MS = 155_000;
/** Of so many orders on the road each is read in its turn within that. */
const READ_IN_TURN = 35;

/** The same where so many orders of a depot are on the road: Qargo lets a tenant ask twice a second, and half of that is for other things. */
export const readAfterMs = (orders: number): number => READ_AFTER_MS + 1_000 * Math.max(0, orders - READ_IN_TURN);
