/** Reads JSON from outside, also where one character of it is not allowed. Pure. */

/** Matches control characters, which JSON has only in their escaped form, and backslashes that begin no escape. */
const controls = /\p{Cc}+/gu;
const escapes = /\\(?:["\\/bfnrt]|u[0-9a-f]{4})|\\/gi;

/** Parses JSON. Where it is none because of single characters, it is tried without these. @throws SyntaxError where it is none at all. */
export function parseJsonText(text: string): unknown {
  const said = text.replace(/^\ufeff/, '');
  try {
    return JSON.parse(said) as unknown;
  } catch (error) {
    const mended = said.replace(controls, ' ').replace(escapes, (found) => (found === '\\' ? '\\\\' : found));
    try {
      return JSON.parse(mended) as unknown;
    } catch {
      throw error;
    }
  }
}
