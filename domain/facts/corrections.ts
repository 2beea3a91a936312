/**
 * Corrections: an event that is reported again with another content (another name signed) is a fact of its own. It has the same subject and
 * replaces the earlier report (`standing`). If the earlier report was sent on, one note corrects it; if not, the new one is sent instead.
 * All functions are pure.
 */
import type { Fact, FactKind, NewFact } from './facts.ts';
import { factKinds } from './kinds.ts';

export const isCorrectable = (kind: FactKind): boolean => factKinds[kind].saysAnything !== undefined;

/** An earlier report of an event: its fact, and its content, which is null where it was erased. */
export interface Telling {
  readonly fact: Fact;
  readonly body: unknown;
}

/**
 * Compares a reported event with the earlier reports of it that are known. It returns the fact itself where there are none, a correction
 * where the content differs from the report that stands, and null where it is no news. A push may be late, so a push that repeats an
 * earlier content changes nothing; a read is true at the instant at which it was begun (`heard`, UTC ISO). Texts are compared as stored.
 */
export function correctionOf(
  fact: NewFact,
  tellings: readonly Telling[],
  {
    heard,
    via,
    same,
  }: { readonly heard: string; readonly via: Fact['via']; readonly same: (a: unknown, b: unknown) => boolean },
): NewFact | null {
  const [first, ...more] = [...tellings].sort((a, b) => ((a.fact.retold ?? '') < (b.fact.retold ?? '') ? 1 : -1));
  if (first === undefined) return fact;
  const stands = first.fact.retold ?? first.fact.heard;
  if (
    factKinds[fact.kind].saysAnything?.(fact.body) !== true ||
    first.body === null ||
    heard <= stands ||
    same(first.body, fact.body)
  )
    return null;
  const before = more.find(({ body }) => body !== null && same(body, fact.body))?.fact;
  if (before !== undefined && via !== 'read') return null;
  const like = before === undefined ? {} : { like: before.retold === undefined ? 'first' : (before.like ?? before.id) };
  return { ...fact, id: `${fact.id}${correctedAt}${heard}`, retold: heard, ...like };
}

/** Separates the id of an event from the instant at which it was corrected. */
export const correctedAt = '~';

/** The digest of a report's content for the obligation that it owes. Two reports with the same content have the same digest. */
export function digestOfTelling({ id, retold, like }: Fact): string {
  if (retold === undefined || like === 'first') return '1';
  return `correction:${like ?? id}`;
}
