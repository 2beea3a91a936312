/**
 * What a photo or a paper is worth before anybody is told about it, from its bytes alone: what a header or a name says about them
 * is not believed, and nothing is decoded, so that no picture is too big to be looked at. Pure.
 */

import { type DetectedFormat, detectFormat, startsWith } from './format.ts';
import { checkIntegrity } from './integrity.ts';
import { type Size, sizeOf } from './picture-size.ts';

export type FileCheck = Kept | Refused;

export interface Kept extends DetectedFormat {
  readonly decision: 'kept';
  /** False where a browser cannot show it (HEIC, TIFF): it is kept and sent as it is. */
  readonly preview: boolean;
  /** Pixels; null for a paper, and where the kind does not say in its header. */
  readonly size: Size | null;
}

export interface Refused {
  readonly decision: 'refused';
  /** For people; may hold the first words of what came instead. */
  readonly reason: string;
}

/** Telephones take 200 megapixels; what claims more than this would take a reader's memory away. */
const maxMegapixels = 250;
const withoutPreview: ReadonlySet<string> = new Set(['image/heic', 'image/tiff']);

export async function checkFile(bytes: Uint8Array): Promise<FileCheck> {
  if (bytes.length === 0) return refused('empty');
  const kind = await detectFormat(bytes);
  if (kind === null) return refused(`not a picture or PDF${firstWords(bytes)}`);
  const broken = checkIntegrity(bytes);
  if (broken !== null) return refused(broken);
  const size = sizeOf(bytes);
  if (size !== null) {
    const { width, height } = size;
    if (width === 0 || height === 0) return refused(`a picture of ${width} x ${height} pixels`);
    const megapixels = (width * height) / 1_000_000;
    if (megapixels > maxMegapixels)
      return refused(`a picture of ${Math.round(megapixels)} megapixels (${width} x ${height})`);
  }
  return { decision: 'kept', ...kind, preview: !withoutPreview.has(kind.mediaType), size };
}

const refused = (reason: string): Refused => ({ decision: 'refused', reason });

/** An error sentence served as a file says itself what is wrong. */
function firstWords(bytes: Uint8Array): string {
  if (startsWith(bytes, 'PK')) return ': an archive or office document';
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 400))
    .toString('utf8')
    .slice(0, 80);
  // Bytes of no text are not shown.
  if (/[^\P{Cc}\s]|\ufffd/u.test(text)) return '';
  const words = text.replace(/\s+/g, ' ').trim();
  return words === '' ? '' : `, it begins with: ${words}`;
}
