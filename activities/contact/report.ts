/** A contact for people and for the next command: the table, the dry run, and the patch of settings. Pure. */
import { assumption } from '../../domain/wire/register.ts';
import type { Contact } from './contact.ts';
import type { Finding } from './finding.ts';

/** Settings by path, and the version of the organisation's configuration that they were learned beside. */
export interface SettingsPatch {
  readonly organisation: string;
  readonly version: number;
  readonly set: Readonly<Record<string, unknown>>;
}

/** `passed`: nothing contradicts what is taken but what a person has accepted. `cut short`: a side could not be read to its end. */
export type ContactResult = 'passed' | 'contradicted' | 'cut short';

export function resultOf(contact: Contact, accepted: readonly number[]): ContactResult {
  if (contact.ended.length > 0) return 'cut short';
  const open = contact.findings.filter(
    ({ outcome, assumption: id }) => outcome === 'contradicted' && !accepted.includes(id),
  );
  return open.length === 0 ? 'passed' : 'contradicted';
}

/** The exit code: 0 passed, 2 contradicted, 1 cut short. */
export const exitCodes: Readonly<Record<ContactResult, number>> = { passed: 0, contradicted: 2, 'cut short': 1 };

export function patchOf(contact: Contact, organisation: string, version: number): SettingsPatch {
  return { organisation, version, set: Object.assign({}, ...contact.findings.map(({ set }) => set ?? {})) };
}

function line({ assumption: id, outcome, alternative, seen }: Finding): string {
  return `${String(id).padStart(3)}  ${outcome.padEnd(12)}  ${(alternative ?? '').padEnd(4)}  ${assumption(id).taken}\n${' '.repeat(25)}${seen}`;
}

/** The table as text: what contradicts first, then what was confirmed; what was not seen is counted, and listed with `all`. */
export function tableOf({ findings, ended, calls }: Contact, { all = false } = {}): string {
  const of = (outcome: Finding['outcome']) => findings.filter((finding) => finding.outcome === outcome);
  const [contradicted, confirmed, unseen] = [of('contradicted'), of('confirmed'), of('not seen')];
  const made = Object.values(calls).reduce((sum, count) => sum + count, 0);
  return [
    ...ended.map((why) => `cut short: ${why}`),
    ...[...contradicted, ...confirmed, ...(all ? unseen : [])].map(line),
    `${confirmed.length} confirmed, ${contradicted.length} contradicted, ${unseen.length} not seen; ${made} calls`,
  ].join('\n');
}

/** Each consignment that was read: what Palletways shows beside what would go to Qargo. Tracking ids and dates alone. */
export function dryRunOf({ dryRuns }: Contact): string {
  const rows = dryRuns.map(({ trackingId, problems, shown, stops }) => {
    const times = Object.entries(shown).map(([name, said]) => `${name} ${said}`);
    const would = stops.map(({ date, window }) => `${date ?? 'no date'}${window === null ? '' : ` ${window}`}`);
    return `${trackingId}  ${times.join(', ')}  ->  ${would.join(' / ') || 'no order'}${problems.map((why) => `\n${' '.repeat(13)}${why}`).join('')}`;
  });
  const stuck = dryRuns.filter(({ problems }) => problems.length > 0).length;
  return [...rows, `${dryRuns.length} consignments, ${stuck} that would not go as they are`].join('\n');
}
