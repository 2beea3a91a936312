/** Adopting what already runs: orders that another link made, taken over on the twins' wire. */
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { amend, cancel, type Entered, label, notesOf, ordersOf, plan } from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import { call } from '../../../local/loopback.ts';
import { makeConsignment } from '../../../sandbox/day/consignments.ts';
import { photo, signature } from '../../../sandbox/day/evidence.ts';
import { Random } from '../../../sandbox/day/random.ts';
import { type House, onRealParts, useHouse } from '../house.ts';
import { heldOf, quiet, refresh, stop } from './office.ts';

const house = useHouse({ pace: 20 });

interface Running {
  readonly made: Entered;
  readonly orderId: string;
  readonly barcodes: readonly string[];
}

/** Palletways has told nobody of it but the other link, which has made its order with its own words. */
async function ofAnotherLink(of: House, organisation: string, number: string): Promise<Running> {
  const consignment = makeConsignment({
    random: new Random(`adopted/${number}`),
    now: Date.now(),
    number,
    type: 'D',
    lifts: 2,
  });
  const told = { organisation, consignment, push: false };
  const made = {
    organisation,
    ...((await call('POST', `${of.palletways}/control/consignments`, told)) as Omit<Entered, 'organisation'>),
  };
  const barcodes = await label(of, made, { push: false } as object);
  return { made, barcodes, orderId: await upload(of, organisation, made, barcodes) };
}

