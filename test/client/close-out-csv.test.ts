import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closeOutCsv } from '../../client/export/close-out-csv.ts';
import { readCsv } from '../../client/export/csv.ts';
import type { CloseOutRow } from '../../store/close-out/export.ts';

const row: CloseOutRow = {
  seq: 7,
  adjustment: 0,
  organisation: 'northgate',
  consignment: 'c1',
  reference: '2557391-564',
  trackingId: '60012340167',
  qargoOrder: 'q-1',
  service: 'A-ND',
  closedAt: '2026-11-24T10:00:00.000Z',
  deliveredAt: null,
  signedAt: null,
  signedBy: 'Aoife Byrne',
  outcome: 'delivered',
  lifts: 2,
  weight: 640.5,
  billUnits: [{ type: 'FP', amount: 2 }],
  barcodes: ['B1', 'B2'],
  charges: [{ charge: 'surcharge', about: 'TAIL', value: '12.50 GBP' }],
  documents: [{ document: 'd1', role: 'pod', sha256: 'ab' }],
  changes: [],
  accepted: null,
};

const read = (text: string) => readCsv(text).rows.map(({ cells }) => cells);

test('the columns stand in the order that docs/close-out.md gives', () => {
  const [header, line] = read(closeOutCsv([row]));
  expect(header?.join(',')).toBe(
    'seq,kind,adjustment,organisation,reference,tracking_id,qargo_order,outcome,closed_at,delivered_at,signed_at,signed_by,service,lifts,weight_kg,bill_units,barcodes,charges,documents,changes,accepted_by,accepted_why',
  );
  expect(line?.slice(0, 5)).toEqual(['7', 'close-out', '0', 'northgate', '2557391-564']);
  expect(line).toContain('surcharge TAIL: 12.50 GBP');
  expect(line).toContain('pod d1 ab');
});

test('whatever a name holds, each cell is read back as it was, and none begins as a formula', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ',', 'a', ' ', 'é') }),
      (signedBy) => {
        const cell = read(closeOutCsv([{ ...row, signedBy }]))[1]?.[11] ?? '';
        expect(cell === signedBy || cell === `'${signedBy}`).toBe(true);
        expect(/^\s*[=+\-@]/.test(cell)).toBe(false);
      },
    ),
  );
});
