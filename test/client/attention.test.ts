import fastify from 'fastify';
import { expect, test } from 'vitest';
import { attentionTable } from '../../client/export/attention-list.ts';
import { attentionRoutes } from '../../client/http/attention.ts';
import { attention } from '../../store/views/attention.ts';
import { useRecord } from '../store/record.ts';
import { scan } from '../store/said.ts';

const record = useRecord();

test('people read a table: what, how old, whose, and under each line what to do; then the counts', async () => {
  await record().hear({ qargoOrderId: 'order-of-nobody' }, [scan(5), scan(6)]);
  const page = await attention(record().db, { organisation: record().organisation, limit: 1 });
  const [head, line, next, , counts, more] = attentionTable(
    page,
    new Date(Date.parse(page.lines[0]?.since ?? '') + 3 * 3_600_000).toISOString(),
  ).split('\n');
  expect(head).toMatch(/^REFERENCE +ORGANISATION +KIND +SINCE +DUE BY +OWNER +WHAT$/);
  expect(line).toMatch(
    /^order-of-nobody +org-\d+ +unmatched +3 h +- +depot +News \(scan\) belongs to no consignment that is known\.$/,
  );
  expect(line?.indexOf('unmatched')).toBe(head?.indexOf('KIND'));
  expect(next).toMatch(/^ +next: it goes by itself .* palletways-qargo aside "fact \d+" --why/);
  expect(counts).toBe('2 in all: 2 unmatched');
  expect(more).toBe(`more: --cursor ${page.next}`);
  expect(attentionTable({ lines: [], counts: {}, total: 0, next: null }, '')).toBe('Nothing needs anybody.\n');
});

test('the route answers the same list page by page, and says what of a request makes no sense', async () => {
  await record().hear({ qargoOrderId: 'order-of-nobody' }, [scan(5), scan(6)]);
  const app = fastify();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  attentionRoutes(app, record());
  const get = async (query: string) =>
    app.inject({ url: `/operations/attention?organisation=${record().organisation}&${query}` });
  const first = (await get('limit=1')).json<{ lines: { id: string }[]; next: string; total: number }>();
  expect([first.lines.length, first.total]).toEqual([1, 2]);
  const second = (await get(`limit=1&cursor=${first.next}`)).json<{ lines: { id: string }[]; next: string | null }>();
  expect(second.next).toBeNull();
  expect(second.lines[0]?.id).not.toBe(first.lines[0]?.id);
  for (const wrong of ['limit=0', 'limit=501', 'cursor=xyz']) expect((await get(wrong)).statusCode).toBe(400);
  expect(
    (await app.inject({ url: '/operations/attention?organisation=nobody' })).json<{ error: string }>().error,
  ).toContain('there are: ');

  const aside = (line: string, why: string) =>
    app.inject({
      method: 'POST',
      url: '/operations/attention/aside',
      payload: Buffer.from(JSON.stringify({ who: 'Mairead', why, line })),
      headers: { 'content-type': 'application/octet-stream' },
    });
  expect((await aside(first.lines[0]?.id ?? '', '')).statusCode).toBe(400);
  expect((await aside('POD x', 'x')).json<{ error: string }>().error).toContain('message 12');
  expect((await aside(first.lines[0]?.id ?? '', 'not ours')).statusCode).toBe(200);
  expect((await aside(first.lines[0]?.id ?? '', 'not ours')).statusCode).toBe(404);
  expect((await get('limit=9')).json<{ total: number }>().total).toBe(1);
});
