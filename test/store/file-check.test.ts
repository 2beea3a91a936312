import { describe, expect, test } from 'vitest';
import { photo } from '../../sandbox/day/evidence.ts';
import { checkFile, type FileCheck } from '../../store/files/check.ts';
import { filesOfAllKinds, heicOf, pngOf } from '../files-of-all-kinds.ts';

const endOf = (check: FileCheck) =>
  check.decision === 'refused' ? check.reason : check.preview ? 'stored' : 'without preview';

describe('photos and papers of all kinds', async () => {
  const all = await filesOfAllKinds();

  test('are at least 100', () => {
    expect(all.length).toBeGreaterThanOrEqual(100);
  });

  test.each(all)('$name has the end that is said of it', async ({ bytes, end }) => {
    const check = await checkFile(bytes);
    if (typeof end === 'string') expect(endOf(check)).toBe(end);
    else expect(endOf(check)).toMatch(end);
  });

  test('say how big they are without being decoded', async () => {
    expect(await checkFile(heicOf(4032, 3024, 0))).toMatchObject({ size: { width: 4032, height: 3024 } });
    expect(await checkFile(pngOf(20_000, 10_000))).toMatchObject({ size: { width: 20_000, height: 10_000 } });
    expect(await checkFile(photo(7, 'photo-1'))).toMatchObject({
      size: { width: expect.any(Number), height: expect.any(Number) },
    });
  });

  test('that are none say what came instead', async () => {
    expect(endOf(await checkFile(Buffer.from('Sorry, no document is available')))).toBe(
      'not a picture or PDF, it begins with: Sorry, no document is available',
    );
  });
});
