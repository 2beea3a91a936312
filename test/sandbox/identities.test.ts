/** Consignments under several names, bad notes among many, deeds that no push tells, and what a read still shows. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { judge } from '../../sandbox/judge/judge.ts';
import { readEvidence } from '../../sandbox/judge/read.ts';
import { CONSIGNMENT, Palletways, Qargo, until } from './twins-under-test.ts';

const AT = '2026-11-23T08:00:00.000Z';
const readable = z.object({ from: z.number(), until: z.number().nullable() }).nullable();
const saidSchema = z.object({
  items: z.array(
    z.looseObject({ kind: z.string(), event: z.boolean(), readable, push: z.unknown(), content: z.looseObject({}) }),
  ),
});

describe('a consignment of Palletways', () => {
  const palletways = new Palletways();
  beforeEach(() => palletways.start());
  afterEach(() => palletways.stop());
  const heard = async (count: number) => {
    await until(() => palletways.ears.heard.length >= count);
    return palletways.ears.heard.slice(-1)[0] ?? '';
  };
  const deed = (id: string, what: string, body: unknown = {}) =>
    palletways.control('POST', `consignments/${id}/${what}`, body);
  const said = async () => saidSchema.parse(await palletways.control('GET', 'said')).items;

  test('redirected: the new tracking id is pushed and noted, the old one still finds it, until it is gone', async () => {
    const one = await palletways.create();
    const old = one.trackingId ?? '';
    await heard(1);
    await deed(one.responseId, 'redirect');
    const told = await heard(2);
    const fresh = /<TrackingID>(\d{11})</.exec(told)?.[1] ?? '';
    expect(told).toContain(`<Event>TRACKED</Event>`);
    expect(told).toContain(`<ResponseID>${one.responseId}</ResponseID>`);
    expect(fresh).not.toBe(old);
    const notes = await palletways.read('getNotes/delta/0');
    expect(notes).toContain(`<TrackingID>${old}</TrackingID>`);
    expect(notes).toContain(`<NoteText>Redireccionada ${fresh}</NoteText>`);
    expect(await palletways.read(`getConsignment/${old}`)).toContain(`<TrackingID>${fresh}</TrackingID>`);
    expect(await (await palletways.notes([old])).text()).toContain('<SysNote>');
    expect((await palletways.held()).notes).toMatchObject([{ trackingId: fresh, responseId: one.responseId }]);
    await deed(one.responseId, 'redirect', { gone: true, note: false, push: false });
    expect(await palletways.read(`getConsignment/${fresh}`)).toContain('NO_RESULTS_FOUND');
    expect(await (await palletways.notes([fresh])).text()).toContain(
      '<Index>1</Index><Error><Code>ERROR_NOTE_PW_ID_VALUE',
    );
    const held = z.object({ identities: z.array(z.object({ trackingIds: z.array(z.string()) })) });
    expect(held.parse(await palletways.control('GET', 'held')).identities[0]?.trackingIds.slice(0, 2)).toEqual([
      old,
      fresh,
    ]);
    expect(await said()).toHaveLength(1);
  });

  test('a number used again is answered for the last one entered', async () => {
    const one = await palletways.create();
    const two = await palletways.create({ conNo: one.conNo });
    expect([two.conNo, two.responseId === one.responseId]).toEqual([one.conNo, false]);
    expect(await palletways.read(`conStatusByConNo/${one.conNo}`)).toContain(
      `<ResponseID>${two.responseId}</ResponseID>`,
    );
    expect((await palletways.read('consEntered')).match(/<ConNo>/g)).toHaveLength(2);
  });

  test('announced under two identities, then under both: each push carries what was asked, and each kind is said once', async () => {
    const one = await palletways.create({ push: { only: ['responseId'] } });
    const first = await heard(1);
    expect(first).toContain(`<Number/><TrackingID/><ResponseID>${one.responseId}</ResponseID><Type>D</Type>`);
    await deed(one.responseId, 'label', { push: { only: ['trackingId', 'conNo'] } });
    expect(await heard(2)).toContain(
      `<Number>${one.conNo}</Number><TrackingID>${one.trackingId}</TrackingID><ResponseID/><Pallet>`,
    );
    await deed(one.responseId, 'tell');
    const both = `<Number>${one.conNo}</Number><TrackingID>${one.trackingId}</TrackingID><ResponseID>${one.responseId}</ResponseID>`;
    expect(await heard(3)).toContain(both);
    expect((await said()).map((entry) => entry.kind)).toEqual(['created', 'labelled']);
  });

  test('a deed that is not pushed is said, not heard, and read; a late tracking id of it is not pushed either', async () => {
    const one = await palletways.create({ push: false, trackingDelayMs: 20 });
    await until(async () => (await palletways.read(`conStatusById/${one.responseId}`)).includes('<TrackingID>6'));
    await deed(one.responseId, 'amend', { changes: { ManifestNote: 'Gate 4' }, push: false });
    await deed(one.responseId, 'label', { push: false });
    await deed(one.responseId, 'cancel', { push: false });
    expect(await palletways.control('GET', 'pending')).toEqual({ pushes: 0, uploads: 0, late: 0 });
    expect(palletways.ears.heard).toEqual([]);
    expect((await said()).map(({ kind, event, push }) => [kind, event, push])).toEqual(
      ['created', 'edited', 'labelled', 'cancelled'].map((kind) => [kind, false, null]),
    );
  });

  test('what a read shows: an amendment until the next, a cancellation only with its note', async () => {
    const one = await palletways.create();
    await deed(one.responseId, 'amend', { changes: { ManifestNote: 'Gate 4' } });
    await deed(one.responseId, 'amend', { changes: { ManifestNote: 'Gate 5' } });
    await deed(one.responseId, 'cancel', { note: false });
    const until = (entry: { readable: z.infer<typeof readable> }) =>
      entry.readable === null ? 'never' : entry.readable.until;
    expect((await said()).map(until)).toEqual([null, expect.any(Number), null, 'never']);
  });

  test.each([
    [true, '<ValidationErrors><Note><Index>2</Index><Error><Code>ERROR_NOTE_PW_ID_VALUE</Code>'],
    [false, '<ValidationErrors/>'],
  ])(
    'a bad one among many refuses the whole call (naming: %s) and stores none; alone and without it',
    async (naming, errors) => {
      const [good, bad] = [await palletways.create(), await palletways.create()];
      const ids = [good.trackingId ?? '', bad.trackingId ?? ''];
      await deed(bad.responseId, 'archive', { naming });
      const answer = await (await palletways.notes(ids)).text();
      expect(answer).toContain('<Code>ERROR_VALIDATION</Code>');
      expect(answer).toContain(errors);
      expect((await palletways.held()).notes).toHaveLength(0);
      expect(await (await palletways.notes(ids.slice(1))).text()).toContain('ERROR_VALIDATION');
      expect(await (await palletways.notes(ids.slice(0, 1))).text()).toContain('<SysNote>');
      await deed(bad.responseId, 'archive', { archived: false });
      expect(await (await palletways.notes(ids.slice(1))).text()).toContain('<SysNote>');
    },
  );

  test('a consignment of 60 lifts has 60 barcodes and a label of 60 pages', async () => {
    const one = await palletways.create({
      consignment: { ...CONSIGNMENT, Lifts: 60, BillUnit: { Type: 'FP', Amount: 60 } },
    });
    await deed(one.responseId, 'label');
    const view = z
      .object({ barcodes: z.array(z.string()) })
      .parse(await palletways.control('GET', `consignments/${one.responseId}`));
    expect(new Set(view.barcodes).size).toBe(60);
    expect((await palletways.read(`getConsignment/${one.trackingId}`)).match(/<Pallet>/g)).toHaveLength(60);
    expect(
      (await (await fetch(`${palletways.base}/getLabelsByTID/${one.trackingId}?apikey=key`)).arrayBuffer()).byteLength,
    ).toBeGreaterThan(5_000);
  });
});

describe('an order of Qargo', () => {
  const qargo = new Qargo();
  beforeEach(() => qargo.start());
  afterEach(() => qargo.stop());
  const plan = async (id: string, name: string, more: Record<string, unknown> = {}) => {
    const body = { organisation: 'north', name, orders: [id], vehicle: { name: 'Truck' }, at: AT, ...more };
    return z.object({ tripId: z.string() }).parse(await qargo.control('POST', 'trips', body)).tripId;
  };
  const stop = (id: string, body: Record<string, unknown>) =>
    qargo.control('POST', `orders/${id}/stop`, { stop: 'DELIVERY', ...body });
  const said = async () => saidSchema.parse(await qargo.control('GET', 'said')).items;

  test('nothing is pushed of deeds that are not to be, and all of it is said', async () => {
    const id = await qargo.order();
    const trip = await plan(id, 'T1', { push: false });
    await qargo.control('POST', `orders/${id}/scan`, { barcode: 'B000000001', status: 'STORED', at: AT, push: false });
    await qargo.control('POST', `trips/${trip}/remove`, { orders: [id], at: AT, push: false });
    await plan(id, 'T2', { push: false, dispatch: true });
    await stop(id, { status: 'COMPLETED', at: AT, push: false });
    const documents = [{ type: 'CONSIGNEE_SIGNATURE', name: 's.png', contentType: 'image/png', base64: 'c2lnbg==' }];
    await qargo.control('POST', `orders/${id}/pod`, { name: 'J', at: AT, documents, push: false });
    expect(await qargo.pending()).toEqual({ pushes: 0, uploads: 0, late: 0 });
    expect(qargo.ears.heard).toEqual([]);
    const kinds = ['planned', 'scan', 'unplanned', 'planned', 'milestone', 'pod'];
    expect((await said()).map(({ kind, event, push }) => [kind, event, push])).toEqual(
      kinds.map((kind) => [kind, false, null]),
    );
  });

  test('what a read shows: plans and stops until they change, exceptions and proofs for ever, scans never', async () => {
    const id = await qargo.order();
    const first = await plan(id, 'T1');
    await qargo.control('POST', `orders/${id}/scan`, { barcode: 'B000000001', status: 'STORED', at: AT });
    await stop(id, { stop: 'PICKUP', status: 'COMPLETED', at: AT });
    await stop(id, { status: 'AT_STOP', at: '2026-11-23T09:00:00Z' });
    await stop(id, { status: 'FAILED', at: '2026-11-23T09:05:00Z', incident: { code: 'CARDED' } });
    await qargo.control('POST', `trips/${first}/remove`, { orders: [id], at: AT });
    await plan(id, 'T2');
    await stop(id, { status: 'AT_STOP', at: '2026-11-23T11:00:00Z' });
    await stop(id, { status: 'COMPLETED', at: '2026-11-23T11:05:00Z' });
    const what = (await said()).map(({ kind, content, readable: shown }) => [
      content.milestone ?? kind,
      shown === null ? 'never' : shown.until === null ? 'still' : 'gone',
    ]);
    expect(what).toEqual([
      ['planned', 'gone'],
      ['scan', 'never'],
      ['out', 'still'],
      ['arrived', 'gone'],
      ['failed', 'gone'],
      ['exception', 'still'],
      ['unplanned', 'gone'],
      ['planned', 'still'],
      ['arrived', 'still'],
      ['delivered', 'still'],
    ]);
  });

  test('10,000 scans of a consignment of 60 pallets are one request, each pushed once, a bounded number at a time', async () => {
    const barcodes = Array.from({ length: 60 }, (_, nth) => `B${String(nth).padStart(9, '0')}`);
    const id = await qargo.order(barcodes);
    qargo.ears.slow = 5;
    const scans = Array.from({ length: 10_000 }, (_, nth) => ({
      barcode: barcodes[nth % 60],
      status: 'STORED',
      at: new Date(Date.parse(AT) + nth * 1_000).toISOString(),
    }));
    const answer = z
      .object({ said: z.array(z.string()) })
      .parse(await qargo.control('POST', `orders/${id}/scans`, { scans }));
    expect(new Set(answer.said).size).toBe(10_000);
    while ((await qargo.pending()).pushes > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    const items = z.object({
      items: z.array(z.object({ push: z.object({ tries: z.number(), delivered: z.boolean() }) })),
    });
    const told = items.parse(await qargo.control('GET', 'said')).items;
    expect(told.filter(({ push }) => push.tries === 1 && push.delivered)).toHaveLength(10_000);
    expect(qargo.ears.heard).toHaveLength(10_000);
    expect(qargo.ears.most).toBeLessThanOrEqual(64);
  });

  test('scans can be told several in one push', async () => {
    const id = await qargo.order();
    const scans = [1, 2, 3].map((nth) => ({
      barcode: 'B000000001',
      status: 'STORED',
      at: `2026-11-23T08:00:0${nth}Z`,
    }));
    await qargo.control('POST', `orders/${id}/scans`, { scans, together: 2 });
    await until(async () => (await qargo.pending()).pushes === 0);
    const together = qargo.ears.heard.map((body) => body.match(/"type":"HandlingUnit"/g)?.length ?? 0);
    expect(together.toSorted((one, other) => one - other)).toEqual([1, 2]);
  });
});

describe('the judge, reading both twins', () => {
  const palletways = new Palletways();
  const qargo = new Qargo();
  beforeEach(async () => {
    await palletways.start();
    await qargo.start();
  });
  afterEach(async () => {
    await palletways.stop();
    await qargo.stop();
  });

  test('with one-try pushes that fail: what stands is lost, what was undone is never heard, under a late tracking id too', async () => {
    palletways.ears.answer = 503;
    qargo.ears.answer = 503;
    const one = await palletways.create({ conNo: '2557391-564', trackingDelayMs: 20 });
    const id = await qargo.order();
    for (const name of ['T1', 'T2'])
      await qargo.control('POST', 'trips', {
        organisation: 'north',
        name,
        orders: [id],
        vehicle: { name: 'Truck' },
        at: AT,
      });
    await qargo.control('POST', `orders/${id}/scan`, { barcode: 'B000000001', status: 'STORED', at: AT });
    await until(async () => (await palletways.read(`conStatusById/${one.responseId}`)).includes('<TrackingID>6'));
    await until(async () => (await qargo.pending()).pushes === 0);
    const { said, held, trackingIds, pending } = await readEvidence({ palletways: palletways.base, qargo: qargo.base });
    expect(pending).toEqual({ pushes: 0, uploads: 0, late: 0 });
    expect(trackingIds).toEqual({ [one.responseId]: expect.stringMatching(/^6/) });
    const table = judge(said, held, { trackingIds });
    expect(table.lost.map(({ kind }) => kind)).toEqual(['planned']);
    expect(table.neverHeard.map(({ kind }) => kind)).toEqual(['planned', 'scan']);
  });
});
