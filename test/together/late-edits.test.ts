/**
 * Late edits at both twins: every field, at every stage, edited by either side, where the field is Palletways' word and where it is
 * Qargo's. What was decided is read off the twins and off what a person is asked, and both sides must have been told.
 */

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { editStage } from '../../domain/policy/decision.ts';
import { type EditField, type EditStage, editFields, editStages } from '../../domain/policy/edits.ts';
import { fieldWords } from '../../domain/words/fields.ts';
import type { Consignment } from '../../sandbox/day/consignments.ts';
import { stateForDecisions } from '../../store/decisions/decisions.ts';
import {
  ago,
  atPalletways,
  atQargo,
  type Made,
  make,
  notesOf,
  papersOf,
  plainConsignment,
  plan,
  scan,
} from './deeds.ts';
import { useGround } from './ground.ts';

/** As by default, with planners' edits judged; and where every field is Qargo's word and every decision is told. */
const ground = useGround(
  { decisions: { tell: 'refused', qargo: 'document', planner: 'judge' } },
  {
    edits: Object.fromEntries(editFields.map((field) => [field, { owner: 'qargo' as const }])),
    decisions: { tell: 'all', qargo: 'document', planner: 'judge' },
  },
);

/**
 * What an edit comes to, a letter for each stage: announced, planned, loaded, out, arrived, failed, delivered.
 *
 *     a   accepted   both hold it. Edited at Palletways: Qargo's order has it, and where every decision is told a note and a
 *                    document say so once anything was planned. Edited in Qargo: a note tells Palletways that it stands
 *     x   refused    a note at Palletways and a document on Qargo's order say which field, that it came too late, and why; an edit of
 *                    Palletways leaves Qargo's order as agreed, one of Qargo is to be put back there
 *     ?   asked      nobody is told and nothing changes until a person answers: then as above, by his answer
 *     -   not seen   Qargo has no field of its own for it: a planner who changes the words where it stands changes nothing here
 */
const table: Readonly<Record<EditField, readonly [Cell, Cell, Cell, Cell]>> = {
  //                  Palletways' word        Qargo's word
  // edited at        Palletways  Qargo       Palletways  Qargo
  billUnits: ['aa????x', '??????x', 'a?????x', 'aa????x'],
  lifts: ['aa????x', '-------', 'a?????x', '-------'],
  weight: ['aaa???x', '??????x', 'a?????x', 'aaa???x'],
  collectionDate: ['aaxxxxx', '??xxxxx', 'a?xxxxx', 'aaxxxxx'],
  deliveryDate: ['aa??xax', '????x?x', 'a???x?x', 'aa??xax'],
  bookIn: ['aa??xax', '????x?x', 'a???x?x', 'aa??xax'],
  collectionAddress: ['aaxxxxx', '??xxxxx', 'a?xxxxx', 'aaxxxxx'],
  deliveryAddress: ['aa??xax', '????x?x', 'a???x?x', 'aa??xax'],
  instructions: ['aaaaaaa', '???????', 'a??????', 'aaaaaaa'],
  service: ['aa?xx?x', '???xx?x', 'a??xx?x', 'aa?xx?x'],
  references: ['aaaaaaa', '???????', 'a??????', 'aaaaaaa'],
  tailLift: ['aa??xax', '????x?x', 'a???x?x', 'aa??xax'],
  // In Qargo it stands in the words about the place, and is told as these.
  handball: ['aa??xax', '????x?x', 'a???x?x', 'aa??xax'],
  hazardous: ['aa?????', '???????', 'a??????', 'aa?????'],
  depots: ['aa??xxx', '????xxx', 'a???xxx', 'aa??xxx'],
};
type Cell = string;
const columns = [
  { organisation: 0, side: 'palletways' },
  { organisation: 0, side: 'qargo' },
  { organisation: 1, side: 'palletways' },
  { organisation: 1, side: 'qargo' },
] as const;
type Column = (typeof columns)[number];

