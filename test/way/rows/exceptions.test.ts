/** Row 7, exceptions, driven at the twins: told by note, fetched, both or not at all; and a case until somebody ends it. */
import { describe, expect } from 'vitest';
import { type Entered, enter, label, noted, notesOf, orderOf, plan } from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import type { Switch } from '../../../domain/policy/rows.ts';
import { defaultPolicy } from '../../../domain/policy/settings.ts';
import { call } from '../../../local/loopback.ts';
import { photo } from '../../../sandbox/day/evidence.ts';
import type { CaseShown } from '../../../store/close-out/cases.ts';
import type { OrganisationDraft } from '../../../store/organisations/organisations.ts';
import { type House, onRealParts, useHouse } from '../house.ts';
import { nothingOutstanding } from '../lives.ts';
import { quiet } from './office.ts';
import { ago, asked, bothRead, ready } from './people.ts';
import { at, publish } from './publishing.ts';

const ways = ['push', 'pull', 'both', 'off'] as const;
type Way = (typeof ways)[number];
const order: string[] = [];

/** Each organisation of the house comes to know of exceptions in a way of its own. */
const house = useHouse({
  organisations: ways.length,
  pace: 20,
  policy: (organisation) => {
    order.push(organisation);
    return { exceptions: ways[order.length - 1] ?? 'push' };
  },
});
const organisationOf = (way: Way) => order[ways.indexOf(way)] ?? '';

interface Pulled {
  readonly organisation: string;
  readonly id: string;
  readonly times: number;
  readonly item: {
    readonly consignment: { readonly trackingId: string };
    readonly code: string;
    readonly note: string;
  };
  readonly photos: readonly { readonly sha256: string | null; readonly status: number }[];
}

/** A delivery is planned and found impossible, with a photo; then both sides are read. */
async function carded(
  of: House,
  organisation: string,
  kind = { code: 'CARDED', name: 'Carded' },
): Promise<{ made: Entered; orderId: string }> {
  const made = await enter(of, organisation);
  await label(of, made);
  const { id: orderId } = await orderOf(of, made);
  await plan(of, organisation, `TRIP-${made.conNo}`, [orderId]);
  await noted(of, made, 'PLN/ALC');
  const photos = [{ name: 'door.jpg', base64: photo(5, made.conNo, true).toString('base64') }];
  const incident = { ...kind, description: 'nobody in', photos };
  await call('POST', `${of.qargo}/control/orders/${orderId}/stop`, {
    stop: 'DELIVERY',
    status: 'FAILED',
    at: ago(60),
    incident,
  });
  await call('POST', `${of.service}/operations/consignments/${made.trackingId}/refresh`, { who: 'test' });
  return { made, orderId };
}

async function pull(of: House, organisation: string): Promise<{ items: unknown[] }> {
  const { rows } = await of.installation.db.query<{ user: string }>(
    `select settings->'palletways'->'push'->>'user' as user from organisation where id = $1`,
    [organisation],
  );
  const password = (await of.installation.organisations.cached(organisation))?.palletways.push.password;
  const url = `${of.service}/palletways/${organisation}/exceptions`;
  const asked = { url, user: rows[0]?.user, password };
  return (await call('POST', `${of.palletways}/control/organisations/${organisation}/pull`, asked)) as {
    items: unknown[];
  };
}

async function pulledOf(of: House, { organisation, trackingId }: Entered): Promise<Pulled[]> {
  const { pulled } = (await call('GET', `${of.palletways}/control/held`)) as { pulled: Pulled[] };
  return pulled.filter((one) => one.organisation === organisation && one.item.consignment.trackingId === trackingId);
}

const exceptionNotes = async (of: House, made: Entered) =>
  (await notesOf(of, made)).filter(({ group }) => group === 'EXC');
const settled = (of: House, { trackingId }: Entered) =>
  until(`the exception of ${trackingId} to be settled`, async () => {
    const { rows } = await of.installation.db.query<{ state: string; cause: { code: string } | null }>(
      `select d.state, d.cause from receipt d join consignment c on c.id = d.consignment where c.tracking_id = $1 and d.kind = 'exception'`,
      [trackingId],
    );
    const [row, ...more] = rows;
    return row === undefined || more.length > 0 || ['intent', 'waiting', 'sending'].includes(row.state)
      ? undefined
      : row;
  });
