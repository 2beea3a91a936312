/** How big a picture says it is, read from its header: nothing is decoded. */
import { startsWith } from './format.ts';
import { isFrame } from './integrity.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Pixels; null for what is no picture, or whose kind hides it (TIFF, some HEIC). */
export function sizeOf(bytes: Uint8Array): Size | null {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (startsWith(view, '\x89PNG\r\n\x1a\n') && view.length >= 24)
    return { width: view.readUInt32BE(16), height: view.readUInt32BE(20) };
  if (view[0] === 0xff && view[1] === 0xd8) return sizeOfJpeg(view);
  if (startsWith(view, 'GIF8') && view.length >= 10)
    return { width: view.readUInt16LE(6), height: view.readUInt16LE(8) };
  if (startsWith(view, 'RIFF') && view.length >= 30) return sizeOfWebp(view);
  if (view.toString('latin1', 4, 8) === 'ftyp') return sizeOfHeic(view);
  return null;
}

function sizeOfJpeg(view: Buffer): Size | null {
  let at = 2;
  while (at + 9 <= view.length && view[at] === 0xff) {
    const marker = view[at + 1] ?? 0;
    if (marker === 0xff) at += 1;
    else if (isFrame(marker)) return { height: view.readUInt16BE(at + 5), width: view.readUInt16BE(at + 7) };
    else at += 2 + view.readUInt16BE(at + 2);
  }
  return null;
}

function sizeOfWebp(view: Buffer): Size | null {
  const kind = view.toString('latin1', 12, 16);
  if (kind === 'VP8X') return { width: view.readUIntLE(24, 3) + 1, height: view.readUIntLE(27, 3) + 1 };
  if (kind === 'VP8L') {
    const bits = view.readUInt32LE(21);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  return kind === 'VP8 ' ? { width: view.readUInt16LE(26) & 0x3fff, height: view.readUInt16LE(28) & 0x3fff } : null;
}

/** The largest of the sizes that its image properties (`ispe`) say: tiles and thumbnails have sizes of their own. */
function sizeOfHeic(view: Buffer): Size | null {
  let size: Size | null = null;
  for (
    let at = view.indexOf('ispe', 0, 'latin1');
    at >= 0 && at + 16 <= view.length;
    at = view.indexOf('ispe', at + 4, 'latin1')
  ) {
    if (at < 4 || view.readUInt32BE(at - 4) !== 20) continue;
    const found = { width: view.readUInt32BE(at + 8), height: view.readUInt32BE(at + 12) };
    if (size === null || found.width * found.height > size.width * size.height) size = found;
  }
  return size;
}
