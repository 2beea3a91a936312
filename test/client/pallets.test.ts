/** What the operations API tells of pallets, over HTTP, from a record of its own. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { Command } from 'commander';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { scansCommand } from '../../client/cli/scans.ts';
import { buildService } from '../../client/http/server.ts';
import type { NewFact } from '../../domain/facts/facts.ts';
import { ingest } from '../../store/intake/ingest.ts';
import { type Installation, openInstallation } from '../../store/organisations/installation.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { haulier } from '../cast.ts';
import { delivery } from '../connectors/qargo/orders.ts';
import { type FreshSchema, freshSchema } from '../postgres.ts';
import { insertReceipt } from '../store/rows.ts';
import { labels, type New, order, scan, trackingFact } from '../store/said.ts';

const blobs = mkdtempSync(join(tmpdir(), 'pallets-blobs-'));
const names = { trackingId: '60012340167', conNo: '2557391-564' };
const address = {
  contactName: 'A. Byrne',
  companyName: 'Byrne & Sons',
  lines: ['1 Quay'],
  town: 'Hull',
  county: '',
  postCode: 'HU1 1AA',
};
let store: FreshSchema;
let installation: Installation;
let app: FastifyInstance;
let consignment = '';
let variables: Record<string, string> = {};

const tell = async (facts: readonly NewFact[], heard: string, organisation = 'north') =>
  inTransaction(store.db, (tx) =>
    ingest(tx, { aliases: names, facts }, { organisation, journal: null, heard, via: 'push' }),
  );
const get = async (url: string) => app.inject({ method: 'GET', url });

beforeAll(async () => {
  store = await freshSchema();
  variables = {
    DATABASE_URL: store.url,
    DATABASE_SCHEMA: store.schema,
    PALLETWAYS_QARGO_MASTER_KEY: randomBytes(32).toString('base64'),
    PALLETWAYS_QARGO_BLOBS: blobs,
  };
  installation = openInstallation('pallets', { variables });
  for (const id of ['north', 'south'])
    await installation.organisations.put(
      { ...haulier(id), policy: id === 'south' ? { loadedQuorum: '3' } : {} },
      'test',
    );
  app = buildService({
    installation,
    temporal: {} as Client,
    log: pino({ level: 'silent' }),
    operationsToken: undefined,
    stored: () => undefined,
  });
  const consignee = { ...address, country: 'GB', telephone: '' };
  const body = { ...delivery, serviceGroup: 'A', serviceCode: 'ND', delivery: consignee };
  const summer: New<'scan'> = { ...scan(5, 'B4'), zone: '+01:00' };
  for (const organisation of ['north', 'south']) {
    const { consignment: made } = await tell(
      [{ ...order('A', 0), body }, trackingFact(0, names.trackingId), labels(1, 'B1', 'B2', 'B3', 'B4')],
      '2025-11-24T06:01:00.000Z',
      organisation,
    );
    if (organisation === 'north') consignment = made ?? '';
    await tell([{ ...scan(5, 'B1'), zone: 'UTC' }, scan(6, '=B2'), summer], '2025-11-24T06:10:00.000Z', organisation);
    // The fourth label is printed again, and its pallet was loaded with the old one. A clock stands two days ahead.
    await tell(
      [labels(20, 'B1', 'B2', 'B3', 'B5'), { ...scan(0, 'B3'), id: 'ahead', at: '2025-11-26T06:00:00.000Z' }],
      '2025-11-24T06:20:00.000Z',
      organisation,
    );
  }
});
afterAll(async () => {
  await app.close();
  await installation.close();
  await store.close();
  rmSync(blobs, { recursive: true, force: true });
});

test('a reference that two organisations know is one consignment where the organisation is named', async () => {
  const ask = async (query: string) => {
    const url = `/operations/consignments/${names.trackingId}/close-out${query}`;
    const answer = await app.inject({ method: 'POST', url, payload: { who: 'Jo', why: 'asked' } });
    return { status: answer.statusCode, body: answer.json() };
  };
  expect((await ask('')).status).toBe(404);
  expect(await ask('?organisation=south')).toMatchObject({
    status: 200,
    body: { state: 'as it was', holds: [], accepted: { who: 'Jo' } },
  });
  const told = (await get(`/operations/consignments/${names.trackingId}?organisation=south`)).json();
  expect(told.map(({ organisation }: { organisation: string }) => organisation)).toEqual(['south']);
  expect((await get(`/operations/consignments/${names.trackingId}/labels?organisation=east`)).statusCode).toBe(404);
});

test('who asks for close-outs from a day on, and finds none, is told to ask from there again', async () => {
  const asked = async (since: string) => (await get(`/operations/close-outs?since=${since}`)).json();
  const { rows, next } = await asked('2025-11-24');
  expect(rows).toEqual([]);
  expect(await asked(String(next))).toEqual({ rows: [], next });
  expect(await asked('7')).toEqual({ rows: [], next: 7 });
  expect(next).toBe('2025-11-24T00:00:00.000Z');
});

describe('scans', () => {
  test('of a consignment by pallet, with their times as they were said; the pallet that holds it up is named', async () => {
    const [told] = (await get(`/operations/consignments/${consignment}/scans`)).json();
    const pallet = (barcode: string) => told.pallets.find((each: { barcode: string }) => each.barcode === barcode);
    expect(pallet('B5')).toMatchObject({
      position: 'loaded',
      former: ['B4'],
      scans: [{ barcode: 'B4', said: '2025-11-24T07:05:00.000+01:00' }],
    });
    expect(pallet('B1').scans).toMatchObject([
      { at: '2025-11-24T06:05:00.000Z', said: '2025-11-24T06:05:00.000Z', doubt: null },
    ]);
    expect(pallet('B2')).toMatchObject({ position: 'expected', since: null, scans: [] });
    // Said for 26 November, heard on the 24th: told as it was said, and decided by when it was heard.
    expect(pallet('B3')).toMatchObject({ position: 'loaded', since: '2025-11-24T06:20:00.000Z' });
    expect(pallet('B3').scans).toMatchObject([{ at: '2025-11-26T06:00:00.000Z', doubt: 'ahead' }]);
    expect(told.steps[0]).toMatchObject({ state: 'timed out', done: 4, needed: 5, of: 5, holding: ['B2'] });
    const [story] = (await get(`/operations/consignments/${consignment}`)).json();
    expect(story.remarks[0]).toContain('loaded 4 of 5: B2 was not scanned');
    expect(story.remarks[1]).toContain(
      'load scan of B3 says 2025-11-26T06:00:00.000Z, which lies in the future of the moment it was heard',
    );
  });

  test('the quorum of the organisation decides whether the step is done', async () => {
    const both = (await get(`/operations/consignments/${names.conNo}/scans`)).json() as {
      organisation: string;
      steps: object[];
    }[];
    expect(both.find(({ organisation }) => organisation === 'south')?.steps[0]).toMatchObject({
      state: 'complete',
      needed: 3,
    });
  });

  test('of an organisation for an audit: fixed columns, no formula, from an instant on', async () => {
    const answer = await get('/operations/scans?organisation=north&format=csv');
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    const [head, ...lines] = answer.body.trimEnd().split('\r\n');
    expect(head).toBe(
      'organisation,consignment,reference,trackingId,barcode,scan,at,said,heard,source,via,doubt,told,toldAt,fact',
    );
    expect(lines).toHaveLength(4);
    expect(lines[1]).toBe(
      `north,${consignment},2557391-564,60012340167,'=B2,load,2025-11-24T06:06:00.000Z,2025-11-24T06:06:00.000Z[Europe/London],2025-11-24T06:10:00.000Z,qargo,push,,,,qg:scan:=B2:SCANNED_OUT:2025-11-24T06:06:00.000Z`,
    );
    const later = (await get('/operations/scans?since=2025-11-24T07:15:00%2B01:00')).json();
    expect(later.map(({ organisation, fact }: { organisation: string; fact: string }) => [organisation, fact])).toEqual(
      [
        ['north', 'ahead'],
        ['south', 'ahead'],
      ],
    );
    expect((await get('/operations/scans?organisation=nobody')).json()).toEqual([]);
    expect((await get('/operations/scans?since=yesterday')).statusCode).toBe(400);
    expect((await get('/operations/scans?format=xls')).statusCode).toBe(400);
  });
});

describe('the command `scans`', () => {
  /** What it writes, run in this process. */
  async function said(...args: string[]): Promise<string> {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    let out = '';
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk: unknown, ...rest: unknown[]) => {
      out += String(chunk);
      for (const done of rest) if (typeof done === 'function') done();
      return true;
    });
    try {
      const program = new Command().exitOverride();
      scansCommand(program);
      await program.parseAsync(['scans', ...args], { from: 'user' });
    } finally {
      write.mockRestore();
      vi.unstubAllEnvs();
    }
    return out;
  }

  test('says what the address says, of all or of one consignment', async () => {
    expect(await said('--csv', '--organisation', 'south')).toBe(
      (await get('/operations/scans?organisation=south&format=csv')).body,
    );
    expect(JSON.parse(await said('--since', '2025-11-24T07:15:00+01:00'))).toHaveLength(2);
    expect(JSON.parse(await said(consignment))).toHaveLength(4);
    await expect(said(names.conNo)).rejects.toThrow('fits several consignments');
    await expect(said('--since', '2025-11-24')).rejects.toThrow('not an instant with an offset');
  });
});

