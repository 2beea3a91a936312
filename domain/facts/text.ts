/**
 * Cleans text that comes from outside, so that it can be stored, compared and sent on. Pure.
 *
 * PostgreSQL's `text` takes no NUL, its `jsonb` takes no NUL and no half of a surrogate pair, and XML takes no control character. All of
 * them arrive: an emoji cut in two by a field's length, a scanner's line end, a form feed in a delivery note. The journal keeps the text as
 * it came.
 */

/** Matches halves of surrogate pairs that have lost their other half. Only these match `\p{Cs}` where text is read by code points. */
const halves = /\p{Cs}/gu;
/** Matches control characters (C0, delete, C1) except tabs and line ends, halves of characters, and byte order marks in either order. */
const unwanted = /[^\P{Cc}\t\n\v\f\r\u0085]|[\p{Cs}\ufeff\ufffe]/gu;
/** Matches the line ends of other systems: a carriage return, a vertical tab, a form feed, the next line of C1. */
const lineEnds = /\r\n?|[\v\f\u0085]/g;
const suspect = /[^\P{Cc}\t\n]|[\p{Cs}\ufeff\ufffe]/u;
/** Matches the symbology before a scanned code (`]C1` is GS1-128) as in ISO/IEC 15424. Some scanners are set to add it twice. */
const symbology = /^(?:\][A-Za-z]\d\s*)+/;
/** Matches characters without any width, which nobody sees in an identifier. */
const invisible = /[\u200b-\u200f\u2060]/g;

/** Makes text that PostgreSQL takes as `text` and inside `jsonb`: it removes NUL and halves of characters and changes nothing else. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '').replace(halves, '');
}

/**
 * Cleans free text for storing and sending: it removes NUL, halves of characters, control characters and byte order marks. Tabs stay, and
 * every line ends in `\n`. Clean text is returned unchanged.
 */
export function cleanText(text: string): string {
  return suspect.test(text) ? text.replace(unwanted, '').replace(lineEnds, '\n') : text;
}

/**
 * Cleans an identifier (a barcode, a tracking id, a consignment number, an order's id) for comparing: clean text in one line, without
 * blanks around it and without a scanner's prefix. It returns an empty text where nothing else was there.
 */
export function cleanIdentifier(text: string): string {
  return cleanText(text).replace(invisible, '').replace(/\s+/g, ' ').trim().replace(symbology, '');
}

/** As {@link cleanIdentifier}, in capitals: a scanner with its keyboard's case turned round says the same pallet. */
export const cleanBarcode = (text: string): string => cleanIdentifier(text).toUpperCase();

/** Cuts text to at most `longest` UTF-16 units and never cuts a character in two. */
export function cutText(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const last = text.charCodeAt(longest - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? longest - 1 : longest);
}

/** Applies `clean` to each text and each name in a JSON value. If nothing changes, it returns the same object. */
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

/** Whether this is an object as JSON has them; dates and bytes are not. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const of: unknown = Object.getPrototypeOf(value);
  return of === Object.prototype || of === null;
}
