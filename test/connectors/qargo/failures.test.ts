/** A delivery that failed, in each form in which a read may show it (assumptions 38 and 39). */
import { describe, expect, test } from 'vitest';
import { type Earlier, readOrderStatus } from '../../../connectors/qargo/read.ts';
import type { NewFact } from '../../../domain/facts/facts.ts';
import { statusAnswer } from './messages.ts';
import { context } from './orders.ts';
import { ids } from './stored.ts';

const started = '2026-11-24T11:00:00.000Z';
const later = '2026-11-24T11:02:00.000Z';
const times = { start_timestamp: '2026-11-24T10:01:00Z', end_timestamp: '2026-11-24T10:15:00Z' };
const end = '2026-11-24T10:15:00.000Z';
const carded = [{ code: 'CARDED', name: 'Carded', description: 'nobody in' }];
const hub = '0c000000-0000-4000-8000-0000000000a1';
const again = '0c000000-0000-4000-8000-0000000000a2';

type Answer = ReturnType<typeof statusAnswer>;
type StopRead = Answer['stops'][number] & { readonly status?: string };

/** A retry as Qargo describes it: the goods leave again from the hub to the consignee, so the order has two more stops. */
function withRetry(answer: Answer, status = 'TO_PLAN') {
  const [stop] = answer.stops;
  if (stop === undefined) throw new Error('an order without stops');
  const more = [hub, again].map((id): StopRead => ({ ...stop, id, status, incidents: [] }) as StopRead);
  return { ...answer, stops: [...answer.stops, ...more] };
}

const nothing: Earlier = { exceptions: [], ends: [], types: {} };
const factsOf = (answer: unknown, earlier: Earlier = nothing, at = started): NewFact[] =>
  readOrderStatus(answer, context, at, { earlier }).reading.heard.flatMap(({ facts }) => facts);
const milestones = (facts: readonly NewFact[]) =>
  facts.flatMap((fact) => (fact.kind === 'milestone' ? [[fact.milestone, fact.stop, fact.at, fact.reason ?? '']] : []));
const exceptions = (facts: readonly NewFact[]) =>
  facts.flatMap((fact) => (fact.kind === 'exception' ? [[fact.code, fact.stop, fact.at]] : []));
const plans = (facts: readonly NewFact[]) => facts.flatMap((fact) => (fact.kind === 'plan' ? [fact.trip] : []));

/** What the record knows after a read. */
const known = (facts: readonly NewFact[], before: Earlier = nothing): Earlier => ({
  exceptions: [
    ...before.exceptions,
    ...facts.flatMap((fact) =>
      fact.kind === 'exception' ? [{ id: fact.id, stop: fact.stop, code: fact.code, at: fact.at }] : [],
    ),
  ],
  ends: [
    ...before.ends,
    ...facts.flatMap((fact) =>
      fact.kind === 'milestone' && (fact.milestone === 'failed' || fact.milestone === 'delivered')
        ? [{ stop: fact.stop, milestone: fact.milestone, at: fact.at }]
        : [],
    ),
  ],
  types: before.types,
});

