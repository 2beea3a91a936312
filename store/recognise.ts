import { fileTypeFromBuffer } from 'file-type';

export interface Recognised {
  readonly mediaType: string;
  /** Without the dot. */
  readonly extension: string;
}

const known = new Map<string, Recognised>([
  ['application/pdf', { mediaType: 'application/pdf', extension: 'pdf' }],
  ['image/jpeg', { mediaType: 'image/jpeg', extension: 'jpg' }],
  ['image/png', { mediaType: 'image/png', extension: 'png' }],
  ['image/apng', { mediaType: 'image/png', extension: 'png' }],
  ['image/heic', { mediaType: 'image/heic', extension: 'heic' }],
  ['image/heic-sequence', { mediaType: 'image/heic', extension: 'heic' }],
  ['image/heif', { mediaType: 'image/heic', extension: 'heic' }],
  ['image/tiff', { mediaType: 'image/tiff', extension: 'tiff' }],
  ['image/webp', { mediaType: 'image/webp', extension: 'webp' }],
  ['image/gif', { mediaType: 'image/gif', extension: 'gif' }],
]);

/** What kind of photo or document the bytes are, by their magic numbers and never by a name; null for all other kinds. */
export async function recognise(bytes: Uint8Array): Promise<Recognised | null> {
  // file-type calls a PDF with a drawing program's data in it by that program's name.
  const mediaType = startsWith(bytes, '%PDF-') ? 'application/pdf' : (await fileTypeFromBuffer(bytes))?.mime;
  return known.get(mediaType ?? '') ?? null;
}

/**
 * Looks whether the bytes are whole, without decoding them: a reason for people where they end too early, otherwise null. Bytes
 * after the end are no fault (phones write them). What `recognise` does not know is not judged.
 */
export function sound(bytes: Uint8Array): string | null {
  if (bytes.length === 0) return 'empty';
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (startsWith(view, '%PDF-')) return view.subarray(-2048).includes('%%EOF') ? null : 'PDF without its end (%%EOF)';
  if (view[0] === 0xff && view[1] === 0xd8) return soundJpeg(view);
  if (startsWith(view, '\x89PNG\r\n\x1a\n')) return soundPng(view);
  if (startsWith(view, 'GIF8')) return view.findLast((byte) => byte !== 0) === 0x3b ? null : 'GIF without its end';
  if (startsWith(view, 'RIFF') && view.length >= 12) return view.readUInt32LE(4) + 8 <= view.length ? null : 'WebP shorter than it says';
  if (view.toString('latin1', 4, 8) === 'ftyp') return soundBoxes(view);
  if (startsWith(view, 'II*\0') || startsWith(view, 'MM\0*')) return soundTiff(view);
  return null;
}

/** Walks the segments to the image data; the end marker must follow there (a thumbnail in front has one of its own). */
function soundJpeg(view: Buffer): string | null {
  let at = 2;
  while (at + 4 <= view.length) {
    if (view[at] !== 0xff) return 'JPEG with a broken segment';
    const marker = view[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const length = view.readUInt16BE(at + 2);
    if (marker === 0xda) return view.indexOf('\xff\xd9', at + 2 + length, 'latin1') >= 0 ? null : 'JPEG without its end (EOI)';
    at += 2 + length;
  }
  return 'JPEG without image data';
}

function soundPng(view: Buffer): string | null {
  let at = 8;
  while (at + 12 <= view.length) {
    if (view.toString('latin1', at + 4, at + 8) === 'IEND') return null;
    at += 12 + view.readUInt32BE(at);
  }
  return 'PNG without its end (IEND)';
}

/** HEIC: boxes of a said length, one after the other; length 0 means to the end. */
function soundBoxes(view: Buffer): string | null {
  let at = 0;
  while (at + 8 <= view.length) {
    const said = view.readUInt32BE(at);
    const length = said === 1 && at + 16 <= view.length ? Number(view.readBigUInt64BE(at + 8)) : said;
    if (length === 0) return null;
    if (length < 8 || at + length > view.length) return 'HEIC shorter than it says';
    at += length;
  }
  return at === view.length ? null : 'HEIC shorter than it says';
}

function soundTiff(view: Buffer): string | null {
  if (view.length < 8) return 'TIFF without a directory';
  const directory = view[0] === 0x49 ? view.readUInt32LE(4) : view.readUInt32BE(4);
  return directory + 2 <= view.length ? null : 'TIFF shorter than it says';
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(text.length, bytes.byteLength)).equals(Buffer.from(text, 'latin1'));
}
