/**
 * Corrections: an event that is told again with another content (another name signed) is a fact of its own. It is of the same subject and
 * stands over the telling before (`standing`); what was told of that is corrected by one note, what was not is replaced. Pure.
 */
import type { Fact, FactKind, NewFact } from './facts.ts';
import { factKinds } from './kinds.ts';

export const isCorrectable = (kind: FactKind): boolean => factKinds[kind].saysAnything !== undefined;

/** An earlier telling of an event: its fact, and its content; null where that was erased. */
export interface Telling {
  readonly fact: Fact;
  readonly body: unknown;
}

/**
 * What an event that is told is, given the tellings of it that are known: the fact itself where there is none, a correction where it says
 * something else than what stands, null where it is no news. A push may be late: what was said before it does not say anew. A read tells
 * what is true as it was begun at `heard` (UTC ISO). Texts are compared as they are stored.
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

/** Between the id of an event and the instant at which it was corrected. */
export const correctedAt = '~';

/** What a telling says, for the obligation that it owes: two that say the same are one. */
export function digestOfTelling({ id, retold, like }: Fact): string {
  if (retold === undefined || like === 'first') return '1';
  return `correction:${like ?? id}`;
}
