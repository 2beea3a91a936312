/**
 * Makes everything in Temporal again from the record, where Temporal's data is gone or older than the record: search attributes,
 * schedules, the current version of the workers, and the workflow of every consignment that is not closed. A closed one is started
 * by what is heard of it next, and loads the record like any other. It changes nothing in PostgreSQL, so it can be run again at any
 * time. Where the record itself is an older one that was restored it notes that first, and has both sides of what is open read once.
 */
import type { Client } from '@temporalio/client';
import type { Installation } from '../../store/organisations/installation.ts';
import { noteRestored, readOnceMore } from '../../store/outbox/restored.ts';
import type { Claim } from '../../store/record/wake.ts';
import { signalReload } from '../dispatch/tell.ts';
import { actOnEachOpen, type Pacing } from './each-open.ts';
import { retryWhileAway } from './patiently.ts';
import { restartRun } from './restart.ts';
import { keepSchedule } from './schedules.ts';
import { keepSearchAttributes } from './search-attributes.ts';

export interface RebuildOptions extends Pacing {
  /** Each run is terminated and started again, for a server without worker versions. */
  readonly restart?: boolean;
  /** The record is an older back-up that was put in its place. */
  readonly restored?: boolean;
  /** Makes the version of the workers the current one; left out where the server has no worker versions. */
  readonly keepVersion?: () => Promise<unknown>;
}

export interface Rebuilt {
  readonly searchAttributes: readonly string[];
  readonly schedules: number;
  /** Workflows that were started, or asked to load the record again. */
  readonly asked: number;
  /** What could not be done, one line each. */
  readonly failed: readonly string[];
}

/** Throws where the record cannot be read, where there is no such organisation, and where search attributes cannot be made. */
export async function rebuild(installation: Installation, temporal: Client, options: RebuildOptions): Promise<Rebuilt> {
  const { organisation, say } = options;
  const organisations = (await installation.organisations.list()).filter(({ id }) => id === (organisation ?? id));
  if (organisation !== undefined && organisations.length === 0) throw new Error(`no organisation ${organisation}`);
  const { PALLETWAYS_QARGO_PACE: pace } = installation.environment;
  if (options.restored === true && organisation !== undefined)
    throw new Error('a record is restored for all organisations at once');
  // First of all: a worker that starts meanwhile must find it.
  const restoration = options.restored === true ? await noteRestored(installation.db, pace) : null;
  if (restoration !== null)
    say(
      `noted: the record is of ${restoration.knownUntil}; what may have been sent since is looked for before it is sent`,
    );
  const searchAttributes = await retryWhileAway(() => keepSearchAttributes(temporal));
  say(
    searchAttributes.length === 0
      ? 'all search attributes are there'
      : `search attributes made: ${searchAttributes.join(', ')}`,
  );
  const failed: string[] = [];
  const trying = async (what: string, act: () => Promise<unknown>): Promise<boolean> => {
    try {
      await retryWhileAway(act);
      return true;
    } catch (error) {
      failed.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  };
  let schedules = 0;
  for (const each of organisations)
    if (await trying(`schedule of ${each.id}`, () => keepSchedule(temporal, each, pace))) schedules += 1;
  say(`${schedules} of ${organisations.length} schedules made or brought up to date`);
  const { keepVersion, restart = false } = options;
  if (keepVersion !== undefined) await trying('current version of the workers', keepVersion);
  const ask = async (of: Claim) => {
    if (restoration !== null) await readOnceMore(installation.db, of, restoration);
    await (restart ? restartRun(temporal, of, 'started again by rebuild --restart') : signalReload(temporal, of));
  };
  const asked = await actOnEachOpen(installation.db, options, (of) =>
    trying(`${of.organisation}/${of.consignment}`, () => ask(of)),
  );
  return { searchAttributes, schedules, asked, failed };
}
