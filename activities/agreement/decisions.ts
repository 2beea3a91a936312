/** Decisions as they are told: a note to Palletways, a document on the order to Qargo. */

import type { OutgoingNote } from '../../domain/facts/content.ts';
import type { DecisionFact } from '../../domain/facts/facts.ts';
import { isHeld } from '../../domain/policy/decision.ts';
import { sayFields } from '../../domain/words/fields.ts';
import { paperCall, paperReference } from '../sending/import-once.ts';
import { factFor, finish, waitedOf } from '../sending/work.ts';

const stageWords: Readonly<Record<string, string>> = {
  announced: 'not planned yet',
  planned: 'planned',
  loaded: 'loaded',
  out: 'out for delivery',
  arrived: 'at the consignee',
  failed: 'back after a failed attempt',
  delivered: 'delivered',
};

/** Where a note says what it is about: at most 40 characters are kept of it. */
export function decisionNote(fact: DecisionFact): Pick<OutgoingNote, 'description' | 'text'> {
  const cancels = fact.fields.length === 0;
  const late = fact.moved ? 'LATE DEPOT CHANGE' : cancels ? 'LATE CANCELLATION' : 'LATE EDIT';
  const description = `${isHeld(fact.on) ? 'QARGO EDIT' : late} ${fact.decision.toUpperCase()}`;
  return { description, text: sentenceOf(fact) };
}

/** One sentence for people: what, how it was decided, why. */
export function sentenceOf(fact: DecisionFact): string {
  const said = stageWords[fact.stage] ?? fact.stage;
  const fields = sayFields(fact.fields);
  const what = fields !== '' ? `The change of ${fields}` : fact.moved ? 'The change of the depot' : 'The cancellation';
  const by = fact.source === 'person' ? ' by the depot' : '';
  if (isHeld(fact.on)) {
    const end = fact.decision === 'accepted' ? 'stands' : 'is not agreed and is to be put back in Qargo';
    return `The change of ${fields} made in Qargo${fact.source === 'person' ? ', decided by the depot,' : ''} ${end}.`;
  }
  if (fact.decision === 'accepted') return `${what} was accepted${by} (${said}).`;
  const stands = fields === '' ? 'The consignment goes on.' : 'It stands as agreed before.';
  return `${what} came too late and was refused${by}: ${said}. ${stands}`;
}

/** Tells Qargo by a document on the order. */
export const decisionDocument = paperCall({
  clientOf: (work) => work.services.counterparts.qargo(work.organisation, 'milestone', work.signal, waitedOf(work)),
  withoutOrder: async (work, intents) =>
    finish(
      work,
      ...intents.map(({ item }) => ({ item, state: 'void', cause: { code: 'no order at Qargo' } }) as const),
    ),
  message: async (work, item) => {
    const fact = await factFor(work, item, 'decision');
    const ref = paperReference(work, item);
    const document = sentenceOf(fact);
    const name = `Palletways: ${decisionNote(fact).description.toLowerCase()} ${ref}`;
    const paper = { filename: `decision-${ref}.txt`, type: 'CUSTOMER_PAPERWORK', name, contentType: 'text/plain' };
    return { show: { name, document }, paper, bytes: Buffer.from(`${document}\n`) };
  },
});