/** The order as Qargo answers it, as far as the tests look at it. */
interface Stop {
  readonly date?: string;
  readonly reference_number?: string;
  readonly phone_number?: string;
  readonly note?: string;
  readonly planning_instructions?: string;
  readonly location?: { readonly address?: string };
  readonly extras?: readonly { readonly code: string }[];
}
interface Order {
  readonly planning_instructions?: string;
  readonly service_level?: { readonly code: string };
  readonly consignments: readonly [
    {
      readonly planning_instructions?: string;
      readonly transport_network?: { readonly collection_depot_code?: string };
      readonly pickup_stop: Stop;
      readonly delivery_stop: Stop;
      readonly goods: readonly {
        readonly id: string;
        readonly quantity: number;
        readonly total_weight_kg: number;
        readonly adr_type?: string;
        readonly packaging_type?: { readonly packaging_size?: { readonly code?: string } };
      }[];
    },
  ];
}

/** A planner's change, in the words of Qargo's own partial update. */
type Change =
  | { readonly order: object }
  | { readonly consignment: object }
  | { readonly pickup: object }
  | { readonly delivery: object }
  | { readonly goods: object };

interface Field {
  /** Palletways' edit, in its own words. */
  readonly amend: (now: Consignment) => object;
  /** What Qargo's order holds of it, as one text. */
  readonly seen: (order: Order) => string;
  /** What is in that text once it was edited by Palletways. */
  readonly becomes: string;
  /** A planner's edit, and how it is put back. */
  readonly planner: (order: Order) => readonly [edit: Change, back: Change];
  /** How that edit is named where it is not by the field. */
  readonly as?: EditField;
}

const first = ({ consignments: [one] }: Order) => one;
const elsewhere = (now: Consignment, type: 'Delivery' | 'Collection') => ({
  Address: now.Address.map((address) => (address.Type === type ? { ...address, Line: ['77 Canal Side'] } : address)),
});
const ofStop = (which: 'pickup' | 'delivery', field: keyof Stop, value: unknown) => (order: Order) =>
  [
    { [which]: { [field]: value } },
    { [which]: { [field]: first(order)[`${which}_stop`][field] ?? null } },
  ] as unknown as [Change, Change];
const ofGoods = (field: keyof Order['consignments'][0]['goods'][0], value: unknown) => (order: Order) =>
  [{ goods: { [field]: value } }, { goods: { [field]: first(order).goods[0]?.[field] ?? null } }] as const;
const [far, farther] = ['2027-03-01', '2027-03-02'];

