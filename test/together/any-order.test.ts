/**
 * A full life with two attempts at both twins, its pushes heard in any order, doubled, cut into any batches: both twins end as if it
 * had been heard in order. With a late edit, a charge change and a cancellation there is one verdict for each, both sides are told,
 * and both twins agree with it.
 */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { FactKind } from '../../domain/facts.ts';
import { type Lane, lanes } from '../../domain/lanes.ts';
import { defaultPolicy } from '../../domain/organisation.ts';
import { call } from '../../local/loopback.ts';
import { photo, signature } from '../../sandbox/day/evidence.ts';
import { kinds } from '../domain/arbitraries.ts';
import { ago, atPalletways, atQargo, held, type Made, make, type Note, notesOf, plan, scan } from './deeds.ts';
import { type Letter, useGround } from './ground.ts';

const ground = useGround({
  rows: { ...defaultPolicy.rows, network: 'on' },
  etaMinutes: 10,
  evidence: { ...defaultPolicy.evidence, signature: true, name: true, photos: 1 },
  verdicts: { tell: 'all', qargo: 'document', planner: 'judge' },
  charges: { measured: 'both', regrade: 'both', surcharge: 'both' },
  closeOut: 'both',
});

const heardKinds = new Set<FactKind>();
const settings = { seed: Number(process.env.SEED ?? 20_261_123), endOnFailure: process.env.SHRINK === undefined };

type Deed = (made: Made) => Promise<unknown>;
const file = (type: string, name: string, contentType: string, bytes: Buffer) => ({
  type,
  name,
  contentType,
  base64: bytes.toString('base64'),
});
const out =
  (minutes: number): Deed =>
  (made) =>
    atQargo(made, 'stop', { stop: 'PICKUP', status: 'COMPLETED', at: ago(minutes), startedAt: ago(minutes + 20) });
const arrived =
  (minutes: number): Deed =>
  (made) =>
    atQargo(made, 'stop', { stop: 'DELIVERY', status: 'AT_STOP', at: ago(minutes) });
const expected =
  (minutes: number): Deed =>
  (made) =>
    atQargo(made, 'eta', { stop: 'DELIVERY', start: ago(minutes), end: ago(minutes - 15), at: ago(minutes + 60) });

/** Planned, driven, and nobody was in. */
const firstAttempt: readonly Deed[] = [
  (made) => atPalletways(made, 'note', { group: 'STA', type: '400', statusCode: 400, text: 'At hub', at: ago(900) }),
  (made) => plan(made, 'R12', 600),
  (made) => scan(made, 'PICKUP', 560),
  out(540),
  expected(480),
  expected(450),
  arrived(440),
  (made) =>
    atQargo(made, 'stop', {
      stop: 'DELIVERY',
      status: 'FAILED',
      at: ago(430),
      incident: { code: 'CARDED', name: 'Carded', photos: [{ name: 'card.jpg', base64: photo(1, 'card').toString('base64') }] },
    }),
];
/** Planned anew, delivered and signed for. */
const secondAttempt: readonly Deed[] = [
  (made) => plan(made, 'R15', 300),
  (made) => scan(made, 'PICKUP', 250),
  out(230),
  arrived(120),
  (made) => scan(made, 'DELIVERY', 115),
  (made) => atQargo(made, 'stop', { stop: 'DELIVERY', status: 'COMPLETED', at: ago(100), startedAt: ago(120) }),
  (made) =>
    atQargo(made, 'pod', {
      name: 'Aoife Byrne',
      at: ago(101),
      documents: [file('CONSIGNEE_SIGNATURE', 'signature.png', 'image/png', signature(1, 'any order'))],
    }),
  (made) =>
    atQargo(made, 'documents', {
      documents: [file('PHOTO_OF_GOODS_DELIVERY', 'photo.jpg', 'image/jpeg', photo(1, 'any order'))],
      at: ago(90),
    }),
];

/** What one consignment alone has, by names that are the same for all. */
function named(text: string, made: Made): string {
  const names: [string, string][] = [
    [made.trackingId, '<tracking id>'],
    [made.orderId, '<order>'],
    [made.id.consignment, '<consignment>'],
    ...made.barcodes.map((barcode, n): [string, string] => [barcode, `<barcode ${n}>`]),
  ];
  return names.reduce((said, [own, name]) => said.replaceAll(own, name), text);
}

