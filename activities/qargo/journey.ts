/** The network's side of the journey, to Qargo: where the consignment is. The book-in is laid over its order (agreement/overlay.ts). */

import { instantToLocal } from '../../connectors/palletways/local-time.ts';
import type { QargoClient } from '../../connectors/qargo/calls.ts';
import { journeyUpdate, journeyWords } from '../../connectors/qargo/write-journey.ts';
import type { Intent, Item } from '../../store/outbox/receipts.ts';
import { loadContent } from '../../store/record/contents.ts';
import { type Call, type Message, type Nothing, needsNoLook, unaccepted } from '../sending/call.ts';
import { waitForOrder } from '../sending/import-once.ts';
import { factFor, finish, markOnTheWire, type Work, waitedOf } from '../sending/work.ts';

interface Ready {
  readonly client: QargoClient;
  readonly orderId: string;
}

interface JourneyMessage extends Message {
  readonly show: ReturnType<typeof journeyUpdate>;
}

/** Tells where the consignment is now. Said again it changes nothing. */
export const journeyCall: Call<Intent, Ready, JourneyMessage, Ready> = {
  prepare: async (work, pieces) => {
    const { orderId } = work.row.qargo;
    if (orderId !== undefined)
      return {
        orderId,
        client: work.services.counterparts.qargo(work.organisation, 'milestone', work.signal, waitedOf(work)),
      };
    await waitForOrder(work, pieces);
    return null;
  },
  message: journeyMessage,
  look: needsNoLook,
  send: async (work, pieces, { show }, ready) => {
    await markOnTheWire(
      work,
      pieces.map(({ item }) => item),
    );
    work.doing.step = 'tell journey';
    await ready.client.partialUpdate(show);
    return ready;
  },
  confirm: async (work, pieces, { orderId }) =>
    finish(work, ...pieces.map(({ item }) => ({ item, state: 'met', proof: { orderId } }) as const)),
};

async function journeyMessage(work: Work, [item]: readonly Item[], ready?: Ready): Promise<JourneyMessage | Nothing> {
  if (item === undefined) return { none: { code: 'nothing to send' }, state: 'void' };
  const { installation, counterparts } = work.services;
  const access = counterparts.accessOf(work.organisation).qargo;
  const fact = await factFor(work, item, 'network');
  const said = fact.content === undefined ? null : await loadContent(installation.db, 'network', fact.content);
  const words = journeyWords(fact.code, instantToLocal(fact.at, work.organisation.palletways.zone), said, access);
  return { show: journeyUpdate(ready?.orderId ?? work.row.qargo.orderId ?? unaccepted, words, access) };
}
