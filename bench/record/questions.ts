/** The questions that processes and people ask of the record. */

import { lanes } from '../../domain/obligations/lanes.ts';
import { defaultPolicy } from '../../domain/policy/settings.ts';
import { listCases } from '../../store/close-out/cases.ts';
import { closeOutPass, heldCloseOuts } from '../../store/close-out/close-out.ts';
import { closeOuts } from '../../store/close-out/export.ts';
import { countOpen, openAfter } from '../../store/due/open-consignments.ts';
import { ordersDue } from '../../store/due/orders.ts';
import { pullsDue } from '../../store/due/pulls.ts';
import { takeWork } from '../../store/due/take.ts';
import { openCharges } from '../../store/intake/charges.ts';
import { ingest } from '../../store/intake/ingest.ts';
import { parkedFacts } from '../../store/intake/parked.ts';
import { type Database, inTransaction } from '../../store/postgres/database.ts';
import { findByReference } from '../../store/record/consignments.ts';
import { claimUnread, receive } from '../../store/record/journal.ts';
import { planOf } from '../../store/record/plan.ts';
import { claimWakes, wakeConsignments, wakeOverdue } from '../../store/record/wake.ts';
import { countOutstanding, counts, lastSweeps, loadTimeline } from '../../store/views/overview.ts';
import { openQuestions } from '../../store/views/questions.ts';
import { listUnmatched } from '../../store/views/unmatched.ts';
import { piecesOfWork, recentlyParked, recentNotes, recentOrders } from '../../store/views/work.ts';
import type { Question } from './cost.ts';
import { scan } from './lives.ts';

interface Known {
  readonly id: string;
  readonly organisation: string;
  readonly order: string;
  readonly trackingId: string;
  readonly conNo: string;
  readonly barcode: string;
}

/** Consignments that can be asked for, `open` ones or closed: copies, whose ids begin with a `b`, where nothing else is named. */
async function known(db: Database, open: boolean, like = 'b%'): Promise<Known[]> {
  const { rows } = await db.query<Known>(
    `select c.id, c.organisation, c.qargo->>'orderId' as "order", c.tracking_id as "trackingId", c.reference as "conNo",
            (select a.value from alias a where a.consignment = c.id and a.kind = 'barcode' order by a.value limit 1) as barcode
       from consignment c join status s on s.consignment = c.id
      where (c.closed_at is null) = $1 and c.id like $2 and c.tracking_id is not null and (not $1 or s.stage = 'out for delivery')
      order by md5(c.id) limit 200`,
    [open, like],
  );
  return rows;
}

const anyReferenceMs = 5;
const firstPageMs = 100;

/** Hearing and projecting one scan: asked of an empty record too. */
export async function hearing(db: Database, like?: string): Promise<Question> {
  const open = await known(db, true, like);
  const run = Date.now() % 100_000;
  return {
    name: 'hear one scan, projected',
    times: 100,
    ask: (on, nth) => {
      const of = open[nth % open.length];
      if (of === undefined) throw new Error('nothing is open');
      const fact = scan('delivery', of.barcode, 1_600 + nth + run);
      const said = {
        organisation: of.organisation,
        journal: null,
        heard: fact.at,
        via: 'push',
        staleMs: 1e12,
      } as const;
      const heard = { aliases: { qargoOrderId: of.order, barcodes: [of.barcode] }, facts: [fact] };
      return inTransaction(on, (tx) => ingest(tx, heard, said));
    },
  };
}

export async function questions(db: Database): Promise<Question[]> {
  return [...(await ofOne(db)), await hearing(db), ...(await ofProcesses(db)), ...lists()];
}

async function ofOne(db: Database): Promise<Question[]> {
  const [open, closed] = [await known(db, true), await known(db, false)];
  const nthOf = (all: readonly Known[], nth: number) => all[nth % all.length] ?? fail();
  const any = (nth: number) => nthOf(nth % 2 === 0 ? open : closed, nth);
  const byReference = (what: string, value: (of: Known) => string): Question => ({
    name: `consignment by ${what}`,
    target: anyReferenceMs,
    times: 60,
    ask: async (on, nth) => {
      const found = await findByReference(on, value(any(nth)));
      if (found.length !== 1) throw new Error(`${found.length} by ${what}`);
    },
  });
  return [
    byReference('consignment number', ({ conNo }) => conNo),
    byReference('tracking id', ({ trackingId }) => trackingId),
    byReference('Qargo order id', (of) => of.order),
    byReference('barcode', ({ barcode }) => barcode),
    byReference('internal id', ({ id }) => id),
    {
      name: 'consignment by what nobody knows',
      target: anyReferenceMs,
      ask: (on, nth) => findByReference(on, `nothing ${nth}`),
    },
    {
      name: 'story of one',
      target: firstPageMs,
      ask: async (on, nth) => {
        const [row] = await findByReference(on, any(nth).id);
        return loadTimeline(on, row ?? fail());
      },
    },
    { name: 'plan of one', target: anyReferenceMs, ask: (on, nth) => planOf(on, nthOf(open, nth).id) },
    {
      name: 'take what is due in a lane',
      ask: (on, nth) => {
        const of = nthOf(open, nth);
        return takeWork(on, of.organisation, of.id, lanes[nth % lanes.length] ?? 'qargo');
      },
    },
  ];
}