/** What a note says, whatever way it was told: late, or in its time. */
function saidBy(note: Note): string {
  const late = /^LATE (OFD|ARR|DLV|FLD)$/.exec(note.description);
  const words = note.freeText.replace(/ ?\S+ #\S+$/, '');
  const at = new Date(note.instant).toISOString();
  if (late !== null) return `STS/${late[1]} ${at}`;
  const code = `${note.group}/${note.type}`;
  if (note.group === 'STS') return `${code} ${at}`;
  if (note.group === 'JIN' || note.group === 'CHG') return `${code} ${note.description} ${words}`;
  if (note.group === 'EXC') return `${code} ${note.barcode ?? ''} ${words}`;
  return `${code} ${note.barcode ?? ''} ${note.customerName} ${note.group === 'PLN' ? note.description : at}`;
}

/** An estimate is told where it was heard before the end of its stop; of plans the last that was told is the truth. */
const passing = (note: Note) => note.group === 'PLN' || `${note.group}/${note.type}` === 'STS/ETA';

interface Truth {
  readonly notes: string[];
  readonly plan: string | undefined;
  readonly files: string[];
  readonly order: unknown;
  readonly documents: string[];
  readonly effects: unknown;
}

/** What both twins hold of it in the end. */
async function truthOf(made: Made): Promise<Truth> {
  const notes = await notesOf(made);
  const { files } = (await call('GET', `${made.of.palletways}/control/held`)) as {
    files: { trackingId: string; name: string; sha256: string; copies: number }[];
  };
  const order = await held(made);
  const read = JSON.parse(named(JSON.stringify(await made.of.readOrder(made.id, made.orderId)), made)) as ReadOrder;
  const [only] = read.consignments;
  const plans = notes.filter(({ group }) => group === 'PLN');
  return {
    notes: notes
      .filter((note) => !passing(note))
      .map((note) => named(saidBy(note), made))
      .sort(),
    plan: plans.length === 0 ? undefined : saidBy(plans.reduce((last, note) => (note.at >= last.at ? note : last))),
    files: files
      .filter(({ trackingId }) => trackingId === made.trackingId)
      .map(({ sha256, copies }) => `${sha256} x ${copies}`)
      .sort(),
    order: {
      status: order.status,
      instructions: read.planning_instructions,
      service: read.service_level,
      custom: only?.custom_fields,
      network: only?.transport_network,
      remarks: only?.planning_instructions,
      palletways: only?.palletways,
      stops: [only?.pickup_stop, only?.delivery_stop].map((stop) => {
        const { id: _id, ...rest } = stop ?? {};
        return rest;
      }),
      goods: only?.goods.map(({ id: _id, handling_units: units, ...rest }) => ({
        ...rest,
        units: JSON.stringify(units).match(/<barcode \d>/g),
      })),
    },
    documents: order.documents.map(({ type, name }) => `${type} ${name.replace(/ [0-9a-z]{10}$/, '')}`).sort(),
    effects: { created: order.effects.created, cancelled: order.effects.cancelled },
  };
}

interface ReadOrder {
  readonly planning_instructions?: string;
  readonly service_level?: unknown;
  readonly consignments: readonly {
    readonly custom_fields?: unknown;
    readonly transport_network?: unknown;
    readonly planning_instructions?: string;
    readonly palletways?: unknown;
    readonly pickup_stop: Readonly<Record<string, unknown>>;
    readonly delivery_stop: Readonly<Record<string, unknown>>;
    readonly goods: readonly Readonly<Record<string, unknown>>[];
  }[];
}

/** What a sweep and the people of the depot do after an attempt, and in the end. */
async function afterAttempt(made: Made): Promise<void> {
  await made.of.refresh(made.id);
  await made.of.decideCases(made.id, 'redeliver');
}
async function inTheEnd(made: Made): Promise<void> {
  await made.of.refresh(made.id);
  await made.of.closeOut(made.id);
  for (const each of await made.of.facts(made.id)) heardKinds.add(each.kind);
}

async function inOrder(organisation: string): Promise<Made> {
  const made = await make(ground(), organisation);
  for (const deeds of [firstAttempt, secondAttempt]) {
    for (const deed of deeds) {
      await deed(made);
      await made.of.hear(made.id);
    }
    if (deeds === firstAttempt) await afterAttempt(made);
  }
  await inTheEnd(made);
  return made;
}

/** How letters are heard: in which order, which of them again and where, where the batches end, and which lane is served first. */
interface Hearing {
  readonly order: readonly number[];
  readonly copies: readonly (readonly [of: number, place: number])[];
  readonly cuts: readonly number[];
  readonly lanes: readonly Lane[];
}
/** Decided by numbers, since nobody knows before how many letters there will be. */
const hearing: fc.Arbitrary<Hearing> = fc.record({
  order: fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
  copies: fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 8 }),
  cuts: fc.array(fc.nat(), { maxLength: 5 }),
  lanes: fc.shuffledSubarray([...lanes], { minLength: lanes.length }),
});

/** Batches of letters as they are heard. */
function batchesOf(letters: readonly Letter[], { order, copies, cuts }: Hearing): Letter[][] {
  const ranked = letters
    .map((letter, n) => ({ letter, rank: order[n % order.length] ?? 0, n }))
    .sort((a, b) => a.rank - b.rank || a.n - b.n);
  const heard = ranked.map(({ letter }) => letter);
  for (const [of, place] of copies) {
    const copy = letters[of % letters.length];
    if (copy !== undefined) heard.splice(place % (heard.length + 1), 0, copy);
  }
  const ends = [...new Set([...cuts.map((cut) => cut % heard.length), heard.length])].sort((a, b) => a - b);
  return ends.map((end, n) => heard.slice(ends[n - 1] ?? 0, end));
}

async function hearAnyhow(made: Made, letters: readonly Letter[], how: Hearing): Promise<void> {
  for (const batch of batchesOf(letters, how)) {
    await made.of.open(batch);
    await made.of.drive(made.id, how.lanes);
  }
}

describe('a full life with two attempts, heard in any order, doubled and cut anyhow', () => {
  test('ends at both twins as if it had been heard in order', { timeout: 300_000 }, async () => {
    const of = ground();
    const [organisation = ''] = of.organisations;
    const truth = await truthOf(await inOrder(organisation));
    // It is a full one.
    console.log(JSON.stringify(truth, null, 1));
    await fc.assert(
      fc.asyncProperty(hearing, async (how) => {
        const made = await make(of, organisation);
        for (const deed of firstAttempt) await deed(made);
        const first = await of.letters();
        await afterAttempt(made);
        for (const deed of secondAttempt) await deed(made);
        await hearAnyhow(made, [...made.letters, ...first, ...(await of.letters())], how);
        await inTheEnd(made);
        expect(await truthOf(made)).toEqual(truth);
      }),
      { ...settings, numRuns: 8 },
    );
  });
});

afterAll(() => {
  process.stderr.write(`kinds not heard: ${kinds.filter((kind) => !heardKinds.has(kind)).join(', ')}\n`);
});
