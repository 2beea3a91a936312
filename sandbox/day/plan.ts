/** A depot's day as a list of steps. The same options give the same plan. */
import { DayClock } from './clock.ts';
import { makeEdit } from './consignments.ts';
import { type Fate, fates } from './fates.ts';
import { Random } from './random.ts';
import { roundsOf } from './rounds.ts';
import type { Plan, Step } from './steps.ts';
import { withStory } from './story.ts';

export interface PlanOptions {
  consignments: number;
  seed: number;
  /** How many, then they are called `a`, `b` and so on; or their names. */
  organisations: number | string[];
  /** Only divides `length`; the moments in the steps are those at pace 1. */
  pace: number;
  /** Epoch ms at which the day ends. */
  now: number;
  /** `full`: all that {@link withStory} adds. */
  story?: 'full' | undefined;
}

/** The part of a consignment's life that Palletways tells: entered, labelled, edited, cancelled. */
function officeSteps(fate: Fate, clock: DayClock, seed: number): Step[] {
  const { random, organisation, key } = fate;
  const steps: Step[] = [];
  const common = { organisation, keys: [key] };
  const draw = random.fork(`office/${seed}`);
  let current = fate.consignment;
  const edit = (at: number, kind: Fate['edits'][number]['kind']) => {
    const changes = makeEdit(draw, kind, current);
    current = { ...current, ...changes };
    steps.push({ ...common, kind: 'edit', at, changes });
  };

  let at = Math.round(draw.between(0, 0.26) * clock.body);
  const trackingDelayMs = fate.lateTracking ? Math.round(draw.between(15_000, 45_000)) : 0;
  steps.push({ ...common, kind: 'create', at, consignment: fate.consignment, trackingDelayMs });
  const early = fate.edits.filter((entry) => !entry.late);
  const pause = () => Math.round(draw.between(1_500, Math.max(2_000, clock.body * 0.04)));
  const later = () => {
    at += pause();
    return at;
  };
  // barcodes are made one a lift, so an edit of lifts comes before the label
  for (const { kind } of early.filter((entry) => entry.kind === 'lifts')) edit(later(), kind);
  later();
  steps.push({
    ...common,
    kind: 'label',
    at,
    readyDelayMs: fate.lateLabel ? Math.round(draw.between(3_000, 15_000)) : 0,
  });
  for (const { kind } of early.filter((entry) => entry.kind !== 'lifts')) edit(later(), kind);
  for (const { kind } of fate.edits.filter((entry) => entry.late)) edit(clock.sent(draw.between(5.65, 5.8)), kind);
  if (fate.end === 'cancelled early') steps.push({ ...common, kind: 'cancel', at: at + pause(), ...fate.cancel });
  if (fate.end === 'cancelled late')
    steps.push({ ...common, kind: 'cancel', at: clock.sent(draw.between(5.85, 5.95)), ...fate.cancel });
  return steps;
}

/** Steps of one consignment must not overtake each other where two moments meet. */
function inOrder(steps: Step[]): Step[] {
  return steps
    .map((step, index) => ({ step, index }))
    .sort((one, other) => one.step.at - other.step.at || one.index - other.index)
    .map(({ step }) => step);
}

export function plan(options: PlanOptions): Plan {
  const { consignments, seed, pace, now } = options;
  const organisations =
    typeof options.organisations === 'number'
      ? Array.from({ length: options.organisations }, (_, index) => String.fromCharCode(97 + index))
      : options.organisations;
  const clock = new DayClock(consignments, now);
  const all = fates({ consignments, organisations, seed, now });
  const random = new Random(`rounds/${seed}`);
  const steps = [
    ...all.flatMap((fate) => officeSteps(fate, clock, seed)),
    ...organisations.flatMap((organisation, index) =>
      roundsOf({
        organisation,
        letter: String.fromCharCode(65 + (index % 26)),
        fates: all.filter((fate) => fate.organisation === organisation && fate.end !== 'cancelled early'),
        clock,
        random: random.fork(organisation),
        offline: index === 0,
        now,
      }),
    ),
  ];
  const day = inOrder(steps);
  const sorted = options.story === 'full' ? inOrder(withStory({ fates: all, steps: day, clock, seed })) : day;
  return { seed, length: Math.round((sorted.at(-1)?.at ?? 0) / pace), steps: sorted };
}
