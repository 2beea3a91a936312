/** The operations API's part about pallets: their labels, and their scans for one consignment and for an audit. */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Database } from '../../store/postgres/database.ts';
import type { ConsignmentRow } from '../../store/record/consignments.ts';
import { labelSheet } from '../../store/record/labels.ts';
import { type ScanRow, scans } from '../../store/record/scans.ts';
import { loadTimeline } from '../../store/views/overview.ts';
import { scansAsCsv, scansAsJson } from '../export/scan-list.ts';
import { known, ofConsignment, onlyRow } from './consignment.ts';
import type { OperationsDeps } from './deps.ts';
import { instant } from './request.ts';
import { Refused, route } from './route.ts';

const audit = z.object({
  organisation: z.string().optional(),
  since: instant.optional(),
  format: z.enum(['csv', 'json']).default('json'),
});

/** Adds the routes that read labels and scans; instants are UTC ISO, each scan has its own zone beside. */
export function palletRoutes(app: FastifyInstance, { installation: { db, blobs } }: OperationsDeps): void {
  route(app, 'GET /operations/consignments/:reference/scans', ofConsignment, async (asked) => {
    const found = await known(db, asked);
    return Promise.all(found.map((row) => scansByPallet(db, row)));
  });

  route(app, 'GET /operations/consignments/:reference/labels', ofConsignment, async (asked) => {
    const found = await known(db, asked);
    return Promise.all(
      found.map(async (row) => {
        const sheet = await labelSheet(db, row);
        const pdf = sheet.pdf === null ? null : { ...sheet.pdf, href: `/operations/consignments/${row.id}/labels.pdf` };
        return { ...sheet, pdf };
      }),
    );
  });

  route(app, 'GET /operations/consignments/:reference/labels.pdf', ofConsignment, async (asked) => {
    const row = await onlyRow(db, asked);
    const { pdf } = await labelSheet(db, row);
    if (pdf === null) throw new Refused(404, 'Palletways has not printed its labels yet, or they were not read yet');
    const name = `labels-${(row.reference ?? row.id).replaceAll(/[^\w-]/g, '_')}.pdf`;
    asked.reply.type('application/pdf').header('content-disposition', `inline; filename="${name}"`);
    return asked.reply.send(await blobs.get(pdf.key));
  });

  route(app, 'GET /operations/scans', { query: audit }, ({ query: { format, ...asked }, reply }) => {
    const rows = scans(db, asked);
    if (format === 'json') return reply.type('application/json').send(Readable.from(scansAsJson(rows)));
    reply.header('content-disposition', 'attachment; filename="scans.csv"').type('text/csv; charset=utf-8');
    return reply.send(Readable.from(scansAsCsv(rows)));
  });
}

/** Where a consignment's pallets stand, each with its scans under every barcode that it had, in the order of their instants. */
async function scansByPallet(db: Database, row: ConsignmentRow) {
  const { organisation, consignment, trackingId, stage, pallets, steps } = await loadTimeline(db, row);
  const history: ScanRow[] = [];
  for await (const scan of scans(db, { consignment })) history.push(scan);
  history.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return {
    organisation,
    consignment,
    reference: row.reference,
    trackingId,
    stage,
    steps,
    pallets: pallets.map((pallet) => ({
      ...pallet,
      scans: history.filter(({ barcode }) => barcode === pallet.barcode || pallet.former.includes(barcode)),
    })),
  };
}
