/**
 * What drivers bring back: signatures (PNG), photos (JPEG) and signed proofs of delivery (PDF). All are real files made
 * from a seed and an id: the same pair gives the same bytes, two pairs never do, so a sha256 tells them apart.
 */
import { PDFDocument, StandardFonts } from 'pdf-lib';
import { encodeJpeg, type Picture } from './jpeg.ts';
import { Canvas, encodePng } from './png.ts';
import { Random } from './random.ts';

/** Says which file is meant; the bytes are made when they are needed. */
export interface Evidence {
  id: string;
  what: 'signature' | 'photo' | 'damage' | 'signed pod';
  /** Name the file has on the driver's phone. */
  name: string;
  /** Who signed; only a signature and a signed POD show it. */
  signedBy?: string;
}

export interface EvidenceFile {
  name: string;
  contentType: 'image/png' | 'image/jpeg' | 'application/pdf';
  bytes: Buffer;
}

/** A few pen strokes, each a chain of short lines that turns at random, in 240x100. */
export function signature(seed: number, id: string): Buffer {
  const random = new Random(`signature/${seed}/${id}`);
  const canvas = new Canvas(240, 100);
  const strokes = random.whole(2, 4);
  let x = random.between(15, 30);
  for (let stroke = 0; stroke < strokes; stroke += 1) {
    let point: [number, number] = [x, random.between(35, 65)];
    let heading = random.between(-1.2, 1.2);
    for (let part = random.whole(14, 26); part > 0; part -= 1) {
      heading += random.between(-1.3, 1.3);
      const next: [number, number] = [
        Math.min(230, Math.max(8, point[0] + Math.cos(heading) * 7 + 2)),
        Math.min(90, Math.max(10, point[1] + Math.sin(heading) * 9)),
      ];
      canvas.line(point, next, random.between(0.6, 1.5));
      point = next;
    }
    x = Math.min(200, point[0] + random.between(2, 12));
  }
  return encodePng(canvas, `${seed}/${id}`);
}

/** A pallet in a yard as a bad camera sees it, 160x120; with `damage` a dark gash across the load. */
export function photo(seed: number, id: string, damage = false): Buffer {
  const random = new Random(`photo/${seed}/${id}`);
  const [width, height] = [160, 120];
  const sky = [random.whole(120, 220), random.whole(140, 220), random.whole(160, 240)] as const;
  const load = [random.whole(90, 220), random.whole(80, 190), random.whole(40, 160)] as const;
  const [left, right, top] = [random.whole(20, 50), random.whole(105, 145), random.whole(20, 50)] as const;
  const [gash, slope] = [random.whole(top + 10, 80), random.between(-0.3, 0.3)] as const;
  const picture: Picture = { width, height, rgb: new Uint8Array(width * height * 3) };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const inLoad = x > left && x < right && y > top && y < 92;
      const inPallet = x > left - 3 && x < right + 3 && y >= 92 && y < 102 && (y < 95 || x % 24 < 9);
      const torn = damage && inLoad && Math.abs(y - gash - slope * (x - left)) < 4;
      const colour = torn ? [25, 20, 20] : inPallet ? [150, 110, 60] : inLoad ? load : y > 85 ? [105, 105, 110] : sky;
      const light = 1 - y / 400 + (inLoad && (x - left) % 26 < 2 ? -0.2 : 0);
      const noise = random.between(-12, 12);
      for (let part = 0; part < 3; part += 1) {
        picture.rgb[(y * width + x) * 3 + part] = Math.min(255, Math.max(0, (colour[part] ?? 0) * light + noise));
      }
    }
  }
  return encodeJpeg(picture, `${seed}/${id}`);
}

/** A signed delivery note of one page. Its dates are fixed: the same seed and id give the same bytes. */
export async function signedPod(seed: number, id: string, signedBy: string): Promise<Buffer> {
  const document = await PDFDocument.create({ updateMetadata: false });
  document.setTitle(`Proof of delivery ${id}`);
  document.setSubject(`${seed}/${id}`);
  document.setCreationDate(new Date(0));
  document.setModificationDate(new Date(0));
  const page = document.addPage([420, 298]);
  const font = await document.embedFont(StandardFonts.Helvetica);
  page.drawText('PROOF OF DELIVERY', { x: 30, y: 255, size: 18, font });
  page.drawText(`Reference ${id}`, { x: 30, y: 228, size: 11, font });
  page.drawText(`Received in good order by ${signedBy}`, { x: 30, y: 208, size: 11, font });
  const image = await document.embedPng(new Uint8Array(signature(seed, `${id}/ink`)));
  page.drawImage(image, { x: 30, y: 60, width: 240, height: 100 });
  return Buffer.from(await document.save());
}

/** Makes the file that `evidence` stands for. */
export async function makeEvidence(seed: number, evidence: Evidence): Promise<EvidenceFile> {
  const { id, name } = evidence;
  switch (evidence.what) {
    case 'signature':
      return { name, contentType: 'image/png', bytes: signature(seed, id) };
    case 'photo':
      return { name, contentType: 'image/jpeg', bytes: photo(seed, id) };
    case 'damage':
      return { name, contentType: 'image/jpeg', bytes: photo(seed, id, true) };
    case 'signed pod':
      return { name, contentType: 'application/pdf', bytes: await signedPod(seed, id, evidence.signedBy ?? '') };
  }
}
