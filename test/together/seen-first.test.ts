/**
 * What somebody changes of an order in Qargo, and no read of ours has seen yet, when an update of ours comes to be written: it is
 * taken in first, judged and told as any such change, and the update leaves alone what it is not about.
 */
import { expect, test } from 'vitest';
import { until } from '../../bench/until.ts';
import { defaultPolicy, type Policy } from '../../domain/policy/settings.ts';
import { call } from '../../local/loopback.ts';
import { ago, atPalletways, atQargo, held, type Made, make, notesOf, plainConsignment, plan } from './deeds.ts';
import { useGround } from './ground.ts';

const judged = { tell: 'all', qargo: 'document', planner: 'judge' } as const;
const charged: Partial<Policy> = {
  decisions: judged,
  charges: { measured: 'both', regrade: 'both', surcharge: 'off' },
};
/** Told of what is charged for; of all as edits, whose word is Qargo's; told of windows too; of nothing. */
const ground = useGround(
  charged,
  {
    decisions: judged,
    edits: { instructions: { owner: 'qargo' }, weight: { owner: 'qargo' }, deliveryDate: { owner: 'qargo' } },
  },
  { decisions: judged, rows: { ...defaultPolicy.rows, network: 'on' } },
  {},
);
const [charges, edits, windows, none] = [0, 1, 2, 3];

interface Order {
  readonly planning_instructions?: string;
  readonly consignments: readonly [
    {
      readonly pickup_stop: Stop;
      readonly delivery_stop: Stop;
      readonly goods: readonly {
        readonly id: string;
        readonly total_weight_kg: number;
        readonly packaging_type?: unknown;
      }[];
    },
  ];
}
interface Stop {
  readonly date?: string;
  readonly reference_number?: string;
  readonly time_window?: { readonly start_time: string } | null;
  readonly extras?: readonly { readonly code: string }[] | null;
}

const orderOf = async ({ of, id, orderId }: Made) => (await of.readOrder(id, orderId)) as Order;
const first = ({ consignments: [one] }: Order) => one;
const weightOf = (order: Order) => first(order).goods.reduce((sum, good) => sum + good.total_weight_kg, 0);

async function planned(organisation: number): Promise<Made> {
  const made = await make(ground(), ground().organisations[organisation] ?? '');
  await plan(made, 'R12', 300);
  await made.of.hear(made.id);
  return made;
}

async function weigh(made: Made, kg: number): Promise<void> {
  const goods = first(await orderOf(made)).goods.map(({ id }) => ({ id, total_weight_kg: kg }));
  await atQargo(made, 'edit', { changes: { goods }, by: 'Warehouse' });
}

async function amend(made: Made, changes: object): Promise<void> {
  await atPalletways(made, 'amend', { changes });
  await made.of.hear(made.id);
}

const told = async (made: Made) =>
  (await notesOf(made)).map(({ description, freeText }) => `${description} ${freeText}`);
const ofQargo = async (made: Made) => (await told(made)).filter((note) => note.startsWith('QARGO EDIT'));
const stands = (what: string) =>
  expect.stringContaining(`QARGO EDIT ACCEPTED The change of ${what} made in Qargo stands.`) as string;

test('goods weighed while the labels wait for their paper are told, whatever look comes first', async () => {
  const of = ground();
  const organisation = of.organisations[charges] ?? '';
  const body = { organisation, consignment: plainConsignment() };
  const created = (await call('POST', `${of.palletways}/control/consignments`, body)) as {
    responseId: string;
    trackingId: string;
  };
  const label = (more: object) =>
    call('POST', `${of.palletways}/control/consignments/${created.responseId}/label`, more);
  await label({ readyDelayMs: 600_000 });
  await of.take();
  const id = await of.find(created.trackingId);
  // Barcodes are there; the paper is not, and it is looked for as long as we like.
  await expect(of.drive(id)).rejects.toThrow('never done: labels');
  const { rows } = await of.installation.db.query<{ order: string }>(
    `select qargo->>'orderId' as order from consignment where id = $1`,
    [id.consignment],
  );
  const made: Made = { of, id, ...created, orderId: rows[0]?.order ?? '', barcodes: [], letters: [] };
  await weigh(made, 690);
  await label({ readyDelayMs: 0, push: false });
  await of.drive(id);
  expect(await told(made)).toEqual([expect.stringMatching(/weight 640 kg -> 690 kg/i)]);
  expect(weightOf(await orderOf(made))).toBe(690);
  await of.refresh(id);
  expect(await told(made)).toHaveLength(1);
});

