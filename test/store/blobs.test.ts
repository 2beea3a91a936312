import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PDFDocument } from 'pdf-lib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BlobError, detectFormat, FolderBlobs } from '../../store/files/blobs.ts';
import { checkIntegrity } from '../../store/files/integrity.ts';
import { type FreshSchema, freshSchema } from '../postgres.ts';

let store: FreshSchema;
let blobs: FolderBlobs;
const folder = mkdtempSync(join(tmpdir(), 'blobs-'));
beforeAll(async () => {
  store = await freshSchema();
  blobs = new FolderBlobs(store.db, folder);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await store.close();
});

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
/** A JPEG's frame: a thumbnail with an end of its own in front, then the image data. */
const jpeg = Buffer.concat([
  Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'),
  Buffer.from('ffe10008ffd8ffd90000', 'hex'),
  Buffer.from('ffc0000b080001000101011100', 'hex'),
  Buffer.from('ffda0008010100003f00', 'hex'),
  Buffer.from('123456ff00789a', 'hex'),
  Buffer.from('ffd9', 'hex'),
]);
const heic = Buffer.concat([
  Buffer.from('0000001866747970686569630000000068656963', 'hex'),
  Buffer.from('6d696631', 'hex'),
  Buffer.from('0000000c6d64617401020304', 'hex'),
]);
const tiff = Buffer.from('49492a000800000000000000', 'hex');
const webp = Buffer.from('UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA/vuUAAA=', 'base64');
const pdf = async () => {
  const document = await PDFDocument.create();
  document.addPage();
  return Buffer.from(await document.save());
};

describe('stored files', () => {
  test('come back as they were put, once for the same bytes', async () => {
    const first = await blobs.put(png);
    expect(first).toEqual({
      key: first.sha256,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      size: png.length,
      mediaType: 'image/png',
    });
    expect(await blobs.put(Buffer.from(png))).toEqual(first);
    expect((await blobs.get(first.key)).equals(png)).toBe(true);
    expect(await blobs.has(first.key)).toBe(true);
    const { rows } = await store.db.query('select sha256, size, media_type from blob where key = $1', [first.key]);
    expect(rows).toEqual([{ sha256: first.sha256, size: png.length, media_type: 'image/png' }]);
  });

  test('put at once by many are one file, and nothing half written stays', async () => {
    const bytes = Buffer.alloc(300_000, 7);
    const keys = await Promise.all(Array.from({ length: 10 }, () => blobs.put(bytes)));
    const key = keys[0]?.key ?? '';
    expect(new Set(keys.map((each) => each.key)).size).toBe(1);
    expect(readdirSync(join(folder, key.slice(0, 2), key.slice(2, 4)))).toEqual([key]);
    expect(statSync(join(folder, key.slice(0, 2), key.slice(2, 4), key)).mode & 0o077).toBe(0);
  });

  test('that are gone or were damaged are named so, and are whole again when put again', async () => {
    const { key } = await blobs.put(gif);
    const path = join(folder, key.slice(0, 2), key.slice(2, 4), key);
    truncateSync(path, 10);
    await expect(blobs.get(key)).rejects.toMatchObject({ reason: 'changed' });
    await blobs.put(gif);
    expect((await blobs.get(key)).equals(gif)).toBe(true);
    rmSync(path);
    expect(await blobs.has(key)).toBe(false);
    await expect(blobs.get(key)).rejects.toBeInstanceOf(BlobError);
    await expect(blobs.get(key)).rejects.toMatchObject({ reason: 'missing' });
  });

  test('are found by their key only, never by a path', async () => {
    writeFileSync(join(folder, 'secret'), 'x');
    await expect(blobs.get('../../secret')).rejects.toThrow(RangeError);
  });
});

describe('the kind of a file', () => {
  test('is known by its first bytes for the seven kinds we take', async () => {
    const kinds = await Promise.all([await pdf(), jpeg, png, heic, tiff, webp, gif].map(detectFormat));
    expect(kinds.map((kind) => kind?.extension)).toEqual(['pdf', 'jpg', 'png', 'heic', 'tiff', 'webp', 'gif']);
  });

  test('is none for anything else: text, HTML, programs, archives, nothing', async () => {
    for (const other of [
      '',
      'hello',
      '<html>',
      'PK\x03\x04',
      'MZ',
      '\x7fELF',
      'BM',
      '<svg xmlns="http://www.w3.org/2000/svg"/>',
    ])
      expect(await detectFormat(Buffer.from(other, 'latin1'))).toBeNull();
  });
});

describe('a file that ends too early', () => {
  test('is told from a whole one', async () => {
    for (const whole of [await pdf(), jpeg, png, heic, tiff, webp, gif]) {
      expect(checkIntegrity(whole)).toBeNull();
      expect(checkIntegrity(whole.subarray(0, whole.length - 7))).toEqual(expect.any(String));
    }
    expect(checkIntegrity(Buffer.alloc(0))).toBe('empty');
  });

  test('is not taken for one because of bytes that a phone writes behind the end', () => {
    expect(checkIntegrity(Buffer.concat([jpeg, Buffer.alloc(5000, 1)]))).toBeNull();
    expect(checkIntegrity(Buffer.concat([png, Buffer.alloc(5000, 1)]))).toBeNull();
  });

  test('is not taken for whole because its thumbnail is', () => {
    expect(checkIntegrity(jpeg.subarray(0, jpeg.length - 2))).toBe('JPEG without its end (EOI)');
  });
});
