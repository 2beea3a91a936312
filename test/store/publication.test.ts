/** Which consignments a new version of a configuration wakes, over a real record. */

import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { endPublication, publishPage } from '../../activities/configuration/publication.ts';
import { Counterparts } from '../../activities/sending/counterparts.ts';
import { NoteBatcher } from '../../activities/sending/note-batcher.ts';
import type { Services } from '../../activities/sending/work.ts';
import type { PublicationPage } from '../../activities/types.ts';
import { previewConfiguration } from '../../client/operations/preview.ts';
import type { OrderContent, OutgoingNote } from '../../domain/facts/content.ts';
import type { NewFact } from '../../domain/facts/facts.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import type { Policy } from '../../domain/policy/settings.ts';
import { openPublications, publicationsOf } from '../../store/due/publication.ts';
import { takeWork } from '../../store/due/take.ts';
import { ingest } from '../../store/intake/ingest.ts';
import { type Installation, openInstallation } from '../../store/organisations/installation.ts';
import type { OrganisationDraft } from '../../store/organisations/organisations.ts';
import { intend, settle } from '../../store/outbox/receipts.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { planOf } from '../../store/record/plan.ts';
import { piecesOfWork } from '../../store/views/work.ts';
import { getafe } from '../cast.ts';
import { delivery } from '../connectors/qargo/orders.ts';
import { type FreshSchema, freshSchema } from '../postgres.ts';
import { factsOfKind, forgetWakes, wakes } from './rows.ts';
import { minute, order, scan, trackingFact } from './said.ts';

let store: FreshSchema;
let installation: Installation;
let services: Services;
let made = 0;
let id = '';
beforeAll(async () => {
  store = await freshSchema();
  installation = openInstallation('test', {
    variables: {
      DATABASE_URL: store.url,
      DATABASE_SCHEMA: store.schema,
      PALLETWAYS_QARGO_BLOBS: '/nonexistent',
      PALLETWAYS_QARGO_MASTER_KEY: randomBytes(32).toString('base64'),
    },
  });
  const counterparts = new Counterparts(installation);
  services = {
    installation,
    counterparts,
    desk: new NoteBatcher(installation, counterparts),
    log: pino({ level: 'silent' }),
  };
});
afterAll(async () => {
  await installation.close();
  await store.close();
});

const draft = (
  more: { policy?: Partial<Policy>; serviceLevels?: Record<string, string>; codes?: unknown } = {},
): OrganisationDraft => ({
  ...getafe,
  id,
  qargo: { ...getafe.qargo, serviceLevels: more.serviceLevels ?? {} },
  wire: { palletways: more.codes === undefined ? {} : { codes: more.codes } },
  policy: { unknownServices: 'park', ...more.policy },
});

beforeEach(async () => {
  id = `org-${++made}`;
  await installation.organisations.put(draft(), 'test');
});

async function put(more: Parameters<typeof draft>[0]): Promise<number> {
  await installation.organisations.put(draft(more), 'test');
  return (await installation.organisations.version(id))?.version ?? 0;
}

/** All pages of a version. */
async function publish(version: number): Promise<PublicationPage[]> {
  const pages: PublicationPage[] = [];
  const of = { organisation: id, version, after: '', looked: 0, woken: 0 };
  for (let after = ''; ; ) {
    const page = await publishPage(services, { ...of, after });
    pages.push(page);
    if (page.next === undefined) break;
    after = page.next;
  }
  const sum = (count: (page: PublicationPage) => number) => pages.reduce((all, page) => all + count(page), 0);
  await endPublication(services, { ...of, looked: sum((page) => page.looked), woken: sum((page) => page.woken) });
  return pages;
}

/** The record, for what is put there or looked at. */
const here = () => ({ db: store.db, organisation: id });

