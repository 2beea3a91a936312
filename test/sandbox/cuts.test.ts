/** Where a line can be cut, seen on the wire of both twins: what came back, and what took effect. */

import { Readable } from 'node:stream';
import { Client } from 'basic-ftp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Palletways, Qargo, raw, until } from './twins-under-test.ts';

const LATE = 120;

describe('a call of Palletways', () => {
  const palletways = new Palletways();
  let id: string;
  const told = async () => (await palletways.held()).notes.length;

  beforeEach(async () => {
    await palletways.start();
    id = (await palletways.create()).trackingId ?? '';
  });
  afterEach(() => palletways.stop());

  test.each([
    ['before', 0],
    ['after', 1],
    ['answer', 1],
  ])('dropped %s takes effect %i times and is not answered whole', async (drop, effects) => {
    await palletways.strike('createSystemNote', { drop });
    await expect(palletways.notes([id]).then((answer) => answer.text())).rejects.toThrow();
    expect(await told()).toBe(effects);
    expect(await palletways.late()).toBe(0);
  });

  test('acts late once: cut at once, pending until it acts, then held', async () => {
    await palletways.strike('createSystemNote', { late: LATE });
    await expect(palletways.notes([id])).rejects.toThrow();
    expect([await told(), await palletways.late()]).toEqual([0, 1]);
    await until(async () => (await palletways.late()) === 0);
    expect(await told()).toBe(1);
  });

  test('a late effect does not outlive a reset', async () => {
    await palletways.strike('createSystemNote', { late: LATE });
    await expect(palletways.notes([id])).rejects.toThrow();
    await palletways.control('POST', 'reset');
    expect(await palletways.late()).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 2 * LATE));
    expect(await told()).toBe(0);
  });

  test('answers late: the effect is there before the answer', async () => {
    await palletways.strike('createSystemNote', { answerLate: 400 });
    let answered = false;
    const answer = palletways.notes([id]).then((came) => {
      answered = true;
      return came.text();
    });
    await until(async () => (await told()) === 1);
    expect(answered).toBe(false);
    expect(await answer).toContain('<SysNote>');
  });

  test.each([0, 7])('truncated: status and full length, then %i bytes of the body and no more', async (truncate) => {
    await palletways.strike('keytest', { truncate });
    const text = await raw(palletways.base, 'GET /keytest?apikey=key&outputformat=xml HTTP/1.1\r\nhost: twin\r\n\r\n');
    const [head = '', body] = text.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(head).toContain('text/xml');
    expect(Number(/content-length: (\d+)/i.exec(head)?.[1])).toBeGreaterThan(100);
    expect(body).toBe('<?xml version'.slice(0, truncate));
  });

  test('a consignment entered late is entered once', async () => {
    const address = { Type: 'Delivery', CompanyName: 'A', Town: 'B', PostCode: 'C', Country: 'GB' };
    const consignment = {
      Type: 'D',
      Lifts: 1,
      Weight: 1,
      Number: '777',
      Service: { Type: 'Delivery', Code: 'A', Surcharge: 'A' },
      Address: address,
      BillUnit: { Type: 'FP', Amount: 1 },
    };
    const data = JSON.stringify({ Manifest: { Confirm: 'yes', Depot: { Account: { Consignment: consignment } } } });
    const body = new URLSearchParams({ apikey: 'key', commit: 'yes', inputformat: 'json', data });
    await palletways.strike('createConsignment', { late: LATE });
    await expect(fetch(`${palletways.base}/createConsignment`, { method: 'POST', body })).rejects.toThrow();
    expect(await palletways.read('conStatusByConNo/777-564')).toContain('NO_RESULTS_FOUND');
    await until(async () => (await palletways.late()) === 0);
    expect((await palletways.read('consEntered')).match(/<ConNo>777-564</g)).toHaveLength(1);
  });

  test('the nth call is struck and no other', async () => {
    const faults = [{ match: { method: 'keytest', nth: 2 }, do: { drop: 'before' } }];
    await palletways.control('PUT', 'faults', { faults });
    expect(await palletways.read('keytest')).toContain('OK');
    await expect(palletways.read('keytest')).rejects.toThrow();
    expect(await palletways.read('keytest')).toContain('OK');
  });
});

