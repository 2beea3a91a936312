/** Deliveries to Palletways: notes by the desk, files by FTP, and reads of the consignment that were asked for. */
import { leaveWhatWasBefore } from './adopted.ts';
import { readConsignment, readNotes } from '../connectors/palletways/translate.ts';
import { CallError, type CallPriority, callPriorities } from '../domain/call-error.ts';
import type { OutgoingNote } from '../domain/content.ts';
import type { Fact } from '../domain/facts.ts';
import { isTry } from '../domain/last-try.ts';
import { oursOf } from '../domain/organisation.ts';
import { inTransaction, now } from '../store/database.ts';
import { type Intent, type Item, keepProgress, type Outcome } from '../store/deliveries.ts';
import { isDoubtful } from '../store/notes.ts';
import { notePresence } from '../store/presence.ts';
import { touchByOutcome } from '../store/touch.ts';
import { keyIn, splitByPath } from './charges.ts';
import { noteTables } from './reading-tables.ts';
import {
  begin,
  type Doing,
  endLooks,
  finish,
  heldAlike,
  intents,
  ourFault,
  outcomeOf,
  type Services,
  soon,
  takeBack,
  type Work,
} from './delivering.ts';
import { isTold, leaveToBeFetched } from './exceptions.ts';
import { deliverFile } from './files.ts';
import { takeIn } from './hearing.ts';
import { noteFor, noteParked } from './notes.ts';
import { answeredNothing } from './sweep.ts';
import type { SendInput } from './types.ts';

const noteKinds: ReadonlySet<Item['kind']> = new Set([
  'plan',
  'scan',
  'milestone',
  'eta',
  'exception',
  'pod',
  'charge',
  'verdict',
  'booking',
]);

/** Sends what is due in a lane of Palletways'. */
export async function deliverToPalletways(
  services: Services,
  input: SendInput,
  signal?: AbortSignal,
  doing: Doing = { step: '' },
): Promise<void> {
  const work = await leaveWhatWasBefore(await begin(services, input, signal, doing), 'palletways');
  const held: CallError[] = [];
  const rest = new Map<Item, CallError | undefined>();
  const guard = async (items: readonly Item[], run: () => Promise<void>) => {
    if (items.length === 0) return;
    try {
      await run();
    } catch (error) {
      if (!(error instanceof CallError)) return ourFault(work, items, error);
      await takeBack(work, error);
      if (isTry(error.retry)) {
        held.push(error);
        for (const item of items) rest.set(item, error);
      } else {
        const open = items.filter((item) => !work.ended.has(item.key));
        await finish(work, ...open.flatMap((item) => outcomeOf(work, item, error) ?? []));
      }
    }
  };

  const [byHand, called] = await splitByPath(work, 'palletways', work.items);
  const left = called.filter((item) => item.kind === 'exception' && !isTold(work, item));
  const notes = called.filter((item) => noteKinds.has(item.kind) && !left.includes(item));
  const files = work.items.filter((item) => item.kind === 'file');
  const reads = work.items.filter((item) => item.kind === 'consignment' || item.kind === 'refresh');
  await Promise.all([
    guard(byHand, async () =>
      keyIn(
        work,
        'palletways',
        await intents(
          work,
          'palletways',
          byHand.map((item) => ({ item })),
        ),
      ),
    ),
    guard(notes, () => tellNotes(work, notes)),
    guard(left, () => leaveToBeFetched(work, left)),
    guard(reads, () => readBoth(work, reads)),
    (async () => {
      for (const item of files) {
        if (held.some((error) => error.retry !== 'banned')) rest.set(item, undefined);
        else
          await guard([item], async () => {
            for (const intent of await intents(work, 'palletways', [{ item }])) await deliverFile(work, intent);
          });
      }
    })(),
  ]);
  // The budget tells each kind of call another time: the activity comes again at the first of them.
  const soonest = held.toSorted((one, other) => (one.until ?? Number.POSITIVE_INFINITY) - (other.until ?? Number.POSITIVE_INFINITY));
  const first = held.find(({ retry }) => retry === 'banned') ?? soonest[0];
  if (first !== undefined) {
    await services.counterparts.heardFrom(work.organisation, first);
    await heldAlike(work, first, [...rest.keys()], (item) => rest.get(item) ?? first);
  }
}

/** Puts notes on the desk and answers with what became of them. */
async function tellNotes(work: Work, items: readonly Item[]): Promise<void> {
  const priorities: CallPriority[] = items.map((item) => (item.kind === 'pod' ? 'pod' : 'milestone'));
  const waiting: { item: Item; waiting: { ref: string; payload: OutgoingNote } }[] = [];
  const unsent: Outcome[] = [];
  const later: Item[] = [];
  for (const item of items) {
    let note: Awaited<ReturnType<typeof noteFor>>;
    try {
      note = await noteFor(work, item);
    } catch (error) {
      // What cannot be put into words joins no others.
      await ourFault(work, [item], error);
      continue;
    }
    if (note === 'not yet') later.push(item);
    else if (note === 'erased') unsent.push({ item, state: 'erased' });
    else if (note === 'withheld') unsent.push({ item, state: 'void', cause: 'withheld: a later milestone was told' });
    else {
      const cause = noteParked(work, note);
      if (cause === null) waiting.push({ item, waiting: { ref: note.ref, payload: note } });
      else unsent.push({ item, state: 'refused', cause });
    }
  }
  for (const intent of await intents(
    work,
    'palletways',
    later.map((item) => ({ item })),
  ))
    await finish(work, { item: intent.item, state: 'not yet', cause: 'evidence not read', until: soon(work, 5) });
  for (const outcome of unsent) {
    const [intent] = await intents(work, 'palletways', [{ item: outcome.item }]);
    if (intent !== undefined) await finish(work, { ...outcome, item: intent.item });
  }
  const open = await writeNotes(work, waiting);
  if (open.length === 0) return;
  const best = callPriorities[Math.min(...priorities.map((priority) => callPriorities.indexOf(priority)))] ?? 'milestone';
  await collect(
    work,
    open,
    await work.services.desk.settled(
      work.organisation,
      work.consignment,
      open.map(({ item }) => item),
      best,
    ),
  );
}

