/** What the flips of the Qargo twin change on the wire: for each one what is seen without it and with it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FlipId, flips, formerFlips, publishedFlips, unplayed } from '../../sandbox/qargo/flips.ts';
import { loadDescription } from '../openapi/description.ts';
import { assumptionsOf, type Probe, QargoProbes } from './qargo-probes.ts';

const folder = resolve(import.meta.dirname, '../../sandbox/qargo');

test('every flip of the table is read somewhere in the twin, and no id stands twice', () => {
  const code = readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && name !== 'flips.ts')
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  expect(flips.map(({ id }) => id).filter((id) => !code.includes(`'${id}'`))).toEqual([]);
  expect(new Set(flips.map(({ id }) => id)).size).toBe(flips.length);
});

test('every assumption about Qargo, 38 to 70, has flips, and of each one sentence says what it does', () => {
  const numbers = assumptionsOf(flips);
  for (let number = 38; number <= 70; number += 1) expect([number, numbers.has(number)]).toEqual([number, true]);
  expect(flips.length).toBeGreaterThanOrEqual(75);
  expect(flips.filter(({ does }) => !does.endsWith('.'))).toEqual([]);
  expect(unplayed.filter(({ id }) => flips.some((flip) => flip.id === id))).toEqual([]);
});

const probes = new QargoProbes();
beforeAll(() => probes.start());
afterAll(() => probes.stop());

type Character = 'published' | 'former';
/** Flip, what is looked at, what is seen without it, what with it; the character is published where none stands. */
type Row = readonly [id: FlipId, probe: Probe, without: string, withIt: string, character?: Character];

const SCANS = 'SCANNED_IN@PICKUP SCANNED_IN@- STORED@- SCANNED_OUT@DELIVERY';
const STOP = 'id AT_STOP order there trip none';
const PLAN = 'Trip PLANNED+Resource RIGID+Resource DRIVER';
const UNPLANNED = 'TO_PLAN stops TO_PLAN trips - resources 0';
const TIMES = 'COMPLETED 23T09:30-23T09:45, pickup 23T08:00';
const PROOF = 'CONSIGNEE:Smith PHOTO_OF_GOODS_DELIVERY/consignment PROOF_OF_DELIVERY/consignment';
const UPDATE = 'COMPLETED quantity 5 date 2026-11-24 barcodes 2';
const LIMITS = '200 200 200 429 after 1, webhooks 200';
const DOCUMENTS = 'PHOTO_OF_GOODS_DELIVERY embedded of 2557391-564, PROOF_OF_DELIVERY relative of 2557391-564';

