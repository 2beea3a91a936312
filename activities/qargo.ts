/** Sends to Qargo: cancellation, order, references, labels, and the looks at what only a read tells. */
import type { QargoClient } from '../connectors/qargo/calls.ts';
import { leaveWhatWasBefore } from './adopted.ts';
import { readDocuments } from '../connectors/qargo/translate.ts';
import { noteReference } from '../domain/hash.ts';
import { consignmentRow } from '../store/consignments.ts';
import { inTransaction, now } from '../store/database.ts';
import { type Intent, type Item, keepProgress } from '../store/deliveries.ts';
import { type Doing, type Services, type Work, begin, endLooks, finish, intents, runAll, sending, soon, waitedOf } from './delivering.ts';
import { takeIn } from './hearing.ts';
import { lookForEvidence } from './proof.ts';
import { changeOrder } from './qargo-change.ts';
import { turnToGeneration } from '../store/revival.ts';
import { takeInHeld } from './planner-edits.ts';
import { deliverGoods } from './qargo-goods.ts';
import { takeInGoods } from './qargo-goods-said.ts';
import { tellJourney } from './qargo-network.ts';
import { tellNotice } from './qargo-notice.ts';
import { type StatusRead, cancelOrder, createOrder, readStatus } from './qargo-order.ts';
import { readingTables } from './reading-tables.ts';
import { tellVerdict } from './verdicts.ts';
import type { SendInput } from './types.ts';

/** Sends what is due to Qargo. */
export async function deliverToQargo(
  services: Services,
  input: SendInput,
  signal?: AbortSignal,
  doing: Doing = { step: '' },
): Promise<void> {
  const work = await leaveWhatWasBefore(await begin(services, input, signal, doing), 'qargo');
  const of = (...kinds: readonly Item['kind'][]) => work.items.filter((item) => kinds.includes(item.kind));
  const cancels = of('cancel');
  const changes = of('order', 'references', 'labels', 'book-in');
  const goods = of('charge', 'close-out');
  const journeys = of('journey');
  const looks = of('evidence', 'refresh');
  const proofs = of('proof');
  const notices = of('notice');
  const verdicts = of('verdict');
  let read: StatusRead | null = null;
  await runAll(work, [
    ...cancels.map((item) => ({
      items: [item],
      run: async () => {
        for (const intent of await intents(work, 'qargo', [{ item }]))
          await cancelOrder(work, services.counterparts.qargo(work.organisation, 'cancellation', signal, waitedOf(work)), intent);
      },
    })),
    {
      items: changes,
      run: async () => {
        if (changes.length > 0) read = await bringUpToDate(work, changes, signal);
      },
    },
    {
      items: goods,
      run: async () => {
        if (goods.length > 0) await deliverGoods(work, goods, signal);
      },
    },
    {
      items: journeys,
      run: async () => {
        if (journeys.length > 0) await tellWhereItIs(work, journeys, signal);
      },
    },
    {
      items: looks,
      run: async () => {
        if (looks.length > 0) await look(work, looks, read, signal);
      },
    },
    ...notices.map((item) => ({
      items: [item],
      run: async () => {
        const client = services.counterparts.qargo(work.organisation, 'milestone', signal, waitedOf(work));
        for (const intent of await intents(work, 'qargo', [{ item }]))
          if (work.row.qargo.orderId === undefined) await hold(work, [intent], 'order not accepted');
          else await tellNotice(work, client, intent);
      },
    })),
    {
      items: proofs,
      run: async () => {
        if (proofs.length > 0) await lookForEvidence(work, proofs, () => readForEvidence(work, signal));
      },
    },
    ...verdicts.map((item) => ({
      items: [item],
      run: async () => {
        for (const intent of await intents(work, 'qargo', [{ item }])) await tellVerdict(work, intent, signal);
      },
    })),
  ]);
}

