/** A sweep of a Palletways that answers as a test tells it, on a record of the test's own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Services } from '../../activities/sending/work.ts';
import { sweepPalletways } from '../../activities/sweep/palletways.ts';
import type { SweepResult } from '../../activities/types.ts';
import { palletwaysAccess } from '../../connectors/palletways/config.ts';
import { type Answer, readAnswer } from '../../connectors/palletways/read-answers.ts';
import { note, type PalletwaysNote } from '../../connectors/palletways/wire.ts';
import { defaultPolicy } from '../../domain/policy/settings.ts';
import type { Recorded } from './record.ts';

export const sweptAccess = palletwaysAccess.parse({
  apiUrl: 'http://127.0.0.1:1',
  portalUrl: 'http://127.0.0.1:1',
  apiKey: 'k',
  account: '1',
  depot: { number: '564', name: 'Depot' },
  zone: 'Europe/London',
});

/** Sweeps once; `client` answers in place of a Palletways that has nothing. */
export async function sweepOnce(record: Recorded, client: Readonly<Record<string, unknown>>): Promise<SweepResult> {
  const { db, organisation } = record;
  const known = {
    id: organisation,
    active: true,
    policy: defaultPolicy,
    palletways: { zone: sweptAccess.zone, depot: sweptAccess.depot },
  };
  const far = {
    getNotes: async () => ({ notes: [], problems: [] }),
    consEntered: async () => [],
    conStatusById: async () => [],
    conStatusByConNo: async () => [],
    getDynConStatus: async () => [],
    getConsignment: async () => ({ none: true }),
  };
  const services = {
    installation: {
      db,
      digestOf: () => (text: string) => `<${text.length}>`,
      organisations: { cached: async () => known },
    },
    counterparts: {
      pace: 1,
      palletways: () => ({ ...far, ...client }),
      heardFrom: async () => undefined,
      accessOf: () => ({ palletways: sweptAccess }),
    },
  } as unknown as Services;
  const swept: unknown = await new MockActivityEnvironment().run(() => sweepPalletways(services, { organisation }));
  return swept as SweepResult;
}

const empty = Object.fromEntries(Object.keys(note.shape).map((name) => [name, '']));
const second = 1_763_967_600;
/** A note of the feed as it was read: it says nothing but whose it is and what the test says of it. */
export const noteOf = (nth: number, trackingId: string, said: Partial<PalletwaysNote> = {}): PalletwaysNote => ({
  ...note.parse({ ...empty, SysNote: `${nth}`, TrackingID: trackingId, NoteDate: '2025-11-24', NoteTime: '07:00' }),
  Delta: second + nth,
  ...said,
});

const sample = readFileSync(join(import.meta.dirname, '../connectors/palletways/golden/consignment.xml'), 'utf8');
/** The sample's answer of getConsignment, as another consignment that is due tomorrow. */
export function consignmentAnswer(said: {
  readonly trackingId: string;
  readonly conNo: string;
  readonly collecting: string;
  readonly delivering: string;
  readonly requesting?: string;
  readonly dueDate?: string;
}): Answer {
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const xml = sample
    .replace('60012340167', said.trackingId)
    .replace('2557391-564', said.conNo)
    .replace('<Depot><Number>564', `<Depot><Number>${said.requesting ?? '999'}`)
    .replace('<CollectionDepot>563', `<CollectionDepot>${said.collecting}`)
    .replace('<DeliveryDepot>525', `<DeliveryDepot>${said.delivering}`)
    .replace('<DueDate>2026-11-24', `<DueDate>${said.dueDate ?? tomorrow}`)
    .replace('B00432B6FE', `B0${said.trackingId.slice(-8)}`);
  const body = Buffer.from(xml);
  return readAnswer(
    { status: 200, contentType: 'text/xml', retryAfter: undefined, body },
    { label: 'getConsignment', effectful: false, scrub: (text) => text, now: Date.now() },
  );
}
