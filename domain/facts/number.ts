/**
 * Reads numbers that people wrote. A number is read whole and in the notation that its writer is known to use, or it is not read: half of
 * `1,250` is a false number. Pure.
 */

/** How an account writes numbers: `1,250.50` has a decimal point, `1.250,50` a decimal comma. */
export const notations = ['point', 'comma'] as const;
export type Notation = (typeof notations)[number];

/** A number as it stands in a text. */
export interface Numeral {
  readonly said: string;
  readonly before: string;
  readonly after: string;
}

/** Group separators that no notation has for its decimals: blanks that do not break, and apostrophes. */
const apart = "'’\\u00a0\\u2009\\u202f";
const numeral = new RegExp(`\\d(?:[\\d.,${apart}]*\\d)?`, 'g');
const forms: Readonly<Record<Notation, RegExp>> = {
  point: new RegExp(`^(\\d{1,7}|\\d{1,3}(?:[,${apart}]\\d{3}){1,2})(?:\\.(\\d{1,4}))?$`),
  comma: new RegExp(`^(\\d{1,7}|\\d{1,3}(?:[.${apart}]\\d{3}){1,2})(?:,(\\d{1,4}))?$`),
};

/** Finds each run of digits and separators in a text, with what stands before and after it. */
export function numeralsIn(text: string): Numeral[] {
  return [...text.matchAll(numeral)].map(({ 0: said, index }) => ({
    said,
    before: text.slice(0, index),
    after: text.slice(index + said.length),
  }));
}

/**
 * Reads a number of at most seven whole digits. It is null where it is not of the notation, and where it may as well be a thousand of the
 * other one: `1.250` with a decimal point. With `thousandths` such a number is read, for units in which a thousand makes no sense.
 */
export function readNumber(said: string, notation: Notation, { thousandths = false } = {}): number | null {
  const [, whole, part] = forms[notation].exec(said) ?? [];
  if (whole === undefined) return null;
  if (!thousandths && part?.length === 3 && /^[1-9]\d{0,2}$/.test(whole)) return null;
  return Number(`${whole.replaceAll(/\D/g, '')}.${part ?? '0'}`);
}
