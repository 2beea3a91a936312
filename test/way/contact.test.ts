/**
 * A first contact with twins of three characters: it names what is otherwise, and with its patch applied the main job passes. The second
 * network has other hosts, other note codes, another clock and another name of the tracking id, and tells us in JSON.
 */
import { describe, expect } from 'vitest';
import { type Contact, makeContact } from '../../activities/contact/contact.ts';
import { patchOf, resultOf } from '../../activities/contact/report.ts';
import { enter, noted } from '../../bench/people.ts';
import { patchedDraft } from '../../client/operations/organisation-patch.ts';
import { putOrganisation } from '../../client/operations/organisation-put.ts';
import { call } from '../../local/loopback.ts';
import { saveContact } from '../../store/organisations/contacts.ts';
import type { OrganisationDraft } from '../../store/organisations/organisations.ts';
import { type House, onRealParts, useHouse } from './house.ts';
import { playFour } from './rows/people.ts';

interface Network {
  readonly character: 'published' | 'former';
  readonly flips: readonly string[];
  readonly dialect?: object;
  /** Codes that the network's own side writes, and what it says with each. */
  readonly codes: { readonly out: string; readonly delivered: string };
  /** Assumptions that a contact finds to be otherwise, with the alternative. */
  readonly otherwise: readonly string[];
}

/** The former character prints no DueTime, all is for our own depot, and its reads carry PaperworkType, which no order does. */
const formerly = ['2a', '7a', '9d', '103'];

const networks: Readonly<Record<string, Network>> = {
  former: { character: 'former', flips: [], codes: { out: 'STS/OFD', delivered: 'STS/DLV' }, otherwise: formerly },
  published: {
    character: 'published',
    flips: [],
    codes: { out: 'STS/OFD', delivered: 'STS/DLV' },
    otherwise: ['7a', '14a', '103', '132a'],
  },
  second: {
    character: 'former',
    flips: ['29a', '30c', '30f'],
    dialect: {
      elements: { TrackingID: 'SysCon' },
      noteCodes: { 'STS/OFD': 'EVT/10', 'STS/DLV': 'EVT/20', 'CAN/CAN': 'EVT/99' },
      pushFormat: 'json',
      zone: 'Europe/Madrid',
    },
    codes: { out: 'EVT/10', delivered: 'EVT/20' },
    otherwise: ['2a', '7a', '9d', '21', '28', '29a', '103', '126a'],
  },
};

/** The organisation's Palletways speaks so, and the product does not act yet. */
async function moveTo(of: House, id: string, { character, flips, dialect }: Network): Promise<void> {
  const organisation = await of.installation.organisations.get(id);
  if (organisation === undefined) throw new Error(`no organisation ${id}`);
  const { palletways } = organisation;
  await of.installation.organisations.put({ ...organisation, active: false } as OrganisationDraft, 'test');
  await call('PUT', `${of.palletways}/control/character`, { character, flips });
  await call('PUT', `${of.qargo}/control/character`, { character });
  await call('PUT', `${of.palletways}/control/organisations/${id}`, {
    apiKey: palletways.apiKey,
    account: palletways.account,
    depot: palletways.depot.number,
    depotName: palletways.depot.name,
    zone: palletways.zone,
    push: { url: `${of.service}/palletways/${id}/push`, ...palletways.push, format: palletways.format },
    ftp: { user: palletways.ftp?.user, password: palletways.ftp?.password },
    ...(dialect === undefined ? {} : { dialect }),
  });
}

/** What the earlier link and the network did before, of which the product hears nothing; one delivered, one cancelled. */
async function earlierLife(of: House, id: string, { codes }: Network): Promise<void> {
  const consignments = `${of.palletways}/control/consignments`;
  for (const n of [1, 2, 3]) {
    const { responseId } = await enter(of, id, {}, { push: false });
    const note = (code: string, statusCode: number) => {
      const [group, type] = code.split('/');
      return call('POST', `${consignments}/${responseId}/note`, { group, type, statusCode, text: 'By scanner' });
    };
    await call('POST', `${consignments}/${responseId}/label`, { push: false });
    if (n === 3) {
      await call('POST', `${consignments}/${responseId}/cancel`, { push: false });
      continue;
    }
    await note(codes.out, 800);
    await note(codes.delivered, 900);
  }
}

