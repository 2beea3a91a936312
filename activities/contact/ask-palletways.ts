/** The reads of a first contact at Palletways, in their order. Nothing is taken into the record. */
import { instantToLocal } from '../../connectors/palletways/local-time.ts';
import { type Node, text } from '../../connectors/palletways/node.ts';
import type { PalletwaysProbe, ProbeAnswer, ProbeQuestion } from '../../connectors/palletways/probe.ts';
import { CallError } from '../../domain/calls/error.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';

/** Consignments that are read at most: at ten calls a minute they are four minutes. */
const mostConsignments = 40;
/** A tracking id that nobody has. */
const nobodys = '00000000001';

export interface ConsignmentSeen {
  readonly trackingId: string;
  readonly node: Node;
}

export interface PalletwaysSeen {
  /** Every answer, in the order of the calls. */
  readonly answers: readonly ProbeAnswer[];
  readonly notes: readonly Node[];
  /** The notes from the latest Delta of the first call on. */
  readonly notesAgain: readonly Node[];
  readonly latestDelta: number | null;
  readonly entered: readonly Node[];
  readonly consignments: readonly ConsignmentSeen[];
  /** Why the reads ended before they were all made; null where they were. */
  readonly ended: string | null;
}

/** The reads end after this number of unreadable answers in a row: that is an outage, which teaches nothing about the wire. */
const mostUnread = 3;

/** A status of the server's own trouble, or a sentence that nobody knows. An error that is known, in whatever clothes, is none. */
const isPage = ({ outcome, status }: ProbeAnswer): boolean =>
  outcome === 'sentence' || (outcome === 'away' && (status >= 500 || status === 0));

/** No further call is made. */
class Ended extends Error {}

type Host = ProbeQuestion['host'];
const hosts: readonly Host[] = ['api', 'portal'];

/** Reads `days` days back from now. Ends early, and says why, where the key is not accepted or nothing answers any more. */
export async function askPalletways(
  probe: Pick<PalletwaysProbe, 'ask'>,
  organisation: Organisation,
  hostOf: Readonly<Record<string, Host>>,
  { days, now }: { readonly days: number; readonly now: string },
): Promise<PalletwaysSeen> {
  const { zone, format } = organisation.palletways;
  const answers: ProbeAnswer[] = [];
  const seen = {
    answers,
    notes: [] as Node[],
    notesAgain: [] as Node[],
    latestDelta: null as number | null,
    entered: [] as Node[],
    consignments: [] as ConsignmentSeen[],
  };
  let unread = 0;
  const ask = async (
    method: ProbeQuestion['method'],
    args: readonly string[] = [],
    more: Partial<Pick<ProbeQuestion, 'host' | 'format'>> = {},
  ): Promise<ProbeAnswer> => {
    const answer = await probe.ask({ method, host: hostOf[method] ?? 'api', args, format, ...more });
    answers.push(answer);
    if (answer.outcome === 'silent') throw new Ended('Palletways does not answer any more: it may be a ban');
    // `keytest` answers with a plain sentence even when all is well, so that one does not count as unreadable.
    if (method !== 'keytest' || answer.status !== 200) unread = isPage(answer) ? unread + 1 : 0;
    if (unread === mostUnread) throw new Ended(`Palletways gives no answer that can be read: ${answer.words}`);
    return answer;
  };
  /** On the account's host, and where that does not know the method on the other. */
  const find = async (method: ProbeQuestion['method'], args: readonly string[]): Promise<readonly Node[]> => {
    const first = await ask(method, args);
    if (first.outcome !== 'refused' && first.outcome !== 'away') return first.data;
    const other = hosts.find((host) => host !== first.question.host) ?? 'portal';
    return (await ask(method, args, { host: other })).data;
  };
  try {
    await askBothHosts(ask, now, zone);
    const since = Math.floor(Date.parse(now) / 1000) - days * 86_400;
    seen.notes.push(...(await find('getNotes', ['delta', String(since)])));
    const deltas = seen.notes.map((note) => Number(text(note, 'Delta'))).filter((delta) => delta > 0);
    if (deltas.length > 0) {
      seen.latestDelta = Math.max(...deltas);
      seen.notesAgain.push(...(await find('getNotes', ['delta', String(seen.latestDelta)])));
    }
    for (const day of daysBack(now, zone, days)) seen.entered.push(...(await find('consEntered', [day])));
    const ids = trackingIdsOf([...seen.entered, ...seen.notes]).slice(0, mostConsignments);
    for (const trackingId of ids) {
      const [node] = await find('getConsignment', [trackingId]);
      if (node !== undefined) seen.consignments.push({ trackingId, node });
    }
    await askOfOne(ask, ids[0]);
    return { ...seen, ended: null };
  } catch (error) {
    if (error instanceof Ended || (error instanceof CallError && error.retry === 'budget'))
      return { ...seen, ended: error.message };
    throw error;
  }
}

type Ask = (
  method: ProbeQuestion['method'],
  args?: readonly string[],
  more?: Partial<Pick<ProbeQuestion, 'host' | 'format'>>,
) => Promise<ProbeAnswer>;

/** Asks each host all that needs no id. A key that neither host takes ends the contact. */
async function askBothHosts(ask: Ask, now: string, zone: string): Promise<void> {
  const [today = ''] = daysBack(now, zone, 1);
  const epoch = String(Math.floor(Date.parse(now) / 1000));
  const first: ProbeAnswer[] = [];
  for (const host of hosts) first.push(await ask('keytest', [], { host }));
  if (first.every(({ outcome }) => outcome === 'auth')) throw new Ended('Palletways does not accept the key');
  for (const host of hosts) {
    await ask('consEntered', [today], { host });
    await ask('getNotes', ['delta', epoch], { host });
    await ask('availableServices', [], { host });
  }
}

/** Asks about one consignment: in the other format, its statuses on each host, its label; and once about an id that nobody has. */
async function askOfOne(ask: Ask, trackingId: string | undefined): Promise<void> {
  await ask('getConsignment', [nobodys]);
  if (trackingId === undefined) return;
  for (const format of ['xml', 'json'] as const) await ask('getConsignment', [trackingId], { format });
  for (const host of hosts)
    for (const method of ['getConsignment', 'conStatusByTrackingId', 'getDynConStatus', 'getLabelsByTID'] as const)
      await ask(method, [trackingId], { host });
}

/** Tracking ids by whatever name: what is eleven digits in an element of its own. */
export function trackingIdsOf(rows: readonly Node[]): string[] {
  const ids = rows.flatMap((row) =>
    row.children.filter(({ name }) => !/date|time|delta/i.test(name)).map((child) => child.text.trim()),
  );
  return [...new Set(ids.filter((id) => /^\d{11}$/.test(id)))];
}

/** Depot-local dates `YYYY-MM-DD`, today first. */
function daysBack(now: string, zone: string, days: number): string[] {
  return Array.from(
    { length: days },
    (_, back) => instantToLocal(new Date(Date.parse(now) - back * 86_400_000).toISOString(), zone).date,
  );
}
