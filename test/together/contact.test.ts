/** A first contact against the twins: what it calls, what it learns, what it leaves alone. */

import { Agent } from 'undici';
import { describe, expect, test } from 'vitest';
import { type Contact, makeContact } from '../../activities/contact/contact.ts';
import { dryRunOf, exitCodes, patchOf, resultOf, tableOf } from '../../activities/contact/report.ts';
import { patchedDraft } from '../../client/operations/organisation-patch.ts';
import { palletwaysAccess } from '../../connectors/palletways/config.ts';
import { PalletwaysProbe, probeReads } from '../../connectors/palletways/probe.ts';
import { Description } from '../../connectors/qargo/description.ts';
import { contactBudget, decide, emptyBudget, palletwaysBudgetName } from '../../domain/calls/budget.ts';
import { assumption, assumptions } from '../../domain/wire/register.ts';
import { call } from '../../local/loopback.ts';
import { hold } from '../../store/limits/budget.ts';
import { ago, atQargo, make, plan } from './deeds.ts';
import type { Ground } from './ground.ts';
import { useGround } from './ground.ts';

const ground = useGround({});

const first = (of: Ground) => of.organisations[0] ?? '';

async function contactOf(of: Ground, orders: readonly string[] = [], id = first(of)): Promise<Contact> {
  const organisation = await of.installation.organisations.get(id);
  if (organisation === undefined) throw new Error(`no organisation ${id}`);
  return makeContact(of.installation, organisation, { days: 2, orders });
}

/** `{ 29: 'confirmed', ... }`, what was not seen left out. */
const outcomes = (contact: Contact) =>
  Object.fromEntries(
    contact.findings.flatMap(({ assumption, outcome }) => (outcome === 'not seen' ? [] : [[assumption, outcome]])),
  );

const play = (of: Ground, side: 'palletways' | 'qargo', character: string, flips: readonly string[] = []) =>
  call('PUT', `${of[side]}/control/character`, { character, flips });

const counts = async (of: Ground) => {
  const { rows } = await of.installation.db.query<{ facts: string; journal: string; receipts: string }>(
    `select (select count(*) from fact) as facts, (select count(*) from journal) as journal, (select count(*) from receipt) as receipts`,
  );
  return rows[0];
};

async function delivered(of: Ground) {
  const made = await make(of, first(of));
  await plan(made, 'R12', 300);
  await of.hear(made.id);
  await atQargo(made, 'stop', { stop: 'PICKUP', status: 'COMPLETED', at: ago(230), startedAt: ago(250) });
  await of.hear(made.id);
  return made;
}