const fields: Readonly<Record<EditField, Field>> = {
  billUnits: {
    amend: () => ({ BillUnit: [{ Type: 'HP', Amount: '2' }] }),
    seen: (order) =>
      first(order)
        .goods.map(({ quantity, packaging_type: of }) => `${of?.packaging_size?.code} x ${quantity}`)
        .join(),
    becomes: 'HP x 2',
    planner: ofGoods('packaging_type', { packaging_size: { code: 'QP' } }),
  },
  lifts: {
    amend: () => ({ Lifts: '3' }),
    seen: (order) => /Lifts: \d+/.exec(first(order).planning_instructions ?? '')?.[0] ?? '',
    becomes: 'Lifts: 3',
    planner: (order) => {
      const words = first(order).planning_instructions ?? '';
      return [
        { consignment: { planning_instructions: words.replace(/Lifts: \d+/, 'Lifts: 9') } },
        { consignment: { planning_instructions: words } },
      ];
    },
  },
  weight: {
    amend: () => ({ Weight: '700' }),
    seen: (order) => String(first(order).goods.reduce((sum, good) => sum + good.total_weight_kg, 0)),
    becomes: '700',
    planner: ofGoods('total_weight_kg', 777),
  },
  collectionDate: {
    amend: () => ({ CollectionDate: far }),
    seen: (order) => first(order).pickup_stop.date ?? '',
    becomes: far,
    planner: ofStop('pickup', 'date', farther),
  },
  deliveryDate: {
    amend: () => ({ DeliveryDate: far }),
    seen: (order) => first(order).delivery_stop.date ?? '',
    becomes: far,
    planner: ofStop('delivery', 'date', farther),
  },
  bookIn: {
    amend: () => ({ BookInReference: 'SLOT-9' }),
    seen: (order) => first(order).delivery_stop.planning_instructions ?? '',
    becomes: 'SLOT-9',
    planner: ofStop('delivery', 'planning_instructions', 'Booked in\nBook-in reference: SLOT-1'),
  },
  collectionAddress: {
    amend: (now) => elsewhere(now, 'Collection'),
    // Where we deliver the far end stands among the words.
    seen: (order) => /Shipper: .*/.exec(first(order).planning_instructions ?? '')?.[0] ?? '',
    becomes: '77 Canal Side',
    planner: ofStop('pickup', 'phone_number', '+44 113 496 0999'),
  },
  deliveryAddress: {
    amend: (now) => elsewhere(now, 'Delivery'),
    seen: (order) => first(order).delivery_stop.location?.address ?? '',
    becomes: '77 Canal Side',
    planner: (order) => {
      const { location } = first(order).delivery_stop;
      return [{ delivery: { location: { ...location, address: '8 Other Road' } } }, { delivery: { location } }];
    },
  },
  instructions: {
    amend: () => ({ ManifestNote: 'Side gate' }),
    seen: (order) => order.planning_instructions ?? '',
    becomes: 'Side gate',
    planner: ({ planning_instructions: words }) => [
      { order: { planning_instructions: 'Rear door' } },
      { order: { planning_instructions: words } },
    ],
  },
  service: {
    amend: () => ({ Service: [{ Type: 'Delivery', Code: 'A', Surcharge: 'E' }] }),
    seen: (order) => order.service_level?.code ?? '',
    becomes: 'A-E',
    planner: ({ service_level: level }) => [
      { order: { service_level: { code: 'B-B' } } },
      { order: { service_level: level } },
    ],
  },
  references: {
    amend: () => ({ Reference: 'PO-200' }),
    seen: (order) => first(order).delivery_stop.reference_number ?? '',
    becomes: 'PO-200',
    planner: ofStop('delivery', 'reference_number', 'PO-999'),
  },
  tailLift: {
    amend: () => ({ TailLift: 'yes' }),
    seen: (order) => (first(order).delivery_stop.extras ?? []).map(({ code }) => code).join(),
    becomes: 'TAIL',
    planner: ofStop('delivery', 'extras', []),
  },
  handball: {
    amend: () => ({ Handball: 'yes' }),
    seen: (order) => first(order).delivery_stop.note ?? '',
    becomes: 'Handball',
    planner: (order) => {
      const { note } = first(order).delivery_stop;
      return [{ delivery: { note: `${note}\nHandball` } }, { delivery: { note } }];
    },
    as: 'deliveryAddress',
  },
  hazardous: {
    amend: () => ({ ADRGoods: 'yes' }),
    seen: (order) =>
      first(order)
        .goods.map(({ adr_type: adr }) => adr ?? 'none')
        .join(),
    becomes: 'ADR',
    planner: ofGoods('adr_type', 'LIMITED_QUANTITY'),
  },
  depots: {
    amend: () => ({ CollectionDepot: '570' }),
    seen: (order) => first(order).transport_network?.collection_depot_code ?? '',
    becomes: '570',
    planner: (order) => {
      const network = first(order).transport_network;
      return [
        { consignment: { transport_network: { ...network, collection_depot_code: '599' } } },
        { consignment: { transport_network: network } },
      ];
    },
  },
};

const stages: Readonly<
  Record<EditStage, { readonly words: string; readonly reach: (made: Made) => Promise<unknown> }>
> = {
  announced: { words: 'not planned yet', reach: async () => undefined },
  planned: { words: 'planned', reach: (made) => plan(made, 'R12', 300) },
  loaded: { words: 'loaded', reach: (made) => scan(made, 'PICKUP', 250) },
  out: {
    words: 'out for delivery',
    reach: (made) => atQargo(made, 'stop', { stop: 'PICKUP', status: 'COMPLETED', at: ago(230), startedAt: ago(250) }),
  },
  arrived: {
    words: 'at the consignee',
    reach: (made) => atQargo(made, 'stop', { stop: 'DELIVERY', status: 'AT_STOP', at: ago(120) }),
  },
  failed: {
    words: 'back after a failed attempt',
    reach: (made) =>
      atQargo(made, 'stop', { stop: 'DELIVERY', status: 'FAILED', at: ago(110), incident: { code: 'CARDED' } }),
  },
  delivered: {
    words: 'delivered',
    reach: (made) =>
      atQargo(made, 'stop', { stop: 'DELIVERY', status: 'COMPLETED', at: ago(100), startedAt: ago(120) }),
  },
};

