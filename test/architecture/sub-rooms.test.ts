import { describe, expect, test } from 'vitest';
import { house } from './house.ts';
import { brokenSubRooms } from './sub-rooms.ts';

describe('rooms inside a room', () => {
  test('import what stands before them', () => {
    expect(brokenSubRooms(house)).toEqual([]);
  });

  const planted: readonly (readonly [file: string, text: string])[] = [
    ['domain/facts/facts.ts', "import { fold } from '../state/state.ts';"],
    ['domain/facts/facts.ts', "import type { Organisation } from '../policy/organisation.ts';"],
    ['store/record/facts.ts', "import { intend } from '../outbox/receipts.ts';"],
    ['activities/sending/call.ts', "export { readStatus } from '../reading/order-status.ts';"],
    ['activities/types.ts', "import type { Work } from './sending/work.ts';"],
    ['client/dispatch/tell.ts', "import { release } from '../operations/release.ts';"],
  ];

  test.for(planted)('are seen to import the other way round in %s: %s', ([file, text]) => {
    expect(brokenSubRooms(new Map([[file, text]]))).toHaveLength(1);
    expect(brokenSubRooms(new Map([[file, `${house.get(file)}\n${text}\n`]]))).toHaveLength(1);
  });

  test('hold every file', () => {
    expect(brokenSubRooms(new Map([['domain/state.ts', '']]))).toHaveLength(1);
    expect(brokenSubRooms(new Map([['store/elsewhere/a.ts', '']]))).toHaveLength(1);
  });
});