let said = 0;
/** A consignment of which Palletways told an order, and what else is told. */
async function consignment(content: Partial<OrderContent> = {}, more: readonly NewFact[] = []): Promise<string> {
  said += 1;
  const trackingId = String(60_000_000_000 + said);
  const facts = [
    { ...order(`${said}`, 1), body: { ...delivery, ...content, conNo: `${said}-564` } },
    trackingFact(2, trackingId, `${said}-564`),
    ...more,
  ];
  const heard = await inTransaction(store.db, (tx) =>
    ingest(
      tx,
      { aliases: { trackingId, conNo: `${said}-564` }, facts },
      { organisation: id, journal: null, heard: new Date().toISOString(), via: 'push' },
    ),
  );
  await forgetWakes(here());
  return heard.consignment ?? '';
}

const noPostCode: Cause = { code: 'field missing', field: 'Address[delivery].PostCode' };
const unknown = (table: 'service' | 'reason', value: string): Cause => ({ code: 'unmapped', table, value });

async function end(
  of: string,
  key: string,
  state: 'refused' | 'met',
  cause?: Cause,
  payload?: OutgoingNote,
): Promise<void> {
  const kind = key === 'order' ? 'order' : 'scan';
  const counterpart = kind === 'order' ? 'qargo' : 'palletways';
  const item = (await takeWork(store.db, id, of, counterpart)).items.find((each) => each.key === key);
  if (item === undefined) throw new Error(`${key} is not taken`);
  const owner = { organisation: id, consignment: of, counterpart, sender: 'me', doubtMs: 1 } as const;
  await intend(store.db, owner, [payload === undefined ? { item } : { item, waiting: { ref: 'r', payload } }]);
  await inTransaction(store.db, (tx) =>
    settle(tx, owner, [{ item, state, ...(cause === undefined ? {} : { cause }) }]),
  );
}

/** What was asked to be sent again and is not told to the workflow yet. */
const resends = async () => {
  const woken = await wakes(here());
  return (await factsOfKind(here(), 'resend')).flatMap(({ consignment, fact }) =>
    woken.includes(consignment) ? [`${consignment} ${fact.obligation} ${fact.revision}`] : [],
  );
};

const scanNote: OutgoingNote = {
  trackingId: '60012340167',
  what: 'scan-load',
  late: false,
  at: minute(3),
  barcode: 'B00432B6FE',
  signedBy: '',
  description: '',
  text: 'Loaded',
  ref: '0123456789',
};

