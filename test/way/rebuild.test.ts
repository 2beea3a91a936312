import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect } from 'vitest';
import type { House } from '../../bench/house.ts';
import { type Entered, notesOf, ordersOf, plan, sync } from '../../bench/people.ts';
import { until } from '../../bench/until.ts';
import { scheduleId } from '../../client/operations/schedules.ts';
import { deleteTemporal } from '../../local/temporal-loss.ts';
import { searchAttributes } from '../../workflows/search-attributes.ts';
import { onRealParts, useHouse } from './house.ts';
import { type Life, labelled, nothingLostOrDoubled } from './lives.ts';

const house = useHouse({
  organisations: 2,
  pace: 20,
  schedules: true,
  // One of the two closes what is over at once.
  policy: (organisation) => (organisation === 'fenland' ? { graceHours: 0 } : {}),
});

afterEach(async () => {
  for (const twin of ['palletways', 'qargo'] as const) await house().faults(twin, []);
});

/** Palletways takes no note until it is told otherwise, so that notes are owed. */
const refuseNotes = (of: House) =>
  of.faults('palletways', [{ match: { method: 'createSystemNote' }, do: { status: 503 } }]);

/** Waits until every fact that was said was handed to its workflow. */
const dispatched = (of: House, kind: string, count: number) =>
  until(`${count} facts ${kind} told`, async () => {
    const { rows } = await of.installation.db.query<{ told: number; open: number }>(
      `select (select count(*) from fact where kind = $1 and state = 'kept') as told,
              (select count(*) from inbox) + (select count(*) from wake where pending) as open`,
      [kind],
    );
    return Number(rows[0]?.told) >= count && Number(rows[0]?.open) === 0 ? true : undefined;
  });

async function countFacts(of: House, kind: string): Promise<number> {
  const { rows } = await of.installation.db.query<{ n: number }>('select count(*) as n from fact where kind = $1', [
    kind,
  ]);
  return Number(rows[0]?.n);
}

async function status(of: House, { conNo }: Entered): Promise<string> {
  const { status: found } = await of.temporal.workflow.getHandle(await of.workflowOf(conNo)).describe();
  return found.name;
}

async function openOnes(of: House): Promise<number> {
  const { rows } = await of.installation.db.query<{ n: number }>(
    'select count(*) as n from consignment where closed_at is null',
  );
  return Number(rows[0]?.n);
}