async function tellWhereItIs(work: Work, items: readonly Item[], signal: AbortSignal | undefined): Promise<void> {
  const open = await intents(
    work,
    'qargo',
    items.map((item) => ({ item })),
  );
  if (work.row.qargo.orderId === undefined) return hold(work, open, 'order not accepted');
  const client = work.services.counterparts.qargo(work.organisation, 'milestone', signal, waitedOf(work));
  for (const intent of open) await tellJourney(work, client, intent);
}

/** The order first, then what needs it. Answers a read of the status that was made on the way. */
async function bringUpToDate(work: Work, items: readonly Item[], signal: AbortSignal | undefined): Promise<StatusRead | null> {
  const { db } = work.services.installation;
  if (!(await inTransaction(db, (tx) => turnToGeneration(tx, work.consignment, null)))) {
    for (const item of items) {
      const [intent] = await intents(work, 'qargo', [{ item }]);
      if (intent !== undefined) await hold(work, [intent], 'earlier order taken back');
    }
    return null;
  }
  work.row = await consignmentRow(db, work.consignment);
  const open = await intents(
    work,
    'qargo',
    items.map((item) => ({ item })),
  );
  const find = (kind: Item['kind']) => open.find(({ item }) => item.kind === kind) ?? null;
  const client = work.services.counterparts.qargo(work.organisation, 'label', signal, waitedOf(work));
  let order = find('order');
  let read: StatusRead | null = null;
  if (order !== null && work.row.qargo.orderId === undefined) {
    work.doing.step = 'create order';
    read = await createOrder(work, client, order);
    if (read === null) {
      await hold(work, [find('references'), find('labels'), find('book-in')], 'order not accepted');
      return null;
    }
    if (work.delivered.has('order')) order = null;
  }
  const references = find('references');
  const labels = find('labels');
  const bookIn = find('book-in');
  if (work.row.qargo.orderId === undefined) {
    await hold(work, [references, labels, bookIn], 'order not accepted');
    return read;
  }
  if (order === null && references === null && labels === null && bookIn === null) return read;
  work.doing.step = 'change order';
  const changed = await changeOrder(work, client, { order, references, labels, bookIn });
  if (labels !== null) await deliverLabels(work, client, labels, changed.barcodes, signal);
  return changed.read ?? read;
}

async function hold(work: Work, held: readonly (Intent | null)[], cause: string): Promise<void> {
  const open = held.filter((intent) => intent !== null);
  await finish(work, ...open.map(({ item }) => ({ item, state: 'not yet', cause, until: soon(work, 5) }) as const));
}

/** The label PDF, from Palletways' printer to Qargo's order. `barcodes` tells whether the read back confirmed the handling units. */
async function deliverLabels(
  work: Work,
  client: QargoClient,
  intent: Intent,
  barcodes: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { item } = intent;
  const { installation, counterparts } = work.services;
  const { orderId } = work.row.qargo;
  if (!barcodes) return finish(work, { item, state: 'not yet', cause: 'barcodes not confirmed', until: soon(work, 5) });
  if (work.row.trackingId === null || orderId === undefined)
    return finish(work, { item, state: 'not yet', cause: 'tracking id', until: soon(work, 30) });
  const ref = noteReference(work.consignment, item.key, item.fact, item.revision);
  const name = `Pallet labels ${ref}`;
  if (intent.progress.labelSent === ref) {
    const known = (await client.getOrderDocuments(orderId)) as readonly { readonly name?: unknown }[];
    if (known.some((document) => document.name === name)) return finish(work, { item, state: 'delivered', proof: { name, found: true } });
  }
  let pdf: Buffer;
  const { blob } = intent.progress;
  // Whoever asks for it again wants the sheet as Palletways prints it now.
  const labelOf = item.revision === 1 ? item.fact : `${item.fact}:${item.revision}`;
  if (typeof blob === 'string' && intent.progress.labelOf === labelOf && (await installation.blobs.has(blob)))
    pdf = await installation.blobs.get(blob);
  else {
    work.doing.step = 'getLabels';
    const answer = await counterparts.palletways(work.organisation, 'label', signal).getLabels(work.row.trackingId);
    if (!answer.ready)
      return finish(work, { item, state: 'not yet', cause: 'label not ready', reason: answer.sentence, until: soon(work, 15) });
    pdf = answer.pdf;
    work.doing.step = 'store label';
    const stored = await installation.blobs.put(pdf);
    await keepProgress(installation.db, work.consignment, item.key, { blob: stored.key, labelOf });
  }
  await sending(work, [item], { labelSent: ref });
  work.doing.step = 'importDocument';
  await client.importDocument({
    orderId,
    filename: `labels-${ref}.pdf`,
    type: 'PALLET_LABEL_EXTERNAL',
    name,
    contentType: 'application/pdf',
    bytes: pdf,
  });
  await finish(work, { item, state: 'delivered', proof: { orderId, name } });
}