describe('publishing a version', () => {
  test('asks again for every order that it maps, once, and for none that it does not', async () => {
    const parked = await Promise.all(Array.from({ length: 60 }, () => consignment()));
    const other = await consignment({ serviceCode: 'SAT' });
    const bare = await consignment({
      delivery: delivery.delivery === null ? null : { ...delivery.delivery, postCode: '', town: '', lines: [] },
    });
    const sent = await consignment();
    for (const each of parked) await end(each, 'order', 'refused', unknown('service', 'B-B'));
    await end(other, 'order', 'refused', unknown('service', 'B-SAT'));
    await end(bare, 'order', 'refused', noPostCode);
    await end(sent, 'order', 'met');
    expect((await piecesOfWork(store.db, id)).map(({ cause, count }) => [count, cause])).toEqual([
      [60, unknown('service', 'B-B')],
      [1, unknown('service', 'B-SAT')],
      [1, noPostCode],
    ]);
    const version = await put({ serviceLevels: { 'B-B': 'ECON' } });
    const pages = await publish(version);
    expect(pages.length).toBeGreaterThan(1);
    expect((await resends()).sort()).toEqual(parked.map((each) => `${each} order 2`).sort());
    // An activity that is tried again, or the whole workflow, asks nothing twice.
    await publish(version);
    expect(await resends()).toHaveLength(60);
    const [publication] = await publicationsOf(store.db, id);
    expect(publication).toMatchObject({ version, before: 1, looked: 63 });
    expect((await openPublications(store.db)).filter(({ organisation }) => organisation === id)).toEqual([]);
  });

  test('a code that Qargo refused and that goes otherwise now is asked for again, as is a note; others are left alone', async () => {
    await put({ policy: { unknownServices: 'send' } });
    const ended = await consignment({}, [scan(3)]);
    await end(ended, 'order', 'refused', { code: 'upload failed', status: 'ERROR' });
    await end(ended, `scan:B00432B6FE:load:${minute(3)}`, 'refused', { code: 'refused' }, scanNote);
    const settings = { policy: { unknownServices: 'send' as const } };
    await publish(await put({ ...settings, codes: { delivered: { group: 'STS', type: 'COM' } } }));
    expect(await resends()).toEqual([]);
    await publish(await put({ ...settings, serviceLevels: { 'B-B': 'ECON' } }));
    expect(await resends()).toEqual([`${ended} order 2`]);
    await publish(
      await put({
        ...settings,
        serviceLevels: { 'B-B': 'ECON' },
        codes: { 'scan-load': { group: 'SCN', type: 'IN' } },
      }),
    );
    expect(await resends()).toEqual([`${ended} order 2`, `${ended} scan:B00432B6FE:load:${minute(3)} 3`]);
  });

  test('a map that changes nothing that is refused wakes nobody', async () => {
    for (let n = 0; n < 55; n += 1) await end(await consignment(), 'order', 'met');
    const pages = await publish(
      await put({ codes: { delivered: { group: 'STS', type: 'COM' } }, serviceLevels: { 'B-B': 'X' } }),
    );
    expect(pages.map(({ looked, woken }) => [looked, woken])).toEqual([
      [50, 0],
      [5, 0],
    ]);
    expect(await wakes(here())).toEqual([]);
    expect(await resends()).toEqual([]);
  });

  test('a row that is switched on wakes those that are owed something of it; switched off, nobody', async () => {
    const quiet = await consignment();
    const scanned = await consignment({}, [scan(3)]);
    const told = await consignment({}, [scan(3)]);
    for (const each of [quiet, scanned, told]) await end(each, 'order', 'met');
    await end(told, `scan:B00432B6FE:load:${minute(3)}`, 'met', undefined);
    const off = await put({ policy: { rows: { scans: 'off', pod: 'shadow' } as Policy['rows'] } });
    await publish(off);
    expect(await wakes(here())).toEqual([]);
    expect((await planOf(store.db, scanned)).lanes.palletways).toBeUndefined();
    expect((await planOf(store.db, scanned)).page.outstanding.map(({ key, state }) => `${key} ${state}`)).toContain(
      `scan:B00432B6FE:load:${minute(3)} off`,
    );
    const on = await put({ policy: { rows: { pod: 'shadow' } as Policy['rows'] } });
    expect((await publish(on)).map(({ woken }) => woken)).toEqual([1]);
    expect(await wakes(here())).toEqual([scanned]);
    expect((await planOf(store.db, scanned)).lanes.palletways?.kinds).toEqual({ scan: 1 });
    expect(await resends()).toEqual([]);
  });

  test('tried before it goes live: which orders and notes would go otherwise', async () => {
    const parked = await consignment();
    await consignment({ serviceCode: 'SAT' });
    await end(parked, 'order', 'refused', unknown('service', 'B-B'));
    const noted = await consignment({}, [scan(3)]);
    await end(noted, `scan:B00432B6FE:load:${minute(3)}`, 'met', undefined, scanNote);
    const before = await installation.organisations.get(id);
    const after = await installation.organisations.tried(
      draft({ serviceLevels: { 'B-SAT': 'SATURDAY' }, codes: { 'scan-load': { group: 'SCN', type: 'IN' } } }),
    );
    if (before === undefined) throw new Error('no organisation');
    const tried = await previewConfiguration(store.db, before, after, 10);
    expect([tried.orders, tried.notes, tried.count]).toEqual([3, 1, 2]);
    expect(
      tried.otherwise.map(({ what, parked, fields }) => [
        what,
        parked.before,
        parked.after,
        fields.find(({ field }) => /code$|type$/.test(field)),
      ]),
    ).toEqual([
      ['order', 'service B-SAT is in no mapping table', null, undefined],
      [`scan:B00432B6FE:load:${minute(3)}`, null, null, { field: 'note_type', from: 'LOD', to: 'IN' }],
    ]);
    expect((await installation.organisations.version(id))?.version).toBe(1);
  });
});
