import { expect } from 'vitest';
import { delivery, type Entered, enter, holds, label, notesOf, orderOf, plan, sync } from '../../bench/people.ts';
import { until } from '../../bench/until.ts';
import { call } from '../../local/loopback.ts';
import { type House, onRealParts, useHouse } from './house.ts';

const house = useHouse({ organisations: 1, pace: 20 });

async function ready(of: House, organisation: string): Promise<{ made: Entered; orderId: string; barcodes: string[] }> {
  const made = await enter(of, organisation);
  const barcodes = await label(of, made);
  return { made, barcodes, orderId: (await orderOf(of, made, holds(barcodes))).id };
}

for (const [naming, words] of [
  [true, 'that Palletways names'],
  [false, 'that Palletways does not name'],
] as const) {
  onRealParts(
    `one bad note in 50, ${words}, is refused alone: the other 49 are told without a resend`,
    180_000,
    async () => {
      const of = house();
      const [organisation = ''] = of.organisations;
      // 50 notes: the bad plan, nine consignments with five notes, four with their plan alone.
      const lives = await Promise.all(Array.from({ length: 14 }, () => ready(of, organisation)));
      const [bad, ...rest] = lives;
      const [driven, planned] = [rest.slice(0, 9), rest.slice(9)];
      if (bad === undefined) throw new Error('no life');
      await until('that nothing is owed', async () => ((await of.owed()).owed === 0 ? true : undefined), 40_000);
      await call('POST', `${of.palletways}/control/consignments/${bad.made.responseId}/archive`, { naming });
      // Held back until all of them wait, so that they ride one call.
      await of.faults('palletways', [{ match: { method: 'createSystemNote' }, times: 2, do: { status: 503 } }]);
      const before = (await of.calls()).palletways.length;
      await plan(
        of,
        organisation,
        `JOINED-${naming}`,
        lives.map(({ orderId }) => orderId),
      );
      const loaded = ({ orderId, barcodes }: (typeof lives)[number]) => delivery(orderId, barcodes).slice(0, 4);
      await Promise.all(driven.map((life) => sync(of, loaded(life))));
      await until(
        '49 notes',
        async () => {
          const told = (await Promise.all(rest.map(({ made }) => notesOf(of, made)))).flat();
          return told.length >= 49 ? told : undefined;
        },
        60_000,
      );
      const rows = await until('the one that is refused', async () => {
        const found = await of.installation.db.query<{ state: string; kind: string }>(
          `select state, kind from receipt where state in ('refused', 'unknown')
          and consignment in (select consignment from alias where value = $1)`,
          [bad.made.conNo],
        );
        return found.rows.length > 0 ? found.rows : undefined;
      });
      expect(rows).toEqual([{ state: 'refused', kind: 'plan' }]);
      expect(await notesOf(of, bad.made)).toEqual([]);
      for (const { made } of driven) expect((await notesOf(of, made)).length).toBe(5);
      for (const { made } of planned) expect((await notesOf(of, made)).length).toBe(1);
      const { doubled } = await of.judged();
      expect(doubled).toEqual([]);
      // Halving finds one in 50 in at most 12 calls; a call for each note would be 50.
      const calls = (await of.calls()).palletways.slice(before).filter(({ method }) => method === 'createSystemNote');
      expect(calls.length).toBeLessThan(30);
    },
  );
}
