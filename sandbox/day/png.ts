/** A PNG writer for drawings in shades of grey: signatures. */
import { crc32, deflateSync } from 'node:zlib';

/** A drawing: one byte a pixel, 255 white. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.pixels = new Uint8Array(width * height).fill(255);
  }

  /** A round dot of a pen; its rim is softened so that strokes look drawn. */
  dot(x: number, y: number, radius: number): void {
    for (let row = Math.floor(y - radius - 1); row <= y + radius + 1; row += 1) {
      for (let column = Math.floor(x - radius - 1); column <= x + radius + 1; column += 1) {
        if (row < 0 || column < 0 || row >= this.height || column >= this.width) continue;
        const outside = Math.hypot(column - x, row - y) - radius;
        const shade = Math.round(255 * Math.min(1, Math.max(0, outside)));
        const at = row * this.width + column;
        this.pixels[at] = Math.min(this.pixels[at] ?? 255, shade);
      }
    }
  }

  line(from: readonly [number, number], to: readonly [number, number], radius: number): void {
    const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) * 2));
    for (let step = 0; step <= steps; step += 1) {
      const part = step / steps;
      this.dot(from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part, radius);
    }
  }
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** The canvas as a PNG of 8 bits grey, with `comment` as a text chunk (it makes like drawings differ). */
export function encodePng(canvas: Canvas, comment: string): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(canvas.width, 0);
  header.writeUInt32BE(canvas.height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const rows = Buffer.alloc((canvas.width + 1) * canvas.height);
  for (let row = 0; row < canvas.height; row += 1) {
    rows.set(canvas.pixels.subarray(row * canvas.width, (row + 1) * canvas.width), row * (canvas.width + 1) + 1);
  }
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('tEXt', Buffer.from(`Comment\0${comment}`, 'latin1')),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
