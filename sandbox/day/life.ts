/**
 * The ordinary life of one consignment and nothing else: created, labelled, edited, planned, four scans, three milestones,
 * a proof of delivery with two photos. Twelve things are said.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { makeConsignment, makeEdit } from './consignments.ts';
import { deedCall, type Known, perform, type Stage, sendBatch } from './perform.ts';
import { Random } from './random.ts';
import type { Deed, Step } from './steps.ts';
import { Twins } from './twins.ts';

export interface LifeOptions {
  /** Where the twins' control APIs are. */
  palletways: string;
  qargo: string;
  organisation: string;
  /** Resolves when nothing that was said is still to arrive. Only asked in `one at a time`. */
  settled: () => Promise<void>;
  /**
   * `one at a time`: each thing is said 2 s after all before it arrived.
   * `late sync`: entered and labelled; once order and barcodes are at Qargo (they must be, to be planned and scanned) the
   * rest is said at once.
   */
  mode: 'one at a time' | 'late sync';
  /** Default 1: the same seed gives the same consignment. */
  seed?: number;
  /** How long the order is waited for, ms. Default 120,000. */
  orderWithinMs?: number;
}

export interface Life {
  conNo: string;
  responseId: string;
  orderId: string;
  barcodes: string[];
  /** How many things were said. */
  said: number;
  /** From the first to the last thing of `late sync` after the wait, ms. */
  tookMs: number;
}

/** Kinds in their order; for tests that count. */
export const LIFE = [
  'created',
  'labelled',
  'edited',
  'planned',
  'scan',
  'scan',
  'milestone',
  'milestone',
  'scan',
  'scan',
  'milestone',
  'pod',
] as const;

const QUIET_MS = 2_000;
const ORDER_WITHIN_MS = 120_000;

/** The steps of a life, of which the first three concern Palletways and the rest Qargo. */
export function lifeSteps(
  organisation: string,
  seed: number,
  now: number,
): { office: Step[]; plan: Step; deeds: Deed[] } {
  const random = new Random(`life/${seed}`);
  const number = String(Math.floor(now / 100) % 100_000_000).padStart(8, '1');
  const consignment = makeConsignment({ random, now, number, type: 'D', lifts: 2 });
  const common = { at: 0, organisation, keys: ['life'] };
  const instant = (minutesAgo: number) => new Date(Math.floor((now - minutesAgo * 60_000) / 1000) * 1000).toISOString();
  const scan = (lift: number, stop: 'PICKUP' | 'DELIVERY', minutesAgo: number): Deed => {
    return {
      ...common,
      kind: 'scan',
      lift,
      status: 'SCANNED_OUT',
      stop,
      instant: instant(minutesAgo),
      by: 'Declan Foley',
    };
  };
  const stop = (
    type: 'PICKUP' | 'DELIVERY',
    status: 'AT_STOP' | 'COMPLETED',
    minutesAgo: number,
    startedAt?: number,
  ): Deed => {
    const started = startedAt === undefined ? {} : { startedAt: instant(startedAt) };
    return { ...common, kind: 'stop', stop: type, status, instant: instant(minutesAgo), ...started };
  };
  return {
    office: [
      { ...common, kind: 'create', consignment, trackingDelayMs: 0 },
      { ...common, kind: 'label', readyDelayMs: 0 },
      { ...common, kind: 'edit', changes: makeEdit(random, 'instructions', consignment) },
    ],
    plan: {
      ...common,
      kind: 'plan',
      trip: `LIFE-${number}`,
      vehicle: { code: 'V1', name: 'DAF LF 18t', plate: 'FJ24 XKD' },
      driver: 'Declan Foley',
      instant: instant(300),
      dispatch: false,
    },
    deeds: [
      scan(0, 'PICKUP', 250),
      scan(1, 'PICKUP', 249),
      stop('PICKUP', 'COMPLETED', 230, 250),
      stop('DELIVERY', 'AT_STOP', 120),
      scan(0, 'DELIVERY', 115),
      scan(1, 'DELIVERY', 114),
      stop('DELIVERY', 'COMPLETED', 100, 120),
      {
        ...common,
        kind: 'pod',
        signedBy: 'Aoife Byrne',
        instant: instant(105),
        position: { longitude: -6.67, latitude: 53.22 },
        documents: documentsOf(number),
      },
    ],
  };
}

/** What proves the delivery of a life: a signature and two photos. */
function documentsOf(number: string) {
  const photo = (nth: number) => ({
    type: 'PHOTO_OF_GOODS_DELIVERY',
    what: 'photo' as const,
    id: `${number}/photo${nth}`,
    name: `photo${nth}.jpg`,
  });
  const signature = {
    type: 'CONSIGNEE_SIGNATURE',
    what: 'signature' as const,
    id: `${number}/ink`,
    name: 'signature.png',
    signedBy: 'Aoife Byrne',
  };
  return [signature, photo(1), photo(2)];
}

/** Plays one life; ends when the last thing was said (and, one at a time, has arrived). */
export async function playLife(options: LifeOptions): Promise<Life> {
  const { organisation, seed = 1, orderWithinMs = ORDER_WITHIN_MS } = options;
  const twins = new Twins(options);
  const known: Known = {};
  const stage: Stage = { twins, seed, pace: 1, known: () => known, trips: new Map() };
  const { office, plan, deeds } = lifeSteps(organisation, seed, Date.now());
  const [create, label, edit] = office as [Step, Step, Step];
  const atQargo = async () => {
    const labelled = (order: { barcodes: string[] }) =>
      (known.barcodes ?? []).every((barcode) => order.barcodes.includes(barcode));
    known.orderId = (await twins.order(organisation, known.conNo ?? '', orderWithinMs, labelled)).id;
  };
  try {
    let tookMs = 0;
    if (options.mode === 'one at a time') {
      for (const step of [create, label, edit, plan, ...deeds]) {
        if (step === plan) await atQargo();
        await perform(stage, step);
        await options.settled();
        if (step !== deeds.at(-1)) await sleep(QUIET_MS);
      }
    } else {
      await perform(stage, create);
      await perform(stage, label);
      await atQargo();
      const calls = await Promise.all(deeds.map((deed) => deedCall(stage, deed)));
      const began = performance.now();
      const drive = perform(stage, plan).then(() => sendBatch(twins, { calls }));
      await Promise.all([perform(stage, edit), drive]);
      tookMs = performance.now() - began;
    }
    const { conNo = '', responseId = '', orderId = '', barcodes = [] } = known;
    return { conNo, responseId, orderId, barcodes, said: LIFE.length, tookMs };
  } finally {
    await twins.close();
  }
}
