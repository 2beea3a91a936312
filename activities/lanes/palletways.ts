/** Sends to Palletways: notes by the batcher, files by FTP, and reads of the consignment that were asked for. */

import { CallError } from '../../domain/calls/error.ts';
import { obligationKinds, type PalletwaysCall } from '../../domain/obligations/kinds.ts';
import { isTry } from '../../domain/receipts/last-try.ts';
import type { Intent, Item } from '../../store/outbox/receipts.ts';
import { keyIn, splitByPath } from '../agreement/charges.ts';
import { isReported, leaveToBeFetched } from '../palletways/exceptions.ts';
import { fileCall } from '../palletways/files.ts';
import { type NoteDecisions, type NoteMessage, noteCall } from '../palletways/notes.ts';
import { settleHistoricItems } from '../sending/adopted.ts';
import { carryOut, inGroups, isNothing, outcomeOfNothing, throwPlanted } from '../sending/call.ts';
import {
  type Doing,
  endItems,
  finish,
  markUnsent,
  parkAsOurFault,
  retryAllLater,
  type Services,
  startWork,
  type Work,
  writeIntents,
} from '../sending/work.ts';
import { readBoth } from '../sweep/reads.ts';
import type { SendInput } from '../types.ts';

interface Said {
  readonly decisions: NoteDecisions;
  readonly message: NoteMessage;
}

/** Sends what is due in a lane of Palletways'. */
export async function sendToPalletways(
  services: Services,
  input: SendInput,
  signal?: AbortSignal,
  doing: Doing = { step: '' },
): Promise<void> {
  const work = await settleHistoricItems(await startWork(services, input, signal, doing), 'palletways');
  const of = (call: PalletwaysCall) => work.items.filter(({ kind }) => obligationKinds[kind].calls.palletways === call);
  const held: Held[] = [];
  /** What holds all alike is kept, for the activity to come again by it. */
  const guard = async (items: readonly Item[], run: () => Promise<void>) => {
    if (items.length === 0) return;
    try {
      await run();
    } catch (error) {
      if (!(error instanceof CallError) || !isTry(error.retry)) return void (await endItems(work, items, error));
      await markUnsent(work, error);
      held.push({ error, items });
    }
  };

  const [byHand, called] = await splitByPath(work, 'palletways', of('note'));
  const left = called.filter((item) => item.kind === 'exception' && !isReported(work, item));
  const notes = called.filter((item) => !left.includes(item));
  const reads = of('read');
  await Promise.all([
    guard(byHand, async () => keyIn(work, 'palletways', await written(work, byHand))),
    guard(notes, () => tellNotes(work, notes)),
    guard(left, () => leaveToBeFetched(work, left)),
    guard(reads, async () => inGroups(work, await written(work, reads), (group) => readBoth(work, group))),
    (async () => {
      for (const item of of('file')) {
        // One that was held is followed by no other: all are, but those that only a ban of the address holds.
        if (held.some(({ error }) => error !== undefined && error.retry !== 'banned'))
          held.push({ error: undefined, items: [item] });
        else
          await guard([item], async () => {
            for (const intent of await written(work, [item])) await carryOut(fileCall, work, [intent]);
          });
      }
    })(),
  ]);
  await comeAgain(work, held);
}

interface Held {
  /** Undefined for what was not tried, because something before it was held. */
  readonly error: CallError | undefined;
  readonly items: readonly Item[];
}

/** The budget tells each kind of call another time: the activity comes again at the first of them. */
async function comeAgain(work: Work, held: readonly Held[]): Promise<void> {
  const errors = held.flatMap(({ error }) => error ?? []);
  const soonest = errors.toSorted(
    (one, other) => (one.until ?? Number.POSITIVE_INFINITY) - (other.until ?? Number.POSITIVE_INFINITY),
  );
  const first = errors.find(({ retry }) => retry === 'banned') ?? soonest[0];
  if (first === undefined) return;
  await work.services.counterparts.heardFrom(work.organisation, first);
  const own = new Map(held.flatMap(({ error, items }) => items.map((item) => [item, error] as const)));
  await retryAllLater(work, first, [...own.keys()], (item) => own.get(item) ?? first);
}

const written = (work: Work, items: readonly Item[]): Promise<Intent[]> =>
  writeIntents(
    work,
    'palletways',
    items.map((item) => ({ item })),
  );

/** Puts notes on the desk together. What cannot be put into words joins no others. */
async function tellNotes(work: Work, items: readonly Item[]): Promise<void> {
  const said: Said[] = [];
  for (const item of items) {
    try {
      const decisions = await noteCall.prepare(work, [{ item }]);
      if (decisions === null) continue;
      throwPlanted(work, [item]);
      const message = await noteCall.message(work, [item], decisions);
      if (!isNothing(message)) said.push({ decisions, message });
      else
        for (const intent of await writeIntents(work, 'palletways', [{ item }]))
          await finish(work, outcomeOfNothing(intent.item, message));
    } catch (error) {
      await parkAsOurFault(work, [item], error);
    }
  }
  const [first] = said;
  if (first === undefined) return;
  const notes = said.flatMap(({ message }) => message.notes);
  const answer = await noteCall.send(
    work,
    notes,
    { show: said.map(({ message }) => message.show), notes },
    first.decisions,
  );
  if (answer !== null) await noteCall.confirm(work, notes, answer, first.decisions);
}