/** What comes before a stage; an attempt that failed is not delivered. */
const before = (stage: EditStage) =>
  editStages.slice(0, editStages.indexOf(stage) + 1).filter((each) => each !== 'failed' || stage === 'failed');

async function at(stage: EditStage, organisation: string): Promise<{ made: Made; now: Consignment }> {
  const now = plainConsignment();
  const made = await make(ground(), organisation, now);
  for (const each of before(stage)) {
    await stages[each].reach(made);
    await made.of.hear(made.id);
  }
  // What only a read tells.
  if (stage === 'failed') await made.of.refresh(made.id);
  expect(editStage(await stateForDecisions(made.of.installation.db, made.id.consignment))).toBe(stage);
  return { made, now };
}

const orderOf = async ({ of, id, orderId }: Made) => (await of.readOrder(id, orderId)) as Order;

/** The planner's change, made in Qargo. */
async function change({ of, id, orderId }: Made, order: Order, what: Change): Promise<void> {
  const organisation = await of.installation.organisations.cached(id.organisation);
  const { user, password } = organisation?.qargo.webhook ?? { user: '', password: '' };
  const [[where, data] = ['', {}]] = Object.entries(what);
  const update = { operation: 'UPDATE', data };
  const stop = (stop_type: string) => ({
    stop: { updates: [{ match: { matches_all: [{ stop: { stop_type } }] }, update }] },
  });
  const goods = {
    good: {
      updates: first(order).goods.map((each) => ({
        match: { matches_all: [{ good: { id: { matches_any: [each.id] } } }] },
        update,
      })),
    },
  };
  const inside = where === 'goods' ? goods : where === 'consignment' ? { update } : stop(where.toUpperCase());
  const consignment = {
    updates: [{ match: { matches_all: [{ consignment: { order_sequence_number: 1 } }] }, ...inside }],
  };
  const match = { matches_all: [{ order: { id: { matches_any: [orderId] } } }] };
  const answer = await fetch(`${of.qargo}/v1/webhook/partial-order-update`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
    },
    body: JSON.stringify({ updates: [{ match, ...(where === 'order' ? { update } : { consignment }) }] }),
  });
  expect([answer.status, await answer.text()]).toEqual([200, expect.not.stringContaining('error_type')]);
}

/** What both sides were told of decisions so far. */
async function told(made: Made) {
  const notes = (await notesOf(made)).filter(({ group, type }) => `${group}/${type}` === 'JIN/GIN');
  return { notes: notes.map(({ description, freeText }) => ({ description, freeText })), papers: await papersOf(made) };
}
type Told = Awaited<ReturnType<typeof told>>;

/** What was told since: one note with these words, or none; and one document with the very sentence, or none. */
function expectTold(was: Told, is: Told, note: { says: string; sentence: string } | null, paper: boolean): void {
  const [notes, papers] = [is.notes.slice(was.notes.length), is.papers.slice(was.papers.length)];
  expect(notes).toEqual(
    note === null ? [] : [{ description: note.says, freeText: expect.stringContaining(note.sentence) }],
  );
  const text = createHash('sha256').update(`${note?.sentence}\n`).digest('hex');
  expect(papers.map(({ name, sha256 }) => [name.includes(note?.says.toLowerCase() ?? ''), sha256])).toEqual(
    paper ? [[true, text]] : [],
  );
}

