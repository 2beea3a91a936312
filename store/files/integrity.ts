/** Whether files are whole, told without decoding them. */
import { crc32 } from 'node:zlib';
import { startsWith } from './format.ts';

/**
 * Looks whether the bytes are whole, without decoding them: a reason for people where they end too early or are damaged, otherwise
 * null. Bytes after the end are no fault (phones write them). What `recognise` does not know is not judged.
 */
export function checkIntegrity(bytes: Uint8Array): string | null {
  if (bytes.length === 0) return 'empty';
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (startsWith(view, '%PDF-')) return soundPdf(view);
  if (view[0] === 0xff && view[1] === 0xd8) return soundJpeg(view);
  if (startsWith(view, '\x89PNG\r\n\x1a\n')) return soundPng(view);
  if (startsWith(view, 'GIF8')) return view.findLast((byte) => byte !== 0) === 0x3b ? null : 'GIF without its end';
  if (startsWith(view, 'RIFF') && view.length >= 12)
    return view.readUInt32LE(4) + 8 <= view.length ? null : 'WebP shorter than it says';
  if (view.toString('latin1', 4, 8) === 'ftyp') return soundBoxes(view);
  if (startsWith(view, 'II*\0') || startsWith(view, 'MM\0*')) return soundTiff(view);
  return null;
}

function soundPdf(view: Buffer): string | null {
  const end = view.subarray(-2048);
  if (!end.includes('%%EOF')) return 'PDF without its end (%%EOF)';
  // A sentence between the first line and the last is no document.
  return end.includes('startxref') && /\d\s+\d\s+obj\b/.test(view.toString('latin1'))
    ? null
    : 'PDF without anything in it';
}

/** Walks the segments and the image data between them to the end marker (a thumbnail in front has one of its own). */
function soundJpeg(view: Buffer): string | null {
  let at = 2;
  let data = false;
  let size = false;
  while (at + 2 <= view.length) {
    if (view[at] !== 0xff) return 'JPEG with a broken segment';
    const marker = view[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === 0xd9) return data ? null : 'JPEG without image data';
    if (at + 4 > view.length) break;
    const length = view.readUInt16BE(at + 2);
    if (length < 2) return 'JPEG with a broken segment';
    if (isFrame(marker)) size = true;
    at += 2 + length;
    if (marker !== 0xda) continue;
    if (!size) return 'JPEG without its size';
    data = true;
    at = endOfScan(view, at);
  }
  return data ? 'JPEG without its end (EOI)' : 'JPEG without image data';
}

/** A frame header (SOF0 to SOF15): it says the size. DHT, JPG and DAC lie between. */
export const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** Where the next marker stands after image data: in the data 0xff is followed by a zero or a restart. */
function endOfScan(view: Buffer, from: number): number {
  for (let at = view.indexOf(0xff, from); at >= 0; at = view.indexOf(0xff, at + 1)) {
    const next = view[at + 1];
    if (next !== 0 && next !== 0xff && !(next !== undefined && next >= 0xd0 && next <= 0xd7)) return at;
  }
  return view.length;
}

/** Every chunk carries a checksum. */
function soundPng(view: Buffer): string | null {
  let at = 8;
  while (at + 12 <= view.length) {
    const end = at + 8 + view.readUInt32BE(at);
    if (end + 4 > view.length) break;
    const chunk = view.toString('latin1', at + 4, at + 8);
    if (at === 8 && (chunk !== 'IHDR' || end !== at + 21)) return 'PNG without its size';
    if (crc32(view.subarray(at + 4, end)) !== view.readUInt32BE(end)) return `PNG with a damaged chunk (${chunk})`;
    if (chunk === 'IEND') return null;
    at = end + 4;
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
