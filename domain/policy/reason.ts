/** In which word of an organisation's tables an exception is told, and why one is held back until a table has its code. Pure. */

import { cutText } from '../facts/text.ts';
import type { Policy } from './settings.ts';

export interface ReasonTables {
  /** Palletways' note type by reason code. */
  readonly types: Readonly<Record<string, string>>;
  /** Reason code by Qargo's incident code. */
  readonly incidentCodes: Readonly<Record<string, string>>;
}

/** The reason code that stands in the tables: the code itself, or what an incident of that code means since; null where neither does. */
export function knownReason(code: string, { types, incidentCodes }: ReasonTables): string | null {
  const said = code.trim().toUpperCase();
  if (Object.hasOwn(types, said)) return code;
  const meant = Object.hasOwn(incidentCodes, said) ? (incidentCodes[said] ?? '') : '';
  return Object.hasOwn(types, meant.toUpperCase()) ? meant : null;
}

/** A reason code that stands in no table of the organisation, cut to 80 characters. */
export interface UnknownReason {
  readonly code: 'unmapped';
  readonly table: 'reason';
  readonly value: string;
}

/** The cause for which an exception is held back, the same for every one with that code; null where it can be told. */
export function reasonParked(
  code: string,
  tables: ReasonTables,
  { unknownReasons }: Pick<Policy, 'unknownReasons'>,
): UnknownReason | null {
  return unknownReasons === 'park' && knownReason(code, tables) === null ? heldFor(code) : null;
}

/** The code by which it is told beside its own note, in an offer or as the reason of a failed attempt: `OTHER` while it is unknown. */
export function chooseReason(
  code: string,
  tables: ReasonTables,
  { unknownReasons }: Pick<Policy, 'unknownReasons'>,
): string {
  return unknownReasons === 'park' ? (knownReason(code, tables) ?? 'OTHER') : code;
}

const heldFor = (code: string): UnknownReason => ({ code: 'unmapped', table: 'reason', value: cutText(code, 80) });
