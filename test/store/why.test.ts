import { expect, test } from 'vitest';
import { describeUpToDate } from '../../domain/words/standing.ts';
import { intend, markSending, type Outcome, settle } from '../../store/outbox/receipts.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { consignmentRow } from '../../store/record/consignments.ts';
import { holdLane } from '../../store/record/due.ts';
import { loadTimeline } from '../../store/views/overview.ts';
import { take } from './due-items.ts';
import { useRecord } from './record.ts';
import { milestone, minute, type New, order, plan, said, trackingFact } from './said.ts';

const record = useRecord();
let made = 0;
const ordered = () => {
  const trackingId = `6001235${String(++made).padStart(4, '0')}`;
  return record().heard({ trackingId }, [order('a', 1), trackingFact(0, trackingId, null)]);
};
const why = async (consignment: string) => loadTimeline(record().db, await consignmentRow(record().db, consignment));
const sentence = async (consignment: string) => (await why(consignment)).standing?.sentence;
const hear = (consignment: string, ...facts: Parameters<ReturnType<typeof record>['hear']>[1]) =>
  record().hear({}, facts, { consignment });
const owner = (consignment: string) =>
  ({
    organisation: record().organisation,
    consignment,
    counterpart: 'qargo',
    sender: 'test',
    doubtMs: 60_000,
  }) as const;

async function written(consignment: string) {
  const items = await take(record().db, record().organisation, consignment, 'qargo');
  await intend(
    record().db,
    owner(consignment),
    items.map((item) => ({ item })),
  );
  return items;
}
async function end(consignment: string, ends: Partial<Outcome>) {
  const items = await written(consignment);
  await inTransaction(record().db, (tx) =>
    settle(
      tx,
      owner(consignment),
      items.map((item): Outcome => ({ item, state: 'met', ...ends })),
    ),
  );
}

const carded: New<'exception'> = {
  ...said(30),
  kind: 'exception',
  id: 'qg:exception:1',
  source: 'qargo',
  code: 'CARDED',
  stop: 'stop-1',
  body: { name: 'carded', description: 'customer not in' },
};
const failed: New<'milestone'> = {
  ...said(30),
  kind: 'milestone',
  id: 'qg:stop:failed',
  source: 'qargo',
  milestone: 'failed',
  stop: 'stop-1',
};

test('it is about the consignment first: where it stands, since when, and why, in the zone that was said', async () => {
  const consignment = await ordered();
  expect(await sentence(consignment)).toMatch(/^Received 24 Nov 2025 .*, not planned\.$/);
  await hear(consignment, plan('R1', 3));
  expect(await sentence(consignment)).toBe('Planned since 24 Nov 2025 06:03 (Europe/London), not on the road.');
  await hear(consignment, milestone('out', 20));
  expect(await sentence(consignment)).toBe('Out for delivery since 24 Nov 2025 06:20 (Europe/London).');
  await hear(consignment, failed, carded);
  expect(await sentence(consignment)).toBe('Not delivered 24 Nov 2025 06:30 (Europe/London): carded, customer not in.');
  await hear(consignment, milestone('delivered', 40));
  const delivered = '24 Nov 2025 06:40 (Europe/London)';
  expect((await why(consignment)).standing).toEqual({
    stage: 'delivered',
    since: minute(40),
    sentence: `Delivered ${delivered}, POD outstanding since ${delivered}.`,
  });
  await hear(consignment, { ...said(41), kind: 'pod', id: 'qg:pod', source: 'qargo', body: { name: 'Aoife Byrne' } });
  expect(await sentence(consignment)).toBe(`Delivered ${delivered}, signed for 24 Nov 2025 06:41 (Europe/London).`);
});

test('an exception that nobody ended is said beside whatever stands', async () => {
  const consignment = await ordered();
  await hear(consignment, milestone('out', 20));
  await hear(consignment, carded);
  expect(await sentence(consignment)).toMatch(
    /^Out for delivery since .* An exception is open since 24 Nov 2025 06:30 .*: carded, customer not in\.$/,
  );
  // What is out for delivery is cancelled once a person says so.
  await hear(consignment, { ...said(50), kind: 'cancellation', id: 'cancelled', source: 'person' });
  expect(await sentence(consignment)).toMatch(/^Cancelled 24 Nov 2025 06:50 \(Europe\/London\)[^.]*\.$/);
});

test('an update that was refused or waits tells the far side’s own words and when it is tried again', async () => {
  const consignment = await ordered();
  const until = new Date(Date.now() + 600_000).toISOString();
  await end(consignment, { state: 'not yet', cause: { code: 'answer lost' }, reason: '504 upstream timed out', until });
  const waits = (await why(consignment)).why.join('\n');
  expect(waits).toContain(`tried again at ${until}. Qargo said: 504 upstream timed out`);
  const refused = await ordered();
  await end(refused, { state: 'refused', cause: { code: 'refused' }, reason: 'customer 12 is unknown' });
  expect((await why(refused)).why.join('\n')).toContain('resend. Qargo said: customer 12 is unknown');
});

test('what is our fault is never called a refusal of the other side', async () => {
  const consignment = await ordered();
  await end(consignment, { state: 'refused', cause: { code: 'our fault' }, reason: 'TypeError: x (trace 1a2b3c4d)' });
  const [first] = (await why(consignment)).why;
  expect(first).toMatch(/fault of ours.*\(TypeError: x \(trace 1a2b3c4d\)\)$/);
  expect(first).not.toContain('Qargo said');
});

test('what backs off is not being sent now: the hold of its lane is told; what is on the wire is', async () => {
  const consignment = await ordered();
  const until = new Date(Date.now() + 600_000).toISOString();
  await take(record().db, record().organisation, consignment, 'qargo');
  await holdLane(record().db, consignment, 'qargo', 'down', until);
  const held = (await why(consignment)).why.join('\n');
  expect(held).toContain(`cannot be reached; it is tried again at ${until}`);
  expect(held).not.toMatch(/being sent|as soon as/);
  const [item] = await written(consignment);
  await markSending(record().db, owner(consignment), [item?.key ?? '']);
  expect((await why(consignment)).why.join('\n')).toMatch(/is on its way to Qargo since .*; its answer is awaited/);
});

test('where no update is outstanding the last confirmed one is named, and never that nothing is owed', async () => {
  const consignment = await ordered();
  for (let sent = 1; sent > 0; ) {
    const items = await written(consignment);
    await inTransaction(record().db, (tx) =>
      settle(
        tx,
        owner(consignment),
        items.map((item): Outcome => ({ item, state: 'met' })),
      ),
    );
    sent = items.length;
  }
  const { why: open, confirmed } = await why(consignment);
  expect(open).toEqual([]);
  expect(describeUpToDate(confirmed)).toMatch(
    /^Both sides are up to date: the last confirmed update was the .* to Qargo \(\S+\), \d{4}-.*Z\.$/,
  );
  expect(describeUpToDate(null)).not.toContain('owed');
});