/** One read of the order's status (and its documents, where a refresh asked or an incident may have photos) meets all looks. */
async function look(work: Work, items: readonly Item[], known: StatusRead | null, signal: AbortSignal | undefined): Promise<void> {
  const open = await intents(
    work,
    'qargo',
    items.map((item) => ({ item })),
  );
  const { orderId } = work.row.qargo;
  if (open.length === 0) return;
  if (orderId === undefined) return hold(work, open, 'order not accepted');
  const { installation, counterparts } = work.services;
  const client = counterparts.qargo(work.organisation, 'pod', signal, waitedOf(work));
  const read = known ?? (await readStatus(work, client, orderId));
  // No event tells the photos of an incident, and the consignment may be closed before the next sweep.
  const wantsDocuments =
    open.some(({ item }) => item.kind === 'refresh') || read.status.stops.some(({ incidents }) => incidents.length > 0);
  const documents = wantsDocuments ? await client.getOrderDocuments(orderId) : null;
  const readAt = await now(installation.db);
  await endLooks(work, open, async () => {
    const { db } = installation;
    const asked = { organisation: work.organisation.id, consignment: work.consignment, handedOver: true } as const;
    const facts = await takeIn(db, { ...asked, channel: 'qargo status', answer: read.answer, reading: read.status.reading });
    const changed = await inTransaction(db, async (tx) => [
      ...(await takeInGoods(tx, work, read, { handedOver: true })),
      ...(await takeInHeld(tx, work, read, { handedOver: true })),
    ]);
    facts.push(...changed);
    if (documents !== null) {
      const context = { zone: 'UTC', receivedAt: readAt, digest: installation.digestOf(work.organisation.id) };
      const reading = readDocuments(documents, orderId, context, await readingTables(work));
      facts.push(...(await takeIn(db, { ...asked, channel: 'qargo documents', answer: documents, reading })));
    }
    return facts;
  });
}

/** Status and documents, for evidence that is missing; what they tell is dispatched as any news. */
async function readForEvidence(work: Work, signal: AbortSignal | undefined): Promise<void> {
  const { orderId } = work.row.qargo;
  if (orderId === undefined) return;
  const { installation, counterparts } = work.services;
  const client = counterparts.qargo(work.organisation, 'poll', signal, waitedOf(work));
  const read = await readStatus(work, client, orderId);
  const documents = await client.getOrderDocuments(orderId);
  const context = { zone: 'UTC', receivedAt: await now(installation.db), digest: installation.digestOf(work.organisation.id) };
  const reading = readDocuments(documents, orderId, context, await readingTables(work));
  const asked = { organisation: work.organisation.id, consignment: work.consignment, handedOver: false } as const;
  await takeIn(installation.db, { ...asked, channel: 'qargo status', answer: read.answer, reading: read.status.reading });
  await takeIn(installation.db, { ...asked, channel: 'qargo documents', answer: documents, reading });
}
