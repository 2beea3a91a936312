import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultPolicy } from '../../domain/policy/settings.ts';
import { changesBetween } from '../../store/organisations/changes.ts';
import {
  type OrganisationDraft,
  OrganisationError,
  Organisations,
  StaleVersion,
  withoutSecrets,
} from '../../store/organisations/organisations.ts';
import { openSeal } from '../../store/postgres/secrets.ts';
import { getafe } from '../cast.ts';
import { type FreshSchema, freshSchema } from '../postgres.ts';

let store: FreshSchema;
let organisations: Organisations;
const seal = openSeal(randomBytes(32));
beforeAll(async () => {
  store = await freshSchema();
  organisations = new Organisations(store.db, seal);
});
afterAll(() => store.close());

const draft = {
  ...getafe,
  palletways: {
    ...getafe.palletways,
    apiUrl: 'https://api.palletways.com/',
    ftp: { host: 'ftp.example.com', user: 'alpha', password: 'pw-secret-ftp', folder: '/pod/564' },
  },
} satisfies OrganisationDraft;

describe('an organisation', () => {
  test('comes back as it was put, with its defaults filled in', async () => {
    const put = await organisations.put(draft, 'test');
    expect(await organisations.get('alpha')).toEqual(put);
    expect(put.policy).toEqual(defaultPolicy);
    expect(put.palletways).toMatchObject({
      apiUrl: 'https://api.palletways.com',
      portalUrl: 'https://portal.palletways.com/api',
      format: 'xml',
      apiKey: 'pw-secret-key,=/',
    });
    expect(put.palletways.ftp).toMatchObject({ port: 21, secure: false });
    expect(put.qargo).toMatchObject({ serviceLevels: {}, transportService: 'PALLETS' });
    expect(await organisations.get('nobody')).toBeUndefined();
  });

  test('none of its keys and passwords stands in the database in clear', async () => {
    const { rows } = await store.db.query<{ all: string; sealed: Buffer }>(
      'select organisation::text as all, secrets as sealed from organisation',
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect(row.all).not.toContain('secret-');
      expect(row.sealed.toString('latin1')).not.toContain('secret');
    }
    const shown = JSON.stringify(withoutSecrets(await organisations.put(draft, 'test')));
    expect(shown).not.toContain('-secret');
    expect(shown).toContain('Europe/Madrid');
  });

  test('a secret left out stays as it was, and one given replaces it', async () => {
    const { apiKey: _, ...palletways } = draft.palletways;
    const changed = await organisations.put(
      { ...draft, name: 'Alpha', palletways, qargo: { ...draft.qargo, secret: 'new' } },
      'test',
    );
    expect(changed).toMatchObject({
      name: 'Alpha',
      palletways: { apiKey: 'pw-secret-key,=/' },
      qargo: { secret: 'new', push: { password: 'qg-secret-push' } },
    });
  });

  test('what is wrong is refused with the field named and the value not repeated, and nothing is changed', async () => {
    const before = await organisations.get('alpha');
    const wrong: OrganisationDraft = {
      ...draft,
      name: ' ',
      palletways: {
        ...draft.palletways,
        zone: 'Europe/Nowhere',
        apiUrl: 'https://user:pass@x/',
        ftp: { ...draft.palletways.ftp, port: 70_000 },
      },
      qargo: { ...draft.qargo, depot: { ...draft.qargo.depot, country: 'Spain' }, customer: {} },
      policy: { palletwaysCallsPer2s: 50 },
    };
    const error = await organisations.put(wrong, 'test').catch((each: unknown) => each);
    expect(error).toBeInstanceOf(OrganisationError);
    const fields = (error as OrganisationError).fields.map(({ field }) => field).sort();
    expect(fields).toEqual(
      [
        'name',
        'palletways.apiUrl',
        'palletways.ftp.port',
        'palletways.zone',
        'policy.palletwaysCallsPer2s',
        'qargo.customer.code',
        'qargo.depot.country',
        'qargo.depot.country',
      ].sort(),
    );
    expect((error as OrganisationError).message).toContain('palletways.zone: is not an IANA time zone');
    expect((error as OrganisationError).message).toContain('qargo.customer.code: is missing');
    expect((error as OrganisationError).message).not.toContain('pass');
    expect(await organisations.get('alpha')).toEqual(before);
  });

  test('an id that is no slug, a secret never given and a field nobody knows are refused by name', async () => {
    const { apiKey: _, ...palletways } = draft.palletways;
    const bad = { ...draft, id: 'new-one', palletways: { ...palletways, apikey: 'x' } };
    await expect(organisations.put(bad, 'test')).rejects.toThrow(
      /palletways\.apiKey: is missing; palletways: has no field apikey/,
    );
    await expect(organisations.put({ ...draft, id: 'Alpha/..' }, 'test')).rejects.toThrow(/^id: /);
  });

  test('how often each stage is read is taken as it is said; a stage that there is not, and minutes out of range, are refused by name', async () => {
    const pulled = (pullStages: unknown) =>
      organisations.put({ ...draft, policy: { pullStages } } as OrganisationDraft, 'test');
    expect((await pulled({ announced: 30, delivered: 240 })).policy).toMatchObject({
      pullMinutes: 60,
      pullStages: { announced: 30, delivered: 240 },
    });
    await expect(pulled({ road: 15 })).rejects.toThrow(/^policy\.pullStages: has no field road$/);
    await expect(pulled({ loaded: 0, planned: '15' })).rejects.toThrow(
      /policy\.pullStages\.planned: .*policy\.pullStages\.loaded: /,
    );
  });

  test('is not changed by putting the same again', async () => {
    const version = async () =>
      (await store.db.query<{ version: number }>("select version from organisation where id = 'alpha'")).rows[0]
        ?.version;
    await organisations.put(draft, 'test');
    const before = await version();
    await organisations.put(draft, 'test');
    expect(await version()).toBe(before);
    await organisations.put({ ...draft, active: false }, 'test');
    expect(await version()).toBe((before ?? 0) + 1);
  });

  test('kept for a short time, is read again after it, and at once by who changed it', async () => {
    const other = new Organisations(store.open(), seal, { ttlMs: 300 });
    expect((await other.cached('alpha'))?.active).toBe(false);
    await organisations.put({ ...draft, active: true }, 'test');
    expect((await other.cached('alpha'))?.active).toBe(false);
    expect((await organisations.cached('alpha'))?.active).toBe(true);
    await new Promise((resume) => setTimeout(resume, 320));
    expect((await other.cached('alpha'))?.active).toBe(true);
  });

  test('all are listed by id', async () => {
    await organisations.put({ ...draft, id: 'a-first' }, 'test');
    expect((await organisations.list()).map(({ id }) => id)).toEqual(['a-first', 'alpha']);
  });
});

