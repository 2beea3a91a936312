/** What a first contact saw, as shapes: nothing personal is in them, and a twin that is given them answers so. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeContact } from '../../activities/contact/contact.ts';
import { type Shapes, shapesOf } from '../../activities/contact/shapes.ts';
import { call } from '../../local/loopback.ts';
import { startTwin } from '../../sandbox/palletways/twin.ts';
import { startQargoTwin } from '../../sandbox/qargo/server.ts';
import type { Shapes as Replayed } from '../../sandbox/server/shapes.ts';
import { ago, atQargo, make, plainConsignment, plan } from './deeds.ts';
import { type Ground, useGround } from './ground.ts';

const ground = useGround({});
const play = (of: Ground, side: 'palletways' | 'qargo', character: string, flips: readonly string[] = []) =>
  call('PUT', `${of[side]}/control/character`, { character, flips });

/** Shapes of a first contact with what these twins play. */
async function seen(flips: { readonly palletways: readonly string[]; readonly qargo: readonly string[] }) {
  const of = ground();
  const [id = ''] = of.organisations;
  const organisation = await of.installation.organisations.get(id);
  if (organisation === undefined) throw new Error('no organisation');
  const made = await make(of, id);
  await plan(made, 'R12', 300);
  await of.hear(made.id);
  await atQargo(made, 'stop', { stop: 'PICKUP', status: 'COMPLETED', at: ago(230), startedAt: ago(250) });
  await play(of, 'palletways', 'published', flips.palletways);
  await play(of, 'qargo', 'published', flips.qargo);
  const contact = await makeContact(of.installation, organisation, { days: 1, orders: [made.orderId] });
  return { shapes: shapesOf(contact.seen), made, organisation };
}

const elements = (xml: string) => [...xml.matchAll(/<(\w+)[ />]/g)].map(([, name]) => name);

test('what comes back of a twin with these shapes has the elements, hosts and refusals that were seen', async () => {
  const { shapes, made, organisation } = await seen({ palletways: ['29a'], qargo: ['60a'] });
  const text = JSON.stringify(shapes);
  for (const secret of [
    'Orla',
    'Walsh',
    'Leeds',
    'LS1',
    'High Street',
    made.trackingId,
    organisation.palletways.apiKey,
  ])
    expect(text).not.toContain(secret);
  expect(shapes.palletways.consEntered).toMatchObject({ hosts: { api: 'refused', portal: 'rows' } });
  expect(shapes.qargo.trip).toEqual({ status: 403, body: null });
  expect(text).toContain('{TrackingID}');

  const directory = await mkdtemp(join(tmpdir(), 'palletways-qargo-shapes-'));
  // As the twins played whose shapes these are.
  const character = { character: 'former' as const, flips: [] };
  const options = { port: 0, ftpPort: 0, directory, pace: 1_000, pushTries: 1, ftpTls: null, character };
  const twin = await startTwin({ ...options, shapes: replayed(shapes) });
  const qargo = await startQargoTwin({
    port: 0,
    data: join(directory, 'qargo'),
    pace: 1_000,
    pushTries: 1,
    character,
    shapes: replayed(shapes),
  });
  try {
    const { apiKey, account, depot, zone, push } = organisation.palletways;
    const base = `http://127.0.0.1:${twin.port}`;
    await call('PUT', `${base}/control/organisations/north`, {
      apiKey,
      account,
      depot: depot.number,
      depotName: depot.name,
      zone,
      push: { ...push, url: `${base}/nowhere`, format: 'xml' },
      ftp: { user: 'f', password: 'f' },
    });
    const entered = { organisation: 'north', consignment: plainConsignment(), push: false };
    const { trackingId } = (await call('POST', `${base}/control/consignments`, entered)) as { trackingId: string };
    const read = async (at: string, path: string) =>
      (await fetch(`${at}/${path}?apikey=${apiKey}&outputformat=xml&output=xml`)).text();
    const again = await read(base, `getConsignment/${trackingId}`);
    const first = await read(ground().palletways, `getConsignment/${made.trackingId}`);
    expect(again).toContain(`<TrackingID>${trackingId}</TrackingID>`);
    // Of what a label brings it has nothing yet.
    expect(new Set(elements(again))).toEqual(new Set(elements(first).filter((name) => name !== 'Pallet')));
    expect(await read(base, 'consEntered')).toContain('not available');
    expect(await read(`${base}/api`, 'consEntered')).toContain(trackingId);
  } finally {
    await Promise.all([twin.close(), qargo.close()]);
    await rm(directory, { recursive: true, force: true });
    await play(ground(), 'palletways', 'former');
    await play(ground(), 'qargo', 'former');
  }
});

test('an element of another name has the id of the twin, and one that not every sample has is left out where it is not known', async () => {
  const row = { SysCon: '{TrackingID}', Weight: '999', 'Remark?': 'aa', Status: 'NEW' };
  const shapes = { palletways: { consEntered: { hosts: {}, row } }, qargo: {} };
  const { reshaped } = await import('../../sandbox/server/shapes.ts');
  expect(reshaped({ TrackingID: '60012340167', weight: '12', Other: 'x' }, shapes.palletways.consEntered.row)).toEqual({
    SysCon: '60012340167',
    Weight: '12',
    Status: 'NEW',
  });
});

/** As the file has them. */
const replayed = (shapes: Shapes) => JSON.parse(JSON.stringify(shapes)) as Replayed;