const fail = (): never => {
  throw new Error('the record has nothing of this sort');
};

/** What services and workers ask again and again. */
async function ofProcesses(db: Database): Promise<Question[]> {
  const open = (await known(db, true)).map(({ id }) => id);
  const one = 'bench-0';
  return [
    {
      name: 'claim wakes (24 of 100)',
      target: firstPageMs,
      ask: async (on) => {
        await wakeConsignments(on, open.slice(0, 100));
        return claimWakes(on, 24, 1);
      },
    },
    {
      name: 'receive and claim a message',
      ask: async (on) => {
        const body = Buffer.from('{}');
        await receive(on, { organisation: one, channel: 'qargo visibility', contentType: 'application/json', body });
        return claimUnread(on, 4, 20_000);
      },
    },
    { name: 'wake what is overdue', target: firstPageMs, ask: (on) => wakeOverdue(on, 120_000, 100) },
    {
      name: 'pulls that are due',
      target: firstPageMs,
      ask: (on) => pullsDue(on, one, { minutes: 60, stages: {}, pace: 1 }, 200),
    },
    {
      name: 'orders that the Qargo sweep reads',
      target: firstPageMs,
      ask: (on) => ordersDue(on, one, { sweepSeconds: defaultPolicy.sweepSeconds, pace: 1 }),
    },
    {
      name: 'close-out pass with nothing new',
      target: firstPageMs,
      ask: (on, nth) => closeOutPass(on, `bench-${1 + (nth % 2)}`, 'export'),
      times: 10,
    },
    { name: 'open consignments, a page of 200', target: firstPageMs, ask: (on) => openAfter(on, '', 200) },
    { name: 'open consignments of one, a page', target: firstPageMs, ask: (on) => openAfter(on, '', 200, one) },
    { name: 'open consignments, counted', target: firstPageMs, ask: (on) => countOpen(on) },
    { name: 'last sweep of each', target: firstPageMs, ask: (on) => lastSweeps(on) },
  ];
}

/** Midnight so many days ago. */
const daysAgo = (days: number) => new Date(new Date().setUTCHours(0, 0, 0, 0) - days * 86_400_000).toISOString();

/** Lists that people open: their first page. */
function lists(): Question[] {
  const list = (name: string, ask: Question['ask']): Question => ({ name, target: firstPageMs, ask });
  return [
    list('questions for a person', (on) => openQuestions(on)),
    list('pieces of work', (on) => piecesOfWork(on)),
    list('what is owed now', (on) => countOutstanding(on)),
    // The day before yesterday half of what is open was taken in.
    list('counts since a day of 5,000 consignments', (on) => counts(on, daysAgo(2))),
    { name: 'counts of the last 7 days', ask: (on) => counts(on, daysAgo(7)) },
    list('unmatched', (on) => listUnmatched(on)),
    list('unmatched of one', (on) => listUnmatched(on, { organisation: 'bench-0' })),
    list('parked facts', (on) => parkedFacts(on)),
    list('open cases', (on) => listCases(on, 'open')),
    list('open cases of one', (on) => listCases(on, 'open', { organisation: 'bench-0' })),
    list('all cases', (on) => listCases(on, 'all')),
    list('resolved cases', (on) => listCases(on, 'resolved')),
    list('close-outs that are held', (on) => heldCloseOuts(on)),
    list('close-outs that are held, of one', (on) => heldCloseOuts(on, { organisation: 'bench-0' })),
    list('charges that are open', (on) => openCharges(on)),
    list('close-outs, first page (200)', (on) => closeOuts(on, {})),
    { name: 'close-outs, 2,000 rows', ask: (on) => closeOuts(on, { limit: 2_000 }) },
    list('close-outs of one since a week', (on) => closeOuts(on, { organisation: 'bench-0', since: daysAgo(7) })),
    list('latest orders of one', (on) => recentOrders(on, 'bench-0', 200)),
    list('latest notes of one', (on) => recentNotes(on, 'bench-0', 200)),
    list('latest exceptions without a code', (on) => recentlyParked(on, 'bench-0', 200)),
  ];
}
