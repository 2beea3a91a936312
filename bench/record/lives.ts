/**
 * Lives of consignments as both sides tell them, of two days: the record at size is made of copies of them. Every name carries the life's
 * mark, and every instant one of the two days, so that a copy has names and days of its own by replacing text.
 */

import type { NewFact } from '../../domain/facts/facts.ts';
import type { Aliases, Message } from '../../domain/facts/reading.ts';

export const days = ['2024-02-05', '2024-02-06'] as const;

/** What happens in a life, in this order; each life is the first few, and what it has besides. */
export const stages = ['ordered', 'labelled', 'planned', 'loaded', 'out', 'delivered', 'signed'] as const;
export type LifeStage = (typeof stages)[number];

export interface LifeShape {
  readonly name: string;
  readonly until: LifeStage;
  /** What is not sent when it ends: kinds of obligations that stay open, are refused or unknown. */
  readonly left?: Readonly<Record<string, 'open' | 'refused' | 'unknown'>>;
  readonly with?: readonly ('exception' | 'ended' | 'charge' | 'missing' | 'failed')[];
  /** Nothing was sent at all: the news has just come. */
  readonly untold?: true;
  readonly closed?: true;
  /** Copies in a hundred of its sort. */
  readonly share: number;
}

/** What is open: 96 of 100 wait for the next event, the others for a person or for a call. */
export const openShapes: readonly LifeShape[] = [
  { name: 'ordered', until: 'ordered', share: 8 },
  { name: 'labelled', until: 'labelled', share: 12 },
  { name: 'planned', until: 'planned', share: 18 },
  { name: 'loaded', until: 'loaded', share: 12 },
  { name: 'out', until: 'out', share: 20 },
  { name: 'delivered, not signed', until: 'delivered', share: 10 },
  { name: 'signed', until: 'signed', share: 10 },
  { name: 'with a case', until: 'out', with: ['exception'], share: 3 },
  { name: 'failed', until: 'out', with: ['failed', 'exception'], share: 1 },
  { name: 'with a charge', until: 'planned', with: ['charge'], left: { charge: 'refused' }, share: 1 },
  { name: 'refused', until: 'out', left: { milestone: 'refused' }, share: 1 },
  { name: 'unknown', until: 'loaded', left: { plan: 'unknown' }, share: 1 },
  { name: 'in question', until: 'planned', with: ['missing'], share: 1 },
  { name: 'to be sent', until: 'loaded', left: { scan: 'open', plan: 'open' }, share: 1 },
  { name: 'just come', until: 'labelled', untold: true, share: 1 },
];

export const closedShapes: readonly LifeShape[] = [
  { name: 'closed', until: 'signed', closed: true, share: 87 },
  { name: 'closed with a case', until: 'signed', with: ['exception'], closed: true, share: 4 },
  {
    name: 'closed with a case that a person ended',
    until: 'signed',
    with: ['exception', 'ended'],
    closed: true,
    share: 4,
  },
  { name: 'closed with a charge', until: 'signed', with: ['charge'], closed: true, share: 5 },
];

export interface Life {
  readonly heard: readonly (Message & { readonly at: string })[];
  readonly mark: string;
}

/** Minute `n` of the first day's morning, UTC ISO. */
const minute = (n: number): string => new Date(Date.parse(`${days[0]}T06:00:00.000Z`) + n * 60_000).toISOString();

/** All that is said in a life. */
export function lifeOf(shape: LifeShape, mark: string): Life {
  const names = {
    tracking: `6${mark}1`,
    conNo: `7${mark}2-564`,
    order: `0f${mark}a`,
    identifier: `PWQ${mark}`,
    barcodes: [`B${mark}A`, `B${mark}B`],
  };
  const palletways: Aliases = { trackingId: names.tracking, conNo: names.conNo };
  const qargo: Aliases = { qargoOrderId: names.order, orderIdentifier: names.identifier };
  const told: { stage: LifeStage; from: Aliases; facts: readonly NewFact[] }[] = [
    {
      stage: 'ordered',
      from: palletways,
      facts: [orderFact(names.conNo, names.tracking), trackingFact(names.conNo, names.tracking)],
    },
    { stage: 'labelled', from: { ...palletways, barcodes: names.barcodes }, facts: [labels(names.barcodes)] },
    // Palletways names the order by what we gave it: this is how Qargo's own names come to be known.
    { stage: 'planned', from: { ...palletways, ...qargo }, facts: [plan(mark)] },
    ...names.barcodes.map((barcode, nth) => ({
      stage: 'loaded' as const,
      from: qargo,
      facts: [scan('load', barcode, 60 + nth)],
    })),
    { stage: 'out', from: qargo, facts: [milestone('out', 90, mark)] },
    { stage: 'out', from: qargo, facts: [eta()] },
    { stage: 'delivered', from: qargo, facts: [milestone('arrived', 1_500, mark)] },
    ...names.barcodes.map((barcode, nth) => ({
      stage: 'delivered' as const,
      from: qargo,
      facts: [scan('delivery', barcode, 1_505 + nth)],
    })),
    { stage: 'delivered', from: qargo, facts: [milestone('delivered', 1_520, mark)] },
    { stage: 'signed', from: qargo, facts: [pod()] },
    { stage: 'signed', from: qargo, facts: [document('signature', mark, 1), document('photo', mark, 2)] },
  ];
  const last = stages.indexOf(shape.until);
  const said = told.filter(({ stage }) => stages.indexOf(stage) <= last);
  for (const more of shape.with ?? [])
    said.push({ stage: shape.until, from: more === 'charge' ? palletways : qargo, facts: besides(more, mark) });
  return {
    mark,
    heard: said.map(({ from, facts }) => ({
      aliases: from,
      facts,
      at:
        facts
          .map(({ at }) => at)
          .sort()
          .at(-1) ?? minute(0),
    })),
  };
}

