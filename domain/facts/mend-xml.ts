/**
 * Mends XML of which a few characters are not allowed, so that one of them costs at most the row in which it stands and never a whole feed.
 * It is tried only where the document could not be parsed as it came.
 */

/** HTML's names of U+00A0 to U+00FF, which XML does not know. */
const latin =
  `nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1
ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml
ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring
aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc
uuml yacute thorn yuml`.split(/\s/);
const names: ReadonlyMap<string, string> = new Map([
  ...latin.map((name, place): [string, string] => [name, String.fromCharCode(0xa0 + place)]),
  ['euro', '€'],
  ['ndash', '–'],
  ['mdash', '—'],
  ['lsquo', '‘'],
  ['rsquo', '’'],
  ['ldquo', '“'],
  ['rdquo', '”'],
  ['hellip', '…'],
  ['bull', '•'],
  ['trade', '™'],
]);
const own = new Set(['amp', 'lt', 'gt', 'quot', 'apos']);

/** What XML 1.0 takes for a character. */
const isCharacter = (code: number) =>
  code === 9 ||
  code === 10 ||
  code === 13 ||
  (code >= 0x20 && code < 0xd800) ||
  (code > 0xdfff && code < 0xfffe) ||
  (code > 0xffff && code <= 0x10ffff);

/** Matches what XML takes for no character, wherever it stands. */
const forbidden = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** Leaves out characters and references that XML does not allow, knows HTML's names of letters, and reads a bare `&` or `<` as text. */
export function mendCharacters(xml: string): string {
  return xml
    .replace(forbidden, '')
    .split(/(<!\[CDATA\[[\s\S]*?\]\]>)/)
    .map((part, place) => (place % 2 === 1 ? part : mendMarkup(part)))
    .join('');
}

function mendMarkup(xml: string): string {
  return xml
    .replace(/&(?:(#\d{1,8}|#x[0-9a-f]{1,7}|[a-z][a-z0-9]{1,9});)?/gi, (found, name: string | undefined) => {
      if (name === undefined) return '&amp;';
      if (own.has(name)) return found;
      if (!name.startsWith('#')) return names.get(name) ?? `&amp;${found.slice(1)}`;
      const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
      return isCharacter(code) ? found : '';
    })
    .replace(/<(?![a-z_/!?])/gi, '&lt;');
}

/**
 * Puts `without` in the place of each element of that name that is not well formed by itself. It answers null where there is none, or where
 * its end is missing.
 */
export function leaveOut(
  xml: string,
  name: string,
  isWellFormed: (element: string) => boolean,
  without: string,
): string | null {
  const [begin, end] = [`<${name}>`, `</${name}>`];
  const parts: string[] = [];
  let at = 0;
  let isChanged = false;
  for (let found = xml.indexOf(begin); found !== -1; found = xml.indexOf(begin, at)) {
    const closing = xml.indexOf(end, found);
    if (closing === -1) return null;
    const element = xml.slice(found, closing + end.length);
    const isWell = isWellFormed(element);
    isChanged ||= !isWell;
    parts.push(xml.slice(at, found), isWell ? element : `${begin}${without}${end}`);
    at = closing + end.length;
  }
  return isChanged ? `${parts.join('')}${xml.slice(at)}` : null;
}
