import { describe, expect, test } from 'vitest';
import { intend, markSending, settle } from '../../store/outbox/receipts.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { claimUnread, markRead, receive } from '../../store/record/journal.ts';
import { useRecord } from './record.ts';
import { deliveryOf, outstandingKeys } from './rows.ts';
import { order, said, trackingFact } from './said.ts';

const record = useRecord();

const half = '\ud83d';

describe('the door of the record', () => {
  test('takes half an emoji and a NUL in any parameter: a text, a list of texts, JSON as text and as an object', async () => {
    const { db } = record();
    const { rows } = await db.query(
      'select $1::text as text, $2::text[] as list, $3::jsonb as json, $4::jsonb as object',
      [
        `Jose ${half}`,
        [`a\0${half}`, 'b'],
        JSON.stringify({ who: `Jose ${half}`, 'na\0me': 'x\0' }),
        { who: `Jose ${half}` },
      ],
    );
    expect(rows).toEqual([
      { text: 'Jose ', list: ['a', 'b'], json: { who: 'Jose ', name: 'x' }, object: { who: 'Jose ' } },
    ]);
  });

  test('takes them in a transaction, in a query with a description, and leaves bytes as they came', async () => {
    const { db } = record();
    const told = await inTransaction(db, async (tx) => {
      const { rows } = await tx.query<{ text: string; bytes: Buffer }>({
        text: 'select $1::text as text, $2::bytea as bytes',
        values: ['a\0', Buffer.from('a\0')],
      });
      return rows[0];
    });
    expect(told).toEqual({ text: 'a', bytes: Buffer.from('a\0') });
  });

  test('leaves what only looks like half an emoji as it was written', async () => {
    const { db } = record();
    for (const text of ['see \\ud83d in the manual', 'C:\\u0000', '{"a":"\\ud83d\\ude00"} \\u0000'])
      expect((await db.query('select $1::text as text', [text])).rows).toEqual([{ text }]);
    const pair = JSON.stringify({ said: '\u{1f600}', escaped: '\\ud83d' });
    expect((await db.query('select $1::jsonb as json', [pair])).rows).toEqual([{ json: JSON.parse(pair) as unknown }]);
  });
});

describe('foreign text', () => {
  test('is clean in a fact, its content, and the names of its consignment, whoever tells it', async () => {
    const of = record();
    const { consignment, facts } = await of.hear(
      { trackingId: '60012345678\r', conNo: ' 2557391-564\0', barcodes: [`]C1B1\r`] },
      [
        { ...order('one', 0), body: { instructions: `Ring ${half} the bell\0\x07\ufeff` } },
        { ...trackingFact(0, '60012345678'), said: `06:00${half}` },
      ],
    );
    const names = await of.rows<{ kind: string; value: string }>(
      'select kind, value from alias where consignment = $1 order by kind',
      consignment,
    );
    expect(names.map(({ kind, value }) => `${kind} ${value}`)).toEqual([
      'barcode B1',
      'conNo 2557391-564',
      'trackingId 60012345678',
    ]);
    const [content] = await of.rows<{ body: unknown }>('select body from content where consignment = $1', consignment);
    expect(content?.body).toEqual({ instructions: 'Ring  the bell' });
    expect(facts.map(({ kind }) => kind)).toEqual(['order', 'tracking']);
  });

  test('is clean in what is parked and in the names under which it waits', async () => {
    const of = record();
    const scan = {
      ...said(1),
      kind: 'scan',
      id: `qg:scan:B9${half}`,
      source: 'qargo',
      barcode: `B9${half}`,
      scan: 'load',
    } as const;
    const { consignment } = await of.hear({ qargoOrderId: `order\0-${half}9` }, [scan]);
    expect(consignment).toBe(null);
    const [parked] = await of.facts(null);
    expect(parked?.envelope).toMatchObject({ id: 'qg:scan:B9', barcode: 'B9' });
    expect(await of.rows('select kind, value from parked_alias where fact = $1', parked?.seq)).toEqual([
      { kind: 'qargoOrderId', value: 'order-9' },
    ]);
  });

  test('is clean in the facts that are handed to a workflow, not only where they are stored', async () => {
    const of = record();
    const { facts } = await of.hear({ trackingId: '60012345679' }, [
      { ...trackingFact(0, '60012345679'), zone: `UTC${half}` },
    ]);
    expect(JSON.stringify(facts)).not.toMatch(/\\ud83d/);
  });

  test('stays as it came in the body of the journal, and is clean in its context and its problems', async () => {
    const { db, organisation } = record();
    const body = Buffer.from(`{"name":"Jose ${'\\ud83d'}\0"}`);
    const { id } = await receive(db, {
      organisation,
      channel: 'hand',
      contentType: 'a\0b',
      body,
      context: { who: `Jose ${half}` },
    });
    await markRead(db, id, [{ field: `a\0${half}`, message: `Jose ${half}` }], true);
    const { rows } = await db.query('select body, content_type, context, problems from journal where id = $1', [id]);
    expect(rows).toEqual([
      { body, content_type: 'ab', context: { who: 'Jose ' }, problems: [{ field: 'a', message: 'Jose ' }] },
    ]);
    expect((await claimUnread(db, 5, 1)).filter((row) => row.id === id)).toEqual([]);
  });

  test('is clean in what a far side says of an attempt', async () => {
    const { db, organisation } = record();
    const consignment = await record().heard({ trackingId: '60012345670' }, [order('one', 0)]);
    const item = { key: 'order', kind: 'order', revision: 1, generation: 1, fact: order('one', 0).id } as const;
    const owner = { organisation, consignment, counterpart: 'qargo', sender: 'test', doubtMs: 1_000 } as const;
    await intend(db, owner, [{ item }]);
    await markSending(db, owner, ['order'], { told: `Jose ${half}` });
    await inTransaction(db, (tx) =>
      settle(tx, owner, [
        {
          item,
          state: 'refused',
          cause: { code: 'same file', as: `no\0` },
          reason: `Jose ${half}`,
          proof: { said: half },
        },
      ]),
    );
    expect(await deliveryOf(record(), consignment, 'order')).toMatchObject({
      state: 'refused',
      cause: { code: 'same file', as: 'no' },
      reason: 'Jose ',
    });
    expect(await outstandingKeys(record(), consignment)).toContain('order refused');
  });
});