const contradictedIn = ({ findings }: Contact) =>
  findings
    .filter(({ outcome }) => outcome === 'contradicted')
    .map(({ assumption, alternative }) => alternative ?? `${assumption}`);

async function makeOne(of: House, id: string) {
  const { installation } = of;
  const found = await installation.organisations.version(id);
  if (found === undefined) throw new Error(`no organisation ${id}`);
  const contact = await makeContact(installation, found.organisation, { days: 1, orders: [] });
  expect(contact.ended).toEqual([]);
  return { contact, version: found.version, patch: patchOf(contact, id, found.version) };
}

/** Makes the contact, applies its patch, and makes it again; a person accepts what is left. Answers both tables. */
async function contactAndPatch(of: House, id: string) {
  const { installation } = of;
  const before = await makeOne(of, id);
  const draft = await patchedDraft(installation.organisations, id, before.patch.set);
  await putOrganisation(installation, draft, { madeBy: 'Ana', why: 'learned by a first contact' });
  const after = await makeOne(of, id);
  const left = after.contact.findings.filter(({ outcome }) => outcome === 'contradicted');
  const accepted = left.map(({ assumption }) => assumption);
  expect(resultOf(after.contact, accepted)).toBe('passed');
  const { version, contact } = after;
  const row = { organisation: id, version, passed: true, who: 'Ana', accepted, findings: contact.findings };
  await saveContact(installation.db, row);
  await call('POST', `${of.palletways}/control/reset`);
  await call('POST', `${of.qargo}/control/reset`);
  const patched = await installation.organisations.get(id);
  await installation.organisations.put({ ...patched, active: true } as OrganisationDraft, 'test');
  return { before, after, left: accepted };
}

/** Four consignments: one is cancelled, three are delivered and signed for. Everything that was said has arrived, once. */
async function smallDay(of: House, id: string, delivered: string): Promise<void> {
  const { gone, labelled } = await playFour(of, id, 'CONTACT-1');
  const table = await of.settled(120_000);
  expect([table.total.lost, table.doubled]).toEqual([0, []]);
  expect(table.total.said).toBeGreaterThan(30);
  await noted(of, labelled[0]?.made ?? gone, delivered);
}

const options = { pace: 20, schedules: true, policy: { sweepSeconds: 60 } } as const;

describe.each(Object.keys(networks))('in the character %s', (name) => {
  const network = networks[name];
  const house = useHouse(options);

  onRealParts('with what a first contact learned the main job loses and doubles nothing', 240_000, async () => {
    if (network === undefined) throw new Error('no network');
    const of = house();
    const [id = ''] = of.organisations;
    await moveTo(of, id, network);
    await earlierLife(of, id, network);
    const { before, after, left } = await contactAndPatch(of, id);
    if (name === 'second') {
      expect(before.patch.set).toEqual({
        'palletways.zone': 'Europe/Madrid',
        'wire.palletways.cancelCodes': [
          { group: 'CAN', type: 'CAN' },
          { group: 'EVT', type: '99' },
        ],
        'wire.palletways.codes.delivered': { group: 'EVT', type: '20' },
        'wire.palletways.codes.out': { group: 'EVT', type: '10' },
        'wire.palletways.elements.TrackingID': 'SysCon',
        'wire.palletways.hosts.consEntered': 'portal',
        'wire.palletways.hosts.keytest': 'portal',
      });
      expect(left).not.toEqual(expect.arrayContaining([21]));
      for (const assumption of [21, 28, 29, 126])
        expect(after.contact.findings.find((finding) => finding.assumption === assumption)?.outcome).toBe('confirmed');
    }
    expect(contradictedIn(before.contact)).toEqual(network.otherwise);
    expect(after.patch.set).toEqual({});
    // The judge reads the standard words of what is held, whatever was sent.
    await smallDay(of, id, 'STS/DLV');
  });
});