const from = (source: 'palletways' | 'qargo', n: number, id: string) =>
  ({ at: minute(n), zone: 'Europe/London', source, id }) as const;

function orderFact(conNo: string, trackingId: string): NewFact {
  const billUnits = [{ type: 'FP', amount: 2 }];
  const common = {
    type: 'D',
    lifts: 2,
    weight: 640,
    billUnits,
    collectionDate: days[0],
    deliveryDate: days[1],
  } as const;
  const address = {
    contactName: 'A. Byrne',
    companyName: 'Byrne Tools',
    lines: ['1 Quay Street'],
    town: 'Leeds',
    county: '',
    postCode: 'LS1 4AP',
  };
  const body = {
    ...common,
    conNo,
    trackingId,
    responseId: null,
    account: '434481',
    serviceGroup: 'A',
    serviceCode: 'ND',
    delivery: address,
  };
  const digests = { instructions: '0011223344556677', delivery: '8899aabbccddeeff', reference: '0123456789abcdef' };
  return {
    ...from('palletways', 0, `pw:order:${minute(0)}`),
    kind: 'order',
    ...common,
    service: 'A-ND',
    digests,
    body,
  };
}

function trackingFact(conNo: string, trackingId: string): NewFact {
  return {
    ...from('palletways', 0, `pw:tracking:${trackingId}`),
    kind: 'tracking',
    trackingId,
    conNo,
    responseId: null,
  };
}

const labels = (barcodes: readonly string[]): NewFact => ({
  ...from('palletways', 5, `pw:labels:${barcodes.join()}`),
  kind: 'labels',
  barcodes,
});

function plan(mark: string): NewFact {
  const trip = `trip${mark}`;
  return {
    ...from('qargo', 30, `qg:plan:${trip}:${minute(30)}`),
    kind: 'plan',
    trip,
    vehicle: '0123456789abcdef',
    body: { tripName: 'R1', vehicle: 'V1' },
  };
}

/** A scan of a pallet at a minute. */
export const scan = (kind: 'load' | 'delivery', barcode: string, n: number): NewFact => ({
  ...from('qargo', n, `qg:scan:${barcode}:${kind}:${minute(n)}`),
  kind: 'scan',
  barcode,
  scan: kind,
});

const milestone = (name: 'out' | 'arrived' | 'delivered' | 'failed', n: number, mark: string): NewFact => ({
  ...from('qargo', n, `qg:stop:s${mark}:${name}:${minute(n)}`),
  kind: 'milestone',
  milestone: name,
  stop: `s${mark}`,
});

const eta = (): NewFact => ({
  ...from('qargo', 95, `qg:eta:${minute(95)}`),
  kind: 'eta',
  stop: 'drop',
  eta: minute(1_500),
});

const pod = (): NewFact => ({
  ...from('qargo', 1_521, `qg:pod:${minute(1_521)}`),
  kind: 'pod',
  body: { name: 'Aoife Byrne' },
});

function document(role: 'signature' | 'photo', mark: string, n: number): NewFact {
  const id = `doc${mark}${n}`;
  const body = { name: `${role}.jpg`, type: role, contentType: 'image/jpeg' };
  return { ...from('qargo', 1_522, `qg:document:${id}`), kind: 'document', document: id, role, body };
}

function besides(what: 'exception' | 'ended' | 'charge' | 'missing' | 'failed', mark: string): readonly NewFact[] {
  const body = { name: 'Damaged', description: 'corner is torn' };
  if (what === 'exception')
    return [
      { ...from('qargo', 100, `qg:incident:${mark}`), kind: 'exception', code: 'DAMAGE', stop: `s${mark}`, body },
    ];
  if (what === 'ended')
    return [
      {
        ...from('qargo', 1_600, `case:${mark}`),
        source: 'person',
        kind: 'case',
        exception: `qg:incident:${mark}`,
        step: 'resolved',
        body: { who: 'Pat', why: 'paid' },
      },
    ];
  if (what === 'failed') return [milestone('failed', 99, mark)];
  if (what === 'missing') return [{ ...from('palletways', 40, `presence:${mark}`), kind: 'presence', present: false }];
  const charge = { kind: 'charge', charge: 'weight', about: '', old: null, new: '700', owe: [] } as const;
  return [{ ...from('palletways', 50, `pw:charge:${mark}`), ...charge, body: { who: 'Pat' } }];
}