describe('an incident is a failed attempt with its reason', () => {
  for (const status of ['BLOCKED', 'CANCELLED', 'IGNORED'])
    test(`where its stop is ${status} with the times of the attempt`, () => {
      const facts = factsOf(statusAnswer({ delivery: { status, ...times, incidents: carded } }));
      expect(milestones(facts)).toEqual([['failed', ids.delivery, end, 'CARDED']]);
      expect(exceptions(facts)).toEqual([['CARDED', ids.delivery, end]]);
    });

  test('where its stop is COMPLETED and a retry has added stops to the consignment', () => {
    const refused = [{ code: 'LOAD_SHIFTED', name: 'Load shifted' }];
    const facts = factsOf(
      withRetry(statusAnswer({ delivery: { status: 'COMPLETED', ...times, incidents: refused as typeof carded } })),
    );
    expect(milestones(facts)).toContainEqual(['failed', ids.delivery, end, 'OTHER']);
    expect(milestones(facts).map(([milestone]) => milestone)).not.toContain('delivered');
    expect(exceptions(facts)).toEqual([['OTHER', ids.delivery, end]]);
  });

  test('where its stop is COMPLETED and the incident is one with which nothing is handed over', () => {
    const facts = factsOf(statusAnswer({ delivery: { status: 'COMPLETED', ...times, incidents: carded } }));
    expect(milestones(facts)).toEqual([
      ['arrived', ids.delivery, '2026-11-24T10:01:00.000Z', ''],
      ['failed', ids.delivery, end, 'CARDED'],
    ]);
  });

  test('but not where it was signed for while the stop lasted, nor where goods were only damaged', () => {
    const answer = { delivery: { status: 'COMPLETED', ...times, incidents: carded }, signed: '2026-11-24T10:12:00Z' };
    expect(milestones(factsOf(statusAnswer(answer))).map(([milestone]) => milestone)).toEqual(['arrived', 'delivered']);
    const damaged = { status: 'COMPLETED', ...times, incidents: [{ code: 'DAMAGE' }] };
    const facts = factsOf(statusAnswer({ delivery: damaged }));
    expect(milestones(facts).map(([milestone]) => milestone)).toEqual(['arrived', 'delivered']);
    expect(exceptions(facts)).toEqual([['DAMAGE', ids.delivery, end]]);
  });

  for (const status of ['TO_PLAN', 'PLANNED', 'DISPATCHED'])
    test(`where its stop is open again (${status}): at the time of the read that found it`, () => {
      const facts = factsOf(statusAnswer({ delivery: { status, incidents: carded } }));
      expect(milestones(facts)).toEqual([['failed', ids.delivery, started, 'CARDED']]);
      expect(exceptions(facts)).toEqual([['CARDED', ids.delivery, started]]);
    });

  test('of the reason with which nothing is handed over, where others stand beside it', () => {
    const incidents = [...carded, { code: 'WAITING', name: 'Waiting time', description: '' }];
    const facts = factsOf(statusAnswer({ delivery: { status: 'BLOCKED', ...times, incidents } }));
    expect(milestones(facts)).toEqual([['failed', ids.delivery, end, 'CARDED']]);
  });

  test('with a planned time that lies ahead it is of the time of the read', () => {
    const ahead = { start_timestamp: '2026-11-25T10:00:00Z', end_timestamp: '2026-11-25T10:20:00Z' };
    expect(milestones(factsOf(statusAnswer({ delivery: { status: 'PLANNED', ...ahead, incidents: carded } })))).toEqual(
      [['failed', ids.delivery, started, 'CARDED']],
    );
  });
});

describe('a failed attempt is told once', () => {
  for (const [first, second] of [
    ['TO_PLAN', 'TO_PLAN'],
    ['BLOCKED', 'TO_PLAN'],
    ['IGNORED', 'PLANNED'],
    ['COMPLETED', 'PLANNED'],
    ['TO_PLAN', 'AT_STOP'],
    ['TO_PLAN', 'COMPLETED'],
  ] as const)
    test(`first read ${first}, then ${second}`, () => {
      const timesOf = (status: string) =>
        status === 'TO_PLAN' || status === 'PLANNED' || status === 'AT_STOP' ? {} : times;
      const one = factsOf(
        statusAnswer({ delivery: { status: first, ...timesOf(first), incidents: [...carded, ...carded] } }),
      );
      expect(milestones(one).filter(([milestone]) => milestone === 'failed')).toHaveLength(1);
      const moved = { start_timestamp: '2026-11-24T11:01:00Z', end_timestamp: '2026-11-24T11:01:30Z' };
      const two = factsOf(
        statusAnswer({
          delivery: {
            status: second,
            ...(second === 'COMPLETED' ? moved : timesOf(second)),
            incidents: [...carded, ...carded],
          },
        }),
        known(one),
        later,
      );
      expect(milestones(two).map(([milestone]) => milestone)).not.toContain('failed');
      expect(exceptions(two)).toEqual([]);
    });

  test('an incident that was told on arrival makes the attempt fail once the stop is open again, and is not told anew', () => {
    const there = factsOf(
      statusAnswer({ delivery: { status: 'AT_STOP', start_timestamp: times.start_timestamp, incidents: carded } }),
    );
    expect(exceptions(there)).toHaveLength(1);
    expect(milestones(there).map(([milestone]) => milestone)).toEqual(['arrived']);
    const failed = factsOf(statusAnswer({ delivery: { status: 'TO_PLAN', incidents: carded } }), known(there), later);
    expect(milestones(failed)).toEqual([['failed', ids.delivery, later, 'CARDED']]);
    expect(exceptions(failed)).toEqual([]);
  });

  test('the second attempt at the same stop fails with an incident of its own', () => {
    const one = factsOf(statusAnswer({ delivery: { status: 'TO_PLAN', incidents: carded } }));
    const two = factsOf(
      statusAnswer({ delivery: { status: 'TO_PLAN', incidents: [...carded, ...carded] } }),
      known(one),
      later,
    );
    expect(milestones(two)).toEqual([['failed', ids.delivery, later, 'CARDED']]);
  });

  test('a delivery under reserve that is reset is no failed attempt', () => {
    const damaged = [{ code: 'DAMAGE', name: '', description: '' }];
    const one = factsOf(statusAnswer({ delivery: { status: 'COMPLETED', ...times, incidents: damaged } }));
    const reset = factsOf(statusAnswer({ delivery: { status: 'PLANNED', incidents: damaged } }), known(one), later);
    expect(milestones(reset)).toEqual([]);
  });
});

