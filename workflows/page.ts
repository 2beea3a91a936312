/** The consignment's page in Temporal UI: search attributes and a short timeline that a traffic clerk can read. */
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { type Diagnosis, diagnose } from '../domain/diagnosis.ts';
import type { Counterpart } from '../domain/facts.ts';
import { factsOf, type Stage, type State, stageOf, standingFact } from '../domain/state.ts';
import type { WorkingMemory } from '../domain/working-memory.ts';
import { searchAttributes } from './search-attributes.ts';

interface Shown {
  readonly reference: readonly string[];
  readonly service: string;
  readonly stage: Stage;
  readonly attention: boolean;
}

let shown: string | undefined;

/** Writes the search attributes in one command, and only where one of them changed. Organisation is set at the start. */
export function showInSearch(state: State, attention: boolean): Stage {
  const tracking = standingFact(state, 'tracking') ?? standingFact(state, 'tracking', 'tracking:pending');
  const reference = [tracking?.conNo, tracking?.trackingId].filter((name): name is string => typeof name === 'string');
  const next: Shown = { reference, service: standingFact(state, 'order')?.service ?? '', stage: stageOf(state), attention };
  const text = JSON.stringify(next);
  if (text !== shown) {
    shown = text;
    upsertSearchAttributes([
      { key: searchAttributes.reference, value: [...next.reference] },
      { key: searchAttributes.service, value: next.service },
      { key: searchAttributes.stage, value: next.stage },
      { key: searchAttributes.attention, value: next.attention },
    ]);
  }
  return next.stage;
}

const clock = (at: string) => at.slice(0, 16).replace('T', ' ');

/** Current details: where it stands, what is open and why, and the latest things that happened. Costs no history event. */
export function showDetails(
  { state, ledger, stuck = 0 }: WorkingMemory,
  now: string,
  inFlight: readonly Counterpart[],
): readonly Diagnosis[] {
  const open = diagnose(state, ledger, now, inFlight);
  const order = standingFact(state, 'order');
  const lines = [
    `**${stageOf(state)}**${order === undefined ? '' : ` - service ${order.service}, ${order.lifts} pallet(s), ${order.weight} kg`}`,
    '',
  ];
  const happened: [string, string][] = [];
  if (order !== undefined) happened.push([order.at, 'order as Palletways tells it']);
  const labels = standingFact(state, 'labels');
  if (labels !== undefined) happened.push([labels.at, `labelled: ${labels.barcodes.length} pallet(s)`]);
  const plan = standingFact(state, 'plan');
  if (plan !== undefined) happened.push([plan.at, plan.trip === null ? 'taken off its trip' : 'planned on a trip']);
  for (const m of factsOf(state, 'milestone')) happened.push([m.at, m.milestone === 'out' ? 'out for delivery' : m.milestone]);
  for (const e of factsOf(state, 'exception')) happened.push([e.at, `exception ${e.code}`]);
  for (const p of factsOf(state, 'pod')) happened.push([p.at, 'signed for']);
  happened.sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [at, what] of happened.slice(-12)) lines.push(`- ${clock(at)} UTC: ${what}`);
  lines.push('', open.length + stuck === 0 ? 'Nothing is owed to either side.' : '**Open**');
  for (const diagnosis of open.slice(0, 10)) lines.push(`- ${diagnosis.sentence}`);
  if (open.length > 10) lines.push(`- and ${open.length - 10} more (query \`why\`)`);
  if (stuck > 0) lines.push(`- and ${stuck} more that a person must look at (the record lists them)`);
  setCurrentDetails(lines.join('\n'));
  return open;
}
