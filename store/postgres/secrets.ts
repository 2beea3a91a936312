import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

/** The variable that holds the master key: 32 bytes in base64. */
export const masterKeyVariable = 'PALLETWAYS_QARGO_MASTER_KEY';

/** The master key from the environment. Throws an Error that says what is wrong with it, never the key itself. */
export function masterKey(environment: Readonly<Record<string, string | undefined>> = process.env): Buffer {
  const text = environment[masterKeyVariable]?.trim();
  if (text === undefined || text === '') {
    throw new Error(
      `${masterKeyVariable} is not set: 32 random bytes in base64, for example from "openssl rand -base64 32"`,
    );
  }
  const key = Buffer.from(text, 'base64');
  if (key.length !== 32 || !/^[A-Za-z0-9+/]{43}=?$/.test(text))
    throw new Error(`${masterKeyVariable} is not 32 bytes in base64`);
  return key;
}

/** Sealing and opening under one master key. `about` is bound to the seal and must be the same to open it. */
export interface Seal {
  /** Names the master key without telling it: 16 hex characters. Every sealed value carries it. */
  readonly keyId: string;
  seal(clear: string | Uint8Array, about: string): Buffer;
  /** Throws a SealError where the value was sealed under a key we do not hold, about something else, or was changed. */
  open(sealed: Uint8Array, about: string): Buffer;
}

export class SealError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SealError';
  }
}

const FORMAT = 1; // format (1 byte), key id (8), nonce (12), tag (16), AES-256-GCM of the clear text
const HEAD = 1 + 8;
const NONCE = 12;
const TAG = 16;

/** Seals under `key` (32 bytes) and opens what was sealed under it or under one of the `older` keys. */
export function openSeal(key: Uint8Array, older: readonly Uint8Array[] = []): Seal {
  const current = sealingKey(key);
  const byId = new Map([current, ...older.map(sealingKey)].map((each) => [each.id.toString('hex'), each.secret]));
  return {
    keyId: current.id.toString('hex'),
    seal(clear, about) {
      const head = Buffer.concat([Buffer.of(FORMAT), current.id]);
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv('aes-256-gcm', current.secret, nonce).setAAD(bound(head, about));
      const body = Buffer.concat([cipher.update(clear), cipher.final()]);
      return Buffer.concat([head, nonce, cipher.getAuthTag(), body]);
    },
    open(sealed, about) {
      const bytes = Buffer.from(sealed);
      if (bytes.length < HEAD + NONCE + TAG || bytes[0] !== FORMAT) throw new SealError('not a sealed value');
      const head = bytes.subarray(0, HEAD);
      const id = head.subarray(1).toString('hex');
      const secret = byId.get(id);
      if (secret === undefined)
        throw new SealError(`sealed under the key ${id}, which is not ours (${current.id.toString('hex')})`);
      const nonce = bytes.subarray(HEAD, HEAD + NONCE);
      const decipher = createDecipheriv('aes-256-gcm', secret, nonce, { authTagLength: TAG })
        .setAAD(bound(head, about))
        .setAuthTag(bytes.subarray(HEAD + NONCE, HEAD + NONCE + TAG));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(HEAD + NONCE + TAG)), decipher.final()]);
      } catch {
        throw new SealError(`sealed about something else than ${about}, or changed since`);
      }
    },
  };
}

/** The key under which an organisation's personal data is digested. The same master key and organisation give the same key. */
export function organisationKey(master: Uint8Array, organisation: string): KeyObject {
  return createSecretKey(derived(master, `digest ${organisation}`));
}

/** Digests a text: HMAC-SHA256, the first 8 bytes in hex (16 characters). Equal texts give equal digests under one key only. */
export function digester(key: KeyObject): (text: string) => string {
  return (text) => createHmac('sha256', key).update(text).digest('hex').slice(0, 16);
}

function sealingKey(master: Uint8Array): { id: Buffer; secret: KeyObject } {
  const bytes = derived(master, 'seal');
  return {
    id: createHash('sha256').update('key id').update(bytes).digest().subarray(0, 8),
    secret: createSecretKey(bytes),
  };
}

function derived(master: Uint8Array, purpose: string): Buffer {
  if (master.length !== 32) throw new RangeError('a master key has 32 bytes');
  return Buffer.from(hkdfSync('sha256', master, new Uint8Array(0), `palletways-qargo ${purpose}`, 32));
}

function bound(head: Buffer, about: string): Buffer {
  return Buffer.concat([head, Buffer.from(about, 'utf8')]);
}
