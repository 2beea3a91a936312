/** The rounds of one depot: trips planned, pallets loaded and scanned, stops driven, evidence brought back. */
import type { DayClock } from './clock.ts';
import { cannotDeliver, delivery, leave, type Visit } from './driver.ts';
import type { Fate } from './fates.ts';
import { DRIVERS } from './people.ts';
import type { Random } from './random.ts';
import { type Deed, readAfterMs, type Step } from './steps.ts';

export interface RoundsOptions {
  organisation: string;
  /** Stands in trip names and vehicle codes. */
  letter: string;
  fates: Fate[];
  clock: DayClock;
  random: Random;
  /** Whether the driver of the first round is without network for two hours. */
  offline: boolean;
  now: number;
}

interface Round {
  trip: string;
  vehicle: { code: string; name: string; plate: string };
  driver: string;
  fates: Fate[];
}

const OFFLINE_HOURS = 2;
/** A second round takes this long on the plan's clock, whatever the day's size. */
const SECOND_ROUND_MS = 16_000;

function makeRounds({ fates, letter, random, now }: RoundsOptions): Round[] {
  // a small depot has fewer rounds than it could, so that some of them have two stops
  const count = Math.min(random.whole(4, 6), Math.max(1, Math.ceil(fates.length / 1.5)));
  const drivers = random.shuffled(DRIVERS);
  const day = new Date(now).toISOString().slice(5, 10).replace('-', '');
  const rounds = Array.from({ length: count }, (_, index): Round => {
    const plate = `${random.pick(['FJ', 'DX', 'YK', 'BN'])}${random.whole(19, 26)} ${random.pick(['XKD', 'PLW', 'TRV', 'HGZ'])}`;
    return {
      trip: `${letter}${index + 1}-${day}-${random.digits(3)}`,
      vehicle: {
        code: `${letter}V${index + 1}`,
        name: random.pick(['DAF LF 18t', 'MAN TGM 18t', 'Scania P 26t', 'Iveco 7.5t']),
        plate,
      },
      driver: drivers[index % drivers.length] ?? '',
      fates: [],
    };
  });
  for (const [index, fate] of random.shuffled(fates).entries()) rounds[index % count]?.fates.push(fate);
  // a stop that fails and is tried again is an early one
  for (const round of rounds) round.fates.sort((one, other) => Number(isAgain(other)) - Number(isAgain(one)));
  // and the driver without network has only ordinary stops
  rounds.sort((one, other) => unusual(one) - unusual(other) || other.fates.length - one.fates.length);
  return rounds;
}

const isAgain = (fate: Fate): boolean => fate.end === 'failed, then delivered';
const unusual = (round: Round): number => round.fates.filter((fate) => fate.end !== 'delivered').length;

/** The first round of each vehicle, on the day's own hours. */
function firstRound(round: Round, nth: number, options: RoundsOptions): Step[] {
  const { clock, organisation, random } = options;
  const steps: Step[] = [];
  const planned = 5 + nth * 0.06;
  steps.push({
    kind: 'plan',
    organisation,
    keys: round.fates.map((fate) => fate.key),
    at: clock.sent(planned),
    trip: round.trip,
    vehicle: round.vehicle,
    driver: round.driver,
    instant: clock.instant(planned),
    dispatch: random.chance(0.3),
  });
  const going = round.fates.filter((fate) => fate.end !== 'cancelled late' && fate.end !== 'un-planned');
  const gap = Math.min(1.4, 7.4 / Math.max(1, going.length));
  going.forEach((fate, index) => {
    const when = (hour: number) => ({ at: clock.sent(hour), instant: clock.instant(hour) });
    const visit: Visit = { fate, attempt: 1, driver: round.driver, when };
    steps.push(...leave(visit, 6 + nth * 0.12 + index * 0.05, 7 + nth * 0.15));
    const arrival = 8 + index * gap + random.between(0, gap * 0.3);
    if (fate.end === 'failed' || isAgain(fate))
      steps.push(...cannotDeliver(visit, Math.min(arrival, isAgain(fate) ? 9.5 : 16)));
    else steps.push(...delivery(visit, arrival, Math.min(0.4, gap * 0.5)));
  });
  for (const fate of round.fates.filter((entry) => entry.end === 'un-planned')) {
    const hour = 5.6;
    steps.push({
      kind: 'remove',
      organisation,
      keys: [fate.key],
      at: clock.sent(hour),
      trip: round.trip,
      instant: clock.instant(hour),
    });
  }
  return steps;
}