/** Intents of notes. Where an earlier version's answer was lost, that one is looked for first, as soon as it cannot act any more. */
async function writeNotes(
  work: Work,
  notes: readonly { item: Item; waiting: { ref: string; payload: OutgoingNote } }[],
): Promise<Intent[]> {
  if (notes.length === 0) return [];
  const { db } = work.services.installation;
  const doubtful = await isDoubtful(
    db,
    work.consignment,
    notes.map(({ item }) => item.key),
  );
  if (doubtful) await work.services.desk.lookAfterDoubtful(work.organisation);
  return intents(work, 'palletways', notes);
}

/** Notes what the desk wrote, by key; what is in doubt waits until it may be looked for. */
async function collect(work: Work, open: readonly Intent[], states: ReadonlyMap<string, string>): Promise<void> {
  for (const { item } of open) {
    work.ended.add(item.key);
    if (states.get(item.key) === 'delivered') work.delivered.add(item.key);
  }
  const doubtful = open.flatMap(({ item }) => (states.get(item.key) === 'sending' ? [item.key] : []));
  if (doubtful.length === 0) return;
  await inTransaction(work.services.installation.db, async (tx) =>
    touchByOutcome(tx, work.organisation.id, work.consignment, doubtful),
  );
}

/**
 * One read of the consignment, and one of its notes where a refresh asked, meet all items that ask for them. What was read is kept
 * before the next call waits for its budget: where that wait is too long, only what is missing is read later.
 */
async function readBoth(work: Work, items: readonly Item[]): Promise<void> {
  const open = await intents(
    work,
    'palletways',
    items.map((item) => ({ item })),
  );
  const { trackingId } = work.row;
  if (open.length === 0 || trackingId === null) return;
  const refreshes = open.filter(({ item }) => item.kind === 'refresh');
  const rest = open.filter(({ item }) => item.kind !== 'refresh');
  if (rest.length > 0 || refreshes.some(({ progress }) => progress.read !== true))
    await readConsignmentFor(work, trackingId, rest, refreshes);
  if (refreshes.length > 0) await readNotesFor(work, trackingId, refreshes);
}

/** A read that only refreshes ask for takes turns with notes: many at once do not hold those up. */
async function readConsignmentFor(work: Work, trackingId: string, looks: readonly Intent[], refreshes: readonly Intent[]): Promise<void> {
  const { client, context, startedAt } = await reader(work, looks.length > 0 ? 'label' : 'milestone');
  const answer = await client.getConsignment(trackingId).catch(answeredNothing);
  const none = answer === null || answer.none;
  const takeInAnswer = async (): Promise<Fact[]> => {
    const { db } = work.services.installation;
    for (const { item } of refreshes) await keepProgress(db, work.consignment, item.key, { read: true });
    await db.query('update consignment set palletways_read_at = clock_timestamp() where id = $1', [work.consignment]);
    if (none) {
      const heard = { organisation: work.organisation.id, journal: null, heard: startedAt, via: 'read', handedOver: true } as const;
      const missing = await inTransaction(db, (tx) => notePresence(tx, work.consignment, false, heard));
      return missing === null ? [] : [missing];
    }
    const reading = readConsignment(answer, { ...context, ours: oursOf(work.organisation) });
    return takeIn(db, { ...askedBy(work), channel: 'palletways consignment', answer: answer.data, reading });
  };
  await endLooks(work, looks, takeInAnswer, { none });
}

async function readNotesFor(work: Work, trackingId: string, refreshes: readonly Intent[]): Promise<void> {
  const { client, context } = await reader(work, 'milestone');
  const answer = await client.getNotes({ trackingId }).catch(answeredNothing);
  const takeInAnswer = async (): Promise<Fact[]> => {
    const { db } = work.services.installation;
    // Sent once more, it reads both anew.
    for (const { item } of refreshes) await keepProgress(db, work.consignment, item.key, { read: false });
    if (answer === null) return [];
    const reading = readNotes(answer.notes, { ...context, ...noteTables(work.services, work.organisation) });
    return takeIn(db, { ...askedBy(work), channel: 'palletways notes', answer: answer.notes, reading });
  };
  await endLooks(work, refreshes, takeInAnswer);
}

const askedBy = (work: Work) => ({ organisation: work.organisation.id, consignment: work.consignment, handedOver: true }) as const;

async function reader({ services, organisation, signal }: Work, priority: CallPriority) {
  const { installation, counterparts } = services;
  const startedAt = await now(installation.db);
  const context = { zone: organisation.palletways.zone, receivedAt: startedAt, digest: installation.digestOf(organisation.id) };
  return { client: counterparts.palletways(organisation, priority, signal), context, startedAt };
}
