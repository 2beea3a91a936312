import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createInflateRaw } from 'node:zlib';

/** Writes the member of a zip file (a Python wheel is one) whose name `matches` to `to`. Zip64 is not read. */
export async function unzipOne(zip: string, matches: (name: string) => boolean, to: string): Promise<void> {
  const file = await open(zip);
  try {
    const { size } = await file.stat();
    const tail = await read(Math.max(0, size - 65_557), Math.min(size, 65_557));
    const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
    if (end < 0) throw new Error('not a zip file');
    const directory = await read(tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
    for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50; ) {
      const nameLength = directory.readUInt16LE(at + 28);
      const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
      if (matches(name)) {
        const method = directory.readUInt16LE(at + 10);
        const packed = directory.readUInt32LE(at + 20);
        const header = directory.readUInt32LE(at + 42);
        const local = await read(header, 30);
        const start = header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
        const bytes = packed === 0 ? Readable.from([]) : createReadStream(zip, { start, end: start + packed - 1 });
        if (method === 8) await pipeline(bytes, createInflateRaw(), createWriteStream(to));
        else if (method === 0) await pipeline(bytes, createWriteStream(to));
        else throw new Error(`zip method ${method} is not read`);
        return;
      }
      at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    }
    throw new Error('the zip file does not hold the program');
  } finally {
    await file.close();
  }

  async function read(position: number, length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await file.read(buffer, 0, length, position);
    if (bytesRead !== length) throw new Error('the zip file is cut off');
    return buffer;
  }
}

/** Writes the member of a .tar.gz stream whose name `matches` to `to`. Read as it comes: it need not fit in memory. */
export async function untarOne(
  gz: AsyncIterable<Uint8Array>,
  matches: (name: string) => boolean,
  to: string,
): Promise<void> {
  let found = false;
  await pipeline(gz, createGunzip(), async (tar: AsyncIterable<Buffer>) => {
    let held: Buffer = Buffer.alloc(0);
    let left = 0;
    let padding = 0;
    let out: ReturnType<typeof createWriteStream> | undefined;
    for await (const chunk of tar) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      for (;;) {
        if (left > 0) {
          const part = held.subarray(0, Math.min(left, held.length));
          if (part.length === 0) break;
          if (out !== undefined) await write(out, part);
          left -= part.length;
          held = held.subarray(part.length);
          if (left > 0) break;
          if (out !== undefined) {
            await ended(out);
            out = undefined;
            found = true;
          }
        }
        if (padding > 0) {
          const skipped = Math.min(padding, held.length);
          held = held.subarray(skipped);
          padding -= skipped;
        }
        if (padding > 0 || held.length < 512) break;
        const header = held.subarray(0, 512);
        held = held.subarray(512);
        const name = text(header, 0, 100);
        if (name === '') continue;
        left = Number.parseInt(text(header, 124, 12).trim() || '0', 8);
        padding = (512 - (left % 512)) % 512;
        const regular = header[156] === 0x30 || header[156] === 0;
        if (!found && regular && left > 0 && matches(name)) out = createWriteStream(to);
      }
    }
  });
  if (!found) throw new Error('the archive does not hold the program, or is cut off');
}

function text(header: Buffer, from: number, length: number): string {
  const end = header.indexOf(0, from);
  return header.toString('utf8', from, end < 0 || end > from + length ? from + length : end);
}

function write(out: NodeJS.WritableStream, part: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    out.once('error', reject);
    out.write(part, (error) => {
      out.removeListener('error', reject);
      if (error) reject(error);
      else resolve();
    });
  });
}

function ended(out: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    out.once('error', reject);
    out.end(() => resolve());
  });
}
