/** The rows that only a story has: what each asks of the twins, and what each counts as lost or doubled. */
import { describe, expect, test } from 'vitest';
import { judge } from '../../sandbox/judge/judge.ts';
import { print } from '../../sandbox/judge/print.ts';
import type { Call, Held, Order, Said } from '../../sandbox/judge/shapes.ts';
import { type Way, waysSchema } from '../../sandbox/judge/ways.ts';
import { conNo, trackingId } from '../cast.ts';
import { note, reported, startedAt } from './judged.ts';

const order = (more: Partial<Order> = {}): Order => ({
  id: 'o1',
  organisation: 'a',
  customerReference: conNo,
  status: 'TO_PLAN',
  palletways: { tracking_id: trackingId },
  stops: [{ type: 'DELIVERY', date: '2026-11-24', time_window: { start_time: '10:30' } }],
  goods: [{ quantity: 2, total_weight_kg: 700, barcodes: [] }],
  documents: [],
  createdAt: startedAt,
  updatedAt: startedAt,
  effects: { created: 1, updated: 0, cancelled: 0 },
  history: [],
  ...more,
});
const held = (more: Partial<Held> = {}): Held => ({ notes: [], files: [], orders: [order()], ...more });
const paper = (name: string) => ({ type: 'OTHER', name, sha256: name, at: startedAt + 2_000 });

function row(kind: string, said: Said[], now: Held, way: Partial<Way> = {}, reads: Call[] = []) {
  const table = judge(said, now, { story: true, ways: waysSchema.parse({ a: way }), reads });
  return {
    ...table.rows.find((one) => one.kind === kind),
    findings: [...table.lost, ...table.doubled].map(({ why }) => why),
  };
}

describe('the network', () => {
  const news = (text: string, at: string, statusCode = 500) =>
    reported('network', { group: 'STA', type: '1', text, statusCode }, { at });

  test('the latest news stands on the order and makes the earlier old; an order that says the earlier has lost the latest', () => {
    const said = [news('At the hub', '2026-11-23T01:00:00Z'), news('Departed hub', '2026-11-23T02:00:00Z')];
    const shows = (words: string) => held({ orders: [order({ customFields: { field: `Somewhere: ${words}` } })] });
    expect(row('network', said, shows('Departed hub'))).toMatchObject({ said: 2, arrived: 2, lost: 0 });
    expect(row('network', said, shows('At the hub'))).toMatchObject({ arrived: 1, lost: 1 });
  });

  test('a book-in is date and time of the delivery; a trouble is a document, once', () => {
    const booked = [reported('network', { group: 'BIN', type: 'BIN', bookIn: { date: '2026-11-24', time: '10:30' } })];
    expect(row('book-in', booked, held())).toMatchObject({ said: 1, arrived: 1 });
    expect(
      row('book-in', booked, held({ orders: [order({ stops: [{ type: 'DELIVERY', date: '2026-11-24' }] })] })),
    ).toMatchObject({
      lost: 1,
    });
    const trouble = [reported('network', { group: 'HLD', type: 'STK', text: 'Stock held', statusCode: 675 })];
    const papers = (...names: string[]) => held({ orders: [order({ documents: names.map(paper) })] });
    expect(row('notice', trouble, papers('Palletways: stock held x'))).toMatchObject({
      said: 1,
      arrived: 1,
      doubled: 0,
    });
    expect(row('notice', trouble, papers('Palletways: stock held x', 'Palletways: stock held y'))).toMatchObject({
      doubled: 1,
    });
    expect(row('notice', trouble, papers())).toMatchObject({ lost: 1 });
  });

  test('what it measures is in the goods where it is to go to Qargo, and void where it is not', () => {
    const weighed = [
      reported('network', { group: 'CHG', type: 'WGT', text: 'Reweighed at the hub: 640 KG, now 700 KG' }),
    ];
    const light = held({ orders: [order({ goods: [{ quantity: 2, total_weight_kg: 640, barcodes: [] }] })] });
    expect(row('charge to Q', weighed, held(), { charges: 'both' })).toMatchObject({ arrived: 1, lost: 0 });
    expect(row('charge to Q', weighed, light, { charges: 'to qargo' })).toMatchObject({ lost: 1 });
    expect(row('charge to Q', weighed, light, { charges: 'to palletways' })).toMatchObject({ void: 1, lost: 0 });
    const sized = [reported('network', { group: 'CHG', type: 'DIM', text: 'Measured at the hub: 1.2 x 1 x 1.45 m' })];
    const good = {
      quantity: 1,
      total_weight_kg: 1,
      barcodes: [],
      unit_length_m: 1.2,
      unit_width_m: 1,
      unit_height_m: 1.45,
    };
    expect(row('charge to Q', sized, held({ orders: [order({ goods: [good] })] }), { charges: 'both' })).toMatchObject({
      arrived: 1,
    });
    const extra = [reported('network', { group: 'CHG', type: 'SUR', text: 'Tail lift used, GBP 12.50' })];
    const keyed = held({ orders: [order({ charges: [{ name: 'surcharge TAIL 12.50 GBP' }] })] });
    expect(row('charge to Q', extra, keyed, { charges: 'both' })).toMatchObject({ arrived: 1 });
    expect(row('charge to Q', extra, held(), { charges: 'both' })).toMatchObject({ lost: 1 });
  });
});

