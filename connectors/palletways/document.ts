/** Bytes to a tree, whichever writing they are in. */
import { charsetOf, decodeText } from '../../domain/facts/encoding.ts';
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

/** Bytes to text; labels are the XML declaration's and the content type's, in this order. */
export function decode(body: Buffer, contentType: string): string {
  const head = body.subarray(0, 200).toString('latin1');
  const declared = /^[^<]{0,4}<\?xml[^>]*\bencoding\s*=\s*["']([\w.-]+)["']/.exec(head)?.[1];
  return decodeText(body, declared, charsetOf(contentType));
}
