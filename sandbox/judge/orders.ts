/** Things told to Qargo: orders created, edited, labelled, cancelled. */
import { z } from 'zod';
import { differences, foundIn, foundInBody, versionOf } from './content.ts';
import { type EvidenceIndex, isRefused } from './evidence.ts';
import type { Note, Order, Said } from './shapes.ts';
import { type Verdict, verdict, whyNever } from './verdict.ts';

const LABEL = 'PALLET_LABEL_EXTERNAL';
const barcodesSchema = z.object({ barcodes: z.array(z.string()) });

const isByHand = ({ history }: Order): boolean =>
  history.some(({ what, body }) => what === 'created' && (body === undefined || body === null));

function judgeCreated(index: EvidenceIndex, said: Said): Verdict {
  const orders = index.ordersOf(said);
  const live = orders.filter((order) => order.status !== 'CANCELLED');
  const cancelled = index.isCancelled(said);
  // each revival makes an order of its own (judged as revived), at most one of them lives
  const revivals = index.of(said, 'revived').length;
  const counted = cancelled ? orders : live;
  if (counted.length === 0) {
    if (cancelled) return verdict(said, 'void');
    return verdict(said, 'lost', {
      why: orders.length === 0 ? 'no order' : 'the order was cancelled though nobody said so',
    });
  }
  const again = counted.reduce((sum, order) => sum + Math.max(0, order.effects.created - 1), 0);
  // An order that a person made in the screen, such as a similar one, is nobody's second import.
  const imported = counted.filter((order) => !isByHand(order)).length;
  const extra = Math.max(0, imported - 1 - revivals, revivals > 0 ? live.length - 1 : 0) + again;
  const arrivedAt = Math.min(...counted.map((order) => order.createdAt));
  return verdict(said, 'arrived', { arrivedAt, extra, why: extra > 0 ? `${counted.length} orders` : '' });
}

function judgeCancelled(index: EvidenceIndex, said: Said): Verdict {
  const orders = index.ordersOf(said);
  if (orders.length === 0) return verdict(said, 'arrived', { why: 'never created' });
  if (orders.some((order) => order.status !== 'CANCELLED')) {
    const again = index.of(said, 'revived').find(({ saidAt }) => saidAt > said.saidAt);
    const last = index.of(said, 'cancelled').at(-1) === said;
    // of one that lives again an order is to live; one cancelled once more after it is not
    if (again !== undefined || !last) {
      const isDone = orders.some((order) => order.history.some(({ what }) => what === 'cancelled'));
      return !isDone && index.isNeverHeard(said)
        ? verdict(said, 'never heard', { why: whyNever(said) })
        : verdict(said, 'arrived', { why: 'it lives again' });
    }
    const { notes, documents } = index.refusalOf(said);
    if (index.story && isRefused({ notes, documents })) {
      const extra = Math.max(0, notes.length - 1) + Math.max(0, documents.length - 1);
      const arrivedAt = Math.max(notes[0] ?? 0, documents[0] ?? 0);
      return verdict(said, 'refused', { arrivedAt, extra, why: extra > 0 ? 'refused more than once' : '' });
    }
    if (index.isNeverHeard(said)) return verdict(said, 'never heard', { why: whyNever(said) });
    const half =
      notes.length > 0
        ? ': refused, and Qargo was not told'
        : documents.length > 0
          ? ': refused, and Palletways was not told'
          : '';
    return verdict(said, 'lost', { why: `the order lives${half}` });
  }
  const extra = orders.reduce((sum, order) => sum + Math.max(0, order.effects.cancelled - 1), 0);
  const times = orders.flatMap((order) =>
    order.history.filter((entry) => entry.what === 'cancelled').map((entry) => entry.at),
  );
  const arrivedAt = times.length > 0 ? Math.min(...times) : Math.max(...orders.map((order) => order.updatedAt));
  return verdict(said, 'arrived', { arrivedAt, extra, why: extra > 0 ? 'cancelled more than once' : '' });
}

const NO_BARCODES = new Set(['document', 'cancelled', 'edited']);

/** The time of the first change of the order from `from` on, of a kind that can bring barcodes. */
function firstChange(order: Order, from: number): number {
  return order.history.find((entry) => entry.at >= from && !NO_BARCODES.has(entry.what))?.at ?? order.createdAt;
}

