/**
 * Depot time, on the real parts: depots in London, Dublin, Madrid and Berlin over both nights when clocks change. What Qargo says
 * with an offset reaches Palletways on its depot's wall clock, what Palletways says on that clock is the right instant, and both
 * are kept with the zone and the text they came from.
 */
import { expect } from 'vitest';
import { type Entered, enter, holds, label, noted, notesOf, orderOf, plan } from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import { defaultPolicy, type Policy } from '../../../domain/policy/settings.ts';
import { call } from '../../../local/loopback.ts';
import { type House, onRealParts, sweep, useHouse } from '../house.ts';

const zones = {
  northgate: 'Europe/London',
  fenland: 'Europe/Madrid',
  clydeside: 'Europe/Berlin',
  liffey: 'Europe/Dublin',
};
/** Hours from UTC in winter. */
const winter: Record<string, number> = { northgate: 0, fenland: 1, clydeside: 1, liffey: 0 };
const workdays = [1, 2, 3, 4, 5] as const;
const cutOffs: Policy['cutOffs'] = {
  rules: [{ service: '*', weekdays: [...workdays, 6, 7], time: '17:00' }],
  holidays: {},
};
const house = useHouse({
  organisations: 4,
  pace: 20,
  zones,
  policy: { cutOffs, rows: { ...defaultPolicy.rows, network: 'on' } },
});

interface Kept {
  readonly kind: string;
  readonly at: string;
  readonly zone: string;
  readonly said: string | null;
}
const story = async (of: House, { trackingId }: Entered) =>
  (
    (await call('GET', `${of.service}/operations/consignments/${trackingId}`)) as {
      facts: Kept[];
      cutOff: { at: string; zone: string; said: string } | null;
    }[]
  )[0];

onRealParts(
  'scans of both nights reach Palletways on the depot’s clock, and each instant keeps zone and text',
  240_000,
  async () => {
    const of = house();
    // Before and after each change, which all four make at 01:00 UTC; the autumn two are one wall clock.
    const moments = ['2026-03-29T00:59:00Z', '2026-03-29T01:00:00Z', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'];
    for (const organisation of of.organisations) {
      const made = await enter(of, organisation, { BookInRequest: 'no' });
      const barcodes = await label(of, made);
      const { id } = await orderOf(of, made, holds(barcodes));
      await plan(of, organisation, `NIGHT-${organisation}`, [id]);
      for (const at of moments)
        await call('POST', `${of.qargo}/control/orders/${id}/scan`, {
          barcode: barcodes[0],
          status: 'SCANNED_OUT',
          stop: 'PICKUP',
          at,
        });
      await noted(of, made, 'SCN/LOD', 4);
      const notes = (await notesOf(of, made)) as unknown as {
        group: string;
        date: string;
        time: string;
        instant: string;
        freeText: string;
      }[];
      const scans = notes.filter(({ group }) => group === 'SCN').sort((a, b) => (a.instant < b.instant ? -1 : 1));
      const hour = (hours: number, minutes: string) =>
        `${String(hours + (winter[organisation] ?? 0)).padStart(2, '0')}:${minutes}`;
      const told = scans.map(({ date, time }) => `${date} ${time}`);
      expect(told.map((text) => text.replace(/^\D*(\d\d)\/(\d\d)\/(\d\d)/, '20$3-$2-$1'))).toEqual([
        `2026-03-29 ${hour(0, '59')}`,
        `2026-03-29 ${hour(2, '00')}`,
        `2026-10-25 ${hour(1, '30')}`,
        `2026-10-25 ${hour(1, '30')}`,
      ]);
      expect(scans.map(({ instant }) => Date.parse(instant))).toEqual(moments.map((at) => Date.parse(at)));
      const facts = (await story(of, made))?.facts.filter(({ kind }) => kind === 'scan') ?? [];
      expect(facts.map(({ at }) => Date.parse(at))).toEqual(moments.map((at) => Date.parse(at)));
      for (const { at, said } of facts) expect(Date.parse(said ?? '')).toBe(Date.parse(at));
      const order = (await story(of, made))?.facts.find(({ kind }) => kind === 'order');
      expect([order?.zone, order?.said]).toEqual([
        zones[organisation as keyof typeof zones],
        expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      ]);
    }
  },
);

onRealParts(
  'a book-in said on the depot’s clock is the stop’s window on that clock, and the cut-off is the depot’s own',
  120_000,
  async () => {
    const of = house();
    for (const organisation of of.organisations) {
      const made = await enter(of, organisation, { BookInRequest: 'no' });
      await orderOf(of, made);
      const at = '2026-07-01T10:20:00Z';
      const bookIn = { date: '2026-10-25', time: '02:30', contact: 'Night desk', reference: 'N-1' };
      await call('POST', `${of.palletways}/control/consignments/${made.responseId}/note`, {
        group: 'BIN',
        type: 'BIN',
        bookIn,
        at,
      });
      await sweep(of, organisation);
      const stop = await until('the window', async () => {
        const { stops } = (await orderOf(of, made)) as unknown as {
          stops: { type: string; date: string; time_window?: object }[];
        };
        return stops.find(({ type, date }) => type === 'DELIVERY' && date === '2026-10-25');
      });
      expect(stop.time_window).toEqual({ start_time: '02:30', end_time: '03:30', is_enforced: true });
      const told = await story(of, made);
      const booked = told?.facts.find(({ kind }) => kind === 'network');
      const local = `2026-07-01 ${11 + (winter[organisation] ?? 0)}:20`;
      const zone = zones[organisation as keyof typeof zones];
      expect([booked?.at, booked?.zone, booked?.said?.slice(0, 16)]).toEqual(['2026-07-01T10:20:00.000Z', zone, local]);
      expect(told?.cutOff).toMatchObject({ zone, said: expect.stringMatching(/ 17:00$/) });
      const hours = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
      expect(hours.format(new Date(told?.cutOff?.at ?? 0))).toBe('17:00');
    }
  },
);
