/**
 * Chooses the reason code of an organisation's tables with which an exception is sent, and says why one is held back until a table has its
 * code. Pure.
 */

import { cutText } from '../facts/text.ts';
import type { Policy } from './settings.ts';

export interface ReasonTables {
  /** Palletways' note types, by reason code. */
  readonly types: Readonly<Record<string, string>>;
  /** Reason codes, by Qargo's incident code. */
  readonly incidentCodes: Readonly<Record<string, string>>;
}

/**
 * Returns the reason code that the tables have: the code itself, or the one that `incidentCodes` now gives for it; null where they have
 * neither.
 */
export function knownReason(code: string, { types, incidentCodes }: ReasonTables): string | null {
  const said = code.trim().toUpperCase();
  if (Object.hasOwn(types, said)) return code;
  const meant = Object.hasOwn(incidentCodes, said) ? (incidentCodes[said] ?? '') : '';
  return Object.hasOwn(types, meant.toUpperCase()) ? meant : null;
}

/** A reason code that no table of the organisation has, cut to 80 characters. */
export interface UnknownReason {
  readonly code: 'unmapped';
  readonly table: 'reason';
  readonly value: string;
}

/** Returns the cause for which an exception is held back; null where it can be sent. Every exception with that code has the same cause. */
export function reasonParked(
  code: string,
  tables: ReasonTables,
  { unknownReasons }: Pick<Policy, 'unknownReasons'>,
): UnknownReason | null {
  return unknownReasons === 'park' && knownReason(code, tables) === null ? heldFor(code) : null;
}

/**
 * Returns the code that is used outside the exception's own note, in an offer or as the reason of a failed attempt. It is `OTHER` while the
 * code is unknown and unknown reasons are parked.
 */
export function chooseReason(
  code: string,
  tables: ReasonTables,
  { unknownReasons }: Pick<Policy, 'unknownReasons'>,
): string {
  return unknownReasons === 'park' ? (knownReason(code, tables) ?? 'OTHER') : code;
}

const heldFor = (code: string): UnknownReason => ({ code: 'unmapped', table: 'reason', value: cutText(code, 80) });
