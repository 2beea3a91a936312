/** Row 3, labels and references: barcodes, references and the sheet at Qargo; printed again on request; old labels still match. */
import { request } from 'undici';
import { expect } from 'vitest';
import { enter, holds, label, labelsOf, orderOf } from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import { call } from '../../../local/loopback.ts';
import { onRealParts, useHouse } from '../house.ts';
import { nothingOutstanding } from '../lives.ts';
import { asked, ready, switched } from './people.ts';

const house = useHouse({
  pace: 20,
  organisations: 2,
  policy: (organisation) => (organisation === 'fenland' ? switched({ labels: 'off' }) : {}),
});

interface Sheet {
  readonly labels: readonly { readonly barcode: string; readonly number: number; readonly of: number }[];
  readonly service: string;
  readonly consignee: { readonly postCode: string };
  readonly former: readonly { readonly kind: string; readonly value: string; readonly to: string | null }[];
  readonly pdf: { readonly href: string; readonly bytes: number };
}

const reads = async () =>
  (await house().calls()).palletways.filter(({ method }) => method.startsWith('getLabels')).length;

onRealParts(
  'labels: at Qargo and over the API; a print request reads the sheet again; an old label still finds its consignment',
  120_000,
  async () => {
    const of = house();
    const { made, barcodes, orderId } = await ready(of, 'northgate');
    await until('the sheet at Qargo', async () => ((await labelsOf(of, made)).length === 1 ? true : undefined));
    await nothingOutstanding(of);
    const [order] = await call('GET', `${of.qargo}/control/orders?organisation=northgate`).then(
      (all) => (all as { orders: Ours[] }).orders ?? (all as Ours[]),
    );
    expect(order?.palletways).toEqual({ tracking_id: made.trackingId, consignment_number: made.conNo });
    const sheet = await asked<Sheet>(of, made, '/labels');
    expect(sheet.labels).toEqual(barcodes.map((barcode, index) => ({ barcode, number: index + 1, of: 2 })));
    expect(sheet.service).toMatch(/^\w+-\w+$/);
    expect(sheet.consignee.postCode).not.toBe('');
    const printed = await request(`${of.service}${sheet.pdf.href}`);
    expect(printed.headers['content-type']).toBe('application/pdf');
    const bytes = Buffer.from(await printed.body.arrayBuffer());
    expect([bytes.length, bytes.subarray(0, 5).toString()]).toEqual([sheet.pdf.bytes, '%PDF-']);

    const before = await reads();
    await call('POST', `${of.service}/operations/consignments/${made.trackingId}/labels`, {
      who: 'Aoife',
      why: 'the printer jammed',
    });
    await until('the sheet once more', async () => ((await labelsOf(of, made)).length === 2 ? true : undefined));
    expect((await reads()) - before).toBe(1);

    // One pallet less, and later one more: its pallet is labelled anew.
    const amend = (lifts: string) =>
      call('POST', `${of.palletways}/control/consignments/${made.responseId}/amend`, {
        changes: { Lifts: lifts, BillUnit: [{ Type: 'FP', Amount: lifts }] },
      });
    await amend('1');
    await label(of, made);
    await until('one label', async () =>
      (await asked<Sheet>(of, made, '/labels')).labels.length === 1 ? true : undefined,
    );
    await amend('2');
    const fresh = await label(of, made);
    await orderOf(of, made, holds(fresh));
    const former = await until('the old label', async () => {
      const found = (await asked<Sheet>(of, made, '/labels')).former;
      return found.length === 1 ? found : undefined;
    });
    expect(former).toMatchObject([{ kind: 'barcode', value: barcodes[1] }]);
    const byOld = (await call('GET', `${of.service}/operations/consignments/${barcodes[1]}/scans`)) as {
      trackingId: string;
    }[];
    expect(byOld.map(({ trackingId }) => trackingId)).toEqual([made.trackingId]);
    expect(fresh).not.toContain(barcodes[1]);
    expect(orderId).toBe((await orderOf(of, made)).id);

    // Redirected: it gets another tracking id, and the old one still finds it.
    const moved = (await call('POST', `${of.palletways}/control/consignments/${made.responseId}/redirect`, {})) as {
      trackingId: string;
    };
    await until('the new tracking id', async () => {
      const now = await asked<Sheet & { trackingId: string }>(of, made, '/labels');
      return now.trackingId === moved.trackingId && now.former.some(({ value }) => value === made.trackingId)
        ? true
        : undefined;
    });
  },
);

interface Ours {
  readonly palletways: object;
}

onRealParts('labels off: the order is made, without barcodes, references and sheet', 120_000, async () => {
  const of = house();
  const made = await enter(of, 'fenland');
  await orderOf(of, made);
  const barcodes = await label(of, made);
  await until('the labels in the record', async () =>
    (await asked<Sheet>(of, made, '/labels')).labels.length === 2 ? true : undefined,
  );
  await nothingOutstanding(of);
  const order = await orderOf(of, made);
  expect(order.goods.flatMap((good) => good.barcodes)).toEqual([]);
  expect(await labelsOf(of, made)).toEqual([]);
  expect(barcodes).toHaveLength(2);
});
