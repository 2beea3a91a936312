/** The consignment's page in Temporal UI: search attributes and a short timeline that a traffic clerk can read. */
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { describePart } from '../domain/facts/roles.ts';
import type { Page, Plan } from '../domain/obligations/plan.ts';
import { type Diagnosis, describeOutstanding, describeQuestion } from '../domain/words/outstanding.ts';
import { searchable } from './search-attributes.ts';

/** Writes the search attributes in one command, and only where one of them is not as it was, or as the run was started with. */
export function showInSearch(plan: Plan): void {
  const next = [...searchable(plan)];
  const shown = workflowInfo().typedSearchAttributes;
  const same = next.every(
    ({ key, value }) => JSON.stringify(shown.get<typeof key.type>(key)) === JSON.stringify(value),
  );
  if (!same) upsertSearchAttributes(next);
}

/** What happened, by the codes of {@link Page.happened}; one that is not known is shown as it stands. */
const happenings: Readonly<Record<string, string>> = {
  order: 'order as Palletways tells it',
  planned: 'planned on a trip',
  unplanned: 'taken off its trip',
  out: 'out for delivery',
  pod: 'signed for',
};

/** `labels 2`, `network 51` and `booked 2025-11-25` say of what. */
function sayHappened(code: string): string {
  const [kind = '', of = ''] = code.split(/ (.*)/s);
  if (kind === 'labels') return `labelled: ${of} pallet(s)`;
  if (kind === 'network') return `network: ${of}`;
  if (kind === 'booked') return `booked in for ${of}`;
  return Object.hasOwn(happenings, code) ? (happenings[code] ?? code) : code;
}

const clock = (at: string) => at.slice(0, 16).replace('T', ' ');

/** One sentence for each update that is outstanding, as far as the plan names them, and for each question to a person. */
export function explain({ page, roles, leg }: Plan, now: string): Diagnosis[] {
  const part: Diagnosis[] =
    roles.length === 0
      ? []
      : [{ obligation: 'role', to: 'qargo', owner: 'us', attention: false, sentence: describePart({ roles, leg }) }];
  return [
    ...page.outstanding.map((each) => describeOutstanding(each, now)),
    ...part,
    ...page.asked.map((asked) => describeQuestion(asked)),
  ];
}

function sayGoods({ goods }: Page, service: string): string {
  return goods === undefined ? '' : ` - service ${service}, ${goods.lifts} pallet(s), ${goods.weight} kg`;
}

/** What the page says besides the plan. */
export interface Beside {
  readonly now: string;
  readonly unreadable: number;
  readonly cancelAsked: boolean;
}

/** Current details: where it stands, what is open and why, and the latest things that happened. Costs no history event. */
export function showDetails(plan: Plan, { now, unreadable, cancelAsked }: Beside): void {
  const { page, stage, service } = plan;
  const lines = [`**${stage}**${sayGoods(page, service)}`, ''];
  for (const [at, what] of page.happened) lines.push(`- ${clock(at)} UTC: ${sayHappened(what)}`);
  const open = explain(plan, now);
  lines.push('', open.length + page.more === 0 ? 'Nothing is owed to either side.' : '**Open**');
  for (const { sentence } of open) lines.push(`- ${sentence}`);
  if (page.more > 0) lines.push(`- and ${page.more} more (the record lists them)`);
  if (unreadable > 0) lines.push('', `${unreadable} signal(s) by hand could not be read.`);
  if (cancelAsked)
    lines.push(
      '',
      'Somebody asked to cancel this workflow: it goes on until nothing is owed. To cancel the consignment, signal `cancellation`.',
    );
  setCurrentDetails(lines.join('\n'));
}