const rows: readonly Row[] = [
  ['38a', 'failed stop', 'COMPLETED CARDED', 'BLOCKED CARDED'],
  ['38b', 'failed stop', 'IGNORED CARDED', 'COMPLETED CARDED', 'former'],
  ['38c', 'failed stop', 'COMPLETED CARDED', 'TO_PLAN CARDED'],
  ['38d', 'failed stop', 'COMPLETED CARDED', 'CANCELLED CARDED'],
  ['38e', 'failed stop', 'COMPLETED CARDED', 'PLANNED CARDED'],
  ['38f', 'failed stop', 'COMPLETED CARDED', 'TO_PLAN'],
  ['38g', 'failed stop', 'COMPLETED CARDED', 'IGNORED CARDED'],
  [
    '39a',
    'stops after a failure',
    '2 stops, old kept, delivery old, 1 orders',
    '4 stops, old kept, delivery old, 1 orders',
    'former',
  ],
  [
    '39b',
    'stops after a failure',
    '6 stops, old kept, delivery old, 1 orders',
    '5 stops, old gone, delivery new, 1 orders',
  ],
  [
    '39c',
    'stops after a failure',
    '6 stops, old kept, delivery old, 1 orders',
    '4 stops, old kept, delivery old, 2 orders',
  ],
  [
    '39d',
    'stops after a failure',
    '6 stops, old kept, delivery old, 1 orders',
    '6 stops, old kept, delivery new, 1 orders',
  ],
  [
    '39e',
    'stops after a failure',
    '6 stops, old kept, delivery old, 1 orders',
    '4 stops, old kept, delivery old, 1 orders',
  ],
  ['40a', 'shape of an order', '2 stops, 1 consignments', '4 stops, 1 consignments', 'former'],
  ['40b', 'shape of an order', '4 stops, 1 consignments', '4 stops, 2 consignments'],
  ['40c', 'trips of an order', 'T-1', 'T-1-COL T-1'],
  ['40d', 'shape of an order', '4 stops, 1 consignments', '3 stops, 1 consignments'],
  ['40e', 'shape of an order', '4 stops, 1 consignments', '2 stops, 1 consignments'],
  [
    '41a',
    'scan, its surroundings',
    'order 2557391-564 trip T-1 barcode B000000001',
    'order none trip none barcode B000000001',
    'former',
  ],
  [
    '41b',
    'scan, its surroundings',
    'order none trip none barcode B000000001',
    'order null trip none barcode B000000001',
  ],
  [
    '41c',
    'scan, its surroundings',
    'order none trip none barcode B000000001',
    'order 2557391-564 trip none barcode null',
  ],
  [
    '41d',
    'scan, its surroundings',
    'order none trip none barcode B000000001',
    'order 2557391-564 trip T-1 barcode B000000001',
  ],
  ['42a', 'scans, their words', SCANS, 'SCANNED_IN@- SCANNED_IN@- STORED@- SCANNED_OUT@DELIVERY'],
  ['42b', 'scans, their words', SCANS, 'SCANNED_IN@PICKUP SCANNED_IN@DELIVERY STORED@DELIVERY SCANNED_OUT@DELIVERY'],
  ['42c', 'scans, their words', SCANS, 'SCANNED_OUT@PICKUP SCANNED_IN@- STORED@- SCANNED_OUT@DELIVERY'],
  ['42d', 'scans, their words', SCANS, 'STORED@PICKUP STORED@- STORED@- STORED@DELIVERY'],
  ['42e', 'scans, their words', SCANS, 'SCANNED_OUT@- SCANNED_IN@- STORED@- SCANNED_OUT@DELIVERY'],
  ['43a', 'stop event', 'id AT_STOP order there trip T-1', 'id AT_STOP order there trip none', 'former'],
  ['43b', 'stop event', STOP, 'id AT_STOP order there trip TRUNK-OR-10001'],
  ['43c', 'stop event', STOP, 'id AT_STOP order there trip T-1'],
  ['44a', 'events of a plan', PLAN, 'Trip PLANNED+Resource RIGID+Resource DRIVER (no orders)'],
  ['44b', 'events of a plan', PLAN, 'Trip PLANNED+Resource DRIVER, Trip PLANNED+Resource RIGID'],
  ['44c', 'events of a plan', PLAN, 'Resource RIGID+Resource DRIVER'],
  ['44d', 'events of a plan', PLAN, 'Resource RIGID+Resource DRIVER, Trip PLANNED'],
  ['44e', 'events of a plan', PLAN, `Trip CREATED, ${PLAN}`],
  ['45a', 'un-planned order', UNPLANNED, 'TO_PLAN stops TO_PLAN trips T-1 resources 2'],
  ['45b', 'un-planned order', UNPLANNED, 'PLANNED stops PLANNED trips T-1 resources 0'],
  ['45c', 'un-planned order', UNPLANNED, 'null stops TO_PLAN trips - resources 0'],
  ['45d', 'un-planned order', UNPLANNED, 'TO_PLAN stops BLOCKED trips - resources 0'],
  ['46a', 'completed times', TIMES, 'COMPLETED 23T10:00-23T10:20, pickup 23T09:20'],
  ['46b', 'completed times', TIMES, 'COMPLETED 23T09:30-23T09:30, pickup 23T08:00'],
  ['46c', 'completed times', TIMES, 'COMPLETED 23T09:30-23T10:02, pickup 23T08:17'],
  ['46d', 'completed times', TIMES, 'PLANNED 23T09:30-23T09:45, pickup 23T08:00'],
  ['46e', 'completed times', TIMES, 'COMPLETED 23T09:30-23T09:20, pickup 23T07:50'],
  ['46f', 'completed times', TIMES, 'COMPLETED 23T09:30-24T09:45, pickup 24T08:00'],
  ['47a', 'proof', PROOF, '- PHOTO_OF_GOODS_DELIVERY/consignment PROOF_OF_DELIVERY/consignment'],
  ['47b', 'completed times', TIMES, 'COMPLETED 23T09:30-23T09:45, pickup 23T09:45'],
  ['47c', 'trips of a delivered order', 'T-1', '-'],
  ['48a', 'proof', PROOF, '- PHOTO_OF_GOODS_DELIVERY/consignment PROOF_OF_DELIVERY/consignment'],
  ['48b', 'signature and end', 'milestone pod', 'pod'],
  ['48c', 'proof', PROOF, 'CONSIGNEE: PHOTO_OF_GOODS_DELIVERY/consignment PROOF_OF_DELIVERY/consignment'],
  ['48d', 'proof', PROOF, 'DRIVER:Smith PHOTO_OF_GOODS_DELIVERY/consignment PROOF_OF_DELIVERY/consignment'],
  ['49a', 'cancelled order', 'CANCELLED CANCELLED', 'TO_PLAN TO_PLAN'],
  ['49b', 'cancelled order', 'CANCELLED CANCELLED', 'PLANNED CANCELLED|PLANNED'],
  ['49c', 'cancelled order', 'CANCELLED CANCELLED', 'PLANNED CANCELLED'],
  ['49d', 'cancelled order', 'CANCELLED CANCELLED', '404'],
  ['50a', 'order after planning', 'PLANNED, 1 orders', 'CANCELLED, 2 orders'],
  ['50b', 'two orders of a trip', '200 200 1', '200 404 2'],
  ['50c', 'order a while after its end', '200', '404'],
  ['51a', 'reference', '2557391-564', '2557391-564-EDITED'],
  ['51b', 'document import by reference', '1', '0'],
  ['51c', 'reference', '2557391-564', 'null'],
  ['52a', 'document import', '200 {} PALLET_LABEL_EXTERNAL', '200 {} -'],
  ['52b', 'document import', '200 {} PALLET_LABEL_EXTERNAL', '200 {} -'],
  ['52c', 'document import', '200 {} PALLET_LABEL_EXTERNAL', '200 errors -'],
  ['52d', 'document import', '200 {} PALLET_LABEL_EXTERNAL', '200 null -'],
  ['52e', 'document import', '200 {} PALLET_LABEL_EXTERNAL', '422 errors -'],
  ['53a', 'proof', PROOF, 'CONSIGNEE:Smith ORIGINAL_CMR/consignment PHOTO_OF_GOODS_DELIVERY/consignment'],
  ['53b', 'proof', PROOF, 'CONSIGNEE:Smith PHOTO_DAMAGED_GOODS/consignment PROOF_OF_DELIVERY/consignment'],
  ['53c', 'proof', PROOF, 'CONSIGNEE:Smith PHOTO_OF_GOODS_DELIVERY/order PROOF_OF_DELIVERY/order'],
  [
    '53d',
    'proof',
    PROOF,
    'CONSIGNEE:Smith PHOTO_OF_GOODS_DELIVERY/consignment PROOF_OF_DELIVERY_DRIVER_APP/consignment',
  ],
  ['54a', 'life of a document', 'same id, same bytes', 'other id, other bytes'],
  ['54b', 'life of a document', 'same id, same bytes', 'same id, other bytes'],
  ['54c', 'life of a document', 'same id, same bytes', 'gone'],
  ['55a', 'download', '200 application/pdf application/pdf', '200 application/pdf application/pdf redirected'],
  ['55b', 'download', '200 application/pdf application/pdf', '403 application/json application/pdf'],
  ['55c', 'download', '200 application/pdf application/pdf', '200 application/octet-stream application/octet-stream'],
  ['56a', 'failed stop', 'COMPLETED CARDED', 'COMPLETED Carded'],
  ['56b', 'failed stop', 'COMPLETED CARDED', 'COMPLETED ANNAHME_VERWEIGERT'],
  ['56c', 'failed stop', 'COMPLETED CARDED', 'PLANNED'],
  ['56d', 'failed stop', 'COMPLETED CARDED', 'COMPLETED WAITING,CARDED'],
  ['57a', 'partial update', 'a1 b3 Ring', 'b3 Ring'],
  ['57b', 'partial update', 'a1 b3 Ring', 'a1 b3 null'],
  ['57c', 'partial update at once', 'created partial', 'created'],
  ['57d', 'partial update', 'a1 b3 Ring', 'a1 b2 Ring NOT_SUPPORTED'],
  ['58a', 'update', UPDATE, 'COMPLETED quantity 2 date 2026-11-24 barcodes 2'],
  ['58b', 'update', UPDATE, 'COMPLETED quantity 5 date 2026-11-25 barcodes 2'],
  ['58c', 'update', UPDATE, 'SKIPPED quantity 2 date 2026-11-23 barcodes 2'],
  ['58d', 'update', UPDATE, 'COMPLETED quantity 5 date 2026-11-24 barcodes 4'],
  ['59a', 'upload after a second', 'COMPLETED reviewed COMPLETED', 'TODO reviewed TODO'],
  ['59b', 'create', 'COMPLETED an order', 'ERROR no order'],
  ['59c', 'create', 'COMPLETED an order', 'DUPLICATE an order'],
  ['59d', 'upload after a second', 'COMPLETED reviewed COMPLETED', 'READY_TO_UPSERT reviewed COMPLETED'],
  ['60a', 'trip', 'id of the order', '403'],
  ['60b', 'trip', 'id of the order', 'another id'],
  ['60c', 'trip', 'id of the order', 'no row'],
  ['60d', 'trip without orders', '200', '404'],
  ['61a', 'orders of a shipment', 'whole whole', 'null'],
  ['61b', 'orders of a shipment', 'whole whole', 'whole'],
  ['61c', 'orders of a shipment', 'whole whole', 'bare bare'],
  ['62a', 'limits', LIMITS, '200 429 429 429 after 1, webhooks 200'],
  ['62b', 'limits', LIMITS, '200 429 429 429 after 1, webhooks 200'],
  ['62c', 'limits', LIMITS, '200 200 200 429 after 1, webhooks 429'],
  ['62d', 'limits', LIMITS, '200 200 200 429 after no word, webhooks 200'],
  ['62e', 'limits', LIMITS, '200 200 200 429 after 3600, webhooks 200'],
  ['63a', 'lifetime of a token', '3600', 'null'],
  ['63b', 'token a while later', '200', '401'],
  ['63c', 'tokens', '200 200', '200 429'],
  ['64a', 'unknown order', '404', '400'],
  ['64b', 'unknown order', '404', '422'],
  ['64c', 'unknown order', '404', '403'],
  ['64d', 'unknown order', '404', '200'],
  ['65a', 'tries of an event', '4', '1'],
  ['65b', 'tries of an event', '4', '12'],
  ['65c', 'events in a message', '1 1', '3'],
  ['65d', 'body of an event', 'events,order,trip', 'type,payload'],
  ['65e', 'events at once', '1', '0'],
  [
    '66a',
    'document events',
    DOCUMENTS,
    'PHOTO_OF_GOODS_DELIVERY relative of ROUTE-7 alone, PROOF_OF_DELIVERY relative of ROUTE-7 alone',
  ],
  [
    '66b',
    'document events',
    DOCUMENTS,
    'PHOTO_OF_GOODS_DELIVERY relative of 2557391-564-EDITED alone, PROOF_OF_DELIVERY relative of 2557391-564-EDITED alone',
  ],
  [
    '66c',
    'document events',
    DOCUMENTS,
    'PHOTO_OF_GOODS_DELIVERY embedded of 2557391-564, PROOF_OF_DELIVERY embedded of 2557391-564',
  ],
  [
    '66d',
    'document events',
    DOCUMENTS,
    'PHOTO_OF_GOODS_DELIVERY absolute of 2557391-564, PROOF_OF_DELIVERY absolute of 2557391-564',
  ],
  [
    '66e',
    'document events',
    'PHOTO_OF_GOODS_DELIVERY relative of 2557391-564, PROOF_OF_DELIVERY relative of 2557391-564',
    DOCUMENTS,
    'former',
  ],
  [
    '66f',
    'document events',
    DOCUMENTS,
    'PHOTO_OF_GOODS_DELIVERY relative of CON-1, PROOF_OF_DELIVERY relative of CON-1',
  ],
  ['67a', 'estimates that come by themselves', '0', '5'],
  ['67b', 'moved estimate', '23T12:10, 1 events', '23T10:00, 0 events'],
  ['67c', 'planned estimate', '23T10:00', '23T06:00'],
  ['67d', 'moved estimate', '23T12:10, 1 events', '23T12:00, 1 events'],
  ['68a', 'charges', '10 10', 'null null'],
  ['68b', 'charges', '10 10', '"10.00" "10.00"'],
  ['68c', 'charges', '10 10', '11 12'],
  ['68d', 'charges', '10 10', '403 403'],
  ['69a', 'depot codes', 'null 12', '564 12'],
  ['69a', 'echo of a partial update', '0', '1'],
  ['69b', 'document import by reference', '1', '0'],
  ['70a', 'events of a trip under way', '1 then 2', '0 then 2'],
  ['70b', 'stop events by arrival', 'AT_STOP COMPLETED', 'COMPLETED AT_STOP'],
  ['70c', 'photos at once', '1', '0'],
  ['70d', 'proof', PROOF, 'CONSIGNEE:Smith PROOF_OF_DELIVERY/consignment'],
  ['91a', 'order event', 'STATUS', 'no type'],
  ['92a', 'dispatch', 'id', 'no id'],
  ['93a', 'stop event', STOP, 'id IN_PROGRESS order there trip none'],
  ['93b', 'document events', DOCUMENTS, DOCUMENTS.replace('PHOTO_OF_GOODS_DELIVERY', 'PHOTO_OF_GOODS_ON_PREMISES')],
  ['93c', 'scans, their words', SCANS, 'SCANNED_IN@PICKUP SCANNED_IN@- STORED@- DELIVERED@DELIVERY'],
  ['93d', 'events of a plan', PLAN, `TollUpdate CREATED, ${PLAN}`],
  ['94a', 'status of a delivered order', 'COMPLETED', 'DELIVERED'],
  ['94b', 'status when blocked', 'PLANNED', 'BLOCKED'],
  ['94c', 'status on the road', 'IN_TRANSIT', 'DEPARTED'],
  ['94d', 'status of a delivered order', 'COMPLETED', 'INVOICE_READY'],
  ['95a', 'events of a plan', PLAN, `${'Stop, '.repeat(8)}${PLAN}`],
  ['95b', 'stop events of a failure', 'COMPLETED', 'COMPLETED CANCELLED'],
  ['96a', 'events of a plan', PLAN, 'Trip PLANNED'],
  ['96b', 'events of a plan', PLAN, 'Trip PLANNED+Resource TRAIN+Resource RIGID+Resource DRIVER'],
  ['96c', 'events of a plan', PLAN, 'Trip PLANNED+Resource DRIVER+Resource RIGID'],
  ['97a', 'stop event', STOP, 'null AT_STOP order there trip none'],
  ['98a', 'refused body', '400 message,errors', '400 detail,field,path'],
  ['98b', 'refused token', '401 body', '401 empty'],
  ['99a', 'order event', 'STATUS', 'none'],
  ['99b', 'last events of an order', 'Stop Order', 'Order Stop'],
  ['100a', 'trips of a cancelled order', '-', 'T-1-C'],
  ['101a', 'events of imports', '-', 'Order ACCEPTED'],
  ['101b', 'events of imports', '-', 'OrderImport IGNORED'],
  ['102a', 'stop ids after planning again', 'same', 'new'],
  ['103a', 'barcodes after another service', 'same', 'other'],
  ['104a', 'instants', 'Z 2026-11-23T08:00:00.000Z', '+02:00 2026-11-23T10:00:00.000+02:00'],
  ['104b', 'instants', 'Z 2026-11-23T08:00:00.000Z', '417Z 2026-11-23T08:00:00.000417Z'],
];

