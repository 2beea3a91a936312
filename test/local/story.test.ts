/** A full story as `npm start` plays it: who is told what, what the people do, and what its counts mean. */
import { expect, test } from 'vitest';
import { defaultNetworkCodes } from '../../connectors/palletways/config.ts';
import { compare } from '../../local/agreement.ts';
import { closeOutLines, compareCloseOuts } from '../../local/close-outs.ts';
import { readOptions } from '../../local/options.ts';
import { demonstrations } from '../../local/organisations.ts';
import { People } from '../../local/people.ts';
import { untilSettled } from '../../local/settle.ts';
import { closedList, finalOrders, judgeAnswer } from '../../local/shapes.ts';
import { storyPolicies, waysOf } from '../../local/story.ts';
import { waysSchema } from '../../sandbox/judge/ways.ts';
import { type OrganisationInput, organisationSchema } from '../../store/organisations/schema.ts';
import { folder, serve } from './fakes.ts';

const ports = { postgres: 1, temporal: 2, temporalUi: 3, service: 4, palletways: 5, qargo: 6, ftp: 7 };

test('a demonstration organisation has every default code of the network, and more of its own', () => {
  for (const { product } of demonstrations(4, folder(), ports)) {
    const { networkCodes } = organisationSchema.parse(product).wire.palletways as { networkCodes: readonly object[] };
    expect(networkCodes.slice(0, defaultNetworkCodes.length)).toEqual(defaultNetworkCodes);
    expect(networkCodes.length).toBeGreaterThan(defaultNetworkCodes.length);
  }
});

test('without a story every organisation is as ever; with one each is told otherwise, in words that the product and the judge know', () => {
  const data = folder();
  const policies = (story?: 'full') =>
    demonstrations(4, data, ports, story).map(({ product }) => organisationSchema.parse(product).policy);
  const empty = demonstrations(4, data, ports).map(({ product, feed }) => [
    (product as OrganisationInput).policy,
    feed,
  ]);
  expect(empty).toEqual(Array.from({ length: 4 }, () => [{}, undefined]));
  expect(new Set(policies().map((policy) => JSON.stringify(policy))).size).toBe(1);
  expect(new Set(policies('full').map((policy) => JSON.stringify(policy))).size).toBe(4);
  // both directions of what has directions
  expect(policies('full').map(({ charges }) => charges.measured)).toEqual(['both', 'to qargo', 'to palletways', 'off']);
  expect(policies('full').map(({ exceptions }) => exceptions)).toEqual(['push', 'pull', 'both', 'push']);
  const fetched = demonstrations(4, data, ports, 'full').flatMap(({ id, feed }) => (feed === undefined ? [] : [id]));
  expect(fetched).toEqual(['fenland', 'clydeside']);
  const ways = waysSchema.parse(waysOf(Object.keys(storyPolicies)));
  const collections = 'delivery';
  expect(ways.fenland).toEqual({
    exceptions: 'pull',
    charges: 'to qargo',
    planner: false,
    estimates: true,
    collections,
  });
  expect(ways.liffey).toEqual({ exceptions: 'push', charges: 'off', planner: false, estimates: false, collections });
});

test('the option names the one story there is', () => {
  expect(readOptions(['--story', 'full'], '/p')).toMatchObject({ story: 'full', pace: 2 });
  expect(readOptions(['--story', 'full', '--consignments', '300'], '/p').pace).toBe(1);
  expect(readOptions([], '/p').story).toBeUndefined();
});

test('people fetch what is offered, answer each question once, key in, and end every other case that holds an invoice', async () => {
  const posted: [string, unknown][] = [];
  const answers: Record<string, unknown> = {
    '/control/organisations/a/pull': { items: [{}, {}] },
    '/operations/questions': [
      { consignment: 'c1', edit: 'cancel', stage: 'out', fields: [] },
      { consignment: 'c2', edit: 'cancel', stage: 'failed', fields: [] },
      { consignment: 'c3', edit: 'held', stage: 'planned', fields: ['instructions'] },
    ],
    '/operations/consignments/60012340167': [{ qargoOrder: 'o4' }],
    '/operations/charges': [
      {
        obligation: 'charge:qargo:surcharge:',
        keyIn: true,
        trackingId: '60012340167',
        side: 'qargo',
        what: 'surcharge 12.50 GBP',
      },
      { obligation: 'x', keyIn: false, trackingId: '60012340168', side: 'qargo', what: 'on its way' },
    ],
    '/operations/close-outs/held?limit=100': [
      { organisation: 'a', reference: '5-A', holds: ['exception open: DAMAGE'] },
    ],
    '/operations/cases?limit=500': [
      { id: 7, reference: '5-A' },
      { id: 8, reference: '5-A' },
      { id: 10, reference: '6-A' },
    ],
  };
  const { url } = await serve((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      if (request.method === 'POST' && request.url?.includes('/pull') !== true)
        posted.push([request.url ?? '', JSON.parse(body)]);
      response.end(JSON.stringify(answers[request.url ?? ''] ?? {}));
    });
  });
  const feeds = [{ organisation: 'a', url: 'http://x/', user: 'u', password: 'p' }];
  const people = new People({ service: url, palletways: url, qargo: url, organisations: ['a'] }, feeds);
  expect(await people.round()).toBe(7);
  const to = (path: string) => posted.filter(([url]) => url === `/operations/${path}`).map(([, body]) => body);
  expect(to('consignments/c1/decision')).toMatchObject([{ decision: 'refused', edit: 'cancel' }]);
  expect(to('consignments/c2/decision')).toMatchObject([{ decision: 'accepted', edit: 'cancel' }]);
  expect(to('consignments/c3/decision')).toMatchObject([{ decision: 'accepted', edit: 'held' }]);
  expect(posted.map(([url]) => url)).toContain('/control/orders/o4/charges');
  expect(to('consignments/60012340167/charges/done')).toMatchObject([{ obligation: 'charge:qargo:surcharge:' }]);
  expect(posted.flatMap(([url]) => (url.startsWith('/operations/cases/') ? [url] : []))).toEqual([
    '/operations/cases/8',
  ]);
  answers['/control/organisations/a/pull'] = { items: [] };
  answers['/operations/charges'] = [];
  answers['/operations/cases?limit=500'] = [];
  expect(await people.round()).toBe(0);
  expect(people.report()).toBe('people fetched 2 exceptions, answered 3 questions, keyed in 1 charges, ended 1 cases');
});