test('goods weighed before an edit of other things comes: the weight is told and stays, the edit is made', async () => {
  const made = await planned(charges);
  await weigh(made, 700);
  await amend(made, { Reference: 'PO-200' });
  const order = await orderOf(made);
  expect([weightOf(order), first(order).delivery_stop.reference_number]).toEqual([700, 'PO-200']);
  expect((await told(made)).filter((note) => /weight/i.test(note))).toEqual([
    expect.stringMatching(/weight 640 kg -> 700 kg/i),
  ]);
  expect(await made.of.attention(made.id)).toEqual([]);
});

test('a size that Palletways measured of one pallet is written, and does not come back as news of Qargo', async () => {
  const made = await planned(charges);
  const note = { group: 'CHG', type: 'DIM', text: '120 x 100 x 150 cm', barcode: made.barcodes[0] };
  await atPalletways(made, 'note', note);
  await made.of.refresh(made.id);
  await made.of.refresh(made.id);
  const goods = first(await orderOf(made)).goods as readonly { readonly unit_height_m?: number }[];
  expect(goods.map(({ unit_height_m: height }) => height)).toContain(1.5);
  const said = (await made.of.facts(made.id)).flatMap((fact) =>
    fact.kind === 'charge' ? [`${fact.source} ${fact.charge}`] : [],
  );
  expect(said).toEqual(['palletways dimensions']);
  expect((await told(made)).filter((note) => /size|dimension/i.test(note))).toEqual([]);
});

test('goods weighed before Palletways amends the weight itself: the network hears what was written over', async () => {
  const made = await planned(charges);
  await weigh(made, 710);
  await amend(made, { Weight: '800' });
  expect((await told(made)).filter((note) => /710 kg/.test(note))).toHaveLength(1);
});

test('what a planner wrote before an edit of other things comes is told and stays, by partial update and by the whole order', async () => {
  const made = await planned(edits);
  await atQargo(made, 'edit', { changes: { instructions: 'Ask for bay 7' } });
  await amend(made, { Reference: 'PO-300' });
  expect(await ofQargo(made)).toEqual([stands('instructions')]);
  let order = await orderOf(made);
  expect([order.planning_instructions, first(order).delivery_stop.reference_number]).toEqual([
    'Ask for bay 7',
    'PO-300',
  ]);
  // No partial update can say this: the order goes over whole.
  await atQargo(made, 'edit', {
    changes: { goods: first(order).goods.map(({ id }) => ({ id, total_weight_kg: 655 })) },
  });
  await amend(made, { TailLift: 'yes' });
  order = await orderOf(made);
  expect([
    order.planning_instructions,
    weightOf(order),
    first(order).delivery_stop.extras?.map(({ code }) => code),
  ]).toEqual(['Ask for bay 7', 655, expect.arrayContaining(['TAIL_LIFT'])]);
  expect(await ofQargo(made)).toEqual([stands('instructions'), stands('weight')]);
  expect(await made.of.attention(made.id)).toEqual([]);
  // Nobody is told twice by later reads.
  await made.of.refresh(made.id);
  expect(await ofQargo(made)).toHaveLength(2);
});

test('both sides write the same field, and ours was not seen: a person is asked before anything is written over', async () => {
  const made = await planned(edits);
  await atQargo(made, 'edit', { changes: { instructions: 'Ask for bay 8' } });
  await amend(made, { ManifestNote: 'Side gate' });
  expect((await orderOf(made)).planning_instructions).toBe('Ask for bay 8');
  expect(await ofQargo(made)).toEqual([stands('instructions')]);
  expect((await made.of.questions(made.id)).length).toBe(1);
  expect(await made.of.settle(made.id, 'accepted')).toBe(true);
  expect((await orderOf(made)).planning_instructions).toBe('Side gate');
});

