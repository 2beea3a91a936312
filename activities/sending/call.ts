/**
 * The one shape of a call: how something is told to a side, or asked of it. What would be sent is made in one place, `message`, so that
 * shadow shows what would go. Which kind is served by which call its kind says (domain/obligations/kinds.ts).
 */
import { CallError } from '../../domain/calls/error.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import { type Intent, type Item, type Outcome, versionOf } from '../../store/outbox/receipts.ts';
import { endItems, finish, parkAsOurFault, type Work } from './work.ts';

/** A call tells one piece for each item. The sender has written the item's intent; for a note the desk writes it when the note joins a call. */
export interface Piece {
  readonly item: Item;
}

/** A call sends this message. In shadow the engine shows a person `show` of it instead. */
export interface Message {
  readonly show: unknown;
}

/** Why nothing is sent, and what becomes of the item by that. */
export interface Nothing {
  readonly none: Cause;
  readonly state: Exclude<Outcome['state'], 'not yet'>;
}

export interface Call<P extends Piece, Ready, M extends Message, Answer> {
  /**
   * Loads what the pieces are about, reads what only the far side can tell, and decides for good. Null where nothing is left to send: the
   * outcomes are written then. Throws CallError.
   */
  readonly prepare: (work: Work, pieces: readonly P[]) => Promise<Ready | null>;
  /**
   * Makes the message that the call sends. It reads the record at most, decides nothing and ends nothing. In shadow there is no `ready`:
   * the call takes from the record what a read would tell.
   */
  readonly message: (work: Work, items: readonly Item[], ready?: Ready) => Promise<M | Nothing>;
  /** Puts it on the wire. Null where it has not ended, or ended otherwise: the outcomes are written then. Throws CallError. */
  readonly send: (work: Work, pieces: readonly P[], message: M, ready: Ready) => Promise<Answer | null>;
  /** Writes the outcomes with their proof. Throws CallError where it reads back. */
  readonly confirm: (work: Work, pieces: readonly P[], answer: Answer, ready: Ready) => Promise<void>;
  /** After doubt: which pieces are still to be sent; the others are there, and their outcomes are written. Throws CallError. */
  readonly look: (work: Work, pieces: readonly P[], ready: Ready) => Promise<readonly P[]>;
}

export const isNothing = (message: Message | Nothing): message is Nothing => 'none' in message;

/** The outcome of what is not sent. */
export const outcomeOfNothing = (item: Item, { none, state }: Nothing): Outcome =>
  state === 'erased' ? { item, state } : { item, state, cause: none };

/**
 * Carries out one call for these pieces. A piece that cannot be put into words joins no others: it is taken out as our fault, and the call
 * goes on without it. Answers what was prepared, null where nothing was left. Throws CallError, and what nobody foresaw of one piece.
 */
export async function carryOut<P extends Piece, Ready, M extends Message, Answer>(
  call: Call<P, Ready, M, Answer>,
  work: Work,
  pieces: readonly P[],
): Promise<Ready | null> {
  const ready = await call.prepare(work, pieces);
  if (ready === null) return null;
  // `prepare` may have ended some pieces by a decision, and no call is made for these.
  const left = await call.look(
    work,
    pieces.filter(({ item }) => !work.ended.has(item.key)),
    ready,
  );
  if (left.length === 0) return ready;
  const sayable = left.length === 1 ? left : await sayableOf(call, work, left, ready);
  if (sayable.length === 0) return ready;
  // `prepare` made `ready` for all pieces: the rest needs another.
  if (sayable.length < left.length) return carryOut(call, work, sayable);
  const items = left.map(({ item }) => item);
  if (left.length === 1) throwPlanted(work, items);
  const message = await call.message(work, items, ready);
  if (isNothing(message)) {
    await finish(work, ...items.map((item) => outcomeOfNothing(item, message)));
    return ready;
  }
  const answer = await call.send(work, left, message, ready);
  if (answer !== null) await call.confirm(work, left, answer, ready);
  return ready;
}

/** The pieces that can each be put into words alone; the others are our fault. */
async function sayableOf<P extends Piece, Ready, M extends Message, Answer>(
  call: Call<P, Ready, M, Answer>,
  work: Work,
  pieces: readonly P[],
  ready: Ready,
): Promise<readonly P[]> {
  const sayable: P[] = [];
  for (const piece of pieces) {
    try {
      throwPlanted(work, [piece.item]);
      await call.message(work, [piece.item], ready);
      sayable.push(piece);
    } catch (error) {
      await parkAsOurFault(work, [piece.item], error);
    }
  }
  return sayable;
}

/** Throws the error that a test planted for the moment at which an item is put into words. */
export function throwPlanted(work: Work, items: readonly Item[]): void {
  for (const item of items) work.services.faults?.('message', item);
}

/**
 * Runs a joined call for intents of which some raised an error before: what did joins no others any more, so that nobody is held up by
 * it. The order goes first, for the rest needs it. Throws a CallError that holds all alike.
 */
export async function inGroups(
  work: Work,
  intents: readonly Intent[],
  run: (group: readonly Intent[]) => Promise<void>,
): Promise<void> {
  const alone = intents.filter(raisedBefore);
  const groups = [intents.filter((intent) => !alone.includes(intent)), ...alone.map((intent) => [intent])];
  const isFirst = (group: readonly Intent[]) => Number(group.some(({ item }) => item.kind === 'order'));
  for (const group of groups.filter(({ length }) => length > 0).toSorted((a, b) => isFirst(b) - isFirst(a))) {
    try {
      await run(group);
    } catch (error) {
      const items = group.map(({ item }) => item);
      if (!(await endItems(work, items, error))) throw error;
    }
  }
}

/** True where the engine counted an error that nobody foresaw for just this version of the item. */
const raisedBefore = ({ item, progress }: Intent): boolean => progress.faultOf === versionOf(item);

/** A call whose wire does nothing twice: a lost answer needs no look. */
export const needsNoLook = async <P extends Piece>(_: Work, pieces: readonly P[]): Promise<readonly P[]> => pieces;

export const isRefused = (error: unknown): error is CallError =>
  error instanceof CallError && error.retry === 'refused';

/** In the place of an id that Qargo has not given yet, where a message is only shown. */
export const unaccepted = '(the order, once it is accepted)';
