/** The list of scans for an audit, as CSV or JSON, a line at a time. The columns and their order are fixed: programs read them. */
import type { ScanRow } from '../../store/record/scans.ts';
import { type Cell, writeCsvLine } from './csv.ts';

/** Times are UTC but `said`, which keeps the offset in which the scan was told. */
export const scanColumns = [
  'organisation',
  'consignment',
  'reference',
  'trackingId',
  'barcode',
  'scan',
  'at',
  'said',
  'heard',
  'source',
  'via',
  'doubt',
  'told',
  'toldAt',
  'fact',
] as const satisfies readonly (keyof ScanRow)[];

export async function* scansAsCsv(rows: AsyncIterable<ScanRow>): AsyncGenerator<string> {
  yield writeCsvLine(scanColumns);
  for await (const row of rows) yield writeCsvLine(scanColumns.map((column): Cell => row[column]));
}

/** One JSON array. */
export async function* scansAsJson(rows: AsyncIterable<ScanRow>): AsyncGenerator<string> {
  let before = '[';
  for await (const row of rows) {
    yield `${before}${JSON.stringify(row)}`;
    before = ',\n';
  }
  yield before === '[' ? '[]\n' : ']\n';
}
