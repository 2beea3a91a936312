import { describe, expect } from 'vitest';
import {
  bytesIn,
  eventsOf,
  eventsToLastDelivery,
  type History,
  lines,
  type SignalSeen,
  signalsOf,
  textsIn,
  typeOf,
} from '../../bench/history.ts';
import type { House } from '../../bench/house.ts';
import { type Life, type LifeOptions, playLife } from '../../sandbox/day/life.ts';
import type { Call } from '../../sandbox/judge/shapes.ts';
import { isPlan } from '../../workflows/plan-told.ts';
import { onRealParts, useHouse } from './house.ts';
import { privateThings } from './private-things.ts';

/** At the real limits of both sides, and without sweeps: what is counted is the work for this one consignment. */
const house = useHouse({ organisations: 2, pace: 1 });

interface Played {
  readonly life: Life;
  readonly seed: number;
  readonly history: History;
  /** As read of the server, nothing decoded. */
  readonly signals: readonly SignalSeen[];
  readonly rest: Call[];
  readonly tokens: Call[];
  readonly palletways: Call[];
  readonly listing: string;
}

/** What a late sync may cost. */
const burst = { events: 45, qargo: 10, palletways: 3 } as const;

/** A late sync is told and taken in within this time; a machine that takes longer has cut it into several. */
const atOnceMs = 400;
const triesAtMost = 8;

async function play(of: House, organisation: string, mode: LifeOptions['mode'], seed: number): Promise<Played> {
  const { palletways, qargo } = of;
  const began = Date.now();
  const settled = () => of.settled().then(() => undefined);
  const life = await playLife({ palletways, qargo, organisation, mode, seed, settled });
  await settled();
  const history = await of.temporal.workflow.getHandle(await of.workflowOf(life.conNo)).fetchHistory();
  const calls = await of.calls();
  const mine = (made: Call[], kind: string) =>
    made.filter((each) => each.at >= began && each.organisation === organisation && each.class === kind);
  const played: Played = {
    life,
    seed,
    history,
    signals: signalsOf(history),
    rest: mine(calls.qargo, 'rest'),
    tokens: mine(calls.qargo, 'token'),
    palletways: mine(calls.palletways, 'api'),
    listing: '',
  };
  const counted = `${eventsToLastDelivery(history)} events to the last delivery, ${eventsOf(history).length} in all`;
  const named = (made: Call[]) => made.map(({ method }) => method).join(', ');
  const made = `Qargo: ${named(played.rest)} (${played.rest.length}); Palletways: ${named(played.palletways)} (${played.palletways.length})`;
  return { ...played, listing: [`${mode}: ${counted}`, made, ...lines(history)].join('\n') };
}

/** Shows the whole story on demand, and always where a promise is not kept. */
const shown =
  process.env.SHOW_HISTORY === undefined ? () => undefined : (text: string) => process.stderr.write(`${text}\n`);

describe('the ordinary life said one thing at a time', () => {
  onRealParts(
    'arrives whole, once, in at most 140 events and a Palletways call more for each thing',
    240_000,
    async () => {
      const played = await oneAtATime();
      shown(played.listing);
      const { total } = await house().judged();
      expect([total.lost, total.doubled]).toEqual([0, 0]);
      expect(total.arrived).toBeGreaterThanOrEqual(played.life.said);
      expect(eventsToLastDelivery(played.history), played.listing).toBeLessThanOrEqual(140);
      // Created needs none; labels and each of the nine that Qargo tells one.
      expect(played.palletways.length, played.listing).toBeLessThanOrEqual(3 + played.life.said);
      await nothingPrivate(house(), played);
      smallSignals(played);
    },
  );
});

