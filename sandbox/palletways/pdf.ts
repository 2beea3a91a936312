/** Labels and PODs as real PDFs. Dates inside are fixed, so that the same label is the same bytes. */
import { PDFDocument, type PDFFont, type PDFPage, StandardFonts } from 'pdf-lib';
import { addressOf, liftsOf } from './consignment.ts';
import { all, text, trees } from './tree.ts';
import type { Consignment, Note } from './world.ts';

/** 4 x 6 inch, as thermal stock is (F PW-DOC25: thermal labels; the size is assumed). */
const LABEL: [number, number] = [288, 432];
const A4: [number, number] = [595, 842];
/** Hub letter of the routing code (`Label_Shed`, apis 1.9 and 1.11). */
const SHED = 'E';

export interface Attachment {
  name: string;
  bytes: Uint8Array;
}

async function newDocument(at: number): Promise<{ pdf: PDFDocument; font: PDFFont; bold: PDFFont }> {
  const pdf = await PDFDocument.create({ updateMetadata: false });
  pdf.setCreationDate(new Date(at));
  pdf.setModificationDate(new Date(at));
  return {
    pdf,
    font: await pdf.embedFont(StandardFonts.Helvetica),
    bold: await pdf.embedFont(StandardFonts.HelveticaBold),
  };
}

/** Helvetica knows Latin-1 only; the rest is written as `?`. */
function latin(value: string): string {
  return value.replace(/[^\x20-\x7e\xa1-\xff]/g, '?');
}

function lines(page: PDFPage, font: PDFFont, texts: string[], from: number, size: number): number {
  let y = from;
  for (const line of texts) {
    if (line === '') continue;
    page.drawText(latin(line), { x: 18, y, size, font });
    y -= size * 1.35;
  }
  return y;
}

/** One page per pallet; contents as the published description has them (apis 1.11). The barcode stands as text: its symbology is not public. */
export async function labelPdf(consignment: Consignment, barcodes: string[]): Promise<Uint8Array> {
  const { fields } = consignment;
  const { pdf, font, bold } = await newDocument(consignment.enteredAt);
  const to = addressOf(fields, 'Delivery');
  const service = trees(fields, 'Service')[0] ?? {};
  const lifts = Math.max(liftsOf(fields), consignment.barcodes.length);
  const address = all(to, 'Line').filter((line) => typeof line === 'string');
  for (const barcode of barcodes) {
    const page = pdf.addPage(LABEL);
    page.drawText(`${SHED}${text(fields, 'DeliveryDepot')}`, { x: 18, y: 370, size: 44, font: bold });
    page.drawText(latin(`${text(service, 'Code')}/${text(service, 'Surcharge')}`), {
      x: 190,
      y: 380,
      size: 20,
      font: bold,
    });
    const below = lines(
      page,
      font,
      [text(to, 'CompanyName'), text(to, 'ContactName'), ...address, text(to, 'Town')],
      345,
      12,
    );
    page.drawText(latin(text(to, 'PostCode')), { x: 18, y: below - 10, size: 24, font: bold });
    page.drawText(barcode, { x: 18, y: 150, size: 30, font: bold });
    const foot = [
      `REF ${text(fields, 'Reference')}`,
      `CONSIGNMENT ${consignment.conNo}`,
      `TRACKING ${consignment.trackingId ?? ''}`,
      `PALLET ${consignment.barcodes.indexOf(barcode) + 1} OF ${lifts}   TOTAL WEIGHT ${text(fields, 'Weight')} KG`,
      text(fields, 'BookInRequest') === 'yes' ? 'BOOK IN' : '',
      `ORIGIN ${text(fields, 'CollectionDepot')}`,
    ];
    lines(page, font, foot, 120, 11);
  }
  return pdf.save();
}

/** A page with the POD's data, then every file that came for the consignment. */
export async function podPdf(consignment: Consignment, pod: Note, attachments: Attachment[]): Promise<Uint8Array> {
  const { pdf, font, bold } = await newDocument(pod.received?.at ?? consignment.enteredAt);
  const page = pdf.addPage(A4);
  page.drawText('PROOF OF DELIVERY', { x: 18, y: 790, size: 24, font: bold });
  const facts = [
    `CONSIGNMENT ${consignment.conNo}`,
    `TRACKING ${consignment.trackingId ?? ''}`,
    `DELIVERED ${pod.noteDate} ${pod.noteTime}`,
    `SIGNED BY ${pod.customerName}`,
    pod.text,
  ];
  lines(page, font, facts, 750, 12);
  await attach(pdf, font, attachments);
  return pdf.save();
}

/** All images, a page each (F QG-H476648: a multi-page PDF). */
export async function imagesPdf(at: number, attachments: Attachment[]): Promise<Uint8Array> {
  const { pdf, font } = await newDocument(at);
  await attach(pdf, font, attachments);
  return pdf.save();
}

async function attach(pdf: PDFDocument, font: PDFFont, attachments: Attachment[]): Promise<void> {
  for (const attachment of attachments) {
    try {
      await attachOne(pdf, attachment);
    } catch {
      // Bytes that are not what the name says are still shown to have come.
      lines(pdf.addPage(A4), font, [`${attachment.name}: cannot be shown`], 790, 12);
    }
  }
}

async function attachOne(pdf: PDFDocument, { name, bytes }: Attachment): Promise<void> {
  if (/\.pdf$/i.test(name)) {
    const source = await PDFDocument.load(bytes);
    for (const page of await pdf.copyPages(source, source.getPageIndices())) pdf.addPage(page);
    return;
  }
  const image = /\.png$/i.test(name) ? await pdf.embedPng(bytes) : await pdf.embedJpg(bytes);
  const { width, height } = image.scaleToFit(A4[0] - 36, A4[1] - 36);
  pdf.addPage(A4).drawImage(image, { x: 18, y: A4[1] - 18 - height, width, height });
}
