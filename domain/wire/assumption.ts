/** The form of an entry in the register of wire assumptions. The entries are pure data, no rule reads them. */

/**
 * How strongly a public source supports what we take: published by the vendor; shown in one published example; read in other people's
 * code; inferred from any of these; nothing; or published otherwise, where a source speaks against it.
 */
export const strengths = [
  'published',
  'one example',
  'other code',
  'inferred',
  'nothing',
  'published otherwise',
] as const;
export type Strength = (typeof strengths)[number];

export interface Evidence {
  readonly strength: Strength;
  /** The source, in the short names of docs/wire-assumptions.md, and what it shows. '' where there is none. */
  readonly source: string;
}

/** One assumption about the wire of one counterpart. */
export interface Assumption {
  /** Stable; the flips of the twins carry it (`38b`). */
  readonly id: number;
  readonly side: 'palletways' | 'qargo';
  /** One sentence: the product takes this for true. */
  readonly taken: string;
  readonly evidence: Evidence;
  /** The alternatives, in the order of their letters: the first is `a`. */
  readonly alternatives: readonly string[];
  /** Paths in the organisation's configuration that say otherwise. None: nothing need be set, or nothing can be set yet; `otherwise` says which. */
  readonly settings: readonly string[];
  /** How a first contact settles it. */
  readonly settledBy: string;
  /** One sentence: the product does this where the assumption is wrong. */
  readonly otherwise: string;
}

/** The id of an alternative: `38b` of entry 38 and place 1. */
export function alternativeId(id: number, place: number): string {
  return `${id}${String.fromCharCode('a'.charCodeAt(0) + place)}`;
}
