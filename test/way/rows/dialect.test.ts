/** A Palletways that speaks a second dialect of everything that is assumed: the main job passes with it by configuration alone. */
import { expect } from 'vitest';
import { enter, noted } from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import { call } from '../../../local/loopback.ts';
import type { OrganisationDraft } from '../../../store/organisations/organisations.ts';
import { type House, onRealParts, useHouse } from '../house.ts';
import { playFour } from './people.ts';

const house = useHouse({ organisations: 2, pace: 20, schedules: true, policy: { sweepSeconds: 60 } });

const elements = {
  Notification: 'Message',
  Event: 'What',
  Manifest: 'List',
  Consignment: 'Job',
  TrackingID: 'SysCon',
  ResponseID: 'ImportRef',
  ConNo: 'JobNo',
  SysNote: 'NoteRef',
  Pallet: 'Label',
  BillUnit: 'Unit',
  ManifestNote: 'Remarks',
};
const events = { created: 'NEW', amended: 'CHANGE', labelled: 'LABELS', tracked: 'NUMBER', cancelled: 'DEAD' };
const codes = {
  planned: { group: 'EVT', type: '05' },
  'scan-load': { group: 'PAL', type: 'IN' },
  'scan-delivery': { group: 'PAL', type: 'OUT' },
  out: { group: 'EVT', type: '10' },
  arrived: { group: 'EVT', type: '11' },
  delivered: { group: 'EVT', type: '20' },
  pod: { group: 'SIG', type: 'NAT' },
};
const cancelCodes = [{ group: 'EVT', type: '99' }];
const noteCodes = {
  'PLN/ALC': 'EVT/05',
  'SCN/LOD': 'PAL/IN',
  'SCN/DEL': 'PAL/OUT',
  'STS/OFD': 'EVT/10',
  'STS/ARR': 'EVT/11',
  'STS/DLV': 'EVT/20',
  'POD/POD': 'SIG/NAT',
  'CAN/CAN': 'EVT/99',
};

/** Tells the twin how its Palletways speaks and, where the product is to know it, the product. */
async function speakOtherwise(of: House, id: string, told: boolean): Promise<void> {
  const organisation = await of.installation.organisations.get(id);
  if (organisation === undefined || organisation.palletways.ftp === null)
    throw new Error('no organisation with a folder');
  const { palletways } = organisation;
  const { number, name } = palletways.depot;
  await call('PUT', `${of.palletways}/control/organisations/${id}`, {
    apiKey: palletways.apiKey,
    account: palletways.account,
    depot: number,
    depotName: name,
    zone: palletways.zone,
    push: { url: `${of.service}/palletways/${id}/push`, ...palletways.push, format: 'xml' },
    ftp: { user: organisation.palletways.ftp.user, password: organisation.palletways.ftp.password },
    dialect: {
      elements,
      order: 'reversed',
      pushFormat: 'json',
      events: Object.fromEntries(Object.entries(events).map(([ours, theirs]) => [ours.toUpperCase(), theirs])),
      noteCodes,
      ftpFolder: '/in/{depot}/photos',
      zone: 'Asia/Kolkata',
    },
  });
  if (!told) return;
  const draft: OrganisationDraft = {
    ...organisation,
    palletways: {
      ...palletways,
      zone: 'Asia/Kolkata',
      ftp: { ...organisation.palletways.ftp, folder: `/in/${number}/photos` },
    },
    wire: { ...organisation.wire, palletways: { elements, events, codes, cancelCodes } },
  };
  await of.installation.organisations.put(draft, 'test');
}

onRealParts('with the dialect configured nothing is lost or doubled, to either side', 240_000, async () => {
  const of = house();
  const [id = ''] = of.organisations;
  await speakOtherwise(of, id, true);
  const { gone, labelled } = await playFour(of, id, 'DIALECT-1');
  const table = await of.settled(120_000);
  expect([table.total.lost, table.doubled]).toEqual([0, []]);
  expect(table.total.said).toBeGreaterThan(30);
  // Held in the standard words, sent in the others; the times are those of the other clock.
  const notes = await noted(of, labelled[0]?.made ?? gone, 'STS/DLV');
  expect(notes.map((note) => (note as unknown as { sentAs?: object }).sentAs)).toEqual([codes.delivered]);
});

onRealParts('where it is not configured its pushes are parked with the field named', 120_000, async () => {
  const of = house();
  const [, id = ''] = of.organisations;
  await speakOtherwise(of, id, false);
  await enter(of, id);
  const problems = await until('a push that cannot be read', async () => {
    const { rows } = await of.installation.db.query<{ problems: { field: string }[] }>(
      `select problems from journal where organisation = $1 and channel = 'palletways push' and state = 'parked'`,
      [id],
    );
    return rows[0]?.problems;
  });
  expect(problems.map(({ field }) => field)).toContain('Manifest.Depot.Account.Consignment');
});