const seen = new Map<string, Promise<string>>();
function without(character: Character, probe: Probe): Promise<string> {
  const key = `${character} ${probe}`;
  const known = seen.get(key) ?? probes.look(character, [], probe);
  seen.set(key, known);
  return known;
}

const description = loadDescription();
/** What these send is not as the description has it, on purpose: a mapping of somebody, and words of no list. */
const foreign: ReadonlySet<FlipId> = new Set(['65d', '93a', '93b', '93c', '93d']);

describe('on the wire', () => {
  test.for(rows)('%s: %s', async ([id, probe, before, after, character = 'published']) => {
    expect(await without(character, probe)).toBe(before);
    expect(await probes.look(character, [id], probe)).toBe(after);
    const bodies = (await probes.pushed()).filter((body) => !('operation' in body));
    const wrong = bodies.flatMap((body) => description?.check('OperationalVisibilityUpdate', body) ?? []);
    if (!foreign.has(id)) expect(wrong).toEqual([]);
  });

  test('every flip has a line', () => {
    const shown = new Set<string>(rows.map(([id]) => id));
    expect(flips.map(({ id }) => id).filter((id) => !shown.has(id))).toEqual([]);
    for (const id of [...publishedFlips, ...formerFlips]) expect(shown).toContain(id);
  });
});
