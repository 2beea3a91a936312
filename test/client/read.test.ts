import { expect, test } from 'vitest';
import { readMessage } from '../../client/dispatch/read.ts';
import { organisationSchema } from '../../store/organisations/schema.ts';
import { haulier } from '../cast.ts';

const organisation = (wire: object) => organisationSchema.parse({ ...haulier('northgate'), wire });

const row = (channel: 'palletways push' | 'qargo visibility', contentType: string, body: string) => ({
  id: 1,
  organisation: 'northgate',
  channel,
  contentType,
  body: Buffer.from(body),
  receivedAt: '2026-11-23T05:12:33.000Z',
  context: {},
});
const kinds = (reading: ReturnType<typeof readMessage>) =>
  reading.heard.flatMap((heard) => heard.facts.map((fact) => fact.kind));
const digest = (text: string) => text.length.toString(16).padStart(16, '0');

test('an account that calls its events otherwise is understood by configuration alone', () => {
  const push = row(
    'palletways push',
    'application/json',
    '{"Event":"STORNO","Manifest":{"Date":"2026-11-23","Time":"05:12:33","Depot":{"Account":{"Consignment":{"TrackingID":"60012340167"}}}}}',
  );
  expect(kinds(readMessage(push, organisation({}), digest))).not.toContain('cancellation');
  const otherwise = organisation({ palletways: { events: { cancelled: 'STORNO' } } });
  expect(kinds(readMessage(push, otherwise, digest))).toContain('cancellation');
});

test('a tenant whose scans mean something else is understood by configuration alone', () => {
  const order = { id: '0b0e2a3c-7e0e-4c1a-9a57-5b7f5a3b7f10', order_name: 'OR-1', status: 'PLANNED', stops: [] };
  const update = {
    type: 'HandlingUnit',
    status: 'STORED',
    timestamp: '2026-11-23T05:00:00Z',
    barcode: { value: 'B00432B6FE' },
  };
  const push = row(
    'qargo visibility',
    'application/json',
    JSON.stringify({ events: [{ timestamp: update.timestamp, update }], order }),
  );
  const scans = (wire: object) =>
    readMessage(push, organisation(wire), digest).heard.flatMap((heard) =>
      heard.facts.map((fact) => (fact.kind === 'scan' ? fact.scan : '')),
    );
  expect(scans({})).toEqual(['cross-dock']);
  expect(scans({ qargo: { scanKinds: [{ status: 'STORED', stop: 'any', scan: 'unload' }] } })).toEqual(['unload']);
});