describe('the desk', () => {
  test("a planner's edit is told by one note where it is to be judged; goods that were weighed by one of the weight", () => {
    const edit = [reported('order edited', { changes: { instructions: 'Bay 4' } })];
    const told = note('JIN', 'GIN', {
      description: 'QARGO EDIT ACCEPTED',
      freeText: 'The change made in Qargo stands.',
    });
    expect(row('planner', edit, held({ notes: [told] }), { planner: true })).toMatchObject({ arrived: 1, doubled: 0 });
    expect(row('planner', edit, held({ notes: [told, { ...told, sysNote: 'x' }] }), { planner: true })).toMatchObject({
      doubled: 1,
    });
    expect(row('planner', edit, held(), { planner: true })).toMatchObject({ lost: 1 });
    expect(row('planner', edit, held())).toMatchObject({ void: 1, lost: 0 });
    const set = [reported('order edited', { changes: { deliveryWindow: { start_time: '13:00', end_time: '16:30' } } })];
    const booked = (words: string) =>
      held({ notes: [note('BIN', 'BIN', { description: '2026-11-23 13:00', freeText: words })] });
    expect(row('planner', set, booked('Booked in for 2026-11-23 13:00 to 16:30'), { planner: true })).toMatchObject({
      arrived: 1,
    });
    expect(row('planner', set, booked('Booked in for 2026-11-23 13:00 to 15:00'), { planner: true })).toMatchObject({
      lost: 1,
    });
    expect(row('planner', edit, booked('Booked in for 2026-11-23 13:00 to 16:30'), { planner: true })).toMatchObject({
      lost: 1,
    });
    const weighed = [reported('order edited', { changes: { goods: [{ id: 'g', total_weight_kg: 720 }] } })];
    const weight = note('JIN', 'GIN', { description: 'WEIGHT', freeText: 'Now weight 640 kg -> 720 kg' });
    expect(row('charge to P', weighed, held({ notes: [weight] }), { charges: 'to palletways' })).toMatchObject({
      arrived: 1,
    });
    expect(row('charge to P', weighed, held(), { charges: 'both' })).toMatchObject({ lost: 1 });
    expect(row('charge to P', weighed, held(), { charges: 'to qargo' })).toMatchObject({ void: 1 });
  });

  test('an event that asks for a read is followed by one of that consignment; an estimate by a note of its instant', () => {
    const asked = [reported('custom', { name: 'REFRESH' })];
    const read = (about: string, at: number): Call => ({
      n: 1,
      at,
      method: 'getConsignment',
      about,
      class: 'api',
      status: 200,
    });
    expect(row('refresh', asked, held(), {}, [read(trackingId, startedAt + 9_000)])).toMatchObject({ arrived: 1 });
    expect(
      row('refresh', asked, held(), {}, [read(trackingId, startedAt - 1), read('60019999167', startedAt + 9_000)]),
    ).toMatchObject({ lost: 1 });
    const expected = [reported('eta', { stop: 'DELIVERY' })];
    expect(row('estimate', expected, held({ notes: [note('STS', 'ETA')] }), { estimates: true })).toMatchObject({
      arrived: 1,
    });
    expect(row('estimate', expected, held(), { estimates: true })).toMatchObject({ lost: 1 });
    expect(row('estimate', expected, held())).toMatchObject({ void: 1 });
  });
});

