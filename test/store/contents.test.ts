/** Content of facts as it is read back: what cannot be read fails what needs it alone, and says what is wrong with it. */
import { describe, expect, test } from 'vitest';
import { listCases } from '../../store/close-out/cases.ts';
import { ordersSince } from '../../store/record/consignments.ts';
import { loadContent, readableContent, UnreadableContent } from '../../store/record/contents.ts';
import { delivery } from '../connectors/qargo/orders.ts';
import { useRecord } from './record.ts';
import { type New, order, said, trackingFact } from './said.ts';

const record = useRecord();

const exception = (code: string, n: number): New<'exception'> => ({
  ...said(n),
  kind: 'exception',
  id: `qg:incident:${code}`,
  source: 'qargo',
  code,
  stop: 'stop-1',
  body: { name: code.toLowerCase(), description: 'Mrs Byrne was out' },
});

/** Two exceptions of one consignment; the content of the first is left as `body`. Answers its reference. */
async function spoilt(body: unknown): Promise<{ readonly consignment: string; readonly ref: string }> {
  const facts = [trackingFact(0, '60012340161'), exception('CARDED', 10), exception('DAMAGE', 11)];
  const consignment = await record().heard({ trackingId: '60012340161' }, facts);
  const rows = await record().facts(consignment);
  const ref = rows.find(({ id }) => id === 'qg:incident:CARDED')?.envelope.content ?? '';
  await record().rows('update content set body = $2 where id = $1', ref, JSON.stringify(body));
  return { consignment, ref };
}

describe('content that is not what its kind says', () => {
  test.each([
    [{ name: 'carded', description: 7 }, 'description: '],
    [{ description: 'Mrs Byrne was out' }, 'name: '],
    ['Mrs Byrne was out', 'all of it: '],
  ])('%j is an error that names its fact and the field, and nothing that stands there', async (body, field) => {
    const { ref } = await spoilt(body);
    const error: unknown = await loadContent(record().db, 'exception', ref).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnreadableContent);
    const { message } = error as UnreadableContent;
    expect(message).toContain('the stored content of the exception qg:incident:CARDED cannot be read: ');
    expect(message).toContain(field);
    expect(message).not.toContain('Byrne');
  });

  test('is left out of a list in which the others stand', async () => {
    await spoilt({ name: 7 });
    const { rows } = await listCases(record().db, 'open', { organisation: record().organisation });
    expect(rows.map(({ code, note }) => [code, note])).toEqual([
      ['CARDED', ''],
      ['DAMAGE', 'damage: Mrs Byrne was out'],
    ]);
  });
});

test('erased content is none, and no error', async () => {
  const { ref } = await spoilt({ name: 'carded', description: '' });
  await record().rows('update content set body = null where id = $1', ref);
  expect(await loadContent(record().db, 'exception', ref)).toBeNull();
});

test('what another release adds to a content stays', async () => {
  const { ref } = await spoilt({ name: 'carded', description: '', photo: 'P1' });
  expect(await loadContent(record().db, 'exception', ref)).toEqual({ name: 'carded', description: '', photo: 'P1' });
  expect(readableContent('exception', { name: 'carded' })).toBeNull();
});

test('of copies of an order the one that cannot be read is left out', async () => {
  const versions = [{ ...delivery, weight: 'heavy' }, delivery].map((body, n) => ({ ...order(`${n}`, n), body }));
  const consignment = await record().heard({ trackingId: '60012340161' }, versions);
  expect(await ordersSince(record().db, consignment, undefined)).toEqual([delivery]);
});
