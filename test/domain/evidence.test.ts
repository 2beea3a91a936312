import { expect, test } from 'vitest';
import { podOutstanding, wantedFor, wantsAny, wantsAnyPages, wantsPages } from '../../domain/policy/evidence.ts';
import { defaultPolicy } from '../../domain/policy/settings.ts';

const policy = {
  signature: true,
  name: true,
  photos: 2,
  failedPhotos: 1,
  papers: 'whole' as const,
  customers: {
    '434481': { photos: 4, name: false },
    '500100': { signature: false, name: false, photos: 0, failedPhotos: 0 },
  },
};
const nothing = { signatures: 0, named: false, photos: 0 };

const missing = (what: object) => ({
  code: 'POD outstanding',
  signature: false,
  name: false,
  photos: 0,
  photosWanted: 2,
  ...what,
});

test('what is missing is named', () => {
  const wanted = wantedFor(policy, '', 'delivered');
  expect(podOutstanding(wanted, nothing)).toEqual(missing({ signature: true, name: true, photos: 2 }));
  expect(podOutstanding(wanted, { signatures: 1, named: true, photos: 1 })).toEqual(missing({ photos: 1 }));
  expect(podOutstanding(wanted, { signatures: 0, named: true, photos: 9 })).toEqual(missing({ signature: true }));
  expect(podOutstanding({ ...wanted, photos: 1 }, { ...nothing, signatures: 1, named: true })).toEqual(
    missing({ photos: 1, photosWanted: 1 }),
  );
  expect(podOutstanding(wanted, { signatures: 1, named: true, photos: 2 })).toBeNull();
});

test('a customer may want more or less; what is not said for it is as for all', () => {
  expect(wantedFor(policy, '434481', 'delivered')).toEqual({ signature: true, name: false, photos: 4 });
  expect(podOutstanding(wantedFor(policy, '500100', 'delivered'), nothing)).toBeNull();
  expect(wantedFor(policy, 'constructor', 'delivered')).toEqual({ signature: true, name: true, photos: 2 });
});

test('a failed attempt is proved by photos alone', () => {
  expect(podOutstanding(wantedFor(policy, '', 'failed'), nothing)).toEqual(missing({ photos: 1, photosWanted: 1 }));
  expect(podOutstanding(wantedFor(policy, '500100', 'failed'), nothing)).toBeNull();
});

test('nothing is wanted where nothing is configured', () => {
  expect(wantsAny(defaultPolicy.evidence)).toBe(false);
  expect(wantsAny({ ...defaultPolicy.evidence, customers: { '1': { photos: 1 } } })).toBe(true);
  expect(wantsAny({ ...defaultPolicy.evidence, failedPhotos: 1 })).toBe(true);
});

test('papers are taken apart for whom it is wanted, and for nobody where nobody said', () => {
  expect([wantsAnyPages(defaultPolicy.evidence), wantsPages(defaultPolicy.evidence, '434481')]).toEqual([false, false]);
  const one = { ...policy, customers: { '434481': { papers: 'photos' as const } } };
  expect([wantsAnyPages(one), wantsPages(one, '434481'), wantsPages(one, '500100')]).toEqual([true, true, false]);
  const others = { ...policy, papers: 'photos' as const, customers: { '434481': { papers: 'whole' as const } } };
  expect([wantsAnyPages(others), wantsPages(others, '434481'), wantsPages(others, '500100')]).toEqual([
    true,
    false,
    true,
  ]);
});
