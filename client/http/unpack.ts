/** Unpacks what is sent to us packed: gzip by its label or its first bytes, deflate and Brotli by their label. */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib';

type Unpacking = (packed: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

const ways: Readonly<Record<string, readonly Unpacking[]>> = {
  gzip: [promisify(gunzip)],
  'x-gzip': [promisify(gunzip)],
  // Some write deflate without the frame of zlib that HTTP asks for.
  deflate: [promisify(inflate), promisify(inflateRaw)],
  br: [promisify(brotliDecompress)],
};

/** More than is let in, once it was unpacked: Fastify answers 413. */
class TooLarge extends Error {
  readonly statusCode = 413;
}

/**
 * Unpacks a body. One that is not packed as its label says, or under a label that nobody knows, stays as it came: it is kept, and shown as
 * what could not be read. Throws TooLarge (413) if it has more than `maxBytes`.
 */
export async function unpack(body: Buffer, label: string | undefined, maxBytes: number): Promise<Buffer> {
  const named = (label ?? '')
    .toLowerCase()
    .split(',')
    .map((each) => each.trim())
    .reverse();
  const isGzip = (bytes: Buffer) => bytes[0] === 0x1f && bytes[1] === 0x8b;
  let bytes = body;
  for (const name of named.filter((each) => each in ways))
    bytes = (await unpackOnce(bytes, ways[name] ?? [], maxBytes)) ?? bytes;
  return isGzip(bytes) ? ((await unpackOnce(bytes, ways.gzip ?? [], maxBytes)) ?? bytes) : bytes;
}

async function unpackOnce(bytes: Buffer, tries: readonly Unpacking[], maxOutputLength: number): Promise<Buffer | null> {
  for (const attempt of tries) {
    try {
      return await attempt(bytes, { maxOutputLength });
    } catch (error) {
      if (error instanceof RangeError) throw new TooLarge(`more than ${maxOutputLength} bytes once it is unpacked`);
    }
  }
  return null;
}