describe('a call of Qargo', () => {
  const qargo = new Qargo();
  beforeEach(() => qargo.start());
  afterEach(() => qargo.stop());
  const effects = async () => {
    await until(async () => Object.values(await qargo.pending()).every((count) => count === 0));
    return (await qargo.held()).map((order) => order.effects);
  };

  test.each([
    ['before', 0],
    ['after', 1],
    ['answer', 1],
  ])('dropped %s takes effect %i times and is not answered whole', async (drop, times) => {
    await qargo.strike('upload:CREATE', { drop });
    await expect(qargo.upload('CREATE').then((answer) => answer.text())).rejects.toThrow();
    expect(await effects()).toHaveLength(times);
  });

  test('CREATE, UPDATE and DELETE of an import are struck each by itself, and act late once', async () => {
    const changed = { planning_instructions: 'ring first' };
    for (const [operation, body] of [['CREATE', {}] as const, ['UPDATE', changed] as const, ['DELETE', {}] as const]) {
      await qargo.strike(`upload:${operation}`, { late: LATE });
      const other = operation === 'CREATE' ? 'DELETE' : 'CREATE';
      expect((await qargo.upload(other, { order_identifier: `other-${operation}` })).status).toBe(200);
      await expect(qargo.upload(operation, body)).rejects.toThrow();
      expect(await qargo.pending()).toMatchObject({ late: 1 });
      await effects();
    }
    expect((await qargo.held()).find((order) => order.orderIdentifier === '1-1')).toMatchObject({
      status: 'CANCELLED',
      effects: { created: 1, updated: 1, cancelled: 1 },
    });
  });

  test('a partial update, a stop status and a document act late once, each after its line was cut', async () => {
    const id = await qargo.order();
    const match = { matches_all: [{ order: { id: { matches_any: [id] } } }] };
    const palletways = {
      update: { operation: 'UPDATE', data: { palletways: { tracking_id: '600', consignment_number: 'C' } } },
    };
    const calls: [string, string, unknown][] = [
      ['partialOrderUpdate', '/partial-order-update', { updates: [{ match, consignment: { updates: [palletways] } }] }],
      [
        'subcoStatusUpdate',
        '/subco-status-update',
        {
          updates: [
            {
              event_time: '2026-11-23T08:00:00Z',
              stop: {
                status: 'AT_STOP',
                match: { matches_all: [{ order: { id: { matches_any: [id] } }, stop: { stop_type: 'DELIVERY' } }] },
              },
            },
          ],
        },
      ],
      [
        'documentImport:PALLET_LABEL_EXTERNAL',
        `/document-import?filename=l.pdf&document_type=PALLET_LABEL_EXTERNAL&id=${id}`,
        Buffer.from('%PDF-1.7 '),
      ],
    ];
    for (const [method, path, body] of calls) {
      await qargo.strike(method, { late: LATE });
      await expect(qargo.webhook(path, body)).rejects.toThrow();
      expect(await qargo.pending()).toMatchObject({ late: 1 });
      await effects();
    }
    expect(await qargo.held()).toMatchObject([
      {
        effects: { partial: 1 },
        documents: [{ type: 'PALLET_LABEL_EXTERNAL' }],
        stops: [{}, { status: 'AT_STOP' }],
      },
    ]);
  });

  test('answers late: the effect is there before the answer', async () => {
    await qargo.strike('upload', { answerLate: 400 });
    let answered = false;
    const answer = qargo.upload('CREATE').then((came) => {
      answered = true;
      return came.status;
    });
    await until(async () => (await qargo.held()).length === 1);
    expect(answered).toBe(false);
    expect(await answer).toBe(200);
  });

  test('truncated: status and full length, then so many bytes of the body', async () => {
    await qargo.strike('me', { truncate: 5 });
    const text = await raw(qargo.base, 'GET /me HTTP/1.1\r\nhost: twin\r\nauthorization: Bearer x.y.z\r\n\r\n');
    expect(text).toMatch(
      /^HTTP\/1.1 401 Unauthorized\r\n.*www-authenticate: Bearer\r\n.*content-length: 26\r\n.*\r\n\r\n\{"mes$/is,
    );
  });
});

describe('a push', () => {
  const qargo = new Qargo();
  beforeEach(() => qargo.start());
  afterEach(() => qargo.stop());

  test('is struck by what it tells, and comes late after its try has failed', async () => {
    const id = await qargo.order();
    const [scan, stop] = [
      { barcode: 'B000000001', status: 'STORED', at: '2026-11-23T08:00:00Z' },
      { stop: 'PICKUP', status: 'AT_STOP' },
    ];
    await qargo.strike('push:HandlingUnit', { late: LATE });
    await qargo.control('POST', `orders/${id}/stop`, { ...stop, at: scan.at });
    await qargo.control('POST', `orders/${id}/scan`, scan);
    await until(async () => (await qargo.pending()).pushes === 0);
    expect(qargo.ears.heard.join()).not.toContain('HandlingUnit"');
    expect((await qargo.pending()).late).toBe(1);
    await until(async () => (await qargo.pending()).late === 0);
    expect(qargo.ears.heard.filter((body) => body.includes('"HandlingUnit"'))).toHaveLength(1);
    expect(await qargo.control('GET', 'said')).toMatchObject({
      items: [{ kind: 'scan', push: { tries: 1, delivered: false } }],
    });
  });
});

describe('an FTP command', () => {
  const palletways = new Palletways();
  const bytes = Buffer.alloc(70_000, 7);
  let name: string;
  let client: Client;
  const files = async () => (await palletways.held()).files.map((file) => [file.name, file.size]);
  const connect = async () => {
    const fresh = new Client(3_000);
    await fresh.access({ host: '127.0.0.1', port: palletways.twin.ftpPort, user: 'ftp', password: 'secret' });
    return fresh;
  };
  const listed = async () => {
    const look = await connect();
    try {
      return (await look.list('/pod/564')).map((file) => [file.name, file.size]);
    } finally {
      look.close();
    }
  };

  beforeEach(async () => {
    await palletways.start();
    name = `${(await palletways.create()).trackingId}_01.jpg`;
    client = await connect();
    await client.cd('/pod/564');
  });
  afterEach(async () => {
    client.close();
    await palletways.stop();
  });

  /** Each command with how a client comes to send it. */
  const commands: [string, () => Promise<unknown>][] = [
    ['USER', () => connect()],
    ['PASS', () => connect()],
    ['CWD', () => client.send('CWD /pod/564')],
    ['STOR', () => client.uploadFrom(Readable.from(bytes), name)],
    ['RNFR', () => client.rename('x.part', name)],
    ['RNTO', () => client.rename('x.part', name)],
    ['LIST', () => client.send('LIST')],
    ['SIZE', () => client.size('x.part')],
    ['DELE', () => client.remove('x.part')],
  ];
  const acts = ['STOR', 'RNTO', 'DELE'];

  test.each(
    commands.flatMap(([command, send]) => ['before', 'after', 'answer'].map((drop) => ({ command, drop, send }))),
  )('$command dropped $drop is not answered, and acts only where it is cut later', async ({ command, drop, send }) => {
    await client.uploadFrom(Readable.from(bytes), 'x.part');
    if (command === 'LIST') client.availableListCommands = ['LIST'];
    await palletways.strike(command, { drop });
    await expect(command === 'LIST' ? client.list() : send()).rejects.toThrow();
    const acted = acts.includes(command) && drop !== 'before';
    expect(await palletways.control('GET', 'faults')).toEqual({ faults: [] });
    await until(async () =>
      command === 'DELE' && acted ? (await listed()).length === 0 : (await files()).length === Number(acted),
    );
    expect(await listed()).toHaveLength(command === 'STOR' ? (acted ? 2 : 1) : command === 'DELE' && acted ? 0 : 1);
  });

  test('a data connection cut in the middle leaves the part that came, and holds nothing', async () => {
    await palletways.strike('STOR', { cutData: 20_000 });
    await expect(client.uploadFrom(Readable.from(bytes), name)).rejects.toThrow();
    await expect(client.pwd()).rejects.toThrow();
    expect(await listed()).toEqual([[name, 20_000]]);
    expect(await files()).toEqual([]);
  });

  test.each([
    ['STOR', async () => client.uploadFrom(Readable.from(bytes), name)],
    [
      'RNTO',
      async () => {
        await client.uploadFrom(Readable.from(bytes), 'x.part');
        await client.rename('x.part', name);
      },
    ],
  ])('%s acts late once: the line is cut, pending until then', async (command, send) => {
    await palletways.strike(command, { late: LATE });
    await expect(send()).rejects.toThrow();
    expect([await files(), await palletways.late()]).toEqual([[], 1]);
    await until(async () => (await palletways.late()) === 0);
    expect(await files()).toEqual([[name, 70_000]]);
    expect(await listed()).toEqual([[name, 70_000]]);
  });

  test('answers late: the file is held before the reply', async () => {
    await palletways.strike('STOR', { answerLate: 400 });
    let answered = false;
    const sent = client.uploadFrom(Readable.from(bytes), name).then(() => {
      answered = true;
    });
    await until(async () => (await files()).length === 1);
    expect(answered).toBe(false);
    await sent;
  });

  test('the owner takes files as often as was asked, and each arrival stays counted', async () => {
    await palletways.control('PUT', 'files/owner', { organisation: 'north', everyMs: 20 });
    const put = async () => {
      await client.uploadFrom(Readable.from(bytes), `${name}.part`);
      await client.rename(`${name}.part`, name);
    };
    await put();
    await until(async () => (await listed()).length === 0);
    await put();
    await until(async () => (await palletways.held()).files.filter((file) => file.takenAt !== null).length === 2);
    await palletways.control('PUT', 'files/owner', { organisation: 'north', everyMs: 0 });
    await put();
    await put();
    expect((await palletways.held()).files).toMatchObject([
      { name, copies: 1 },
      { name, copies: 1 },
      { name, copies: 2, takenAt: null },
    ]);
    expect(await listed()).toEqual([[name, 70_000]]);
  });
});
