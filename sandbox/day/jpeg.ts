/** A baseline JPEG writer (ITU T.81, sequential DCT, no subsampling, the tables of its annex K): photos. */

/** A picture in colour: red, green and blue, one byte each, row by row. */
export interface Picture {
  width: number;
  height: number;
  rgb: Uint8Array;
}

const ZIGZAG = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47,
  55, 62, 63,
];
const LUMINANCE = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
  87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
  72, 92, 95, 98, 112, 100, 103, 99,
];
const DC_LENGTHS = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const DC_VALUES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const AC_LENGTHS = [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d];
const AC_VALUES = [
  ...Buffer.from(
    '01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a' +
      '434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aa' +
      'b2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa',
    'hex',
  ),
];

/** The code words of a Huffman table: value to `[code, length]`. */
function codeWords(lengths: readonly number[], values: readonly number[]): Map<number, readonly [number, number]> {
  const words = new Map<number, readonly [number, number]>();
  let code = 0;
  let next = 0;
  lengths.forEach((count, index) => {
    for (let word = 0; word < count; word += 1) {
      words.set(values[next] ?? 0, [code, index + 1]);
      next += 1;
      code += 1;
    }
    code <<= 1;
  });
  return words;
}

const DC_WORDS = codeWords(DC_LENGTHS, DC_VALUES);
const AC_WORDS = codeWords(AC_LENGTHS, AC_VALUES);
/** `COSINE[u * 8 + x]` with the normalising factor in it. */
const COSINE = Array.from({ length: 64 }, (_, index) => {
  const u = index >> 3;
  return (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * (index & 7) + 1) * u * Math.PI) / 16);
});

/** Bits in the order of the standard, a zero byte stuffed after each 0xff. */
class BitWriter {
  readonly bytes: number[] = [];
  #held = 0;
  #count = 0;

  write(value: number, length: number): void {
    for (let bit = length - 1; bit >= 0; bit -= 1) {
      this.#held = (this.#held << 1) | ((value >> bit) & 1);
      this.#count += 1;
      if (this.#count === 8) this.#byte();
    }
  }

  flush(): void {
    while (this.#count > 0) this.write(1, 1);
  }

  #byte(): void {
    this.bytes.push(this.#held);
    if (this.#held === 0xff) this.bytes.push(0);
    this.#held = 0;
    this.#count = 0;
  }
}

function writeWord(out: BitWriter, words: Map<number, readonly [number, number]>, value: number): void {
  const word = words.get(value);
  if (word === undefined) throw new Error(`no code word for ${value}`);
  out.write(word[0], word[1]);
}

/** The number of bits of an amplitude, and the bits themselves. */
function writeAmplitude(out: BitWriter, value: number, size: number): void {
  if (size > 0) out.write(value < 0 ? value + (1 << size) - 1 : value, size);
}

const sizeOf = (value: number): number => (value === 0 ? 0 : 32 - Math.clz32(Math.abs(value)));

/** Samples of one block to quantised coefficients in natural order. */
function transform(samples: Float64Array, table: readonly number[]): Int32Array {
  const half = new Float64Array(64);
  const out = new Int32Array(64);
  for (let y = 0; y < 8; y += 1) {
    for (let u = 0; u < 8; u += 1) {
      let sum = 0;
      for (let x = 0; x < 8; x += 1) sum += (samples[y * 8 + x] ?? 0) * (COSINE[u * 8 + x] ?? 0);
      half[y * 8 + u] = sum;
    }
  }
  for (let v = 0; v < 8; v += 1) {
    for (let u = 0; u < 8; u += 1) {
      let sum = 0;
      for (let y = 0; y < 8; y += 1) sum += (half[y * 8 + u] ?? 0) * (COSINE[v * 8 + y] ?? 0);
      out[v * 8 + u] = Math.round(sum / (table[v * 8 + u] ?? 1));
    }
  }
  return out;
}

/** Writes one block; answers its DC value, from which the next one of the component is told apart. */
function writeBlock(out: BitWriter, block: Int32Array, before: number): number {
  const dc = block[0] ?? 0;
  const size = sizeOf(dc - before);
  writeWord(out, DC_WORDS, size);
  writeAmplitude(out, dc - before, size);
  let zeros = 0;
  for (let index = 1; index < 64; index += 1) {
    const value = block[ZIGZAG[index] ?? 0] ?? 0;
    if (value === 0) {
      zeros += 1;
      continue;
    }
    for (; zeros > 15; zeros -= 16) writeWord(out, AC_WORDS, 0xf0);
    const bits = sizeOf(value);
    writeWord(out, AC_WORDS, zeros * 16 + bits);
    writeAmplitude(out, value, bits);
    zeros = 0;
  }
  if (zeros > 0) writeWord(out, AC_WORDS, 0);
  return dc;
}

/** One component (0 Y, 1 Cb, 2 Cr) of the block at (left, top), the rim repeated beyond the edge. */
function samplesOf(picture: Picture, component: number, left: number, top: number): Float64Array {
  const out = new Float64Array(64);
  for (let index = 0; index < 64; index += 1) {
    const x = Math.min(picture.width - 1, left + (index & 7));
    const y = Math.min(picture.height - 1, top + (index >> 3));
    const at = (y * picture.width + x) * 3;
    const [r, g, b] = [picture.rgb[at] ?? 0, picture.rgb[at + 1] ?? 0, picture.rgb[at + 2] ?? 0];
    if (component === 0) out[index] = 0.299 * r + 0.587 * g + 0.114 * b - 128;
    else if (component === 1) out[index] = -0.168736 * r - 0.331264 * g + 0.5 * b;
    else out[index] = 0.5 * r - 0.418688 * g - 0.081312 * b;
  }
  return out;
}

function segment(marker: number, data: readonly number[]): number[] {
  const length = data.length + 2;
  return [0xff, marker, length >> 8, length & 0xff, ...data];
}

/** The picture as JFIF. `quality` 1..100, `comment` goes into a COM segment (it makes like pictures differ). */
export function encodeJpeg(picture: Picture, comment: string, quality = 60): Buffer {
  const scale = quality < 50 ? 5000 / quality : 200 - quality * 2;
  const table = LUMINANCE.map((value) => Math.min(255, Math.max(1, Math.floor((value * scale + 50) / 100))));
  const out = new BitWriter();
  const before = [0, 0, 0];
  for (let top = 0; top < picture.height; top += 8) {
    for (let left = 0; left < picture.width; left += 8) {
      for (let component = 0; component < 3; component += 1) {
        const block = transform(samplesOf(picture, component, left, top), table);
        before[component] = writeBlock(out, block, before[component] ?? 0);
      }
    }
  }
  out.flush();
  const { width, height } = picture;
  return Buffer.from([
    0xff,
    0xd8,
    ...segment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    ...segment(0xfe, [...Buffer.from(comment, 'latin1')]),
    ...segment(0xdb, [0, ...ZIGZAG.map((index) => table[index] ?? 1)]),
    ...segment(0xc0, [
      8,
      height >> 8,
      height & 0xff,
      width >> 8,
      width & 0xff,
      3,
      ...[1, 2, 3].flatMap((id) => [id, 0x11, 0]),
    ]),
    ...segment(0xc4, [0x00, ...DC_LENGTHS, ...DC_VALUES]),
    ...segment(0xc4, [0x10, ...AC_LENGTHS, ...AC_VALUES]),
    ...segment(0xda, [3, 1, 0, 2, 0, 3, 0, 0, 63, 0]),
    ...out.bytes,
    0xff,
    0xd9,
  ]);
}