/** What another system uploads; answers Qargo's id of the order. */
async function upload(
  of: House,
  organisation: string,
  { conNo }: Entered,
  barcodes: readonly string[],
): Promise<string> {
  const settings = await of.installation.organisations.get(organisation);
  if (settings === undefined) throw new Error('no organisation');
  const { clientId, secret, customer, depot } = settings.qargo;
  const ask = async (path: string, headers: Record<string, string>, body: unknown = {}, method = 'POST') => {
    const json = { 'content-type': 'application/json', ...headers };
    const answer = await fetch(`${of.qargo}${path}`, {
      method,
      headers: json,
      ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, string>;
  };
  const basic = Buffer.from(`${clientId}:${secret}`).toString('base64');
  const { access_token: token } = await ask('/v1/auth/token', { authorization: `Basic ${basic}` });
  const bearer = { authorization: `Bearer ${token}` };
  const address = { address: '1 High Street', city: 'Harrogate', postal_code: 'HG1 1AA', country: 'GB' };
  const uploaded = await ask('/v1/orders/order/upload', bearer, {
    operation: 'CREATE',
    order_identifier: `OTHER-${conNo}`,
    customer: { code: customer.code },
    import_configuration: { code: 'API' },
    transport_service: { code: 'PALLETS' },
    customer_reference_number: conNo,
    planning_instructions: 'as the other link says it',
    consignments: [
      {
        pickup_stop: { location: { code: depot.code, name: depot.name, ...address } },
        delivery_stop: { location: { name: 'Rowe & Sons', ...address } },
        goods: [
          {
            quantity: 2,
            total_weight_kg: 640,
            handling_units: barcodes.map((value) => ({ barcode: { value, source: 'PALLETWAYS' } })),
          },
        ],
      },
    ],
  });
  return until('the upload of the other link', async () => {
    const { order_id: id } = await ask(`/v1/orders/order/upload/${uploaded.upload_id}`, bearer, undefined, 'GET');
    return id ?? undefined;
  });
}

const now = () => new Date().toISOString();
const deed = (of: House, orderId: string, what: string, body: unknown) =>
  call('POST', `${of.qargo}/control/orders/${orderId}/${what}`, body);
const scan = (of: House, { orderId, barcodes }: Running, at: 'PICKUP' | 'DELIVERY', when: string) =>
  deed(of, orderId, 'scans', {
    scans: barcodes.map((barcode) => ({ barcode, status: 'SCANNED_OUT', stop: at, at: when, by: 'Declan Foley' })),
  });

/** Calls since then that change something. */
async function effectsSince(of: House, before: Awaited<ReturnType<House['calls']>>): Promise<string[]> {
  const { palletways, qargo } = await of.calls();
  const said = [...palletways.slice(before.palletways.length), ...qargo.slice(before.qargo.length)].map((each) =>
    JSON.stringify(each),
  );
  return said.filter((each) => /createSystemNote|upload|partial|documentImport|import/i.test(each));
}

onRealParts(
  'orders that another link made are taken over: one living order, nothing told that was true before, later news flow',
  180_000,
  async () => {
    const of = house();
    const [id = ''] = of.organisations;
    const one = await ofAnotherLink(of, id, '9101');
    const other = await ofAnotherLink(of, id, '9102');
    // Before anybody adopts it the driver has loaded and is out: the other link has told that.
    await plan(of, id, 'OTHER 7', [one.orderId]);
    await scan(of, one, 'PICKUP', new Date(Date.now() - 3_600_000).toISOString());
    await stop(of, one.orderId, 'PICKUP', 'COMPLETED');
    await until('that what was pushed waits for its consignment', async () =>
      ((await call('GET', `${of.service}/operations/parked`)) as unknown[]).length >= 3 ? true : undefined,
    );
    const before = await of.calls();
    const file = join(tmpdir(), `adopt-${randomUUID()}.csv`);
    const list = [one, other]
      .map(({ made, orderId }) => `${made.trackingId},${orderId},OTHER-${made.conNo}`)
      .join('\n');
    writeFileSync(file, `tracking_id,order_id,order_identifier\n${list}\n`);
    try {
      expect(await of.command('adopt', file, '--organisation', id, '--why', 'the old link ends')).toContain(
        'adopted 2, 0 were adopted already, 0 not',
      );
    } finally {
      rmSync(file);
    }
    const again = { who: 'ana', csv: `${list}\n60099999999,${one.orderId}\n` };
    expect(await call('POST', `${of.service}/operations/organisations/${id}/adopt`, again)).toEqual({
      adopted: 0,
      already: 2,
      refused: [{ line: 3, reason: 'the order is that of another consignment' }],
    });
    const looked = async () => {
      const { rows } = await of.installation.db.query<{ n: number }>(
        `select count(*) as n from receipt where kind = 'refresh' and state = 'met'`,
      );
      return rows[0]?.n === 4 ? true : undefined;
    };
    await until('both sides of both read', looked, 60_000);
    await quiet(of);
    expect(await effectsSince(of, before)).toEqual([]);
    for (const { made } of [one, other]) {
      expect(
        (await ordersOf(of, made)).map(({ effects }) => effects.created + effects.updated + effects.cancelled),
      ).toEqual([1]);
      expect(await notesOf(of, made)).toEqual([]);
    }

    // A refresh finds no news in what it finds again.
    await refresh(of, one.made);
    await quiet(of);
    expect(await effectsSince(of, before)).toEqual([]);

    // The rest of the day is ours.
    await scan(of, one, 'DELIVERY', now());
    await stop(of, one.orderId, 'DELIVERY', 'COMPLETED');
    const document = (type: string, name: string, contentType: string, bytes: Buffer) => ({
      type,
      name,
      contentType,
      base64: bytes.toString('base64'),
    });
    const documents = [
      document('CONSIGNEE_SIGNATURE', 'signature.png', 'image/png', signature(1, one.orderId)),
      document('PHOTO_OF_GOODS_DELIVERY', 'photo.jpg', 'image/jpeg', photo(1, one.orderId)),
    ];
    await deed(of, one.orderId, 'pod', { name: 'Aoife Byrne', at: now(), documents });
    await amend(of, other.made, { Weight: 777 });
    await until(
      'the POD',
      async () => ((await notesOf(of, one.made)).some(({ group }) => group === 'POD') ? true : undefined),
      40_000,
    );
    await until('the edit', async () => ((await heldOf(of, other.made)).weight === 777 ? true : undefined), 40_000);
    await quiet(of);
    const told = (await notesOf(of, one.made)).map(({ group, type }) => `${group}/${type}`);
    expect(told.filter((each) => !/^(?:SCN\/DEL|STS\/(?:ARR|DLV)|POD\/POD)$/.test(each))).toEqual([]);
    expect(told).toEqual(expect.arrayContaining(['SCN/DEL', 'STS/DLV', 'POD/POD']));

    // And so is a cancellation: by the identifier of the other link, since nothing else names the order.
    await cancel(of, other.made);
    await until(
      'that it is taken back',
      async () => ((await ordersOf(of, other.made))[0]?.status === 'CANCELLED' ? true : undefined),
      40_000,
    );
    await quiet(of);
    expect((await ordersOf(of, one.made)).length + (await ordersOf(of, other.made)).length).toBe(2);
  },
);
