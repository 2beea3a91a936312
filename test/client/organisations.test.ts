/** Configuration over the operations API and the command line, on a real record and with Temporal's client replaced. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { Command } from 'commander';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { organisationCommands } from '../../client/cli/organisations.ts';
import { buildService } from '../../client/http/server.ts';
import { type Installation, openInstallation } from '../../store/organisations/installation.ts';
import { getafe } from '../cast.ts';
import { type FreshSchema, freshSchema } from '../postgres.ts';

let store: FreshSchema;
let installation: Installation;
let app: FastifyInstance;
let folder: string;
const started: string[] = [];
const before = { ...process.env };

const { id: _, ...named } = getafe;
/** As the operations API takes it: the id is in the address. */
const draft = { ...named, qargo: { ...named.qargo, serviceLevels: {} as Record<string, string> } };

beforeAll(async () => {
  store = await freshSchema();
  folder = mkdtempSync(join(tmpdir(), 'palletways-qargo-cli-'));
  Object.assign(process.env, {
    DATABASE_URL: store.url,
    DATABASE_SCHEMA: store.schema,
    PALLETWAYS_QARGO_BLOBS: folder,
    PALLETWAYS_QARGO_MASTER_KEY: randomBytes(32).toString('base64'),
  });
  installation = openInstallation('test');
  const workflow = { start: async (_type: string, { workflowId }: { workflowId: string }) => started.push(workflowId) };
  const temporal = { workflow } as unknown as Client;
  app = buildService({
    installation,
    temporal,
    log: pino({ level: 'silent' }),
    operationsToken: undefined,
    stored: () => undefined,
  });
});
afterAll(async () => {
  await app.close();
  await installation.close();
  await store.close();
  rmSync(folder, { recursive: true });
  process.env = before;
});

async function ask(method: 'GET' | 'PUT' | 'POST', path: string, payload?: object) {
  const answer = await app.inject({
    method,
    url: `/operations/organisations/alpha${path}`,
    ...(payload === undefined ? {} : { payload }),
  });
  expect(answer.body).not.toMatch(/(?:pw|qg)-secret/);
  return { status: answer.statusCode, body: JSON.parse(answer.body) };
}
const put = (version: number, serviceLevels: Record<string, string>, more: object = {}) =>
  ask('PUT', '', {
    who: 'ana',
    version,
    organisation: { ...draft, qargo: { ...draft.qargo, serviceLevels }, ...more },
  });

