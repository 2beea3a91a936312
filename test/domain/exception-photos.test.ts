import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextCheckAt } from '../../domain/calls/back-off.ts';
import { photosByException } from '../../domain/facts/exception-photos.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 23, 6) + minute * 60_000).toISOString();
const heard = (seq: number, minute: number) => ({ seq, heard: at(minute) });

test('a photo is of the latest exception that was known when it came, or of the first', () => {
  const [carded, damage] = [heard(1, 0), heard(5, 60)];
  const [early, ofCarded, ofDamage] = [heard(0, -3), heard(2, 4), heard(9, 60)];
  const found = photosByException([damage, carded], [early, ofCarded, ofDamage]);
  expect(found.get(1)).toEqual([early, ofCarded]);
  expect(found.get(5)).toEqual([ofDamage]);
  expect(photosByException([], [early]).size).toBe(0);
});

test('every photo is of one exception, whatever the order in which they are looked at', () => {
  const some = fc.uniqueArray(fc.record({ seq: fc.nat(200), minute: fc.nat(50) }), {
    selector: ({ seq }) => seq,
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(some, some, (exceptions, photos) => {
      const [e, p] = [
        exceptions.map(({ seq, minute }) => heard(seq, minute)),
        photos.map(({ seq, minute }) => heard(seq, minute)),
      ];
      const found = photosByException(e, p);
      expect([...found.values()].flat()).toHaveLength(p.length);
      const again = photosByException([...e].reverse(), [...p].reverse());
      for (const [exception, mine] of found) expect(new Set(again.get(exception))).toEqual(new Set(mine));
    }),
  );
});

test('looks come after 15 minutes, an hour, four hours, then daily, and end with the days given', () => {
  const looks: string[] = [];
  for (let now = at(0); ; ) {
    const next = nextCheckAt(at(0), now, 4);
    if (next === null) break;
    looks.push(next);
    now = next;
  }
  expect(looks).toEqual([15, 60, 240, 1440, 2880, 4320, 5760].map(at));
});

test('a look is always later than now and never after the last day, at any pace', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -60, max: 60 * 24 * 20 }),
      fc.integer({ min: 1, max: 14 }),
      fc.constantFrom(1, 20, 1000),
      (minute, days, pace) => {
        const next = nextCheckAt(at(0), at(minute), days, pace);
        if (next === null) return;
        expect(next > at(minute)).toBe(true);
        expect((Date.parse(next) - Date.parse(at(0))) * pace).toBeLessThanOrEqual(days * 86_400_000 + pace);
      },
    ),
  );
});
