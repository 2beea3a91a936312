/** The first start of an installation: organisations from a file, over the command that starts the service. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { serve } from '../../client/cli/serve.ts';
import { beginWith } from '../../client/operations/first-organisations.ts';
import { type Installation, openInstallation } from '../../store/organisations/installation.ts';
import { type FreshSchema, freshSchema } from '../postgres.ts';

let store: FreshSchema;
let installation: Installation;
let folder: string;
const before = { ...process.env };
const example = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../docs/examples/organisation.json'), 'utf8'),
) as {
  palletways: object;
};

beforeAll(async () => {
  store = await freshSchema();
  folder = mkdtempSync(join(tmpdir(), 'palletways-qargo-first-'));
  Object.assign(process.env, {
    DATABASE_URL: store.url,
    DATABASE_SCHEMA: store.schema,
    PALLETWAYS_QARGO_BLOBS: folder,
    PALLETWAYS_QARGO_MASTER_KEY: randomBytes(32).toString('base64'),
  });
  installation = openInstallation('test');
});
beforeEach(async () => {
  await store.db.query('delete from organisation_version');
  await store.db.query('delete from organisation');
});
afterAll(async () => {
  await installation.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  process.env = before;
});

const fileOf = (what: unknown): string => {
  const file = join(folder, 'organisations.json');
  writeFileSync(file, typeof what === 'string' ? what : JSON.stringify(what));
  return file;
};
const ids = async () => (await installation.organisations.list()).map(({ id }) => id);

test('is read where there is no organisation, one or a list of them, and never again', async () => {
  const file = fileOf([
    { ...example, id: 'alpha' },
    { ...example, id: 'beta' },
  ]);
  expect(
    await Promise.all([beginWith(installation, file), beginWith(installation, file)]).then((made) => made.flat()),
  ).toEqual(['alpha', 'beta']);
  expect(await ids()).toEqual(['alpha', 'beta']);
  expect((await installation.organisations.versions('alpha')).map(({ version, madeBy }) => [version, madeBy])).toEqual([
    [1, 'first start'],
  ]);
  expect(await beginWith(installation, fileOf({ ...example, id: 'gamma' }))).toEqual([]);
  expect(await beginWith(installation, fileOf('nothing that can be read'))).toEqual([]);
  expect(await ids()).toEqual(['alpha', 'beta']);
});

test('a field that is wrong is named, by its place, with none made and no value told; so is a file that cannot be read', async () => {
  const wrong = [
    { ...example, id: 'alpha' },
    { ...example, id: 'beta', palletways: { ...example.palletways, zone: 'Mars/Olympus' } },
    { ...example, id: 'gamma', wire: { palletways: { nonsense: 1 } } },
  ];
  const said = (file: string) =>
    beginWith(installation, file).then(
      () => 'nothing',
      (error: unknown) => (error as Error).message,
    );
  expect(await said(fileOf(wrong.slice(0, 2)))).toContain('1.palletways.zone: is not an IANA time zone');
  expect(await said(fileOf(wrong))).toContain('2.wire.palletways: ');
  expect(await said(fileOf([wrong[0], wrong[0]]))).toContain('1.id: is there twice');
  expect(await said(fileOf([{ name: 'nobody' }]))).toContain('0.id: is missing');
  expect(await said(fileOf('{"palletways": {"apiKey": "a-secret'))).toMatch(/organisations\.json: is not JSON$/);
  expect(await said(join(folder, 'none.json'))).toContain('cannot be read (ENOENT)');
  expect(await ids()).toEqual([]);
});

test('`serve` ends before it begins where the file is wrong, whether an option or the environment names it', async () => {
  const file = fileOf({ ...example, id: 'alpha', qargo: {} });
  await expect(serve({ port: '0', host: '127.0.0.1', organisations: file })).rejects.toThrow(
    /0\.qargo\.baseUrl: is missing/,
  );
  process.env.PALLETWAYS_QARGO_ORGANISATIONS = file;
  await expect(serve({ port: '0', host: '127.0.0.1' })).rejects.toThrow(/0\.qargo\.baseUrl: is missing/);
  delete process.env.PALLETWAYS_QARGO_ORGANISATIONS;
  expect(await ids()).toEqual([]);
});
