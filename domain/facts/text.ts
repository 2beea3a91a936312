/**
 * The gate for text that comes from outside: what passes it can be stored, compared and told on. Pure.
 *
 * PostgreSQL's `text` takes no NUL, its `jsonb` no NUL and no half of a surrogate pair, XML no control character. All of them come:
 * an emoji cut in two by a field's length, a scanner's line end, a form feed in a delivery note. What came stays in the journal as it was.
 */

/** Halves of pairs that have lost their other half: only these are surrogates (`\p{Cs}`) where text is read by code points. */
const halves = /\p{Cs}/gu;
/** Control characters (C0, delete, C1) that neither are a tab nor end a line, halves of characters, and byte order marks in either order. */
const unwanted = /[^\P{Cc}\t\n\v\f\r\u0085]|[\p{Cs}\ufeff\ufffe]/gu;
/** What ends a line somewhere: a carriage return, a vertical tab, a form feed, the next line of C1. */
const lineEnds = /\r\n?|[\v\f\u0085]/g;
const suspect = /[^\P{Cc}\t\n]|[\p{Cs}\ufeff\ufffe]/u;
/** What tells the symbology before a scanned code (`]C1`: GS1-128), as ISO/IEC 15424 has it; some scanners are told to add it twice. */
const symbology = /^(?:\][A-Za-z]\d\s*)+/;
/** Characters without any width, which nobody sees in an identifier. */
const invisible = /[\u200b-\u200f\u2060]/g;

/** Text that PostgreSQL takes as `text` and inside `jsonb`: without NUL and without halves of characters, and else as it came. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '').replace(halves, '');
}

/**
 * Free text as it is kept and told on: without NUL, halves of characters, control characters and byte order marks. Tabs stay, and
 * every end of a line is `\n`. Clean text comes back as it was.
 */
export function cleanText(text: string): string {
  return suspect.test(text) ? text.replace(unwanted, '').replace(lineEnds, '\n') : text;
}

/**
 * A name of something (a barcode, a tracking id, a consignment number, an order's id) as it is compared: clean text in one line, without
 * blanks and scanner affixes around it. Empty where nothing else was there.
 */
export function cleanIdentifier(text: string): string {
  return cleanText(text).replace(invisible, '').replace(/\s+/g, ' ').trim().replace(symbology, '');
}

/** At most so many UTF-16 units from the start, no character cut in two. */
export function cutText(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const last = text.charCodeAt(longest - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? longest - 1 : longest);
}

/** A JSON value with each text and each name in it through `clean`; what changes nothing comes back as the same object. */
export function cleanValue<T>(value: T, clean: (text: string) => string = cleanText): T {
  return cleaned(value, clean) as T;
}

function cleaned(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) {
    const members: unknown[] = value.map((each: unknown) => cleaned(each, clean));
    return members.every((each, index) => Object.is(each, value[index])) ? value : members;
  }
  if (!isPlain(value)) return value;
  let changed = false;
  const entries = Object.entries(value).map(([name, said]): [string, unknown] => {
    const entry: [string, unknown] = [clean(name), cleaned(said, clean)];
    changed ||= entry[0] !== name || !Object.is(entry[1], said);
    return entry;
  });
  return changed ? Object.fromEntries(entries) : value;
}

/** An object as JSON has them; dates and bytes are none. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const of: unknown = Object.getPrototypeOf(value);
  return of === Object.prototype || of === null;
}
