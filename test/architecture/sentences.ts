/**
 * Sentences that code compares. A code is a word or a few that are declared as one: a member of a union of literals, of a list `as const` or
 * `z.enum`, a key or a value of an entry. Any other literal with a blank in it is a sentence, and what compares it breaks when somebody
 * writes it better. Purely by its text.
 */

/** Rooms whose code compares; what only shows or plays is left out. */
const rooms = /^(domain|store|connectors|activities|workflows|workers|client)\//;

/** Literals with a blank that are declared: in a union, in a list of codes, as a key, or as what a member of an entry is. */
function declaredIn(text: string): string[] {
  const found: string[] = [];
  const take = (pattern: RegExp) => {
    for (const [, literal] of text.matchAll(pattern)) if (literal !== undefined) found.push(literal);
  };
  take(/\|\s*'([^'\n]* [^'\n]*)'/g);
  take(/'([^'\n]* [^'\n]*)'\s*\|[^|]/g);
  take(/\b(?:code|kind|state|step|channel|stage|how|to|sort|need|needs): '([^'\n]* [^'\n]*)'/g);
  take(/^\s*'([^'\n]* [^'\n]*)':/gm);
  for (const [, one, other] of text.matchAll(/\[([^[\]]*)\](?:\s*as const|\s*satisfies)|z\.enum\(\[([^\]]*)\]/g))
    for (const [, literal] of (one ?? other ?? '').matchAll(/'([^'\n]*)'/g))
      if (literal?.includes(' ') === true) found.push(literal);
  return found;
}

const compares: readonly RegExp[] = [
  /(?:===|!==)\s*(['"])((?:(?!\1)[^\n])* (?:(?!\1)[^\n])*)\1/g,
  /\bcase (['"])((?:(?!\1)[^\n])* (?:(?!\1)[^\n])*)\1:/g,
  /\.(?:startsWith|endsWith|includes|indexOf|has)\(\s*(['"])((?:(?!\1)[^\n])* (?:(?!\1)[^\n])*)\1/g,
  /(?:like|starts_with\(\w+,)\s*(['"])((?:(?!\1)[^\n])* (?:(?!\1)[^\n])*)\1/g,
];
/** A sentence that stands in a variable of that name. */
const named = /\bsentence\.(?:includes|startsWith|endsWith|indexOf|match)\(|\.test\(sentence\)/g;

/** Literals that are no sentence though nothing declares them, each with its reason. */
export const noSentences: Readonly<Record<string, string>> = {
  'Basic ': 'the scheme of HTTP, RFC 7617',
  'VP8 ': 'the mark of a WebP file',
  'number %': 'the name of a budget for numbers',
  'before secure TLS connection was established': 'the text of Node, which gives no code for it',
};

/** `file: literal` for each sentence that the code of a room compares. */
export function sentencesCompared(house: ReadonlyMap<string, string>): string[] {
  const codes = new Set([...house].filter(([path]) => rooms.test(path)).flatMap(([, text]) => declaredIn(text)));
  return [...house].flatMap(([path, text]) => {
    if (!rooms.test(path)) return [];
    const code = text.replaceAll(/^\s*(?:\/\/|\*|\/\*).*$/gm, '');
    const literals = compares
      .flatMap((pattern) => [...code.matchAll(pattern)].map(([, , literal]) => literal ?? ''))
      .filter((literal) => !codes.has(literal) && !Object.hasOwn(noSentences, literal));
    return [...literals, ...[...code.matchAll(named)].map(([found]) => found)].map((found) => `${path}: ${found}`);
  });
}
