/**
 * What would have been sent of the rows in shadow: the obligations that are held back, in the words of the real send. Nothing is
 * sent, and nothing that rendering would decide is kept.
 */
import { noteElements } from '../connectors/palletways/notes.ts';
import { unmapped } from '../connectors/qargo/mapping.ts';
import { journeyUpdate } from '../connectors/qargo/journey.ts';
import { orderInput, partialUpdate } from '../connectors/qargo/order.ts';
import { withBookIn } from '../domain/book-in.ts';
import type { NetworkContent, OrderContent } from '../domain/content.ts';
import { notSent } from '../domain/withheld.ts';
import type { Obligation } from '../domain/obligations.ts';
import { rowOf, withheldOf } from '../domain/rows.ts';
import { emptyState, fold, type State } from '../domain/state.ts';
import { judgeAsIfOn } from '../store/cancellations.ts';
import { consignmentRow, content, latestOrder } from '../store/consignments.ts';
import { type Database, type Queryable, withoutTrace } from '../store/database.ts';
import { storableJson } from '../store/door.ts';
import { recordsOf } from '../store/publication.ts';
import { type Services, type Work, factFor } from './delivering.ts';
import { noteFor, noteParked } from './notes.ts';
import { noticeFor } from './qargo-notice.ts';
import { goodsMessage } from './qargo-goods.ts';
import { journeyOf } from './qargo-network.ts';
import { overlayOf } from './qargo-overlay.ts';
import type { ConsignmentId } from './types.ts';
import { sentenceOf } from './verdicts.ts';

/** Keeps what would have been sent as content and answers its reference: names and addresses stay out of Temporal. */
export async function keepShadow(services: Services, { organisation: id, consignment }: ConsignmentId): Promise<string> {
  const { db, organisations } = services.installation;
  const organisation = await organisations.cached(id);
  if (organisation === undefined) throw new Error(`no organisation ${id}`);
  const withheld = withheldOf(organisation.policy.rows);
  const inShadow = Object.fromEntries(Object.entries(withheld).filter(([, at]) => at === 'shadow'));
  const record = (await recordsOf(db, [consignment])).get(consignment);
  const state = fold(emptyState, record?.facts ?? []);
  const silentIn = (as: State) => notSent(as, record?.ledger ?? {}, inShadow).sort((a, b) => (a.at < b.at ? -1 : 1));
  const silent = silentIn(state);
  const told = await withoutTrace(db, async (tx) => {
    // What rendering decides (whether a milestone is late) is decided when it is really sent.
    const installation = { ...services.installation, db: tx as unknown as Database };
    const work: Work = {
      services: { ...services, installation },
      organisation,
      consignment,
      row: await consignmentRow(tx, consignment),
      sender: 'shadow',
      onTheWire: new Set(),
      signal: undefined,
      doing: { step: 'shadow' },
      items: silent,
      taken: new Map(),
      lane: 'qargo',
      waitedMs: 0,
      ended: new Set(),
      delivered: new Set(),
      facts: [],
    };
    // A cancellation in shadow is not judged; it is shown as it would be. One that is refused tells its verdict instead.
    const verdict = silent.some(({ kind }) => kind === 'cancel') ? await judgeAsIfOn(tx, { organisation: id, consignment }) : null;
    if (verdict !== null) work.facts.push(verdict);
    const shown = [];
    for (const o of work.facts.length === 0 ? silent : silentIn(fold(state, work.facts)))
      shown.push({ obligation: o.key, row: rowOf[o.sort], to: o.to, at: o.at, message: await render(tx, work, o) });
    return shown;
  });
  const { rows } = await db.query<{ id: number }>(
    'insert into content (organisation, consignment, body) values ($1, $2, $3) returning id',
    [id, consignment, storableJson(told)],
  );
  return String(rows[0]?.id);
}

/** In the place of an id that Qargo has not given yet. */
const unaccepted = '(the order, once it is accepted)';

/** The message as it would go, or why there is none. */
async function render(tx: Queryable, work: Work, o: Obligation): Promise<unknown> {
  const access = work.services.counterparts.accessOf(work.organisation);
  if (o.to === 'palletways' && o.kind !== 'file') {
    const note = await noteFor(work, o);
    if (typeof note === 'string') return { none: note };
    const cause = noteParked(work, note);
    return cause === null ? noteElements(note, { ...access.palletways, now: note.at }) : { none: cause };
  }
  if (o.kind === 'file') {
    const document = await factFor(work, o, 'document');
    return { folder: work.organisation.palletways.ftp?.folder ?? null, role: document.role, document: document.document };
  }
  if (o.kind === 'verdict') return { document: sentenceOf(await factFor(work, o, 'verdict')) };
  if (o.kind === 'notice') return (await noticeFor(work, o)) ?? { none: 'erased' };
  const latest = await latestOrder(tx, work.consignment);
  if (latest === null) return { none: 'no order is known' };
  const { orderId, goods, orderIdentifier = `${work.consignment}-${work.row.generation}`, agreed } = work.row.qargo;
  if (o.kind === 'journey') return journeyUpdate(orderId ?? unaccepted, await journeyOf(work, o), access.qargo);
  const overlay = await overlayOf(work);
  const owed = overlay.owed(latest.order);
  const asked =
    o.kind === 'cancel' ? work.facts.find((fact) => fact.kind === 'verdict' && fact.on === o.key && fact.verdict === 'asked') : undefined;
  if (asked !== undefined) return { none: 'a person is asked' };
  if (o.kind === 'cancel') return orderInput(latest.order, { operation: 'DELETE', orderIdentifier, access: access.qargo });
  if (o.kind === 'charge' || o.kind === 'close-out')
    return goodsMessage(work, o, { orderId: orderId ?? unaccepted, goods: goods ?? [], order: overlay.told(latest.order) });
  if (o.kind === 'order') {
    const cause = unmapped(owed, access.qargo, work.organisation.policy);
    if (cause !== null) return { none: cause };
    if (orderId === undefined) return orderInput(owed, { operation: 'CREATE', orderIdentifier, access: access.qargo });
  }
  const before = agreed === undefined ? null : await content<OrderContent>(tx, agreed);
  const booked = o.kind === 'book-in' ? await factFor(work, o, 'network') : undefined;
  const window = booked?.content === undefined ? null : await content<NetworkContent>(tx, booked.content);
  return partialUpdate({
    orderId: orderId ?? unaccepted,
    before: o.kind !== 'order' ? overlay.told(latest.order) : before === null ? null : overlay.told(before),
    after: withBookIn(owed, window),
    goods: goods ?? [],
    access: access.qargo,
    ...(o.kind === 'labels' ? { barcodes: (await factFor(work, o, 'labels')).barcodes } : {}),
    ...(o.kind === 'references' ? { identifiers: { trackingId: work.row.trackingId, conNo: work.row.reference } } : {}),
  });
}