/** The round on which an un-planned or failed order goes out at last. Its hours are the afternoon's. */
function secondRound(fate: Fate, from: number, trip: string, round: Round, options: RoundsOptions): Step[] {
  const { clock, organisation } = options;
  const standsFor = readAfterMs(options.fates.length);
  const start = from + standsFor;
  // 12:30 to 16:30 on the day's clock within SECOND_ROUND_MS on the plan's
  const when = (hour: number) => ({
    at: Math.round(start + ((hour - 12.5) / 4) * SECOND_ROUND_MS),
    instant: clock.instant(hour),
  });
  const visit: Visit = { fate, attempt: 2, driver: round.driver, when };
  return [
    {
      kind: 'plan',
      organisation,
      keys: [fate.key],
      ...when(12.5),
      standsFor,
      trip,
      vehicle: round.vehicle,
      driver: round.driver,
      dispatch: false,
    },
    ...leave(visit, 12.9, 13.3),
    ...delivery(visit, fate.random.between(14, 15.5), 0.4),
  ];
}

/** Takes what the driver does within two hours out of the steps and puts it behind them: sent late, twice, out of order. */
function offline(steps: Step[], round: Round, options: RoundsOptions): Step[] {
  const { clock, organisation, random } = options;
  const ofRound = new Set(round.fates.map((fate) => fate.key));
  const stops = steps.filter(
    (step) => step.kind === 'stop' && step.stop === 'DELIVERY' && step.keys.some((key) => ofRound.has(key)),
  );
  const first = stops[0];
  if (first?.kind !== 'stop') return steps;
  const begin = Date.parse(first.instant);
  const end = begin + OFFLINE_HOURS * 3_600_000;
  const silent = (step: Step): step is Deed => {
    if (step.kind !== 'scan' && step.kind !== 'stop' && step.kind !== 'pod') return false;
    const instant = Date.parse(step.instant);
    return ofRound.has(step.keys[0] ?? '') && instant >= begin && instant <= end;
  };
  const deeds = steps.filter(silent);
  const at = first.at + clock.sent(8 + OFFLINE_HOURS) - clock.sent(8);
  const keys = [...new Set(deeds.flatMap((deed) => deed.keys))];
  const later = steps.filter((step) => !silent(step));
  // before what comes at the same moment: that has happened after it
  return [
    { kind: 'offline', organisation, keys, at, deeds, shuffle: random.whole(1, 1_000_000), driver: round.driver },
    ...later,
  ];
}

export function roundsOf(options: RoundsOptions): Step[] {
  if (options.fates.length === 0) return [];
  const rounds = makeRounds(options);
  return rounds.flatMap((round, nth) => {
    const first = firstRound(round, nth, options);
    const steps = options.offline && nth === 0 ? offline(first, round, options) : first;
    const again = round.fates.filter((fate) => isAgain(fate) || fate.end === 'un-planned');
    const second = again.flatMap((fate, index) => {
      const own = steps.filter((step) => step.keys.includes(fate.key));
      const from = own.reduce((latest, step) => Math.max(latest, step.at), 0);
      return secondRound(fate, from, `${round.trip}-${index === 0 ? 'B' : `B${index + 1}`}`, round, options);
    });
    return [...steps, ...second];
  });
}