test('a delivery under reserve that was reset before anybody read it is no failed attempt, and its incident is told', () => {
  const damaged = [{ code: 'DAMAGE', name: '', description: '' }];
  const ends = [{ stop: ids.delivery, milestone: 'delivered' as const, at: end }];
  const facts = factsOf(statusAnswer({ delivery: { status: 'PLANNED', incidents: damaged } }), { ...nothing, ends });
  expect(milestones(facts)).toEqual([]);
  expect(exceptions(facts)).toEqual([['DAMAGE', ids.delivery, started]]);
});

describe('a retry', () => {
  const failedStop = { status: 'COMPLETED', ...times, incidents: carded };

  test('is an un-planning told after the failure, until its stops are planned', () => {
    const facts = factsOf(withRetry(statusAnswer({ delivery: failedStop })));
    expect(plans(facts)).toEqual([null]);
    const kinds = facts.map(({ kind }) => kind);
    expect(kinds.indexOf('milestone')).toBeLessThan(kinds.indexOf('plan'));
    const failed = facts.find((fact) => fact.kind === 'milestone' && fact.milestone === 'failed');
    expect(failed?.at).not.toBe(started);
  });

  test('is known as one where a stop does not name its consignment, as in an order that another order carries', () => {
    const answer = withRetry(statusAnswer({ delivery: failedStop }));
    const bare = answer.stops.map((stop) => ({ ...stop, consignment_id: undefined }));
    expect(plans(factsOf({ ...answer, stops: bare }))).toEqual([null]);
  });

  test('delivers at its own stop, and its hub is no delivery', () => {
    const answer = withRetry(statusAnswer({ delivery: failedStop }), 'COMPLETED');
    const facts = factsOf(
      { ...answer, stops: answer.stops.map((stop) => ([hub, again].includes(stop.id) ? { ...stop, ...times } : stop)) },
      { ...nothing, ends: [{ stop: ids.delivery, milestone: 'failed', at: end }] },
    );
    expect(milestones(facts).filter(([milestone]) => milestone === 'delivered')).toEqual([
      ['delivered', again, end, ''],
    ]);
  });

  test('whose stop the consignment names instead leaves the failed one a delivery that it was', () => {
    const answer = withRetry(statusAnswer({ delivery: failedStop }));
    const [consignment] = answer.consignments;
    const delivery = answer.stops.find(({ id }) => id === again);
    const [pickup, old, ...more] = answer.stops;
    const facts = factsOf(
      { ...answer, consignments: [{ ...consignment, delivery_stop: delivery }], stops: [pickup, old, ...more] },
      { ...nothing, types: { [ids.delivery]: 'DELIVERY' } },
    );
    expect(milestones(facts)).toContainEqual(['failed', ids.delivery, end, 'CARDED']);
    expect(plans(facts)).toEqual([null]);
  });
});