test('a story has not settled while its people find something to do', async () => {
  const { url } = await serve((request, response) => {
    const answers: Record<string, unknown> = {
      '/operations/owed': { owed: 0, waiting: 0 },
      '/operations/reads': { due: 0 },
      '/control/pending': { pushes: 0, uploads: 0 },
      '/operations/sweeps': {
        sweeps: [{ organisation: 'a', startedAt: new Date(Date.now() + 60_000).toISOString(), found: 0 }],
      },
    };
    response.end(JSON.stringify(answers[request.url ?? '']));
  });
  const sources = { service: url, palletways: url, qargo: url, organisations: ['a'] };
  const options = { everyMs: 10, say: () => undefined, signal: new AbortController().signal };
  expect(await untilSettled(sources, { ...options, round: () => Promise.resolve(1), until: Date.now() + 100 })).toBe(
    false,
  );
  expect(
    await untilSettled(sources, {
      ...options,
      round: () => Promise.reject(new Error('down')),
      until: Date.now() + 100,
    }),
  ).toBe(false);
  expect(await untilSettled(sources, { ...options, round: () => Promise.resolve(0), until: Date.now() + 1_000 })).toBe(
    true,
  );
});

test("what is closed out is compared with Qargo's order, and each consignment is exported once", () => {
  const row = {
    organisation: 'a',
    consignment: 'c1',
    reference: '1-A',
    qargoOrder: 'o1',
    adjustment: 0,
    outcome: 'delivered',
    weight: 640,
  };
  const { rows } = closedList.parse({ rows: [{ ...row, billUnits: [{ type: 'FP', amount: 2 }] }] });
  const good = { quantity: 1, total_weight_kg: 320, packaging_type: { packaging_size: { code: 'FP' } } };
  const orders = (weight: number, status = 'COMPLETED') =>
    finalOrders.parse({ orders: [{ id: 'o1', status, goods: [good, { ...good, total_weight_kg: weight }] }] }).orders;
  expect(compareCloseOuts(rows, orders(320), [])).toEqual({ closed: 1, adjusted: 0, wrong: [], held: [] });
  expect(compareCloseOuts(rows, orders(400), []).wrong).toEqual(['a 1-A: weight 640, Qargo 720']);
  expect(compareCloseOuts(rows, orders(320, 'CANCELLED'), []).wrong).toEqual(['a 1-A: status lives, Qargo cancelled']);
  const cancelled = rows.map((one) => ({ ...one, outcome: 'cancelled' as const }));
  expect(compareCloseOuts(cancelled, orders(320), []).wrong).toEqual(['a 1-A: cancelled, and its order lives']);
  expect(compareCloseOuts([...rows, ...rows], orders(320), []).wrong).toEqual(['a 1-A: exported as 0, 0']);
  // the last adjustment is what counts
  const adjusted = [...rows, ...rows.map((one) => ({ ...one, adjustment: 1, weight: 720 }))];
  expect(compareCloseOuts(adjusted, orders(400), [])).toMatchObject({ closed: 1, adjusted: 1, wrong: [] });
  const held = [{ organisation: 'a', reference: '2-A', holds: ['POD not signed'] }];
  expect(closeOutLines(compareCloseOuts(rows, orders(320), held))).toEqual([
    "closed out 1, adjusted 0 times: each exported once, with the quantities of Qargo's order; held 1",
    '  held: a 2-A: POD not signed',
  ]);
});

test('the counts of a story have lines for its rows; what was refused ended as well', () => {
  const none = { lost: 0, doubled: 0 };
  const judged = judgeAnswer.parse({
    rows: [
      { kind: 'cancelled', said: 3, arrived: 1, refused: 2, ...none },
      { kind: 'exception', said: 2, arrived: 2, ...none },
      { kind: 'notice', said: 1, arrived: 1, ...none },
      { kind: 'charge to Q', said: 2, arrived: 2, ...none },
      { kind: 'network', said: 2, arrived: 2, ...none },
      { kind: 'planner', said: 2, arrived: 2, ...none },
    ],
    total: {},
  });
  const counts = {
    facts: { cancellation: 3, exception: 3, charge: 4, network: 3, held: 1 },
    receipts: { cancel: 3, exception: 2, notice: 1, charge: 2, journey: 2, booking: 1 },
    waits: {},
  };
  const differ = (of: typeof counts) =>
    compare(judged, of, true).flatMap(({ kinds, agrees }) => (agrees ? [] : [kinds]));
  expect(differ(counts)).toEqual([]);
  expect(differ({ ...counts, facts: { ...counts.facts, exception: 4 } })).toEqual(['exception + notice']);
  expect(differ({ ...counts, receipts: { ...counts.receipts, charge: 1 } })).toEqual(['charge to Q + charge to P']);
  expect(differ({ ...counts, facts: { ...counts.facts, held: 2 } })).toEqual(['network + book-in + planner']);
  expect(compare(judged, counts).map(({ kinds }) => kinds)).not.toContain('charge to Q + charge to P');
});