const photoIsHere = (of: House, { trackingId }: Entered) =>
  until(`the photo of ${trackingId}`, async () => {
    const { rows } = await of.installation.db.query(
      `select 1 from receipt d join consignment c on c.id = d.consignment
        where c.tracking_id = $1 and d.kind = 'file' and d.progress->>'blob' is not null`,
      [trackingId],
    );
    return rows.length > 0 ? true : undefined;
  });

describe('exceptions', () => {
  onRealParts('push: each is told by note, and nothing can be fetched', 120_000, async () => {
    const of = house();
    const { made } = await carded(of, organisationOf('push'));
    expect((await noted(of, made, 'EXC/CRD')).length).toBe(1);
    await expect(pull(of, made.organisation)).rejects.toThrow('502');
  });

  onRealParts(
    'pull: none is told by note; fetched with its photo it counts as told, and is fetched once',
    120_000,
    async () => {
      const of = house();
      const { made } = await carded(of, organisationOf('pull'));
      expect(await settled(of, made)).toEqual({ state: 'not yet', cause: { code: 'not fetched yet' } });
      await photoIsHere(of, made);
      await pull(of, made.organisation);
      const [item, ...more] = await pulledOf(of, made);
      expect(more).toEqual([]);
      expect(item).toMatchObject({
        times: 1,
        item: { code: 'CARDED', note: 'Carded: nobody in' },
        photos: [{ status: 200 }],
      });
      expect(item?.photos[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(await pull(of, made.organisation)).toMatchObject({ items: [] });
      await until(
        'that it counts as told',
        async () => ((await settled(of, made)).state === 'met' ? true : undefined),
        90_000,
      );
      expect(await exceptionNotes(of, made)).toEqual([]);
    },
  );

  onRealParts('both: told by note and fetched', 120_000, async () => {
    const of = house();
    const { made } = await carded(of, organisationOf('both'));
    await noted(of, made, 'EXC/CRD');
    await pull(of, made.organisation);
    expect(await pulledOf(of, made)).toMatchObject([{ times: 1, item: { code: 'CARDED' } }]);
    expect((await exceptionNotes(of, made)).length).toBe(1);
  });

  onRealParts('off: neither told nor offered, and still a case for the people here', 120_000, async () => {
    const of = house();
    const { made } = await carded(of, organisationOf('off'));
    expect(await settled(of, made)).toEqual({ state: 'void', cause: { code: 'exceptions not reported' } });
    await expect(pull(of, made.organisation)).rejects.toThrow('502');
    expect(await exceptionNotes(of, made)).toEqual([]);
    const cases = (await call(
      'GET',
      `${of.service}/operations/cases?organisation=${made.organisation}`,
    )) as CaseShown[];
    expect(cases).toMatchObject([{ code: 'CARDED', state: 'open', next: null }]);
  });

  onRealParts(
    'a case: a person decides what comes next, and a redelivery that is planned ends it',
    120_000,
    async () => {
      const of = house();
      const { made, orderId } = await carded(of, organisationOf('push'));
      await noted(of, made, 'EXC/CRD');
      const mine = async () => {
        const cases = (await call(
          'GET',
          `${of.service}/operations/cases?state=all&organisation=${made.organisation}`,
        )) as CaseShown[];
        return cases.find(({ reference }) => reference === made.conNo);
      };
      const decided = { step: 'redeliver', who: 'Mairead', why: 'consignee rang' };
      expect(await call('POST', `${of.service}/operations/cases/${(await mine())?.id}`, decided)).toMatchObject({
        state: 'open',
        next: 'redeliver',
      });
      const vehicle = { code: 'V2', name: 'DAF LF 18t', plate: 'FJ24 XKE' };
      const again = {
        organisation: made.organisation,
        name: `AGAIN-${made.conNo}`,
        orders: [orderId],
        vehicle,
        driver: { name: 'Declan Foley' },
      };
      await call('POST', `${of.qargo}/control/trips`, { ...again, at: ago(0), dispatch: false });
      const ended = await until('the case to end', async () => {
        const one = await mine();
        return one?.state === 'resolved' ? one : undefined;
      });
      expect(ended).toMatchObject({ resolved: { how: 'redelivered' }, decided: { who: 'Mairead' } });
    },
  );

  onRealParts(
    'what Palletways says went wrong is a document on the order in Qargo, once, and never told back',
    120_000,
    async () => {
      const of = house();
      const made = await enter(of, organisationOf('push'));
      const { id: orderId } = await orderOf(of, made);
      const note = { group: 'HLD', type: 'HLD', text: 'Stock held at hub Lichfield' };
      await call('POST', `${of.palletways}/control/consignments/${made.responseId}/note`, note);
      const refresh = () =>
        call('POST', `${of.service}/operations/consignments/${made.trackingId}/refresh`, { who: 'test' });
      const notices = async () => {
        const { orders } = (await call('GET', `${of.qargo}/control/held`)) as {
          orders: { id: string; documents: { type: string; name: string }[] }[];
        };
        const found = orders.find(({ id }) => id === orderId)?.documents ?? [];
        return found.filter(({ type }) => type === 'OTHER_ADMINISTRATION').map(({ name }) => name);
      };
      await refresh();
      await until('the notice in Qargo', async () => ((await notices()).length > 0 ? true : undefined), 40_000);
      await refresh();
      await until('that nothing is owed of it', async () =>
        (await of.owed()).examples.every((one) => !one.includes('network')) ? true : undefined,
      );
      expect(await notices()).toEqual([expect.stringMatching(/^Palletways: stock held [0-9a-z]{10}$/)]);
      expect(await exceptionNotes(of, made)).toEqual([]);
      const cases = (await call(
        'GET',
        `${of.service}/operations/cases?organisation=${made.organisation}`,
      )) as CaseShown[];
      expect(cases.find(({ reference }) => reference === made.conNo)).toMatchObject({
        source: 'palletways',
        code: 'STOCK_HELD',
        state: 'open',
      });
    },
  );

  onRealParts(
    'a kind of its own, that is configured, goes both ways by note, by feed and as a notice, and is a case',
    180_000,
    async () => {
      const of = house();
      const id = organisationOf('both');
      const organisation = await of.installation.organisations.get(id);
      if (organisation === undefined) throw new Error('no such organisation');
      const { palletways } = organisation;
      await call('PUT', `${of.palletways}/control/organisations/${id}`, {
        apiKey: palletways.apiKey,
        account: palletways.account,
        depot: palletways.depot.number,
        depotName: palletways.depot.name,
        zone: palletways.zone,
        push: { url: `${of.service}/palletways/${id}/push`, ...palletways.push, format: 'xml' },
        ftp: { user: palletways.ftp?.user, password: palletways.ftp?.password },
        moreCodes: ['EXC/FLO'],
      });
      const draft: OrganisationDraft = {
        ...organisation,
        wire: {
          palletways: {
            codes: { exception: { types: { FLOOD: 'FLO', OTHER: 'OTH' } } },
            networkExceptions: [{ group: 'CUS', type: 'HLD', code: 'CUSTOMS', words: 'held at customs' }],
          },
          qargo: { incidentCodes: { HIGHWATER: 'FLOOD' } },
        },
      };
      await of.installation.organisations.put(draft, 'test');
      const { made, orderId } = await carded(of, id, { code: 'HIGHWATER', name: 'Road under water' });
      expect((await noted(of, made, 'EXC/FLO')).map(({ description }) => description)).toEqual(['FLOOD']);
      await photoIsHere(of, made);
      await pull(of, id);
      expect(await pulledOf(of, made)).toMatchObject([
        { times: 1, item: { code: 'FLOOD' }, photos: [{ status: 200 }] },
      ]);

      const note = { group: 'CUS', type: 'HLD', text: 'Papers missing' };
      await call('POST', `${of.palletways}/control/consignments/${made.responseId}/note`, note);
      await call('POST', `${of.service}/operations/consignments/${made.trackingId}/refresh`, { who: 'test' });
      const notices = await until(
        'the notice in Qargo',
        async () => {
          const { orders } = (await call('GET', `${of.qargo}/control/held`)) as {
            orders: { id: string; documents: { type: string; name: string }[] }[];
          };
          const found =
            orders.find((one) => one.id === orderId)?.documents.filter(({ type }) => type === 'OTHER_ADMINISTRATION') ??
            [];
          return found.length > 0 ? found : undefined;
        },
        40_000,
      );
      expect(notices.map(({ name }) => name)).toEqual([expect.stringContaining('held at customs')]);
      const mine = async () => {
        const all = (await call('GET', `${of.service}/operations/cases?state=all&organisation=${id}`)) as CaseShown[];
        return all
          .filter(({ reference }) => reference === made.conNo)
          .sort((one, other) => (one.code < other.code ? -1 : 1));
      };
      const cases = async () => (await mine()).map((one) => [one.code, one.state, one.next]);
      expect(await cases()).toEqual([
        ['CUSTOMS', 'open', null],
        ['FLOOD', 'open', null],
      ]);
      // Open, what comes next, and over.
      const decide = (one: CaseShown | undefined, step: string) =>
        call('POST', `${of.service}/operations/cases/${one?.id}`, { step, who: 'Mairead', why: 'rang the consignee' });
      const [customs, flood] = await mine();
      expect(await decide(flood, 'return')).toMatchObject({ state: 'open', next: 'return' });
      expect(await decide(customs, 'hold')).toMatchObject({ state: 'open', next: 'hold' });
      expect(await decide(customs, 'resolved')).toMatchObject({ state: 'resolved', resolved: { how: 'by a person' } });
      expect(await cases()).toEqual([
        ['CUSTOMS', 'resolved', null],
        ['FLOOD', 'open', 'return'],
      ]);
    },
  );

  onRealParts(
    'in shadow or off: neither the note nor its photo goes out, and shadow shows both; switched on both do',
    240_000,
    async () => {
      const of = house();
      const id = organisationOf('push');
      const switchTo = (exceptions: Switch) =>
        publish(of, id, (now) => ({ ...now, policy: { ...now.policy, rows: { ...defaultPolicy.rows, exceptions } } }));
      const filesOf = async ({ trackingId }: Entered) => {
        const { files } = (await call('GET', `${of.palletways}/control/held`)) as { files: { trackingId: string }[] };
        return files.filter((file) => file.trackingId === trackingId);
      };
      const shadowOf = async ({ trackingId }: Entered) => {
        const shown = (await call('GET', at(of, `consignments/${trackingId}/shadow`), undefined, 40_000)) as {
          row: string;
          message: object;
        }[];
        return shown.map(({ row, message }) => [row, 'role' in message ? message.role : 'note'].join(' ')).sort();
      };
      const photoIsKnown = ({ trackingId }: Entered) =>
        until(`the photo of ${trackingId}`, async () => {
          const [story] = (await call('GET', at(of, `consignments/${trackingId}`))) as { facts: { kind: string }[] }[];
          return story?.facts.some(({ kind }) => kind === 'document') === true ? true : undefined;
        });
      await switchTo('shadow');
      const { made } = await carded(of, id);
      await noted(of, made, 'STS/FLD');
      await photoIsKnown(made);
      await quiet(of);
      expect([await exceptionNotes(of, made), await filesOf(made)]).toEqual([[], []]);
      expect(await shadowOf(made)).toEqual(['exceptions exception-photo', 'exceptions note']);
      await switchTo('off');
      await until('that shadow shows nothing', async () => ((await shadowOf(made)).length === 0 ? true : undefined));
      const { made: another } = await carded(of, id);
      await photoIsKnown(another);
      await quiet(of);
      expect([await exceptionNotes(of, another), await filesOf(another)]).toEqual([[], []]);
      await switchTo('on');
      for (const each of [made, another]) {
        await noted(of, each, 'EXC/CRD');
        await until(
          'the photo at Palletways',
          async () => ((await filesOf(each)).length > 0 ? true : undefined),
          60_000,
        );
      }
      await quiet(of);
      expect([(await filesOf(made)).length, (await exceptionNotes(of, made)).length]).toEqual([1, 1]);
    },
  );

  onRealParts(
    'every incident that Qargo has is told by a note of its own kind, and a failed attempt as failed too',
    180_000,
    async () => {
      const of = house();
      const incidents = [
        { code: 'CARDED', status: 'FAILED', notes: ['EXC/CRD CARDED', 'STS/FLD CARDED'] },
        { code: 'ADDRESS', status: 'FAILED', notes: ['EXC/ADR ADDRESS', 'STS/FLD ADDRESS'] },
        { code: 'CLOSED', status: 'FAILED', notes: ['EXC/CLO CLOSED', 'STS/FLD CLOSED'] },
        { code: 'REFUSED', status: 'FAILED', notes: ['EXC/REF REFUSED', 'STS/FLD REFUSED'] },
        // What the table does not name is no less told.
        { code: 'NO_ACCESS', status: 'FAILED', notes: ['EXC/OTH OTHER', 'STS/FLD OTHER'] },
        { code: 'DAMAGE', status: 'COMPLETED', notes: ['EXC/DMG DAMAGE', 'STS/DLV'] },
        { code: 'SHORT', status: 'COMPLETED', notes: ['EXC/SHT SHORT', 'STS/DLV'] },
        // The event of a completed stop names no incident: the read shows that nothing was handed over, and *delivered* waits for it.
        { code: 'REFUSED', status: 'COMPLETED', notes: ['EXC/REF REFUSED', 'STS/FLD REFUSED'] },
      ] as const;
      const lives = await Promise.all(
        incidents.map(async ({ code, status, notes }) => {
          const made = await enter(of, organisationOf('push'));
          const { id } = await orderOf(of, made);
          const incident = { code, name: `Word of ${code}`, description: 'at the gate' };
          await call('POST', `${of.qargo}/control/orders/${id}/stop`, {
            stop: 'DELIVERY',
            status,
            at: ago(60),
            incident,
          });
          return { made, code, notes };
        }),
      );
      await Promise.all(lives.map(({ made }) => bothRead(of, made)));
      await nothingOutstanding(of);
      const cases = (await call(
        'GET',
        `${of.service}/operations/cases?state=all&organisation=${organisationOf('push')}`,
      )) as CaseShown[];
      for (const { made, code, notes } of lives) {
        const told = (await notesOf(of, made)).filter(
          ({ group, type }) => group === 'EXC' || ['FLD', 'DLV'].includes(type),
        );
        expect(told.map(({ group, type, description }) => `${group}/${type} ${description}`.trim()).sort()).toEqual(
          notes,
        );
        const exception = told.find(({ group }) => group === 'EXC') as unknown as { freeText: string; instant: string };
        expect(exception.freeText).toContain(`Word of ${code}: at the gate`);
        expect(exception.instant).toBe(told.find(({ group }) => group === 'STS')?.instant);
        expect(cases.filter(({ reference }) => reference === made.conNo).map((one) => [one.source, one.code])).toEqual([
          ['qargo', notes[0].split(' ')[1]],
        ]);
      }
    },
  );

  onRealParts('what a scan says of a pallet is told by a note that names the pallet', 120_000, async () => {
    const of = house();
    const { made, barcodes, orderId } = await ready(of, organisationOf('push'), 3);
    const words = ['DAMAGED', 'MISSING', 'REFUSED'];
    for (const [nth, barcode] of barcodes.entries()) {
      const scan = { barcode, status: 'SCANNED_OUT', stop: 'DELIVERY', at: ago(60 - nth), sourceStatus: words[nth] };
      await call('POST', `${of.qargo}/control/orders/${orderId}/scan`, scan);
    }
    const kinds = ['EXC/DMG DAMAGE', 'EXC/REF REFUSED', 'EXC/SHT SHORT'];
    for (const kind of kinds) await noted(of, made, kind.slice(0, 7));
    const [damaged, missing, refused] = barcodes;
    await nothingOutstanding(of);
    expect(
      (await exceptionNotes(of, made))
        .map((one) => `${one.group}/${one.type} ${one.description} ${one.barcode}`)
        .sort(),
    ).toEqual([`${kinds[0]} ${damaged}`, `${kinds[1]} ${refused}`, `${kinds[2]} ${missing}`]);
    // A damaged pallet was scanned all the same; of the others there is none to be told of.
    expect((await notesOf(of, made)).filter(({ group }) => group === 'SCN').map((one) => one.barcode)).toEqual([
      damaged,
    ]);
  });

  onRealParts(
    'rejected, stock held and failed, as Palletways says it, are each a document in Qargo; switched off neither side hears of the other’s',
    240_000,
    async () => {
      const of = house();
      const id = organisationOf('push');
      const says = async ({ responseId }: Entered, list: readonly (readonly [group: string, type: string])[]) => {
        for (const [group, type] of list)
          await call('POST', `${of.palletways}/control/consignments/${responseId}/note`, {
            group,
            type,
            text: `${group} of the network`,
          });
      };
      const notices = async (made: Entered) => {
        const { documents } = (await orderOf(of, made)) as unknown as { documents: { type: string; name: string }[] };
        return documents
          .filter(({ type }) => type === 'OTHER_ADMINISTRATION')
          .map(({ name }) => name.replace(/ [0-9a-z]{10}$/, ''));
      };
      const heard = async (made: Entered) =>
        (await asked<{ facts: { kind: string; source: string }[] }>(of, made)).facts
          .filter(({ kind }) => kind === 'exception')
          .map(({ source }) => source)
          .sort();
      const made = await enter(of, id);
      await orderOf(of, made);
      await says(made, [
        ['REJ', 'REJ'],
        ['HLD', 'HLD'],
        ['STS', 'FLD'],
      ]);
      await bothRead(of, made);
      await nothingOutstanding(of);
      const all = ['Palletways: delivery failed', 'Palletways: rejected', 'Palletways: stock held'];
      expect((await notices(made)).sort()).toEqual(all);
      // It failed for the network, and not for us: Palletways is not told what it said itself.
      expect(await notesOf(of, made)).toEqual([]);

      const switched = (to: 'on' | 'off') =>
        publish(of, id, (now) => ({
          ...now,
          policy: { ...now.policy, exceptions: 'both', rows: { ...now.policy.rows, exceptions: to } },
        }));
      await switched('off');
      const silent = await enter(of, id);
      const { id: orderId } = await orderOf(of, silent);
      const incident = { code: 'CARDED', name: 'Carded', description: 'nobody in' };
      await call('POST', `${of.qargo}/control/orders/${orderId}/stop`, {
        stop: 'DELIVERY',
        status: 'FAILED',
        at: ago(60),
        incident,
      });
      await says(silent, [['HLD', 'HLD']]);
      await bothRead(of, silent);
      await nothingOutstanding(of);
      expect(await heard(silent)).toEqual(['palletways', 'qargo']);
      // The attempt failed all the same, which is a milestone.
      expect((await notesOf(of, silent)).map(({ group, type }) => `${group}/${type}`)).toEqual(['STS/FLD']);
      expect(await notices(silent)).toEqual([]);
      await expect(pull(of, id)).rejects.toThrow('502');
      const { why } = await asked<{ why: string[] }>(of, silent);
      for (const side of ['Palletways', 'Qargo'])
        expect(why).toContainEqual(
          expect.stringContaining(`exceptions to ${side} are switched off for this organisation`),
        );

      // It was the switch: on again, what still stands is told to each.
      await switched('on');
      await noted(of, silent, 'EXC/CRD');
      await until('the notice', async () => ((await notices(silent)).length > 0 ? true : undefined));
      await nothingOutstanding(of);
      expect([await notices(silent), (await exceptionNotes(of, silent)).length]).toEqual([
        ['Palletways: stock held'],
        1,
      ]);
      await pull(of, id);
      expect(await pulledOf(of, silent)).toMatchObject([{ item: { code: 'CARDED' } }]);
    },
  );
});
