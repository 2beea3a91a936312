/** Close-outs as CSV: the columns and their order are documented in docs/close-out.md and only ever grow at the end. Pure. */
import { unitsValue } from '../../domain/policy/charges.ts';
import type { CloseOutRow } from '../../store/close-out/export.ts';
import { writeCsvLine } from './csv.ts';

const columns: readonly (readonly [name: string, of: (row: CloseOutRow) => string])[] = [
  ['seq', (row) => String(row.seq)],
  ['kind', (row) => (row.adjustment === 0 ? 'close-out' : 'adjustment')],
  ['adjustment', (row) => String(row.adjustment)],
  ['organisation', (row) => row.organisation],
  ['reference', (row) => row.reference ?? ''],
  ['tracking_id', (row) => row.trackingId ?? ''],
  ['qargo_order', (row) => row.qargoOrder ?? ''],
  ['outcome', (row) => row.outcome],
  ['closed_at', (row) => row.closedAt],
  ['delivered_at', (row) => row.deliveredAt ?? ''],
  ['signed_at', (row) => row.signedAt ?? ''],
  ['signed_by', (row) => row.signedBy],
  ['service', (row) => row.service ?? ''],
  ['lifts', (row) => String(row.lifts)],
  ['weight_kg', (row) => String(row.weight)],
  ['bill_units', (row) => unitsValue(row.billUnits)],
  ['barcodes', (row) => row.barcodes.join(' ')],
  [
    'charges',
    (row) =>
      row.charges.map(({ charge, about, value }) => `${charge}${about === '' ? '' : ` ${about}`}: ${value}`).join('; '),
  ],
  [
    'documents',
    (row) => row.documents.map(({ document, role, sha256 }) => `${role} ${document} ${sha256 ?? 'unknown'}`).join('; '),
  ],
  ['changes', (row) => row.changes.map(({ what, old, new: value }) => `${what}: ${old} -> ${value}`).join('; ')],
  ['accepted_by', (row) => row.accepted?.who ?? ''],
  ['accepted_why', (row) => row.accepted?.why ?? ''],
];

/** With a header line; lines end with CR LF, the last one too. */
export function closeOutCsv(rows: readonly CloseOutRow[]): string {
  return [columns.map(([name]) => name), ...rows.map((row) => columns.map(([, of]) => of(row)))]
    .map(writeCsvLine)
    .join('');
}
