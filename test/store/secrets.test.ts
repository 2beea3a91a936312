import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  digester,
  masterKey,
  masterKeyVariable,
  openSeal,
  organisationKey,
  SealError,
} from '../../store/postgres/secrets.ts';

const key = randomBytes(32);

describe('a seal', () => {
  test('opens what it sealed, whatever it is', () => {
    const seal = openSeal(key);
    fc.assert(
      fc.property(fc.string(), fc.string(), (clear, about) => {
        expect(seal.open(seal.seal(clear, about), about).toString('utf8')).toBe(
          Buffer.from(clear, 'utf8').toString('utf8'),
        );
      }),
    );
  });

  test('never opens what was sealed about something else, cut, or changed in any byte', () => {
    const seal = openSeal(key);
    const sealed = seal.seal('the key', 'organisation alpha');
    expect(() => seal.open(sealed, 'organisation beta')).toThrow(SealError);
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => seal.open(changed, 'organisation alpha')).toThrow(SealError);
      expect(() => seal.open(sealed.subarray(0, at), 'organisation alpha')).toThrow(SealError);
    }
  });

  test('names the key it was sealed under, and opens under an older key that is still held', () => {
    const older = randomBytes(32);
    const sealed = openSeal(older).seal('the key', 'x');
    expect(() => openSeal(key).open(sealed, 'x')).toThrow(openSeal(older).keyId);
    expect(openSeal(key, [older]).open(sealed, 'x').toString()).toBe('the key');
  });

  test('the same text is never sealed to the same bytes', () => {
    const seal = openSeal(key);
    expect(seal.seal('a', 'x').equals(seal.seal('a', 'x'))).toBe(false);
  });
});

describe('the master key', () => {
  test('is 32 bytes in base64, and nothing else is taken or repeated in the error', () => {
    expect(masterKey({ [masterKeyVariable]: key.toString('base64') }).equals(key)).toBe(true);
    for (const wrong of ['c2hvcnQ=', 'not base64 at all, but long enough to be one', key.toString('hex')]) {
      expect(() => masterKey({ [masterKeyVariable]: wrong })).toThrow(/is not 32 bytes/);
      expect(() => masterKey({ [masterKeyVariable]: wrong })).not.toThrow(wrong);
    }
    expect(() => masterKey({})).toThrow(/is not set/);
  });
});

describe('a digest of personal data', () => {
  test('is the same for the same text of an organisation, and another for another text or organisation', () => {
    const alpha = digester(organisationKey(key, 'alpha'));
    const beta = digester(organisationKey(key, 'beta'));
    expect(alpha('Jane Doe')).toMatch(/^[0-9a-f]{16}$/);
    expect(alpha('Jane Doe')).toBe(digester(organisationKey(key, 'alpha'))('Jane Doe'));
    expect(
      new Set([
        alpha('Jane Doe'),
        alpha('Jane Do'),
        beta('Jane Doe'),
        digester(organisationKey(randomBytes(32), 'alpha'))('Jane Doe'),
      ]).size,
    ).toBe(4);
  });
});
