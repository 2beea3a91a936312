/** The operations API's part about pallets: their labels, and their scans for one consignment and for an audit. */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Installation } from '../../store/installation.ts';
import { labelSheet } from '../../store/labels.ts';
import { story } from '../../store/overview.ts';
import { type ScanRow, scans } from '../../store/scans.ts';
import { scansAsCsv, scansAsJson } from '../scan-list.ts';
import { known, nobody, notOne } from './consignment.ts';
import { problem } from './request.ts';

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());
const audit = z.object({ organisation: z.string().optional(), since: instant.optional(), format: z.enum(['csv', 'json']).default('json') });

export function palletRoutes(app: FastifyInstance, installation: Installation): void {
  app.get('/operations/consignments/:reference/scans', async (request, reply) => {
    const found = await known(installation.db, request);
    if (found.length === 0) return reply.code(404).send(nobody(request));
    return Promise.all(
      found.map(async (row) => {
        const { organisation, consignment, trackingId, stage, pallets, steps } = await story(installation.db, row);
        const history: ScanRow[] = [];
        for await (const scan of scans(installation.db, { consignment })) history.push(scan);
        const of = (barcodes: readonly string[]) =>
          history.filter(({ barcode }) => barcodes.includes(barcode)).sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
        return {
          organisation,
          consignment,
          reference: row.reference,
          trackingId,
          stage,
          steps,
          pallets: pallets.map((pallet) => ({ ...pallet, scans: of([pallet.barcode, ...pallet.former]) })),
        };
      }),
    );
  });

  app.get('/operations/consignments/:reference/labels', async (request, reply) => {
    const found = await known(installation.db, request);
    if (found.length === 0) return reply.code(404).send(nobody(request));
    return Promise.all(
      found.map(async (row) => {
        const sheet = await labelSheet(installation.db, row);
        const pdf = sheet.pdf === null ? null : { ...sheet.pdf, href: `/operations/consignments/${row.id}/labels.pdf` };
        return { ...sheet, pdf };
      }),
    );
  });

  app.get('/operations/consignments/:reference/labels.pdf', async (request, reply) => {
    const [row, other] = await known(installation.db, request);
    if (row === undefined || other !== undefined) return reply.code(404).send(notOne);
    const { pdf } = await labelSheet(installation.db, row);
    if (pdf === null) return reply.code(404).send({ error: 'Palletways has not printed its labels yet, or they were not read yet' });
    const name = `labels-${(row.reference ?? row.id).replaceAll(/[^\w-]/g, '_')}.pdf`;
    return reply
      .type('application/pdf')
      .header('content-disposition', `inline; filename="${name}"`)
      .send(await installation.blobs.get(pdf.key));
  });

  app.get('/operations/scans', async (request, reply) => {
    const asked = audit.safeParse(request.query);
    if (!asked.success) return reply.code(400).send(problem(asked.error));
    const { organisation, since, format } = asked.data;
    const rows = scans(installation.db, {
      ...(organisation === undefined ? {} : { organisation }),
      ...(since === undefined ? {} : { since }),
    });
    if (format === 'json') return reply.type('application/json').send(Readable.from(scansAsJson(rows)));
    return reply
      .header('content-disposition', 'attachment; filename="scans.csv"')
      .type('text/csv; charset=utf-8')
      .send(Readable.from(scansAsCsv(rows)));
  });
}