describe('the ordinary life synced late', () => {
  onRealParts('arrives whole, once, in at most 45 events, 10 Qargo calls and 3 Palletways calls', 240_000, async () => {
    const played = await lateSync();
    shown(played.listing);
    const { total } = await house().judged();
    expect([total.lost, total.doubled]).toEqual([0, 0]);
    expect(eventsToLastDelivery(played.history), played.listing).toBeLessThanOrEqual(burst.events);
    expect(played.rest.length, played.listing).toBeLessThanOrEqual(burst.qargo);
    expect(played.tokens.length).toBeLessThanOrEqual(1);
    expect(played.palletways.length, played.listing).toBeLessThanOrEqual(burst.palletways);
    await nothingPrivate(house(), played);
    smallSignals(played);
  });
});

/** Plays it until each thing was told by one signal: a busy machine cuts what is said at once into several. At most three times. */
async function oneAtATime(): Promise<Played> {
  for (let nth = 0; ; nth += 1) {
    const played = await play(house(), 'northgate', 'one at a time', 11 - nth);
    if (played.signals.length <= played.life.said || nth === 2) return played;
    process.stderr.write(
      `${played.life.said} things were told by ${played.signals.length} signals; another life is played\n`,
    );
  }
}

/** Plays late syncs until one was taken in at once, as it was said; for a machine that is busy with something else not for ever. */
async function lateSync(): Promise<Played> {
  for (let nth = 0; ; nth += 1) {
    const played = await play(house(), 'fenland', 'late sync', 12 + nth);
    const { rows } = await house().installation.db.query<{ ms: number }>(
      `select extract(epoch from max(j.read_at) - min(j.received_at)) * 1000 as ms
         from fact f join consignment c on c.id = f.consignment join journal j on j.id = f.journal
        where c.reference = $1 and f.kind in ('plan', 'scan', 'milestone', 'document') and f.envelope->>'via' = 'push'`,
      [played.life.conNo],
    );
    const takenInWithin = Number(rows[0]?.ms);
    const counted = eventsToLastDelivery(played.history);
    const isWithin = counted <= burst.events && played.palletways.length <= burst.palletways;
    if (isWithin || takenInWithin <= atOnceMs || nth === triesAtMost) return played;
    process.stderr.write(
      `a late sync was taken in over ${Math.round(takenInWithin)} ms (${counted} events); another one is played\n`,
    );
  }
}

/** Searches the history as the server has it, payloads decoded, for everything about persons in this life. */
async function nothingPrivate(of: House, { life, seed, history }: Played): Promise<void> {
  const things = await privateThings(of, life, seed);
  expect(things.texts.length).toBeGreaterThan(12);
  expect(things.pictures.length).toBe(3);
  const bytes = bytesIn(history);
  expect(bytes.length).toBeGreaterThan(10);
  const everything = [...textsIn(history), ...bytes.map((each) => each.toString('utf8'))].join('\n').toLowerCase();
  // What may stand there is found, in names and in payloads: so would be what must not.
  for (const known of ['sendToPalletways', life.conNo]) expect(everything).toContain(known.toLowerCase());
  expect(things.texts.filter((text) => everything.includes(text.toLowerCase()))).toEqual([]);
  for (const picture of things.pictures) {
    const part = picture.subarray(Math.floor(picture.length / 2), Math.floor(picture.length / 2) + 24);
    expect(bytes.some((each) => each.includes(part))).toBe(false);
    for (const shift of [0, 1, 2])
      expect(everything).not.toContain(
        part
          .subarray(shift, shift + 18)
          .toString('base64')
          .toLowerCase(),
      );
    expect(everything).not.toContain(part.toString('hex'));
  }
}

/** A plan of at most 2 KB in each signal, and no fact: what was said stands in the record alone. */
function smallSignals({ signals, history }: Played): void {
  expect(eventsOf(history).some((event) => typeOf(event) === 'WORKFLOW_EXECUTION_SIGNALED')).toBe(true);
  for (const { name, argument, bytes } of signals) {
    expect([name, Object.keys(argument as object)]).toEqual([name, ['plan']]);
    expect([name, isPlan((argument as { plan: unknown }).plan)]).toEqual([name, true]);
    expect([name, bytes <= 2_048, bytes]).toEqual([name, true, bytes]);
  }
}