describe('labels', () => {
  test('what is printed on them, n of m, and every barcode that the pallets had', async () => {
    const [sheet] = (await get(`/operations/consignments/${consignment}/labels`)).json();
    expect(sheet).toMatchObject({
      trackingId: names.trackingId,
      service: 'A-ND',
      consignee: { name: 'Byrne & Sons', lines: ['1 Quay'], town: 'Hull', postCode: 'HU1 1AA', country: 'GB' },
      former: [],
      pdf: null,
    });
    expect(sheet.labels.at(3)).toEqual({ barcode: 'B5', number: 4, of: 4 });
    expect((await get(`/operations/consignments/${consignment}/labels.pdf`)).statusCode).toBe(404);
    expect((await get('/operations/consignments/nobody/labels')).statusCode).toBe(404);
  });

  test('every barcode is there also where the content of the order cannot be read', async () => {
    const change = (sql: string) => store.db.query(`update content set body = ${sql} where body ? 'serviceGroup'`);
    await change(`body || '{"lifts": "four"}'`);
    const [sheet] = (await get(`/operations/consignments/${consignment}/labels`)).json();
    await change(`body || '{"lifts": 4}'`);
    expect(sheet).toMatchObject({ consignee: null, service: null });
    expect(sheet.labels).toHaveLength(4);
  });

  test('the PDF that Palletways printed can be had', async () => {
    const bytes = Buffer.from('%PDF-1.4\n%%EOF\n');
    const { key } = await installation.blobs.put(bytes);
    const { id: fact } = labels(20, 'B1', 'B2', 'B3', 'B5');
    const north = { db: store.db, organisation: 'north' };
    await insertReceipt(north, consignment, {
      key: 'labels',
      state: 'met',
      ever: true,
      progress: { blob: key, labelOf: fact },
    });
    const [sheet] = (await get(`/operations/consignments/${consignment}/labels`)).json();
    expect(sheet.pdf).toMatchObject({ key, bytes: bytes.length });
    const answer = await get(sheet.pdf.href);
    expect(answer.headers['content-type']).toBe('application/pdf');
    expect(answer.rawPayload).toEqual(bytes);
    // Labelled anew: the sheet that is there shows barcodes that no longer stand.
    await tell([labels(30, 'B1', 'B2', 'B3')], '2025-11-24T06:30:00.000Z');
    await insertReceipt(north, consignment, { key: 'labels', state: 'refused' });
    expect((await get(sheet.pdf.href)).statusCode).toBe(404);
  });
});