describe('rebuild', () => {
  onRealParts(
    "after Temporal's data was lost: everything owed arrives, nothing twice, search attributes and schedules are there",
    240_000,
    async () => {
      const of = house();
      const lives = await Promise.all([1, 2, 3].map(() => labelled(of, 'northgate')));
      const [first, second] = lives as [Life, Life, Life];
      await plan(of, 'northgate', 'LOSS-1', [first.orderId, second.orderId]);
      await sync(of, second.deeds);
      await sync(of, first.deeds.slice(0, 2));
      await nothingLostOrDoubled(of);
      await refuseNotes(of);
      const scans = await countFacts(of, 'scan');
      await sync(of, first.deeds.slice(2, 6));
      // Told to the workflow, owed to Palletways: only the record knows it when Temporal forgets.
      await dispatched(of, 'scan', scans + 2);
      await of.restartTemporal(async (data) => {
        deleteTemporal(data);
        // Said while there is no Temporal: it waits in the journal.
        await sync(of, first.deeds.slice(6));
      });
      const told = await of.rebuild();
      await of.faults('palletways', []);
      expect(told).toMatch(
        new RegExp(
          `${Object.keys(searchAttributes).length} search attributes made, 2 schedules kept, \\d+ consignments asked`,
        ),
      );
      await nothingLostOrDoubled(of);
      const { customAttributes } = await of.temporal.connection.operatorService.listSearchAttributes({
        namespace: of.server.namespace,
      });
      for (const { name } of Object.values(searchAttributes)) expect(customAttributes).toHaveProperty(name);
      for (const id of of.organisations) {
        const { spec, state } = await of.temporal.schedule.getHandle(scheduleId(id)).describe();
        expect([id, spec.intervals?.length, state.paused]).toEqual([id, 1, false]);
      }
      for (const { made } of lives) expect([made.conNo, await status(of, made)]).toEqual([made.conNo, 'RUNNING']);
      // Once more changes nothing.
      const notes = await Promise.all(lives.map(({ made }) => notesOf(of, made)));
      expect(await of.rebuild('--rate', '200')).toMatch(
        /rebuilt: 0 search attributes made, 2 schedules kept, \d+ consignments asked to load the record, 0 not done/,
      );
      await nothingLostOrDoubled(of);
      expect((await Promise.all(lives.map(({ made }) => notesOf(of, made)))).map((all) => all.length)).toEqual(
        notes.map((all) => all.length),
      );
    },
  );

  onRealParts(
    'where workflows were ended by hand: they run again and tell what was owed, and one organisation can be rebuilt alone',
    120_000,
    async () => {
      const of = house();
      const { made, orderId, deeds } = await labelled(of, 'northgate');
      await plan(of, 'northgate', 'ENDED-1', [orderId]);
      await nothingLostOrDoubled(of);
      await refuseNotes(of);
      const scans = await countFacts(of, 'scan');
      await sync(of, deeds.slice(0, 2));
      await dispatched(of, 'scan', scans + 2);
      await of.temporal.workflow.getHandle(await of.workflowOf(made.conNo)).terminate('by hand');
      await of.faults('palletways', []);
      const told = await of.rebuild('--organisation', 'northgate');
      expect(told).toContain('1 schedules kept');
      await nothingLostOrDoubled(of);
      expect(await status(of, made)).toBe('RUNNING');
      await expect(of.rebuild('--organisation', 'nobody')).rejects.toThrow('no organisation nobody');
    },
  );

  onRealParts(
    'with --restart: every open run is ended and begun again, and what is owed meanwhile arrives once',
    120_000,
    async () => {
      const of = house();
      const lives = await Promise.all([1, 2, 3].map(() => labelled(of, 'northgate')));
      await plan(
        of,
        'northgate',
        'RESTART-1',
        lives.map(({ orderId }) => orderId),
      );
      await nothingLostOrDoubled(of);
      await refuseNotes(of);
      const scans = await countFacts(of, 'scan');
      await Promise.all(lives.map(({ deeds }) => sync(of, deeds.slice(0, 2))));
      await dispatched(of, 'scan', scans + 6);
      const runOf = async ({ made }: Life) =>
        of.temporal.workflow.getHandle(await of.workflowOf(made.conNo)).describe();
      const before = await Promise.all(lives.map(runOf));
      const open = await openOnes(of);
      expect(await of.rebuild('--restart')).toMatch(
        new RegExp(`${open} consignments started again from the record, 0 not done`),
      );
      const ends = await Promise.all(
        before.map(({ workflowId, runId }) => of.temporal.workflow.getHandle(workflowId, runId).describe()),
      );
      expect(ends.map(({ status: { name } }) => name)).toEqual(lives.map(() => 'TERMINATED'));
      const after = await Promise.all(lives.map(runOf));
      expect(after.map(({ status: { name } }) => name)).toEqual(lives.map(() => 'RUNNING'));
      await of.faults('palletways', []);
      await Promise.all(lives.map(({ deeds }) => sync(of, deeds.slice(2))));
      await nothingLostOrDoubled(of);
    },
  );

  onRealParts(
    'where Temporal is older than the record: a workflow that runs and has forgotten loads again',
    240_000,
    async () => {
      const of = house();
      const { made, orderId, deeds } = await labelled(of, 'northgate');
      await plan(of, 'northgate', 'OLDER-1', [orderId]);
      await nothingLostOrDoubled(of);
      const kept = (data: string) => join(data, 'older');
      const files = (folder: string) => readdirSync(folder).filter((name) => name.startsWith('temporal.db'));
      await of.restartTemporal((data) => {
        mkdirSync(kept(data), { recursive: true });
        for (const name of files(data)) cpSync(join(data, name), join(kept(data), name));
      });
      await sync(of, deeds.slice(0, 1));
      await nothingLostOrDoubled(of);
      await of.killWorker();
      const scans = await countFacts(of, 'scan');
      await sync(of, deeds.slice(1, 2));
      await dispatched(of, 'scan', scans + 1);
      await of.restartTemporal((data) => {
        deleteTemporal(data);
        for (const name of files(kept(data))) cpSync(join(kept(data), name), join(data, name));
        rmSync(kept(data), { recursive: true });
      });
      await of.startWorker();
      expect(await status(of, made)).toBe('RUNNING');
      expect((await of.owed()).owed).toBeGreaterThan(0);
      await of.rebuild();
      await nothingLostOrDoubled(of);
    },
  );

  onRealParts(
    'starts no closed consignment; a late scan opens it with its state, and exactly that scan is told',
    120_000,
    async () => {
      const of = house();
      const { made, orderId, barcodes, deeds } = await labelled(of, 'fenland');
      await plan(of, 'fenland', 'LATE-1', [orderId]);
      // All but the last scan at the delivery, which the driver's telephone sends when all is over.
      const late = deeds
        .filter(({ path, body }) => path.endsWith('/scan') && (body as { stop: string }).stop === 'DELIVERY')
        .slice(-1);
      await sync(
        of,
        deeds.filter((deed) => !late.includes(deed)),
      );
      await nothingLostOrDoubled(of);
      const closed = () =>
        until(
          `${made.conNo} closed`,
          async () => ((await status(of, made)) === 'COMPLETED' ? true : undefined),
          60_000,
        );
      await closed();
      const before = await notesOf(of, made);
      const open = await openOnes(of);
      expect(await of.rebuild()).toContain(`${open} consignments are not closed`);
      expect(await status(of, made)).toBe('COMPLETED');
      await sync(of, late);
      const after = await until('the late scan', async () => {
        const notes = await notesOf(of, made);
        return notes.length > before.length ? notes : undefined;
      });
      await nothingLostOrDoubled(of);
      await closed();
      const [told, ...others] = (await notesOf(of, made)).filter(({ instant, group, type, barcode }) => {
        return !before.some(
          (one) => one.instant === instant && one.group === group && one.type === type && one.barcode === barcode,
        );
      });
      expect([told?.group, told?.barcode, others]).toEqual(['SCN', barcodes.at(-1), []]);
      expect(after.length).toBe(before.length + 1);
      expect((await ordersOf(of, made)).map(({ effects }) => effects.created)).toEqual([1]);
    },
  );
});