test('a window that a planner set before an edit comes is told as a book-in, and stays', async () => {
  const made = await planned(windows);
  await atQargo(made, 'edit', { changes: { deliveryWindow: { start_time: '13:00', end_time: '16:30' } } });
  await amend(made, { TailLift: 'yes', Reference: 'PO-400' });
  const order = await orderOf(made);
  expect(first(order).delivery_stop.time_window?.start_time.slice(0, 5)).toBe('13:00');
  expect(first(order).delivery_stop.reference_number).toBe('PO-400');
  expect((await told(made)).filter((note) => /13:00 to 16:30/.test(note))).toHaveLength(1);
});

test('a book-in over which the order has said another date since is not told, and does not count as told', async () => {
  const made = await planned(windows);
  const bookIn = { date: '2027-03-03', time: '10:30' };
  await atPalletways(made, 'note', { group: 'BIN', type: 'BIN', bookIn, at: ago(5) });
  await atPalletways(made, 'amend', { changes: { DueDate: '2027-03-05' } });
  await made.of.refresh(made.id);
  await made.of.hear(made.id);
  expect(first(await orderOf(made)).delivery_stop.date).toBe('2027-03-05');
  const { rows } = await made.of.installation.db.query(
    "select state, cause->>'code' as code from receipt where consignment = $1 and key = 'book-in'",
    [made.id.consignment],
  );
  expect(rows).toEqual([{ state: 'void', code: 'order says otherwise' }]);
});

test('what somebody changes while an update of other things is on the wire is told and stays', async () => {
  const made = await planned(edits);
  const { qargo } = made.of;
  const fault = {
    match: { method: 'partialOrderUpdate', organisation: made.id.organisation },
    times: 1,
    do: { answerLate: 1_500 },
  };
  await call('PUT', `${qargo}/control/faults`, { faults: [fault] });
  const amended = amend(made, { Reference: 'PO-600' });
  await until('the update', async () =>
    first(await orderOf(made)).delivery_stop.reference_number === 'PO-600' ? true : undefined,
  );
  await atQargo(made, 'edit', { changes: { instructions: 'Ask for bay 9' } });
  await weigh(made, 666);
  await amended;
  const order = await orderOf(made);
  expect([order.planning_instructions, weightOf(order), first(order).delivery_stop.reference_number]).toEqual([
    'Ask for bay 9',
    666,
    'PO-600',
  ]);
  expect(await ofQargo(made)).toEqual([stands('instructions, weight')]);
  expect(await made.of.attention(made.id)).toEqual([]);
});

test('both make the same edit: nobody is told of a planner, and nothing is sent', async () => {
  const made = await planned(charges);
  await atQargo(made, 'edit', { changes: { instructions: 'Side gate' } });
  const { effects } = await held(made);
  await amend(made, { ManifestNote: 'Side gate' });
  expect((await held(made)).effects).toEqual(effects);
  expect(await ofQargo(made)).toEqual([]);
  expect(await made.of.attention(made.id)).toEqual([]);
});

test('an edit of Palletways costs one read more where somebody is to be told of changes in Qargo, else none', async () => {
  const reads = async (organisation: number) => {
    const made = await planned(organisation);
    const name = ground().organisations[organisation] ?? '';
    const all = async () =>
      (
        (await call('GET', `${ground().qargo}/control/calls?organisation=${name}`)) as { items: { method: string }[] }
      ).items.filter(({ method }) => method === 'orderStatus').length;
    const before = await all();
    await amend(made, { Reference: 'PO-500' });
    expect(first(await orderOf(made)).delivery_stop.reference_number).toBe('PO-500');
    // One of them is the test's own.
    return (await all()) - before - 1;
  };
  expect([await reads(none), await reads(edits)]).toEqual([1, 2]);
});