describe('the versions of an organisation', () => {
  const levels = (serviceLevels: Record<string, string>) => ({
    ...draft,
    id: 'versioned',
    qargo: { ...draft.qargo, serviceLevels },
  });

  test('are all kept, with who made them and why; what is put unchanged is none', async () => {
    await organisations.put(levels({}), { madeBy: 'ana', why: 'new' });
    await organisations.put(levels({ 'A-ND': 'NEXT' }), { madeBy: 'ben' });
    await organisations.put(levels({ 'A-ND': 'NEXT' }), { madeBy: 'cat' });
    const all = await organisations.versions('versioned');
    expect(all.map(({ version, madeBy, why }) => [version, madeBy, why])).toEqual([
      [2, 'ben', ''],
      [1, 'ana', 'new'],
    ]);
    expect((await organisations.version('versioned'))?.organisation).toEqual(await organisations.get('versioned'));
    expect(await organisations.versions('nobody')).toEqual([]);
  });

  test('one made from a version that is not the latest is refused, and nothing is changed', async () => {
    const stale = organisations.put(levels({ 'A-ND': 'OTHER' }), { madeBy: 'dan', seen: 1 });
    await expect(stale).rejects.toThrow(StaleVersion);
    await expect(organisations.put({ ...draft, id: 'never' }, { madeBy: 'dan', seen: 4 })).rejects.toThrow(
      StaleVersion,
    );
    expect((await organisations.get('versioned'))?.qargo.serviceLevels).toEqual({ 'A-ND': 'NEXT' });
    await organisations.put(levels({ 'A-ND': 'NEXT', 'B-ND': 'B' }), { madeBy: 'dan', seen: 2 });
    expect((await organisations.version('versioned'))?.version).toBe(3);
  });

  test('what differs is named by field, of a secret only that it differs', async () => {
    await organisations.put(
      { ...levels({ 'B-ND': 'C' }), palletways: { ...draft.palletways, apiKey: 'another-secret' } },
      { madeBy: 'eve' },
    );
    const [after, before] = await organisations.versions('versioned');
    if (after === undefined || before === undefined) throw new Error('there are versions');
    const changes = changesBetween(before.organisation, after.organisation);
    expect(changes).toEqual([
      { field: 'qargo.serviceLevels.A-ND', from: 'NEXT' },
      { field: 'qargo.serviceLevels.B-ND', from: 'B', to: 'C' },
      { field: 'palletways.apiKey', secret: true },
    ]);
    expect(changesBetween(after.organisation, after.organisation)).toEqual([]);
  });

  test('going back is a new version with the old settings and the keys of today', async () => {
    await organisations.rollback('versioned', 2, { madeBy: 'fay', seen: 4 });
    const latest = await organisations.version('versioned');
    expect([latest?.version, latest?.madeBy, latest?.why]).toEqual([5, 'fay', 'back to version 2']);
    expect(latest?.organisation.qargo.serviceLevels).toEqual({ 'A-ND': 'NEXT' });
    expect(latest?.organisation.palletways.apiKey).toBe('another-secret');
    await expect(organisations.rollback('versioned', 99, { madeBy: 'fay' })).rejects.toThrow(/no version 99/);
  });

  test('each but the first is to be published, compared with the one before', async () => {
    const { rows } = await store.db.query(
      `select version, before from publication where organisation = 'versioned' order by version`,
    );
    expect(rows).toEqual([2, 3, 4, 5].map((version) => ({ version, before: version - 1 })));
  });
});