/** What a command says. */
async function command(...args: string[]): Promise<string> {
  const said: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  try {
    const program = new Command().exitOverride();
    organisationCommands(program);
    await program.parseAsync(['organisation', ...args], { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return said.join('');
}

test('is made, changed and published by who saw the latest version; who saw another is told so', async () => {
  expect((await ask('GET', '')).status).toBe(404);
  expect(await put(0, {})).toMatchObject({
    status: 200,
    body: { version: 1, madeBy: 'ana', organisation: { name: 'Alpha Haulage' } },
  });
  expect(started).toEqual([]);
  expect((await put(1, { 'A-ND': 'NEXT' })).body.version).toBe(2);
  expect(started).toEqual(['publish/alpha/2']);
  expect(await put(1, { 'A-ND': 'OTHER' })).toMatchObject({ status: 409, body: { version: 2 } });
  expect((await ask('GET', '')).body.organisation.qargo.serviceLevels).toEqual({ 'A-ND': 'NEXT' });
});

test('what is wrong is named by field, in the settings and in what the connectors know, and nothing is changed', async () => {
  const wrong = await put(2, {}, { policy: { rows: { scans: 'maybe' } }, name: '' });
  expect(wrong.status).toBe(400);
  expect(wrong.body.fields.map(({ field }: { field: string }) => field).sort()).toEqual(['name', 'policy.rows.scans']);
  const wire = await put(2, {}, { wire: { palletways: { codes: { delivered: { group: '', type: 'X' } } } } });
  expect(wire.body.fields[0].field).toBe('wire.palletways.codes.delivered.group');
  expect((await ask('PUT', '', { who: 'ana', organisation: draft })).body.fields[0].field).toBe('version');
  expect((await ask('GET', '')).body.version).toBe(2);
});

test('versions are listed with what they changed, compared, and taken back', async () => {
  expect((await ask('GET', '/versions')).body).toMatchObject([
    {
      version: 2,
      madeBy: 'ana',
      changed: [{ field: 'qargo.serviceLevels.A-ND', to: 'NEXT' }],
    },
    { version: 1, changed: [] },
  ]);
  expect((await ask('GET', '/diff?from=2&to=2')).body.changed).toEqual([]);
  expect((await ask('GET', '/diff?from=2&to=9')).status).toBe(404);
  expect((await ask('POST', '/rollback', { who: 'ben', version: 1, to: 1 })).status).toBe(409);
  const back = await ask('POST', '/rollback', { who: 'ben', version: 2, to: 1 });
  expect(back.body).toMatchObject({
    version: 3,
    madeBy: 'ben',
    why: 'back to version 1',
    organisation: { qargo: { serviceLevels: {} } },
  });
  expect((await ask('GET', '/publications')).body).toMatchObject([
    { version: 3, before: 2, endedAt: null },
    { version: 2, before: 1, endedAt: null },
  ]);
  const all = await app.inject({ method: 'GET', url: '/operations/organisations' });
  expect(JSON.parse(all.body)).toMatchObject([
    { id: 'alpha', active: true, version: 3, rows: { scans: 'shadow', network: 'off' }, contactPassedAt: null },
  ]);
});

test('a configuration is tried without being kept', async () => {
  const tried = await ask('POST', '/try', { organisation: { ...draft, policy: { unknownServices: 'park' } } });
  expect(tried).toEqual({ status: 200, body: { orders: 0, notes: 0, otherwise: [], count: 0 } });
  expect((await ask('POST', '/try', { organisation: { ...draft, name: '' } })).status).toBe(400);
  expect((await ask('GET', '')).body.version).toBe(3);
});

test('the commands say the same, and refuse a document that names an older version', async () => {
  const file = join(folder, 'alpha.json');
  writeFileSync(file, JSON.stringify({ ...draft, id: 'alpha', name: 'Alpha', version: 3 }));
  expect(await command('put', '--file', file, '--why', 'shorter')).toMatch(
    /^alpha: Alpha, active\nIn shadow until a first contact has passed/,
  );
  await expect(command('put', '--file', file)).rejects.toThrow(/at version 4, and this was made from version 3/);
  expect(await command('versions', 'alpha')).toMatch(
    /^4 {2}\S+Z {2}.+: shorter\n {5}name: "Alpha Haulage" -> "Alpha"\n3 /,
  );
  expect(await command('rollback', 'alpha', '2')).toBe('alpha: version 5, as version 2 was\n');
  expect(JSON.parse(await command('get', 'alpha')).qargo.serviceLevels).toEqual({ 'A-ND': 'NEXT' });
  await expect(command('rollback', 'alpha', '77')).rejects.toThrow(/no version 77/);
});

test('until a first contact has passed the rows of a new organisation are in shadow, and everybody who asks is told so', async () => {
  expect((await ask('GET', '')).body).toMatchObject({
    contactPassedAt: null,
    organisation: { policy: { rows: { orders: 'shadow', milestones: 'shadow', network: 'off' } } },
  });
  const { version } = (await ask('GET', '')).body;
  const made = await put(version, { 'A-ND': 'LATER' }, { policy: { rows: { scans: 'on' } } });
  expect(made.body.said.join()).toMatch(/In shadow until a first contact has passed .+ scans/);
  expect(await command('list')).toMatch(/^alpha {2}.+no first contact has passed; in shadow: orders, labels, /);
  const complaint: string[] = [];
  const told = vi.spyOn(process.stderr, 'write').mockImplementation((text) => complaint.push(String(text)) > 0);
  await command('get', 'alpha');
  told.mockRestore();
  expect(complaint.join()).toMatch(/No first contact of alpha has passed/);
  const { rows } = await installation.db.query('select 1 from contact');
  expect(rows).toEqual([]);
});

test('a row that goes on where something was heard asks what becomes of what is open, of the command and of the API', async () => {
  const draftFile = join(folder, 'beta.json');
  writeFileSync(draftFile, JSON.stringify({ ...draft, id: 'beta' }));
  expect(await command('put', '--file', draftFile, '--contact-passed', 'tried in the old installation')).toBe(
    'beta: Alpha Haulage, active\n',
  );
  const beta = await installation.organisations.get('beta');
  expect(beta?.policy.rows).toMatchObject({ orders: 'on', network: 'off' });
  writeFileSync(draftFile, JSON.stringify({ ...draft, id: 'beta', policy: { rows: { scans: 'shadow' } } }));
  await command('put', '--file', draftFile);
  await installation.db.query(`insert into consignment (id, organisation) values ('b1', 'beta')`);
  writeFileSync(draftFile, JSON.stringify({ ...draft, id: 'beta' }));
  await expect(command('put', '--file', draftFile)).rejects.toThrow(
    'This switches on scans, in which 0 updates are open: say from-now-on, and none of them is ever sent, or all, and all that is open is sent now.',
  );
  const body = { who: 'ana', version: 2, organisation: draft };
  const refused = await app.inject({ method: 'PUT', url: '/operations/organisations/beta', payload: body });
  expect([refused.statusCode, JSON.parse(refused.body)]).toMatchObject([
    409,
    { open: ['from-now-on', 'all'], rows: ['scans'], count: 0 },
  ]);
  const rolled = { who: 'ana', version: 2, to: 1 };
  const back = await app.inject({ method: 'POST', url: '/operations/organisations/beta/rollback', payload: rolled });
  expect(back.statusCode).toBe(409);
  expect(await command('put', '--file', draftFile, '--open', 'from-now-on')).toBe(
    'beta: Alpha Haulage, active\n0 updates that were open will not be sent.\n',
  );
});
