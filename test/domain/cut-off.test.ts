import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantToLocal, localToInstant } from '../../connectors/palletways/local-time.ts';
import { type Clock, type CutOffs, nextCutOff, type Weekday } from '../../domain/policy/cut-off.ts';

const clock: Clock = { toLocal: instantToLocal, toInstant: (date, time, zone) => localToInstant(date, time, zone) };
const workdays: readonly Weekday[] = [1, 2, 3, 4, 5];
const everyDay: readonly Weekday[] = [1, 2, 3, 4, 5, 6, 7];

const cutOffs: CutOffs = {
  rules: [
    { service: '*', weekdays: workdays, time: '17:00' },
    { service: 'A-*', weekdays: workdays, time: '16:30' },
    { service: 'A-E', weekdays: [...workdays, 6], time: '12:00' },
  ],
  holidays: {
    GB: ['2026-12-25', '2026-12-28'],
    IE: ['2026-10-26'],
    ES: ['2026-12-08', '2026-12-25'],
    DE: ['2026-12-25'],
  },
};

describe('the next cut-off', () => {
  it.each([
    // Depot, service, asked at (UTC), answer (UTC), local words.
    ['Europe/London', 'GB', 'B-B', '2026-11-23T16:59:59.000Z', '2026-11-23T17:00:00.000Z', '2026-11-23 17:00'],
    ['Europe/London', 'GB', 'B-B', '2026-11-23T17:00:00.000Z', '2026-11-23T17:00:00.000Z', '2026-11-23 17:00'],
    ['Europe/London', 'GB', 'B-B', '2026-11-23T17:00:00.001Z', '2026-11-24T17:00:00.000Z', '2026-11-24 17:00'],
    ['Europe/Madrid', 'ES', 'B-B', '2026-11-23T16:00:00.001Z', '2026-11-24T16:00:00.000Z', '2026-11-24 17:00'],
    ['Europe/Berlin', 'DE', 'A-H', '2026-07-01T14:00:00.000Z', '2026-07-01T14:30:00.000Z', '2026-07-01 16:30'],
    // Friday evening: Monday, but what a Saturday rule names.
    ['Europe/Dublin', 'IE', 'A-H', '2026-11-27T18:00:00.000Z', '2026-11-30T16:30:00.000Z', '2026-11-30 16:30'],
    ['Europe/Dublin', 'IE', 'A-E', '2026-11-27T18:00:00.000Z', '2026-11-28T12:00:00.000Z', '2026-11-28 12:00'],
    // Of a nation's holidays only its own count.
    ['Europe/London', 'GB', 'B-B', '2026-12-24T18:00:00.000Z', '2026-12-29T17:00:00.000Z', '2026-12-29 17:00'],
    ['Europe/Madrid', 'ES', 'B-B', '2026-12-24T18:00:00.000Z', '2026-12-28T16:00:00.000Z', '2026-12-28 17:00'],
    // The working days before and after both nights.
    ['Europe/London', 'GB', 'B-B', '2026-03-27T18:00:00.000Z', '2026-03-30T16:00:00.000Z', '2026-03-30 17:00'],
    ['Europe/Berlin', 'DE', 'B-B', '2026-03-27T18:00:00.000Z', '2026-03-30T15:00:00.000Z', '2026-03-30 17:00'],
    ['Europe/London', 'GB', 'B-B', '2026-10-23T18:00:00.000Z', '2026-10-26T17:00:00.000Z', '2026-10-26 17:00'],
    ['Europe/Dublin', 'IE', 'B-B', '2026-10-23T18:00:00.000Z', '2026-10-27T17:00:00.000Z', '2026-10-27 17:00'],
  ])('of %s (%s) for %s after %s is %s', (zone, nation, service, after, at, said) => {
    expect(nextCutOff(cutOffs, { zone, nation }, service, after, clock)).toEqual({ at, zone, said });
  });

  it.each([
    ['Europe/London', '01:30', '2026-10-25T00:30:00.000Z'],
    ['Europe/Dublin', '01:30', '2026-10-25T00:30:00.000Z'],
    ['Europe/Madrid', '02:30', '2026-10-25T00:30:00.000Z'],
    ['Europe/Berlin', '02:30', '2026-10-25T00:30:00.000Z'],
  ])('in the doubled hour of %s is the first, and comes once', (zone, time, first) => {
    const night = { rules: [{ service: '*', weekdays: everyDay, time }], holidays: {} };
    const next = (after: string) => nextCutOff(night, { zone, nation: 'GB' }, 'A-A', after, clock)?.at;
    expect(next('2026-10-25T00:00:00.000Z')).toBe(first);
    expect(next('2026-10-25T00:30:00.001Z')?.slice(0, 10)).toBe('2026-10-26');
    // In spring the time that never was is moved forward, not left out.
    expect(next('2026-03-29T00:00:00.000Z')).toBe('2026-03-29T01:30:00.000Z');
  });

  it('is none where no rule names the service, or every day is a holiday', () => {
    const only = { rules: [{ service: 'A-E', weekdays: workdays, time: '12:00' }], holidays: {} };
    expect(
      nextCutOff(only, { zone: 'Europe/London', nation: 'GB' }, 'B-B', '2026-11-23T10:00:00.000Z', clock),
    ).toBeNull();
    const never = { rules: [{ service: '*', weekdays: [] as Weekday[], time: '12:00' }], holidays: {} };
    expect(
      nextCutOff(never, { zone: 'Europe/London', nation: 'GB' }, 'B-B', '2026-11-23T10:00:00.000Z', clock),
    ).toBeNull();
  });

  it('is never before the question, on a day that the rules name and no holiday, at the rule’s own local time', () => {
    const zone = fc.constantFrom('Europe/London', 'Europe/Dublin', 'Europe/Madrid', 'Europe/Berlin');
    const when = fc.date({ min: new Date('2026-01-01'), max: new Date('2026-12-20'), noInvalidDate: true });
    const service = fc.constantFrom('A-E', 'A-A', 'B-B', 'G-6');
    fc.assert(
      fc.property(zone, fc.constantFrom('GB', 'IE', 'ES', 'DE'), service, when, (inZone, nation, of, date) => {
        const after = date.toISOString();
        const found = nextCutOff(cutOffs, { zone: inZone, nation }, of, after, clock);
        if (found === null) throw new Error('none');
        expect(found.at >= after).toBe(true);
        const local = instantToLocal(found.at, inZone);
        const weekday = new Date(`${local.date}T00:00:00Z`).getUTCDay() || 7;
        const expected = of === 'A-E' ? '12:00' : of.startsWith('A-') ? '16:30' : '17:00';
        expect(`${local.date} ${local.time}`).toBe(`${found.said}:00`);
        expect(local.time).toBe(`${expected}:00`);
        expect(cutOffs.holidays[nation]).not.toContain(local.date);
        expect(weekday).toBeLessThanOrEqual(of === 'A-E' ? 6 : 5);
        // None lies between the question and the answer.
        expect(nextCutOff(cutOffs, { zone: inZone, nation }, of, found.at, clock)?.at).toBe(found.at);
      }),
    );
  });
});
