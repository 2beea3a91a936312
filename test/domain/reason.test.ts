import { expect, test } from 'vitest';
import { chooseReason, knownReason, reasonParked } from '../../domain/policy/reason.ts';

const tables = {
  types: { DAMAGE: 'DMG', OTHER: 'OTH' },
  incidentCodes: { DAMAGE: 'DAMAGE', DMG: 'damage', ODD: 'ELSEWHERE' },
};

test('a reason is known by its own note type, or by what an incident of that code means', () => {
  const found = ['DAMAGE', 'damage', ' Dmg ', 'ODD', 'FRAGILE', '', 'toString'].map((code) =>
    knownReason(code, tables),
  );
  expect(found).toEqual(['DAMAGE', 'damage', 'damage', null, null, null, null]);
});

test('one that is not is held back where configuration says so, with one text for all of its code', () => {
  const park = { unknownReasons: 'park' } as const;
  expect(reasonParked('FRAGILE', tables, park)).toEqual({
    code: 'unmapped',
    table: 'reason',
    value: 'FRAGILE',
  });
  expect(reasonParked('DMG', tables, park)).toBeNull();
  expect(reasonParked('FRAGILE', tables, { unknownReasons: 'send' })).toBeNull();
  const told = ['FRAGILE', 'DMG', 'DAMAGE'].map((code) => [
    chooseReason(code, tables, park),
    chooseReason(code, tables, { unknownReasons: 'send' }),
  ]);
  expect(told).toEqual([
    ['OTHER', 'FRAGILE'],
    ['damage', 'DMG'],
    ['DAMAGE', 'DAMAGE'],
  ]);
  expect(reasonParked('X'.repeat(500), tables, park)?.value.length).toBeLessThan(100);
});
