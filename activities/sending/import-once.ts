/** Documents on an order at Qargo: found by their name, else imported. Whoever sends a document of ours there sends it so. */
import type { QargoClient } from '../../connectors/qargo/calls.ts';
import { noteReference } from '../../domain/facts/hash.ts';
import { type Intent, type Item, isRestored, keepProgress } from '../../store/outbox/receipts.ts';
import { type Call, carryOut, type Message, type Nothing } from './call.ts';
import { hold } from './hold.ts';
import { notConfirmed } from './not-confirmed.ts';
import { finish, markCallAnswered, markOnTheWire, type Work } from './work.ts';

/** A document as it is put on the order. */
export interface Paper {
  readonly filename: string;
  readonly type: string;
  /** Under which the planners find it, and we find it again: it ends with the reference of what it tells. */
  readonly name: string;
  readonly contentType: string;
}

export interface PaperMessage extends Message {
  readonly paper: Paper;
  /** Null where only a call gets them: a label sheet is Palletways'. */
  readonly bytes: Buffer | null;
}

export interface ReadyPaper {
  readonly client: QargoClient;
  readonly orderId: string;
}

export type PaperCall = Call<Intent, ReadyPaper, PaperMessage, Paper>;

interface KindOfPaper {
  readonly clientOf: (work: Work) => QargoClient;
  /** Ends or holds what comes before the order. */
  readonly withoutOrder: (work: Work, intents: readonly Intent[]) => Promise<void>;
  /** Null where something else is missing; the outcome is written then. */
  readonly prepare?: (work: Work, intent: Intent) => Promise<object | null>;
  readonly message: (work: Work, item: Item) => Promise<PaperMessage | Nothing>;
  /** The bytes where the message has none; null where there are none yet, and the outcome is written. Throws CallError. */
  readonly print?: (work: Work, intent: Intent) => Promise<Buffer | null>;
}

/** Which item's document it is, and in which version. */
export const paperReference = ({ consignment }: Work, { key, fact, revision }: Item): string =>
  noteReference(consignment, key, fact, revision);

/** The call of a kind of document. */
export function paperCall(said: KindOfPaper): PaperCall {
  return {
    prepare: async (work, [intent]) => {
      if (intent === undefined) return null;
      const { orderId } = work.row.qargo;
      if (orderId === undefined) {
        await said.withoutOrder(work, [intent]);
        return null;
      }
      if ((await said.prepare?.(work, intent)) === null) return null;
      return { client: said.clientOf(work), orderId };
    },
    message: async (work, [item]) =>
      item === undefined ? { none: { code: 'nothing to send' }, state: 'void' } : said.message(work, item),
    look,
    send,
    confirm: readBack,
  };

  /** A call for just this document was on the wire, or may have been before the record was restored: it is looked for by its name. */
  async function look(work: Work, pieces: readonly Intent[], ready: ReadyPaper): Promise<readonly Intent[]> {
    const left: Intent[] = [];
    for (const intent of pieces) {
      const mayBeThere = isRestored(intent) || intent.progress.imported === paperReference(work, intent.item);
      const message = mayBeThere ? await said.message(work, intent.item) : null;
      const name = message !== null && 'paper' in message ? message.paper.name : null;
      if (name === null) left.push(intent);
      else if (await isThere(ready, name))
        await finish(work, { item: intent.item, state: 'met', proof: { name, found: true } });
      else if (intent.progress.taken === answeredFor(work, intent, ready)) await notStored(work, intent);
      else left.push(intent);
    }
    return left;
  }

  /** An answer of 200 proves nothing: what matches no order is discarded with it (assumption 52). One that is not there is looked for again. */
  async function readBack(work: Work, pieces: readonly Intent[], { name }: Paper, ready: ReadyPaper): Promise<void> {
    for (const intent of pieces) {
      const { item } = intent;
      work.doing.step = 'read back';
      if (await isThere(ready, name))
        await finish(work, { item, state: 'met', proof: { orderId: ready.orderId, name } });
      else await notStored(work, intent);
    }
  }

  async function send(
    work: Work,
    [intent]: readonly Intent[],
    message: PaperMessage,
    ready: ReadyPaper,
  ): Promise<Paper | null> {
    if (intent === undefined) return null;
    const { paper } = message;
    const bytes = message.bytes ?? (await said.print?.(work, intent)) ?? null;
    if (bytes === null) return null;
    await markOnTheWire(work, [intent.item], { imported: paperReference(work, intent.item) });
    work.doing.step = 'importDocument';
    await ready.client.importDocument({ orderId: ready.orderId, ...paper, bytes });
    // Whoever finds it so reads it back and sends nothing.
    await keepProgress(work.services.installation.db, work.consignment, intent.item.key, {
      taken: answeredFor(work, intent, ready),
    });
    await markCallAnswered(work, [intent.item]);
    return paper;
  }
}

/** The document in this version, on this order. */
const answeredFor = (work: Work, { item }: Intent, { orderId }: ReadyPaper): string =>
  `${paperReference(work, item)} ${orderId}`;

/** Seconds from one read of the order's documents to the next: whether Qargo stores one before it answers is not published. */
const storedWithin = [2, 5, 15, 30];

const notStored = (work: Work, intent: Intent): Promise<void> =>
  notConfirmed(work, intent, { code: 'document not stored' }, storedWithin);

async function isThere({ client, orderId }: ReadyPaper, name: string): Promise<boolean> {
  const known = (await client.getOrderDocuments(orderId)) as readonly { readonly name?: unknown }[];
  return known.some((document) => document.name === name);
}

/** Puts one document on the order, once: after a lost answer it is looked for by its name. Throws CallError. */
export async function importOnce(work: Work, call: PaperCall, intent: Intent): Promise<void> {
  await carryOut(call, work, [intent]);
}

/** What waits for the order. */
export const waitForOrder = (work: Work, intents: readonly Intent[]): Promise<void> =>
  hold(work, intents, { code: 'needs', need: 'order accepted' });
