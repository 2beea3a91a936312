/**
 * Makes everything in Temporal again from the record, where Temporal's data is gone or older than the record: search
 * attributes, schedules, and the workflow of every consignment that is not closed. A closed one is started by what is heard of it
 * next, and loads the record like any other. It changes nothing in PostgreSQL, so it can be run again at any time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, ServiceError } from '@temporalio/client';
import type { Claim } from '../store/wake.ts';
import type { Installation } from '../store/installation.ts';
import { countOpen, openAfter } from '../store/open-consignments.ts';
import { askLoad } from './dispatch/tell.ts';
import { keepSchedule } from './schedules.ts';
import { keepSearchAttributes } from './search-attributes.ts';

export interface RebuildOptions {
  /** One organisation alone; undefined: all. */
  readonly organisation?: string | undefined;
  /** Consignments asked in a second, at most. */
  readonly rate: number;
  readonly say: (line: string) => void;
}

export interface Rebuilt {
  readonly searchAttributes: readonly string[];
  readonly schedules: number;
  /** Workflows that were started, or asked to load the record again. */
  readonly asked: number;
  /** What could not be done, one line each. */
  readonly failed: readonly string[];
}

const page = 200;
/** A call to Temporal is tried so often, 1, 2, 4 and 8 s apart: a server that was just started serves some seconds later. */
const tries = 5;
const sayEveryMs = 5_000;

/** Throws where the record cannot be read, where there is no such organisation, and where search attributes cannot be made. */
export async function rebuild(installation: Installation, temporal: Client, options: RebuildOptions): Promise<Rebuilt> {
  const { organisation, say } = options;
  const organisations = (await installation.organisations.list()).filter(({ id }) => id === (organisation ?? id));
  if (organisation !== undefined && organisations.length === 0) throw new Error(`no organisation ${organisation}`);
  const searchAttributes = await patiently(() => keepSearchAttributes(temporal));
  say(searchAttributes.length === 0 ? 'all search attributes are there' : `search attributes made: ${searchAttributes.join(', ')}`);
  const failed: string[] = [];
  const trying = async (what: string, act: () => Promise<unknown>): Promise<boolean> => {
    try {
      await patiently(act);
      return true;
    } catch (error) {
      failed.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  };
  let schedules = 0;
  const { PALLETWAYS_QARGO_PACE: pace } = installation.environment;
  for (const each of organisations) if (await trying(`schedule of ${each.id}`, () => keepSchedule(temporal, each, pace))) schedules += 1;
  say(`${schedules} of ${organisations.length} schedules made or brought up to date`);
  const ask = (of: Claim) => trying(`${of.organisation}/${of.consignment}`, () => askLoad(temporal, of));
  const asked = await askEach(installation, options, ask);
  return { searchAttributes, schedules, asked, failed };
}

/** Asks each open consignment, at most `rate` in a second; a slow answer holds up nobody as long as fewer than `rate` are out. */
async function askEach(
  { db }: Installation,
  { organisation, rate, say }: RebuildOptions,
  ask: (of: Claim) => Promise<boolean>,
): Promise<number> {
  const all = await countOpen(db, organisation);
  say(`${all} consignments are not closed`);
  const out = new Set<Promise<void>>();
  let asked = 0;
  let said = Date.now();
  let next = Date.now();
  let after = '';
  for (;;) {
    const some = await openAfter(db, after, page, organisation);
    if (some.length === 0) break;
    for (const of of some) {
      after = of.consignment;
      next = Math.max(next + 1_000 / rate, Date.now() - 1_000);
      if (next > Date.now()) await sleep(next - Date.now());
      if (out.size >= Math.max(1, rate)) await Promise.race(out);
      const run: Promise<void> = ask(of).then((good) => {
        if (good) asked += 1;
        out.delete(run);
      });
      out.add(run);
      if (Date.now() - said < sayEveryMs) continue;
      said = Date.now();
      say(`${asked} of ${all} asked`);
    }
  }
  await Promise.all(out);
  return asked;
}

/** Tries again what Temporal refused or did not answer; the last failure is thrown. */
async function patiently<T>(act: () => Promise<T>): Promise<T> {
  for (let left = tries - 1; ; left--) {
    try {
      return await act();
    } catch (error) {
      if (left === 0 || !(error instanceof ServiceError || isCall(error))) throw error;
      await sleep(1_000 * 2 ** (tries - 1 - left));
    }
  }
}

/** A gRPC failure that the client hands on as it is. */
const isCall = (error: unknown): boolean => error instanceof Error && 'code' in error;
