/** A probe of latency: an idle system and one scan a second. */
import { setTimeout as sleep } from 'node:timers/promises';
import { makeConsignment } from './consignments.ts';
import { type Known, perform, type Stage } from './perform.ts';
import { Random } from './random.ts';
import type { Twins } from './twins.ts';

export interface ProbeOptions {
  twins: Twins;
  organisations: string[];
  /** Number of scans, one a real second, the organisations in turn. */
  seconds: number;
  seed: number;
  onScan?: (scans: number) => void;
}

const MOST_LIFTS = 26;
const ORDER_WITHIN_MS = 600_000;
/** After planning, so that nothing else is under way. */
const QUIET_MS = 5_000;
const KINDS = [
  { status: 'SCANNED_OUT', stop: 'PICKUP' },
  { status: 'SCANNED_IN', stop: null },
  { status: 'STORED', stop: null },
  { status: 'SCANNED_OUT', stop: 'DELIVERY' },
] as const;

/** Answers how many scans were made. */
export async function probe({ twins, organisations, seconds, seed, onScan }: ProbeOptions): Promise<number> {
  const now = Date.now();
  const knowns = new Map<string, Known>();
  const stage: Stage = { twins, seed, pace: 1, known: (key) => knowns.get(key) ?? {}, trips: new Map() };
  const lifts = Math.min(MOST_LIFTS, Math.max(1, Math.ceil(seconds / organisations.length)));
  await Promise.all(
    organisations.map(async (organisation, index) => {
      const known: Known = {};
      knowns.set(organisation, known);
      const number = `${String(Math.floor(now / 1000) % 1_000_000).padStart(6, '1')}${String(index).padStart(2, '0')}`;
      const consignment = makeConsignment({
        random: new Random(`probe/${seed}/${index}`),
        now,
        number,
        type: 'D',
        lifts,
      });
      const common = { at: 0, organisation, keys: [organisation] };
      await perform(stage, { ...common, kind: 'create', consignment, trackingDelayMs: 0 });
      await perform(stage, { ...common, kind: 'label', readyDelayMs: 0 });
      const labelled = (order: { barcodes: string[] }) =>
        (known.barcodes ?? []).every((barcode) => order.barcodes.includes(barcode));
      known.orderId = (await twins.order(organisation, known.conNo ?? '', ORDER_WITHIN_MS, labelled)).id;
      const vehicle = { code: `P${index + 1}`, name: 'MAN TGM 18t', plate: 'DX23 PLW' };
      const instant = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
      await perform(stage, {
        ...common,
        kind: 'plan',
        trip: `PROBE-${number}`,
        vehicle,
        driver: 'Ewa Nowak',
        instant,
        dispatch: false,
      });
    }),
  );
  await sleep(QUIET_MS);
  const start = Date.now();
  for (let scan = 0; scan < seconds; scan += 1) {
    const organisation = organisations[scan % organisations.length] ?? '';
    const turn = Math.floor(scan / organisations.length);
    const kind = KINDS[Math.floor(turn / lifts) % KINDS.length] ?? KINDS[0];
    const instant = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
    const common = { at: 0, organisation, keys: [organisation] };
    await perform(stage, { ...common, kind: 'scan', lift: turn % lifts, ...kind, instant, by: 'Ewa Nowak' });
    onScan?.(scan + 1);
    await sleep(Math.max(0, start + (scan + 1) * 1000 - Date.now()));
  }
  return seconds;
}
