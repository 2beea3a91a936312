/** Photos and papers of all kinds, as telephones, scanners and bad servers make them, and how each ends. */
import { crc32, deflateSync } from 'node:zlib';
import { PDFDocument } from 'pdf-lib';
import { photo, signature, signedPod } from '../sandbox/day/evidence.ts';

/** How a file ends: told, told though nobody can be shown it here, or refused with a reason. */
export type End = 'stored' | 'without preview' | RegExp;
export interface Case {
  readonly name: string;
  readonly bytes: Buffer;
  readonly end: End;
}

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A PNG that says to be so big, in grey; its data is that of one row, which nobody reads. */
export function pngOf(width: number, height: number): Buffer {
  return png(width, height, 8, Buffer.alloc(1 + (width % 4096)));
}

/** Black and white, every row of it there: a reader that decodes it takes the memory that it says. */
const wholePng = (width: number, height: number) =>
  png(width, height, 1, Buffer.alloc((1 + Math.ceil(width / 8)) * height));

function png(width: number, height: number, bits: number, rows: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, 0, 0, 0, 0], 8);
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...parts]);
}

export function heicOf(width: number, height: number, extra: number): Buffer {
  const box = (kind: string, data: Buffer) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(8 + data.length);
    head.write(kind, 4, 'latin1');
    return Buffer.concat([head, data]);
  };
  const size = Buffer.alloc(12);
  size.writeUInt32BE(width, 4);
  size.writeUInt32BE(height, 8);
  return Buffer.concat([
    box('ftyp', Buffer.from('heic\0\0\0\0mif1heic', 'latin1')),
    box('meta', Buffer.concat([Buffer.alloc(4), box('iprp', box('ipco', box('ispe', size)))])),
    box('mdat', Buffer.alloc(200 + extra, 0x5a)),
  ]);
}

const text = (name: string, said: string): Case => ({ name, bytes: Buffer.from(said), end: /not a picture or PDF/ });
const of = <T>(count: number, make: (nth: number) => T): T[] => Array.from({ length: count }, (_, nth) => make(nth));
const cut = (bytes: Buffer, part: number) => bytes.subarray(0, Math.floor(bytes.length * part));
const damaged = (bytes: Buffer, at: number) => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
};

/** More than a hundred, each with bytes of its own. */
export async function filesOfAllKinds(): Promise<Case[]> {
  const photos = of(20, (nth) => photo(7, `photo-${nth}`, nth % 3 === 0));
  const signatures = of(14, (nth) => signature(7, `sign-${nth}`));
  const pods = await Promise.all(of(8, (nth) => signedPod(7, `pod-${nth}`, 'J. Brennan')));
  const [aPhoto, aSignature, aPod] = [photos[0], signatures[0], pods[0]];
  if (aPhoto === undefined || aSignature === undefined || aPod === undefined) throw new Error('nothing was drawn');
  const document = await PDFDocument.create();
  document.addPage();
  const cuts = [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99];
  return [
    ...photos.map((bytes, nth): Case => ({ name: `photo ${nth}`, bytes, end: 'stored' })),
    ...signatures.map((bytes, nth): Case => ({ name: `signature ${nth}`, bytes, end: 'stored' })),
    ...pods.map((bytes, nth): Case => ({ name: `signed POD ${nth}`, bytes, end: 'stored' })),
    { name: 'a plain PDF', bytes: Buffer.from(await document.save({ useObjectStreams: false })), end: 'stored' },
    {
      name: 'a photo with a telephone’s bytes behind its end',
      bytes: Buffer.concat([aPhoto, Buffer.alloc(900, 3)]),
      end: 'stored',
    },
    ...of(6, (nth): Case => ({ name: `HEIC ${nth}`, bytes: heicOf(4032, 3024, nth), end: 'without preview' })),
    ...of(4, (nth): Case => ({ name: `GIF ${nth}`, bytes: gif(nth + 1), end: 'stored' })),
    { name: 'TIFF', bytes: Buffer.from('49492a000800000000000000', 'hex'), end: 'without preview' },
    ...cuts.map((part): Case => ({ name: `JPEG cut at ${part}`, bytes: cut(aPhoto, part), end: /^JPEG/ })),
    ...cuts.map((part): Case => ({ name: `PNG cut at ${part}`, bytes: cut(aSignature, part), end: /^PNG/ })),
    ...cuts.map((part): Case => ({ name: `PDF cut at ${part}`, bytes: cut(aPod, part), end: /^PDF/ })),
    ...of(
      4,
      (nth): Case => ({ name: `HEIC cut ${nth}`, bytes: cut(heicOf(4032, 3024, nth), 0.2 + nth / 5), end: /^HEIC/ }),
    ),
    ...[20, 45, aSignature.length - 30].map(
      (at): Case => ({
        name: `PNG damaged at ${at}`,
        bytes: damaged(aSignature, at),
        end: /^PNG with a damaged chunk/,
      }),
    ),
    {
      name: 'a photo of whose end only the thumbnail’s is left',
      bytes: Buffer.from('ffd8ffe10008ffd8ffd90000', 'hex'),
      end: /^JPEG/,
    },
    { name: 'a PNG of 900 megapixels', bytes: wholePng(30_000, 30_000), end: /900 megapixels/ },
    { name: 'a PNG of 4 billion by 4 billion', bytes: pngOf(0xffffffff, 0xffffffff), end: /megapixels/ },
    { name: 'a PNG of 200 megapixels', bytes: pngOf(20_000, 10_000), end: 'stored' },
    { name: 'a PNG without height', bytes: pngOf(800, 0), end: /800 x 0/ },
    { name: 'a HEIC of 1,000 megapixels', bytes: heicOf(40_000, 25_000, 0), end: /1000 megapixels/ },
    text('an error sentence served as PDF', 'Sorry, no document is available for this order.'),
    text('an error sentence in XML', '<?xml version="1.0"?><Error><Message>Not found</Message></Error>'),
    text('an error sentence in JSON', '{"error":"document not found"}'),
    text('a sign-in page', '<!DOCTYPE html><html><body>Please sign in</body></html>'),
    text('an SVG', '<svg xmlns="http://www.w3.org/2000/svg"/>'),
    text('the base64 of a photo', aPhoto.toString('base64')),
    {
      name: 'an error sentence that begins and ends as a PDF',
      bytes: Buffer.from('%PDF-1.4\nSorry.\n%%EOF'),
      end: /^PDF/,
    },
    { name: 'an archive', bytes: Buffer.from('PK\u0003\u0004rest', 'latin1'), end: /archive/ },
    {
      name: 'a program',
      bytes: Buffer.concat([Buffer.from('7f454c46', 'hex'), Buffer.alloc(300)]),
      end: /not a picture/,
    },
    { name: 'nothing', bytes: Buffer.alloc(0), end: /empty/ },
    { name: 'zeros', bytes: Buffer.alloc(5000), end: /not a picture/ },
    { name: 'a JPEG’s first two bytes', bytes: Buffer.from('ffd8', 'hex'), end: /./ },
    { name: 'a PNG’s first eight bytes', bytes: aSignature.subarray(0, 8), end: /./ },
  ];
}

const gif = (width: number) => {
  const bytes = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
  bytes.writeUInt16LE(width, 6);
  return bytes;
};
