/** Verdicts as they are told: a note to Palletways, a document on the order to Qargo. */
import type { OutgoingNote } from '../domain/content.ts';
import type { VerdictFact } from '../domain/facts.ts';
import { noteReference } from '../domain/hash.ts';
import { type EditField, fieldWords, isHeld } from '../domain/verdict.ts';
import type { Intent } from '../store/deliveries.ts';
import { factFor, finish, sending, type Work, waitedOf } from './delivering.ts';

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
export function verdictNote(fact: VerdictFact): Pick<OutgoingNote, 'description' | 'text'> {
  const cancels = fact.fields.length === 0;
  const late = fact.moved ? 'LATE DEPOT CHANGE' : cancels ? 'LATE CANCELLATION' : 'LATE EDIT';
  const description = `${isHeld(fact.on) ? 'QARGO EDIT' : late} ${fact.verdict.toUpperCase()}`;
  return { description, text: sentenceOf(fact) };
}

/** One sentence for people: what, how it was decided, why. */
export function sentenceOf(fact: VerdictFact): string {
  const said = stageWords[fact.stage] ?? fact.stage;
  const fields = fact.fields.map((field) => fieldWords[field as EditField] ?? field).join(', ');
  const what = fields !== '' ? `The change of ${fields}` : fact.moved ? 'The change of the depot' : 'The cancellation';
  const by = fact.source === 'person' ? ' by the depot' : '';
  if (isHeld(fact.on)) {
    const end = fact.verdict === 'accepted' ? 'stands' : 'is not agreed and is to be put back in Qargo';
    return `The change of ${fields} made in Qargo${fact.source === 'person' ? ', decided by the depot,' : ''} ${end}.`;
  }
  if (fact.verdict === 'accepted') return `${what} was accepted${by} (${said}).`;
  const stands = fields === '' ? 'The consignment goes on.' : 'It stands as agreed before.';
  return `${what} came too late and was refused${by}: ${said}. ${stands}`;
}

/** Tells Qargo by a document on the order; after a lost answer it is looked for by its name. */
export async function tellVerdict(work: Work, intent: Intent, signal: AbortSignal | undefined): Promise<void> {
  const { item } = intent;
  const { orderId } = work.row.qargo;
  if (orderId === undefined) return finish(work, { item, state: 'void', cause: 'there is no order at Qargo' });
  const fact = await factFor(work, item, 'verdict');
  const client = work.services.counterparts.qargo(work.organisation, 'milestone', signal, waitedOf(work));
  const ref = noteReference(work.consignment, item.key, item.fact, item.revision);
  const name = `Palletways: ${verdictNote(fact).description.toLowerCase()} ${ref}`;
  if (intent.inDoubt !== null || intent.progress.sent === ref) {
    const known = (await client.getOrderDocuments(orderId)) as readonly { readonly name?: unknown }[];
    if (known.some((document) => document.name === name)) return finish(work, { item, state: 'delivered', proof: { name, found: true } });
  }
  await sending(work, [item], { sent: ref });
  work.doing.step = 'importDocument';
  await client.importDocument({
    orderId,
    filename: `verdict-${ref}.txt`,
    type: 'CUSTOMER_PAPERWORK',
    name,
    contentType: 'text/plain',
    bytes: Buffer.from(`${sentenceOf(fact)}\n`),
  });
  await finish(work, { item, state: 'delivered', proof: { orderId, name } });
}
