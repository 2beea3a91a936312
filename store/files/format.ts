import { fileTypeFromBuffer } from 'file-type';

export interface DetectedFormat {
  readonly mediaType: string;
  /** Without the dot. */
  readonly extension: string;
}

const known = new Map<string, DetectedFormat>([
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
export async function detectFormat(bytes: Uint8Array): Promise<DetectedFormat | null> {
  // file-type calls a PDF with a drawing program's data in it by that program's name.
  const mediaType = startsWith(bytes, '%PDF-') ? 'application/pdf' : (await fileTypeFromBuffer(bytes))?.mime;
  return known.get(mediaType ?? '') ?? null;
}

/** Whether the bytes begin with this text, one character a byte. */
export function startsWith(bytes: Uint8Array, text: string): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(text.length, bytes.byteLength)).equals(
    Buffer.from(text, 'latin1'),
  );
}
