/**
 * Makes a short, stable, non-cryptographic digest of a text: 13 hex characters, 52 bits. The idea is cyrb53 by bryc, which is in the public
 * domain; the code is our own. It distinguishes versions of the same thing. For personal data and security the store's keyed digest is
 * used, never this one.
 */
export function shortHash(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    a = Math.imul(a ^ c, 2654435761);
    b = Math.imul(b ^ c, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  const value = 4294967296 * (0xfffff & b) + (a >>> 0);
  return value.toString(16).padStart(13, '0');
}

/** Makes our reference of one thing that is sent: 10 characters of [0-9a-z], the same whenever the same thing is sent again. */
export function noteReference(...parts: readonly (string | number)[]): string {
  const value = Number.parseInt(shortHash(parts.join('\u0000')), 16);
  return value.toString(36).padStart(10, '0').slice(-10);
}
