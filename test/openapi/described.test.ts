import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDispatch, readOrderStatus, readVisibility } from '../../connectors/qargo/read.ts';
import type { Reading } from '../../domain/facts/reading.ts';
import { context } from '../connectors/qargo/orders.ts';
import { loadDescription, whyNot } from './description.ts';
import { anyNamed, type Schemas } from './messages.ts';

const description = loadDescription();

/** Holds of so many random messages of that schema, or is skipped where the description is not here. */
function ofEach(name: string, schema: string, runs: number, holds: (message: unknown) => void): void {
  test(name, { timeout: 300_000 }, ({ skip }) => {
    if (description === null) return skip(whyNot);
    fc.assert(fc.property(anyNamed(schema, description.schemas as Schemas), holds), { numRuns: runs });
  });
}

/** What is not refused all the same: that nobody is named whom a message could be about is work for a person, not a fault of the message. */
const refused = ({ problems }: Reading) => problems.filter(({ message }) => !message.startsWith('no order is named'));

const isAccounted = ({ heard, problems, unused = [] }: Reading) =>
  heard.some(({ facts }) => facts.length > 0) || problems.length + unused.length > 0;

describe('whatever the description allows, 10,000 messages', () => {
  ofEach('of an update of operations nothing is refused', 'OperationalVisibilityUpdate', 3_000, (message) => {
    expect(refused(readVisibility(message, context))).toEqual([]);
  });

  ofEach(
    'an event is read, or counted as what nothing follows from',
    'OperationalVisibilityUpdate',
    3_000,
    (message) => {
      const { events, ...about } = message as { readonly events: readonly unknown[] };
      for (const event of events)
        expect(isAccounted(readVisibility({ ...about, events: [event] }, context)), JSON.stringify(event)).toBe(true);
    },
  );

  ofEach('of a dispatch nothing is refused, and each is read', 'SubcontractorDispatch', 2_000, (message) => {
    const reading = readDispatch(message, context);
    expect(refused(reading)).toEqual([]);
    expect(isAccounted(reading)).toBe(true);
  });

  ofEach('of an order that is read nothing is refused', 'OrderWithStatus', 2_000, (answer) => {
    expect(refused(readOrderStatus(answer, context, context.receivedAt).reading)).toEqual([]);
  });
});
