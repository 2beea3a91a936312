/**
 * Reads bytes from outside as text, whatever their label says. Labels are often wrong or missing, and a wrong label must not turn `Málaga`
 * into `MÃ¡laga`. Pure, and never throws.
 */

/**
 * Reads bytes as text: by a byte order mark, else as UTF-16 where every other byte is empty, else as UTF-8 where they are UTF-8, whatever
 * the labels say; else by the first label that is known. Where none is, each byte that is no part of UTF-8 is read as Windows-1252.
 * @param labels names of encodings, the likeliest first.
 */
export function decodeText(bytes: Uint8Array, ...labels: readonly (string | undefined)[]): string {
  const wide = wideOf(bytes);
  if (wide !== null) return new TextDecoder(wide).decode(bytes);
  const whole = decodeAs('utf-8', bytes);
  if (whole !== null) return whole;
  for (const label of labels) {
    const said = label === undefined || /^utf-?(?:8|16.*)$/i.test(label) ? null : decodeAs(label, bytes);
    if (said !== null) return said;
  }
  return decodeMixed(bytes);
}

/** Answers the charset that a content type names, in any spelling. */
export const charsetOf = (contentType: string): string | undefined =>
  /charset\s*=\s*["']?\s*([\w.:-]+)/i.exec(contentType)?.[1];

/** Whether it is UTF-16: by its mark, or as its first two characters are signs of ASCII. */
function wideOf(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  const isSign = (byte: number) => byte > 0 && byte < 0x80;
  if ((a === 0xff && b === 0xfe) || (isSign(a) && b === 0 && isSign(c) && d === 0)) return 'utf-16le';
  return (a === 0xfe && b === 0xff) || (a === 0 && isSign(b) && c === 0 && isSign(d)) ? 'utf-16be' : null;
}

/** Names of Windows-1252, which the web reads for all of them. The runtime's own decoder leaves out its letters in some releases. */
const isWindows = /^(?:windows-?1252|cp-?1252|x-cp1252|iso[-_]?8859-?1|latin-?1|l1|us-ascii|ascii)$/i;

function decodeAs(encoding: string, bytes: Uint8Array): string | null {
  if (isWindows.test(encoding)) return bytes.reduce((text, byte) => text + windowsLetter(byte), '');
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function decodeMixed(bytes: Uint8Array): string {
  const utf8 = new TextDecoder();
  const parts: string[] = [];
  let begin = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceAt(bytes, at);
    if (length > 0) at += length;
    else {
      parts.push(utf8.decode(bytes.subarray(begin, at)), windowsLetter(bytes[at] ?? 0));
      at += 1;
      begin = at;
    }
  }
  return `${parts.join('')}${utf8.decode(bytes.subarray(begin))}`;
}

/** Answers the length of the UTF-8 sequence that begins there; 0 where none does. */
function sequenceAt(bytes: Uint8Array, at: number): number {
  const [first = 0, second = 0] = bytes.subarray(at, at + 2);
  if (first < 0x80) return 1;
  const length =
    first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  if (at + length > bytes.length) return 0;
  for (let next = 1; next < length; next += 1) if (((bytes[at + next] ?? 0) & 0xc0) !== 0x80) return 0;
  const [low, high] = { 224: [0xa0, 0xbf], 237: [0x80, 0x9f], 240: [0x90, 0xbf], 244: [0x80, 0x8f] }[first] ?? [
    0x80, 0xbf,
  ];
  return length > 0 && (second < (low ?? 0) || second > (high ?? 0)) ? 0 : length;
}

/** The letters that Windows-1252 has between 0x80 and 0x9f, by byte; a blank where it has none. */
const windows = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ';

const windowsLetter = (byte: number): string => {
  const letter = byte >= 0x80 && byte < 0xa0 ? (windows[byte - 0x80] ?? ' ') : ' ';
  return letter === ' ' ? String.fromCharCode(byte) : letter;
};

/**
 * Mends text that was decoded twice (`MÃ¡laga`): all of it beyond ASCII must read as UTF-8 once more, as letters of western Europe, a euro or
 * punctuation. Other text is left as it is.
 */
export function decodedOnce(text: string): string {
  if (!/[ÂÃ]|â[€‚]/.test(text) || /[\u00c4-\u00e1\u00e3-\u00ff]|â[^€‚]/.test(text)) return text;
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const letter = code > 0xff ? windows.indexOf(text[at] ?? '') : -1;
    if (code > 0xff && letter < 0) return text;
    bytes[at] = code > 0xff ? 0x80 + letter : code;
  }
  return decodeAs('utf-8', bytes) ?? text;
}
