/** A finding of a first contact about one assumption of the register. */
import { assumption } from '../../domain/wire/register.ts';

export const outcomes = ['confirmed', 'contradicted', 'not seen'] as const;
export type Outcome = (typeof outcomes)[number];

export interface Finding {
  /** Id in the register. */
  readonly assumption: number;
  readonly outcome: Outcome;
  /** The alternative that was seen instead, `7a`, where it is one of the register. */
  readonly alternative?: string;
  /** The evidence, with counts; it holds nothing personal and no key. */
  readonly seen: string;
  /** Settings that say so, by path in the organisation's configuration. */
  readonly set?: Readonly<Record<string, unknown>>;
}

export function confirmed(id: number, seen: string): Finding {
  return { assumption: id, outcome: 'confirmed', seen };
}

export function contradicted(id: number, seen: string, more: Pick<Finding, 'alternative' | 'set'> = {}): Finding {
  return { assumption: id, outcome: 'contradicted', seen, ...more };
}

/** Nothing in the traffic tells: the register says what would. */
export function notSeen(id: number, seen = assumption(id).settledBy): Finding {
  return { assumption: id, outcome: 'not seen', seen };
}