function judgeLabelled(index: EvidenceIndex, said: Said): Verdict {
  const all = index.of(said, 'labelled');
  const last = all.at(-1) ?? said;
  const order = index.orderOf(said);
  const gone = (why: string) => verdict(said, index.isCancelled(said) ? 'void' : 'lost', { why });
  if (order === null) return gone('no order');
  const held = order.goods.flatMap((good) => good.barcodes);
  const count = (barcode: string) => held.filter((one) => one === barcode).length;
  const { barcodes } = barcodesSchema.parse(last.content);
  const missing = barcodes.filter((barcode) => count(barcode) === 0);
  const labels = order.documents.filter((document) => document.type === LABEL);
  if (missing.length > 0) return gone(`${missing.length} of ${barcodes.length} barcodes missing`);
  if (labels.length === 0) return gone('no label document');
  const twice = barcodes.reduce((sum, barcode) => sum + Math.max(0, count(barcode) - 1), 0);
  const extra = said === last ? twice + Math.max(0, labels.length - all.length) : 0;
  const label = labels.find((document) => (document.at ?? 0) >= said.saidAt) ?? labels[0];
  const arrivedAt = Math.max(firstChange(order, said.saidAt), label?.at ?? 0);
  return verdict(said, 'arrived', {
    arrivedAt,
    extra,
    why: extra > 0 ? `${labels.length} labels, ${twice} barcodes too many` : '',
  });
}

/** A note to Palletways that says that, or why, an edit was not made. */
function refusals(index: EvidenceIndex, said: Said): Note[] {
  const key = index.keyOf(said);
  return index.notes.filter((note) => {
    const words = `${note.description ?? ''} ${note.freeText ?? ''}`;
    const naming = /edit|amend|chang/i.test(words) && !/\bLATE (OFD|ARR|DLV|FLD)/.test(words);
    return (
      note.group === 'JIN' && note.type === 'GIN' && index.keyOfNote(note) === key && note.at >= said.saidAt && naming
    );
  });
}

/** How often the order went over to this version from another one: an old edit applied again shows here. */
function timesApplied(index: EvidenceIndex, order: Order, said: Said, version: number): number {
  const versions = index.of(said, 'created', 'edited').flatMap((entry) => versionOf(entry.content) ?? []);
  let before: number | null = null;
  let times = 0;
  for (const entry of order.history) {
    if (entry.what !== 'created' && entry.what !== 'updated') continue;
    const held = versions.findLast(({ consignment }) => {
      const found = foundInBody(entry.body, consignment.type === 'C');
      return found !== null && differences(consignment, found).length === 0;
    });
    if (held === undefined) continue;
    if (held.version === version && before !== version) times += 1;
    before = held.version;
  }
  return times;
}

function judgeEdited(index: EvidenceIndex, said: Said): Verdict {
  const own = versionOf(said.content);
  if (own === null) throw new Error(`edited ${said.id}: content has no version`);
  const order = index.orderOf(said);
  if (order !== null && order.status !== 'CANCELLED') {
    const later = index
      .of(said, 'edited')
      .flatMap((entry) => versionOf(entry.content) ?? [])
      .filter(({ version }) => version >= own.version);
    const holds = later.some(
      ({ consignment }) => differences(consignment, foundIn(order, consignment.type === 'C')).length === 0,
    );
    const applied = timesApplied(index, order, said, own.version);
    if (holds && applied === 0 && index.isNeverHeard(said))
      return verdict(said, 'never heard', { why: whyNever(said) });
    if (holds) {
      const when = order.history.find((entry) => {
        if (entry.at < said.saidAt || entry.what === 'cancelled' || entry.what === 'document') return false;
        return later.some(({ consignment }) => {
          const found = foundInBody(entry.body, consignment.type === 'C');
          return found !== null && differences(consignment, found).length === 0;
        });
      });
      const partial = order.history.find((entry) => entry.at >= said.saidAt && entry.what === 'partial');
      const extra = Math.max(0, applied - 1);
      const arrivedAt = when?.at ?? partial?.at ?? null;
      return verdict(said, 'arrived', {
        arrivedAt,
        extra,
        why: extra > 0 ? 'applied again after another version' : '',
      });
    }
  }
  if (index.isCancelled(said)) return verdict(said, 'void');
  const told = refusals(index, said);
  if (told.length > 0) {
    const edits = index.of(said, 'edited');
    const extra = said === edits.at(-1) ? Math.max(0, told.length - edits.length) : 0;
    return verdict(said, 'withheld', { arrivedAt: told[0]?.at ?? null, extra, why: told[0]?.freeText ?? '' });
  }
  if (index.isNeverHeard(said)) return verdict(said, 'never heard', { why: whyNever(said) });
  if (order === null) return verdict(said, 'lost', { why: 'no order' });
  const differs = differences(own.consignment, foundIn(order, own.consignment.type === 'C'));
  return verdict(said, 'lost', { why: `differs in ${differs.join(', ')}` });
}

const RULES = {
  created: judgeCreated,
  edited: judgeEdited,
  labelled: judgeLabelled,
  cancelled: judgeCancelled,
} as const;

export function judgeOrders(index: EvidenceIndex): Verdict[] {
  return index.said.flatMap((said) => {
    const { kind } = said;
    return kind === 'created' || kind === 'edited' || kind === 'labelled' || kind === 'cancelled'
      ? [RULES[kind](index, said)]
      : [];
  });
}
