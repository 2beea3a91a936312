/** Deadlines go by one clock, the database's, whatever the clock of the machine says that writes them. */
import { afterEach, expect, test, vi } from 'vitest';
import { instantIn, type Work } from '../../activities/sending/work.ts';
import { clockAheadMs } from '../../store/postgres/clock.ts';
import { now } from '../../store/postgres/database.ts';
import { useRecord } from './record.ts';

const record = useRecord();
afterEach(() => vi.useRealTimers());

test.for([-30 * 86_400_000, -3_600_000, 7_200_000, 400 * 86_400_000])(
  'of a worker whose clock is %i ms off, a deadline is where the database has it',
  async (off) => {
    // A handle of its own: the difference is measured twice a minute for each.
    const db = Object.create(record().db) as ReturnType<typeof record>['db'];
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + off);
    const aheadMs = await clockAheadMs(db);
    expect(Math.abs(aheadMs + off)).toBeLessThan(2_000);
    const work = { aheadMs, services: { counterparts: { pace: 1 } } } as unknown as Work;
    const there = Date.parse(await now(record().db));
    expect(Math.abs(Date.parse(instantIn(work, 60)) - there - 60_000)).toBeLessThan(2_000);
  },
);