describe('exceptions that Palletways fetches', () => {
  const said = () => [reported('exception', { code: 'DAMAGE', photos: ['p1'] })];
  const item = (id: string, photos = ['p1']) => ({
    organisation: 'a',
    id,
    times: 1,
    item: { code: 'DAMAGE', consignment: { trackingId: trackingId } },
    photos: photos.map((sha256) => ({ sha256 })),
  });

  test('each is one item with its photos, and no note besides', () => {
    const pull = { exceptions: 'pull' } as const;
    expect(row('exception', said(), held({ pulled: [item('1')] }), pull)).toMatchObject({
      arrived: 1,
      lost: 0,
      doubled: 0,
    });
    expect(row('exception', said(), held({ pulled: [item('1'), item('2')] }), pull)).toMatchObject({ doubled: 1 });
    expect(row('exception', said(), held({ pulled: [item('1', [])] }), pull)).toMatchObject({ lost: 1 });
    expect(row('exception', said(), held(), pull)).toMatchObject({ lost: 1, findings: ['not fetched'] });
    expect(row('exception', said(), held({ pulled: [item('1')], notes: [note('EXC', 'DMG')] }), pull)).toMatchObject({
      doubled: 1,
    });
  });

  test('where both ways are wanted both are asked for', () => {
    const files = [{ trackingId: trackingId, name: 'x', sha256: 'p1', at: startedAt }];
    const both = { exceptions: 'both' } as const;
    const all = { pulled: [item('1')], notes: [note('EXC', 'DMG')], files };
    expect(row('exception', said(), held(all), both)).toMatchObject({ arrived: 1, doubled: 0 });
    expect(row('exception', said(), held({ ...all, pulled: [] }), both)).toMatchObject({ lost: 1 });
    expect(row('exception', said(), held({ ...all, notes: [] }), both)).toMatchObject({ lost: 1 });
  });
});

describe('a cancellation that is refused', () => {
  const refusal = () => note('JIN', 'GIN', { description: 'LATE CANCELLATION REFUSED' });
  const document = () => paper('Palletways: late cancellation refused x');
  const life = () => [reported('created', { version: 1, consignment: {} }), reported('cancelled')];

  test('is refused where both sides were told, lost where one was not, doubled where one was told twice', () => {
    const both = held({ notes: [refusal()], orders: [order({ documents: [document()] })] });
    expect(row('cancelled', life(), both)).toMatchObject({ refused: 1, lost: 0, doubled: 0 });
    expect(row('cancelled', life(), { ...both, notes: [] })).toMatchObject({ refused: 0, lost: 1 });
    expect(row('cancelled', life(), { ...both, orders: [order()] })).toMatchObject({ refused: 0, lost: 1 });
    expect(row('cancelled', life(), { ...both, notes: [refusal(), refusal()] })).toMatchObject({
      refused: 1,
      doubled: 1,
    });
  });

  test('makes nothing pointless: what is not told of the consignment is lost', () => {
    const said = [...life(), reported('planned', { trip: 'A1' })];
    const both = held({ notes: [refusal()], orders: [order({ documents: [document()] })] });
    expect(row('planned', said, both)).toMatchObject({ lost: 1, void: 0 });
    expect(row('planned', said, held())).toMatchObject({ lost: 0, void: 1 });
  });

  test('has a column in a story alone', () => {
    const table = judge(life(), held());
    expect(print(table)).not.toContain('refused ');
    expect(print(table, undefined, true).split('\n')[0]).toContain('refused');
  });
});
