/** Bytes to a tree, whichever writing they are in. */
import { parseJson } from './json.ts';
import { DocumentError, type DocumentLimits, type Node } from './node.ts';
import { parseXml } from './xml.ts';

/**
 * Bytes of a push or an answer to a document node. What the first character says goes before what the content
 * type says: Palletways' error answers carry the wrong one (apis.md 1.1).
 * @throws DocumentError where it is neither readable XML nor readable JSON, or over a limit.
 */
export function parseDocument(body: Buffer, contentType: string, limits: DocumentLimits): Node {
  if (body.length > limits.bytes) throw new DocumentError(`more than ${limits.bytes} bytes`);
  const said = decode(body, contentType);
  const start = said.trimStart()[0];
  if (start === '<') return parseXml(said.trimStart(), limits);
  if (start === '{' || start === '[') return parseJson(said, limits);
  throw new DocumentError(start === undefined ? 'empty' : 'neither XML nor JSON');
}

/**
 * Bytes to text: byte order mark first, then the XML declaration, then the content type's charset, then UTF-8.
 * @throws DocumentError for bytes that are not of that encoding, and for an encoding nobody knows.
 */
export function decode(body: Buffer, contentType: string): string {
  const mark =
    body[0] === 0xff && body[1] === 0xfe ? 'utf-16le' : body[0] === 0xfe && body[1] === 0xff ? 'utf-16be' : undefined;
  const head = body.subarray(0, 200).toString('latin1');
  const declared = /^[^<]{0,4}<\?xml[^>]*\bencoding\s*=\s*["']([\w.-]+)["']/.exec(head)?.[1];
  const charset = /charset\s*=\s*"?([\w.-]+)/i.exec(contentType)?.[1];
  const encoding = mark ?? declared ?? charset ?? 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(body);
  } catch {
    throw new DocumentError(`not readable as ${encoding}`);
  }
}