describe('a first contact', () => {
  test('names each assumption of the register once, and confirms what the twins of the former character do', async () => {
    const of = ground();
    const made = await delivered(of);
    const before = await counts(of);
    const contact = await contactOf(of, [made.orderId]);
    expect(contact.findings.map(({ assumption }) => assumption)).toEqual(assumptions.map(({ id }) => id));
    expect(contact.ended).toEqual([]);
    expect(outcomes(contact)).toMatchObject({
      28: 'confirmed',
      29: 'confirmed',
      30: 'confirmed',
      40: 'confirmed',
      128: 'confirmed',
      177: 'confirmed',
    });
    expect(contact.dryRuns.map(({ trackingId }) => trackingId)).toContain(made.trackingId);
    expect(contact.dryRuns.every(({ problems }) => problems.length === 0)).toBe(true);
    // It has read, and nothing of it is in the record.
    expect(await counts(of)).toEqual(before);
    expect(tableOf(contact)).toContain('confirmed');
  });

  test('calls nothing that writes', async () => {
    const of = ground();
    await delivered(of);
    const held = async () =>
      JSON.stringify([
        await call('GET', `${of.palletways}/control/held`),
        await call('GET', `${of.qargo}/control/held`),
      ]);
    const before = await held();
    const { calls } = await contactOf(of);
    expect(Object.keys(calls).filter((name) => /create|upload|import|update/i.test(name))).toEqual([]);
    expect(await held()).toBe(before);
  });

  test('learns on which host a method is, and its patch makes the next contact agree', async () => {
    const of = ground();
    await delivered(of);
    await play(of, 'palletways', 'former', ['29a']);
    try {
      const contact = await contactOf(of);
      const { set } = patchOf(contact, first(of), 1);
      expect(set).toMatchObject({
        'wire.palletways.hosts.consEntered': 'portal',
        'wire.palletways.hosts.keytest': 'portal',
      });
      expect(resultOf(contact, [])).toBe('contradicted');
      await of.installation.organisations.put(
        await patchedDraft(of.installation.organisations, first(of), set),
        'test',
      );
      const again = await contactOf(of);
      expect(again.findings.find(({ assumption }) => assumption === 29)?.outcome).toBe('confirmed');
    } finally {
      await play(of, 'palletways', 'former');
    }
  });

  test('a silence is not broken: Palletways is not called while it is silent to the address', async () => {
    const of = ground();
    const organisation = await of.installation.organisations.get(first(of));
    if (organisation === undefined) throw new Error('no organisation');
    await hold(of.installation.db, palletwaysBudgetName(organisation), 60_000);
    const contact = await contactOf(of);
    expect(Object.keys(contact.calls).filter((name) => name.startsWith('palletways'))).toEqual([]);
    expect(contact.ended.join()).toMatch(/not called before/);
    expect(exitCodes[resultOf(contact, [])]).toBe(1);
    await of.installation.db.query("delete from budget where id like 'palletways:%'");
  });

  test('a key that nobody accepts ends the reads at Palletways after both hosts, and Qargo is still read', async () => {
    const of = ground();
    const organisation = await of.installation.organisations.get(first(of));
    if (organisation === undefined) throw new Error('no organisation');
    const wrong = { ...organisation, palletways: { ...organisation.palletways, apiKey: 'nobodys-key' } };
    const contact = await makeContact(of.installation, wrong, { days: 2, orders: [] });
    expect(contact.ended).toEqual(['Palletways does not accept the key']);
    expect(Object.entries(contact.calls).filter(([name]) => name.startsWith('palletways'))).toEqual([
      ['palletways keytest', 2],
    ]);
    expect(contact.calls['qargo me']).toBe(1);
    expect(tableOf(contact)).not.toContain('nobodys-key');
  });

  test('a tenant whose key may not read trips is told so', async () => {
    const of = ground();
    const made = await delivered(of);
    await play(of, 'qargo', 'former', ['60a']);
    try {
      const contact = await contactOf(of, [made.orderId]);
      expect(contact.findings.find(({ assumption }) => assumption === 60)).toMatchObject({
        outcome: 'contradicted',
        alternative: '60a',
      });
    } finally {
      await play(of, 'qargo', 'former');
    }
  });

  test('against the published character it names what a read leaves out, and what no table knows', async () => {
    const of = ground();
    await play(of, 'palletways', 'published');
    try {
      const organisation = await of.installation.organisations.get(first(of));
      if (organisation === undefined) throw new Error('no organisation');
      const contact = await contactOf(of);
      expect(contact.findings.find(({ assumption }) => assumption === 7)).toMatchObject({
        outcome: 'contradicted',
        alternative: '7a',
      });
      expect(resultOf(contact, [])).toBe('contradicted');
      const contradicted = contact.findings.filter(({ outcome }) => outcome === 'contradicted');
      expect(
        resultOf(
          contact,
          contradicted.map(({ assumption }) => assumption),
        ),
      ).toBe('passed');
    } finally {
      await play(of, 'palletways', 'former');
    }
  });

  test("holds each order of the dry run against Qargo's description, where somebody has it", async () => {
    const of = ground();
    const made = await delivered(of);
    const organisation = await of.installation.organisations.get(first(of));
    if (organisation === undefined) throw new Error('no organisation');
    const body = { 'application/json': { schema: { $ref: '#/components/schemas/Order' } } };
    const described = (wants: string) =>
      new Description({
        paths: { '/v1/orders/order/upload': { post: { requestBody: { content: body } } } },
        components: { schemas: { Order: { type: 'object', required: [wants], additionalProperties: true } } },
      });
    const dryRunsBy = async (wants: string) => {
      const options = { days: 1, orders: [], description: described(wants) };
      const contact = await makeContact(of.installation, organisation, options);
      return { contact, run: contact.dryRuns.find(({ trackingId }) => trackingId === made.trackingId) };
    };
    expect((await dryRunsBy('consignments')).run?.problems).toEqual([]);
    const { contact, run } = await dryRunsBy('a_field_of_theirs');
    expect(run?.problems.join()).toMatch(/Qargo's description: .+a_field_of_theirs/);
    expect(dryRunOf(contact)).toMatch(/DueDate \d{4}-\d\d-\d\d.+ -> {2}\d{4}-\d\d-\d\d/);
  });
});

/** Faults of a twin, for one test. */
const strike = (of: Ground, side: 'palletways' | 'qargo', faults: readonly object[]) =>
  call('PUT', `${of[side]}/control/faults`, { faults });
const page =
  '<!DOCTYPE html><html><head><title>Maintenance</title></head><body><h1>We are back at 06:00</h1></body></html>';

describe('a first contact survives', () => {
  test.each([503, 200])(
    'a maintenance page (%i) at Palletways: it stops, says so, and concludes nothing from it',
    async (status) => {
      const of = ground();
      await delivered(of);
      await strike(of, 'palletways', [{ match: {}, do: { status, body: page } }]);
      try {
        const contact = await contactOf(of);
        expect(contact.ended.join()).toMatch(
          /^Palletways gives no answer that can be read: .*(503|We are back at 06:00)/,
        );
        expect(contact.calls['palletways keytest']).toBe(2);
        expect(Object.keys(contact.calls).filter((name) => name.startsWith('palletways')).length).toBeLessThan(5);
        expect(contact.findings.filter(({ outcome }) => outcome === 'contradicted')).toEqual([]);
        expect(patchOf(contact, first(of), 1).set).toEqual({});
        expect(resultOf(contact, [])).toBe('cut short');
        expect(contact.calls['qargo me']).toBe(1);
      } finally {
        await strike(of, 'palletways', []);
      }
    },
  );

  test.each([503, 200])(
    'a maintenance page (%i) at Qargo: it stops there, and Palletways is still read',
    async (status) => {
      const of = ground();
      const made = await delivered(of);
      await strike(of, 'qargo', [{ match: {}, do: { status, body: page } }]);
      try {
        const contact = await contactOf(of, [made.orderId]);
        expect(contact.ended.join()).toMatch(/^Qargo gives no answer that can be read/);
        const ofQargo = contact.findings.filter(({ assumption: id }) => assumption(id).side === 'qargo');
        expect(ofQargo.filter(({ outcome }) => outcome === 'contradicted')).toEqual([]);
        expect(resultOf(contact, [])).toBe('cut short');
        expect(contact.calls['palletways getConsignment']).toBeGreaterThan(0);
      } finally {
        await strike(of, 'qargo', []);
      }
    },
  );

  test('a ban in the middle: no further call is made to Palletways, and what was read is kept', {
    timeout: 60_000,
  }, async () => {
    const of = ground();
    await delivered(of);
    await strike(of, 'palletways', [{ match: { nth: 12 }, do: { silence: true } }]);
    try {
      const contact = await contactOf(of);
      expect(contact.ended).toEqual(['Palletways does not answer any more: it may be a ban']);
      const made = Object.entries(contact.calls).filter(([name]) => name.startsWith('palletways'));
      expect(made.reduce((sum, [, count]) => sum + count, 0)).toBe(12);
      expect(contact.findings.find(({ assumption }) => assumption === 78)?.outcome).toBe('confirmed');
      expect(contact.calls['qargo me']).toBe(1);
      expect(patchOf(contact, first(of), 1).set).toEqual({});
    } finally {
      await strike(of, 'palletways', []);
    }
  });

  test('an outage in the middle: three answers in a row that cannot be read end the reads', async () => {
    const of = ground();
    await delivered(of);
    const faults = Array.from({ length: 60 }, (_, n) => ({ match: { nth: 12 + n }, do: { status: 503, body: page } }));
    await strike(of, 'palletways', faults);
    try {
      const contact = await contactOf(of);
      expect(contact.ended.join()).toMatch(/no answer that can be read/);
      expect(contact.findings.filter(({ outcome }) => outcome === 'contradicted')).toEqual([]);
    } finally {
      await strike(of, 'palletways', []);
    }
  });

  test('credentials that Qargo does not accept: Palletways is still read, and no secret is printed', async () => {
    const of = ground();
    const organisation = await of.installation.organisations.get(first(of));
    if (organisation === undefined) throw new Error('no organisation');
    const { db } = of.installation;
    await db.query('delete from qargo_token');
    await db.query("update qargo_token set fetched = '{}'");
    const id = 'nobodys';
    const wrong = {
      ...organisation,
      id: first(of),
      qargo: { ...organisation.qargo, secret: 'nobodys-secret', clientId: id },
    };
    await of.installation.organisations.put({ ...wrong } as never, 'test');
    try {
      const contact = await makeContact(of.installation, wrong, { days: 1, orders: [] });
      expect(contact.ended.join()).toMatch(/auth|401|rejected|credentials|token/i);
      expect(contact.calls['palletways keytest']).toBe(2);
      expect(tableOf(contact)).not.toContain('nobodys-secret');
    } finally {
      await of.installation.organisations.put({ ...organisation } as never, 'test');
      await db.query('delete from qargo_token');
    }
  });
});

describe('a first contact that may write', () => {
  test('shows a note, a document and a file, each read back, and stores nothing of what it sent with commit=no', async () => {
    const of = ground();
    const made = await delivered(of);
    const organisation = await of.installation.organisations.get(first(of));
    if (organisation === undefined) throw new Error('no organisation');
    const held = async () => {
      const { notes, files } = (await call('GET', `${of.palletways}/control/held`)) as {
        notes: { trackingId: string }[];
        files: { trackingId: string }[];
      };
      const own = (all: { trackingId: string }[]) => all.filter(({ trackingId }) => trackingId === made.trackingId);
      return { notes: own(notes).length, files: own(files).length };
    };
    const before = await held();
    const write = { trackingId: made.trackingId, orderId: made.orderId };
    const contact = await makeContact(of.installation, organisation, { days: 2, orders: [made.orderId], write });
    expect(outcomes(contact)).toMatchObject({
      15: 'confirmed',
      18: 'confirmed',
      19: 'confirmed',
      20: 'confirmed',
      34: 'confirmed',
      52: 'confirmed',
      73: 'confirmed',
      101: 'confirmed',
    });
    expect(await held()).toEqual({ notes: before.notes + 1, files: before.files + 1 });
  });

  test('sees that codes are refused, and that a document is not there', async () => {
    const of = ground();
    const made = await delivered(of);
    const organisation = await of.installation.organisations.get(first(of));
    if (organisation === undefined) throw new Error('no organisation');
    await play(of, 'palletways', 'former', ['15a']);
    await play(of, 'qargo', 'former', ['52d']);
    try {
      const write = { trackingId: made.trackingId, orderId: made.orderId };
      const contact = await makeContact(of.installation, organisation, { days: 1, orders: [], write });
      expect(outcomes(contact)).toMatchObject({ 15: 'contradicted', 52: 'contradicted' });
    } finally {
      await play(of, 'palletways', 'former');
      await play(of, 'qargo', 'former');
    }
  });

  test('names the notes that a network with other codes refuses, and none once they are set', async () => {
    const of = ground();
    const made = await delivered(of);
    const id = first(of);
    const organisation = await of.installation.organisations.get(id);
    if (organisation === undefined) throw new Error('no organisation');
    const { palletways } = organisation;
    const speak = (dialect: object) =>
      call('PUT', `${of.palletways}/control/organisations/${id}`, {
        apiKey: palletways.apiKey,
        account: palletways.account,
        depot: palletways.depot.number,
        depotName: palletways.depot.name,
        zone: palletways.zone,
        push: { url: `${of.palletways}/nowhere`, ...palletways.push, format: palletways.format },
        ftp: { user: palletways.ftp?.user, password: palletways.ftp?.password },
        ...dialect,
      });
    await speak({ dialect: { noteCodes: { 'STS/OFD': 'EVT/10', 'STS/DLV': 'EVT/20' } } });
    const write = { trackingId: made.trackingId, orderId: made.orderId };
    const codesWith = async (codes: object) => {
      const { wire } = organisation;
      const told = { ...organisation, wire: { ...wire, palletways: { ...wire.palletways, codes } } };
      const contact = await makeContact(of.installation, told, { days: 1, orders: [], write });
      return contact.findings.find(({ assumption: about }) => about === 15);
    };
    expect(await codesWith({})).toMatchObject({ outcome: 'contradicted', seen: 'refused: out, delivered' });
    const codes = { out: { group: 'EVT', type: '10' }, delivered: { group: 'EVT', type: '20' } };
    expect(await codesWith(codes)).toMatchObject({ outcome: 'confirmed' });
    await speak({});
  });
});

describe('what a first contact may ask', () => {
  const question = { host: 'api', args: [], format: 'xml' } as const;

  test('no method that writes is on its list, and one that is not on it is refused before anything is sent', async () => {
    expect(probeReads.filter((method) => /create|put|modify|confirm|delete/i.test(method))).toEqual([]);
    let asked = 0;
    const gate = async () => {
      asked += 1;
    };
    const access = palletwaysAccess.parse({ apiKey: 'k', depot: { number: '564' } });
    const probe = new PalletwaysProbe(access, { gate, dispatcher: new Agent() });
    await expect(probe.ask({ ...question, method: 'createSystemNote' as 'keytest' })).rejects.toThrow(RangeError);
    expect(asked).toBe(0);
  });

  test('never more than ten calls in any minute are granted to it', () => {
    let state = emptyBudget;
    const granted: number[] = [];
    for (let now = 1_000_000; now < 1_000_000 + 300_000; now += 500) {
      const decision = decide(state, { organisation: 'a', priority: 'poll', now }, contactBudget());
      state = decision.state;
      if (decision.granted) granted.push(now);
    }
    const within = granted.map((from) => granted.filter((at) => at >= from && at < from + 60_000).length);
    expect(Math.max(...within)).toBe(10);
    expect(granted.length).toBeGreaterThan(40);
  });
});
