import { deflateSync } from 'node:zlib';
import { decode } from 'jpeg-js';
import { PDFDocument, PDFName, rgb } from 'pdf-lib';
import { expect, test } from 'vitest';
import { photo, signedPod } from '../../sandbox/day/evidence.ts';
import { checkFile } from '../../store/files/check.ts';
import { pdfLimits, photosOfPdf } from '../../store/files/pdf-photos.ts';

/** Each page of a colour of its own; the first stands, the second lies. */
async function coloured(): Promise<Buffer> {
  const document = await PDFDocument.create({ updateMetadata: false });
  document.addPage([420, 595]).drawRectangle({ x: 0, y: 0, width: 420, height: 595, color: rgb(1, 0, 0) });
  document.addPage([595, 420]).drawRectangle({ x: 0, y: 0, width: 595, height: 420, color: rgb(0, 0, 1) });
  return Buffer.from(await document.save());
}

async function scanned(pages: number): Promise<Buffer> {
  const document = await PDFDocument.create({ updateMetadata: false });
  for (let nth = 0; nth < pages; nth += 1) {
    const image = await document.embedJpg(new Uint8Array(photo(9, `scan-${nth}`)));
    document.addPage([420, 315]).drawImage(image, { x: 0, y: 0, width: 420, height: 315 });
  }
  return Buffer.from(await document.save());
}

/** A page with a picture of 900 megapixels in black and white, all of it there. */
async function bomb(): Promise<Buffer> {
  const document = await PDFDocument.create({ updateMetadata: false });
  const page = document.addPage([420, 315]);
  const rows = deflateSync(Buffer.alloc(3_750 * 30_000));
  const dictionary = {
    Type: 'XObject',
    Subtype: 'Image',
    Width: 30_000,
    Height: 30_000,
    ColorSpace: 'DeviceGray',
    BitsPerComponent: 1,
  };
  const image = document.context.stream(new Uint8Array(rows), { ...dictionary, Filter: 'FlateDecode' });
  page.node.setXObject(PDFName.of('Im1'), document.context.register(image));
  const drawn = document.context.stream('q 420 0 0 315 0 0 cm /Im1 Do Q');
  page.node.addContentStream(document.context.register(drawn));
  return Buffer.from(await document.save());
}

async function photos(pdf: Buffer): Promise<readonly Buffer[]> {
  const made = await photosOfPdf(pdf);
  if (!('photos' in made)) throw new Error(made.whole);
  return made.photos;
}

test('each page of a paper is a sound photo, in the order of the pages, in its own colours and standing as it stood', async () => {
  const made = await photos(await coloured());
  const seen = made.map((each) => {
    const { width, height, data } = decode(each);
    return { stands: height > width, pixel: [...data.subarray(0, 3)].map((part) => part > 128) };
  });
  expect(seen).toEqual([
    { stands: true, pixel: [true, false, false] },
    { stands: false, pixel: [false, false, true] },
  ]);
  for (const each of made)
    expect(await checkFile(each)).toMatchObject({ decision: 'kept', mediaType: 'image/jpeg', preview: true });
});

test('scanned papers and drawn ones are photos, and the same paper makes the same ones', async () => {
  const scan = await scanned(3);
  const made = await photos(scan);
  expect(new Set(made.map((each) => each.toString('base64'))).size).toBe(3);
  expect((await photos(scan)).map((each, nth) => made[nth]?.equals(each))).toEqual([true, true, true]);
  expect(await photos(await signedPod(9, 'pod', 'Aoife Byrne'))).toHaveLength(1);
});

test('what cannot be taken apart stays whole, and says why', async () => {
  const [scan, drawn] = [await scanned(2), await coloured()];
  expect(await photosOfPdf(scan.subarray(0, scan.length / 2))).toEqual({ whole: 'it cannot be read as a PDF' });
  expect(await photosOfPdf(Buffer.from('%PDF-1.4\nSorry.\n%%EOF'))).toEqual({ whole: 'it cannot be read as a PDF' });
  expect(await photosOfPdf(drawn, undefined, { ...pdfLimits, pages: 1 })).toEqual({
    whole: 'it has 2 pages, more than 1',
  });
});

test('neither time nor memory is taken without end, and the next paper is taken apart', async () => {
  const drawn = await coloured();
  expect(await photosOfPdf(drawn, undefined, { ...pdfLimits, seconds: 0.02 })).toEqual({
    whole: 'drawing it takes longer than 0.02 s',
  });
  if (process.platform === 'linux')
    expect(await photosOfPdf(drawn, undefined, { ...pdfLimits, megabytes: 20 })).toEqual({
      whole: 'drawing it takes more than 20 MB',
    });
  const before = process.memoryUsage().rss;
  const ended = await photosOfPdf(await bomb(), undefined, { ...pdfLimits, seconds: 4 });
  expect('photos' in ended ? ended.photos.length : ended.whole).toSatisfy(
    (end) => end === 1 || typeof end === 'string',
  );
  expect(process.memoryUsage().rss - before).toBeLessThan(pdfLimits.megabytes * 1_000_000);
  expect(await photos(drawn)).toHaveLength(2);
});

test('a reading of photos that is given up ends', async () => {
  const asked = new AbortController();
  const made = photosOfPdf(await coloured(), asked.signal);
  asked.abort();
  await expect(made).rejects.toThrow('given up');
});