/** Reads off both sides what became of one edit, answers what a person is asked, and sees that both sides were told. */
async function cell(
  made: Made,
  now: Consignment,
  field: EditField,
  stage: EditStage,
  { side, organisation }: Column,
): Promise<string> {
  const { of, id } = made;
  const { amend, seen, becomes, planner, as } = fields[field];
  const [all, words] = [organisation === 1, fieldWords[side === 'qargo' ? (as ?? field) : field]];
  const [order, was] = [await orderOf(made), await told(made)];
  const [edit, back] = planner(order);
  if (side === 'palletways') {
    const changes = amend(now);
    Object.assign(now, changes);
    await atPalletways(made, 'amend', { changes });
    await of.hear(id);
  } else {
    await change(made, order, edit);
    await of.refresh(id);
  }
  const held = seen(await orderOf(made));
  let [letter, accepted, by] = ['', false, ''];
  const open = (await of.attention(id)).filter((sentence) => sentence.includes(words));
  if (open.length > 0) {
    expect(open).toEqual([
      expect.stringMatching(side === 'palletways' ? /a person must accept or refuse it/ : /Qargo holds another/),
    ]);
    expectTold(was, await told(made), null, false);
    if (side === 'palletways') expect(held).toBe(seen(order));
    accepted = (editFields.indexOf(field) + editStages.indexOf(stage)) % 2 === 0;
    expect(await of.settle(id, accepted ? 'accepted' : 'refused')).toBe(true);
    expect((await of.attention(id)).filter((sentence) => sentence.includes(words))).toEqual([]);
    [letter, by] = ['?', side === 'palletways' ? ' by the depot' : ', decided by the depot,'];
  } else {
    const news = (await told(made)).notes.slice(was.notes.length);
    accepted =
      side === 'palletways' ? held !== seen(order) : news.some(({ description }) => description.includes('ACCEPTED'));
    letter = side === 'qargo' && news.length === 0 ? '-' : accepted ? 'a' : 'x';
  }
  const after = seen(await orderOf(made));
  if (side === 'palletways') {
    if (accepted) expect(after).toContain(becomes);
    else expect(after).toBe(seen(order));
    const silent = accepted && !(all && (letter === '?' || stage !== 'announced'));
    const said = stages[stage].words;
    const sentence = accepted
      ? `The change of ${words} was accepted${by} (${said}).`
      : `The change of ${words} came too late and was refused${by}: ${said}. It stands as agreed before.`;
    expectTold(
      was,
      await told(made),
      silent ? null : { says: `LATE EDIT ${accepted ? 'ACCEPTED' : 'REFUSED'}`, sentence },
      !silent,
    );
  } else {
    expect(after).toBe(held);
    const end = accepted ? 'stands.' : 'is not agreed and is to be put back in Qargo.';
    const sentence = `The change of ${words} made in Qargo${by} ${end}`;
    const note = letter === '-' ? null : { says: `QARGO EDIT ${accepted ? 'ACCEPTED' : 'REFUSED'}`, sentence };
    expectTold(was, await told(made), note, letter !== '-' && !accepted);
    // Put back it is agreed again, and nobody is told more.
    const so = await told(made);
    await change(made, order, back);
    await of.refresh(id);
    expect([seen(await orderOf(made)), await told(made)]).toEqual([seen(order), so]);
  }
  return letter;
}

const seen = new Map<EditStage, readonly (readonly string[])[]>();

test.each(editStages)(
  'edits when %s: each field by either side ends as the table says, and both sides are told',
  { timeout: 300_000 },
  async (stage) => {
    const organisations = ground().organisations;
    const played: (Awaited<ReturnType<typeof at>> & { column: Column })[] = [];
    for (const column of columns)
      played.push({ column, ...(await at(stage, organisations[column.organisation] ?? '')) });
    const found = await Promise.all(
      played.map(async ({ column, made, now }) => {
        const letters: string[] = [];
        for (const field of editFields) {
          letters.push(
            await cell(made, now, field, stage, column).catch((error: unknown) => {
              throw new Error(`${field} edited at ${column.side} when ${stage}, organisation ${column.organisation}`, {
                cause: error,
              });
            }),
          );
        }
        return letters;
      }),
    );
    seen.set(stage, found);
    const n = editStages.indexOf(stage);
    const row = (letters: readonly (string | undefined)[]) => letters.join(' ');
    expect(editFields.map((field, f) => `${field} ${row(found.map((letters) => letters[f]))}`)).toEqual(
      editFields.map((field) => `${field} ${row(table[field].map((letters) => letters[n]))}`),
    );
  },
);

test('the table is whole: every field, stage and side was played', () => {
  expect(Object.keys(table).sort()).toEqual([...editFields].sort());
  for (const row of Object.values(table))
    expect(row.map((letters) => letters.length)).toEqual(columns.map(() => editStages.length));
  expect([...seen.keys()]).toEqual(editStages);
  const cells = [...seen.values()].flat(2);
  expect(cells).toHaveLength(editFields.length * editStages.length * columns.length);
  expect(cells.every((letter) => ['a', 'x', '?', '-'].includes(letter))).toBe(true);
});
