/** Row 8, proof of delivery, driven at the twins: what must be there, what comes late, what is no file, what belongs to several. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect } from 'vitest';
import { type Entered, enter, label, noted, orderOf, plan } from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import { call } from '../../../local/loopback.ts';
import { photo, signature, signedPod } from '../../../sandbox/day/evidence.ts';
import type { TrayItem } from '../../../store/tray.ts';
import { type House, onRealParts, useHouse } from '../house.ts';

const order: string[] = [];
const nothing = { signature: false, name: false, photos: 0, failedPhotos: 0, customers: {} };
/** The first organisation wants a signature, a name and a photo of every delivery; the second wants nothing. */
const house = useHouse({
  organisations: 2,
  pace: 20,
  policy: (organisation) => {
    order.push(organisation);
    return { evidence: order.length === 1 ? { ...nothing, signature: true, name: true, photos: 1 } : nothing };
  },
});
const [wanting, indifferent] = [() => order[0] ?? '', () => order[1] ?? ''];
const ago = (minutes: number) => new Date(Math.floor(Date.now() / 1_000) * 1_000 - minutes * 60_000).toISOString();
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const file = (type: string, name: string, contentType: string, bytes: Buffer) => ({
  type,
  name,
  contentType,
  base64: bytes.toString('base64'),
});

async function ready(of: House, organisation: string): Promise<{ made: Entered; orderId: string }> {
  const made = await enter(of, organisation);
  await label(of, made);
  const { id: orderId } = await orderOf(of, made);
  await plan(of, organisation, `TRIP-${made.conNo}`, [orderId]);
  await noted(of, made, 'PLN/ALC');
  return { made, orderId };
}

async function delivered(of: House, { made, orderId }: { made: Entered; orderId: string }): Promise<void> {
  await call('POST', `${of.qargo}/control/orders/${orderId}/stop`, {
    stop: 'DELIVERY',
    status: 'COMPLETED',
    at: ago(60),
    startedAt: ago(70),
  });
  await noted(of, made, 'STS/DLV');
}

const bring = (of: House, orderId: string, documents: readonly object[], push = true) =>
  call('POST', `${of.qargo}/control/orders/${orderId}/documents`, { documents, push });
const why = async (of: House, { trackingId }: Entered) => {
  const [told] = (await call('GET', `${of.service}/operations/consignments/${trackingId}`)) as { why: string[] }[];
  return told?.why.join('\n') ?? '';
};
const filesOf = async (of: House, { trackingId }: Entered) => {
  const { files } = (await call('GET', `${of.palletways}/control/held`)) as {
    files: { trackingId: string; sha256: string; copies: number }[];
  };
  return files.filter((one) => one.trackingId === trackingId);
};
const documentsOf = async (of: House, { trackingId }: Entered) => {
  const { rows } = await of.installation.db.query<{ state: string; cause: string | null; reason: string | null }>(
    `select d.state, d.cause, d.reason from delivery d join consignment c on c.id = d.consignment where c.tracking_id = $1 and d.kind = 'file'`,
    [trackingId],
  );
  return rows;
};
const proofOf = async (of: House, { trackingId }: Entered) => {
  const { rows } = await of.installation.db.query<{ state: string; cause: string | null }>(
    `select d.state, d.cause from delivery d join consignment c on c.id = d.consignment where c.tracking_id = $1 and d.kind = 'proof'`,
    [trackingId],
  );
  return rows;
};

describe('proof of delivery', () => {
  onRealParts('what is missing is named, a photo that no event told is found by looking again, and then nothing is', 180_000, async () => {
    const of = house();
    const job = await ready(of, wanting());
    await delivered(of, job);
    await until('that all of it is missing', async () =>
      (await why(of, job.made)).includes('POD owed: signature, name of who signed, photo missing') ? true : undefined,
    );
    const documents = [file('CONSIGNEE_SIGNATURE', 'signature.png', 'image/png', signature(2, job.orderId))];
    await call('POST', `${of.qargo}/control/orders/${job.orderId}/pod`, { name: 'Aoife Byrne', at: ago(59), documents });
    await until('that the photo is missing', async () =>
      (await why(of, job.made)).includes('(POD owed: photo missing)') ? true : undefined,
    );
    // Nobody tells it: only a look at the documents does.
    await bring(of, job.orderId, [file('PHOTO_OF_GOODS_DELIVERY', 'late.jpg', 'image/jpeg', photo(2, job.orderId))], false);
    await until('the photo at Palletways', async () => ((await filesOf(of, job.made)).length === 2 ? true : undefined), 90_000);
    await until('that the evidence is complete', async () => ((await proofOf(of, job.made))[0]?.state === 'delivered' ? true : undefined));
    expect(await why(of, job.made)).not.toContain('POD owed');
  });

  onRealParts(
    'papers that come late with the signature, and of which no push tells, are found by the sweep that finds it',
    120_000,
    async () => {
      const of = house();
      const job = await ready(of, indifferent());
      await delivered(of, job);
      // A sweep has seen the end of the delivery, with no papers.
      await until('a sweep', async () => {
        const { rows } = await of.installation.db.query<{ qargo_digest: string | null }>(
          'select qargo_digest from consignment where tracking_id = $1',
          [job.made.trackingId],
        );
        return /:\d{4}-\d\d-\d\dT/.test(rows[0]?.qargo_digest ?? '') ? true : undefined;
      });
      const ink = signature(1, 'late/ink');
      const picture = photo(1, 'late/photo');
      await call('POST', `${of.qargo}/control/orders/${job.orderId}/pod`, {
        name: 'J Bloggs',
        at: ago(50),
        documents: [
          file('CONSIGNEE_SIGNATURE', 'signature.png', 'image/png', ink),
          file('PHOTO_OF_GOODS_DELIVERY', 'late.jpg', 'image/jpeg', picture),
        ],
        push: false,
      });
      await noted(of, job.made, 'POD/POD');
      const told = await until('both files', async () => {
        const files = await filesOf(of, job.made);
        return files.length === 2 ? files : undefined;
      });
      expect(told.map((one) => one.sha256).toSorted()).toEqual([sha256(ink), sha256(picture)].toSorted());
    },
  );

  onRealParts('nothing is looked for where nothing is wanted', 120_000, async () => {
    const of = house();
    const job = await ready(of, indifferent());
    await delivered(of, job);
    await until('that nothing is owed', async () => ((await of.owed()).kinds.evidence === undefined ? true : undefined));
    expect(await proofOf(of, job.made)).toEqual([]);
    expect(await why(of, job.made)).not.toContain('POD owed');
  });

  onRealParts(
    'photos of all kinds: each is told, told without preview or refused with its reason; none is told twice',
    180_000,
    async () => {
      const of = house();
      const job = await ready(of, indifferent());
      const whole = [photo(4, 'one'), photo(4, 'two'), signature(4, 'three'), await signedPod(4, 'four', 'Aoife Byrne')];
      const heic = Buffer.concat([
        Buffer.from('0000001866747970686569630000000068656963', 'hex'),
        Buffer.from('6d6966310000000c6d64617401020304', 'hex'),
      ]);
      const [first] = whole;
      if (first === undefined) throw new Error('nothing was drawn');
      const sound = [...whole, heic];
      const broken = [first.subarray(0, first.length / 2), Buffer.from('Sorry, this document is not available.'), Buffer.alloc(0), bomb()];
      const documents = [...sound, ...broken, first, first].map((bytes, nth) => {
        const type = nth % 2 === 0 ? 'PHOTO_OF_GOODS_DELIVERY' : 'PROOF_OF_DELIVERY';
        return file(type, `file-${nth}`, nth % 2 === 0 ? 'image/jpeg' : 'application/pdf', bytes);
      });
      await bring(of, job.orderId, documents);
      const ended = await until(
        'that each has ended',
        async () => {
          const all = await documentsOf(of, job.made);
          return all.length === documents.length && all.every(({ state }) => ['delivered', 'void', 'refused'].includes(state))
            ? all
            : undefined;
        },
        90_000,
      );
      const count = (state: string) => ended.filter((one) => one.state === state).length;
      expect([count('delivered'), count('void'), count('refused')]).toEqual([sound.length, 2, broken.length]);
      expect(
        ended
          .filter(({ state }) => state === 'refused')
          .map(({ reason }) => reason)
          .sort((a, b) => (String(a) < String(b) ? -1 : 1)),
      ).toEqual([
        'JPEG without its end (EOI)',
        'a picture of 900 megapixels (30000 x 30000)',
        'empty',
        'not a picture or PDF, it begins with: Sorry, this document is not available.',
      ]);
      const told = await filesOf(of, job.made);
      expect(told.map((one) => one.sha256).sort()).toEqual(sound.map(sha256).sort());
      expect(told.map(({ copies }) => copies)).toEqual(told.map(() => 1));
    },
  );

  onRealParts('one that matches nothing waits in the tray; given to two consignments it is told for each', 180_000, async () => {
    const of = house();
    const [one, other] = [await ready(of, indifferent()), await ready(of, indifferent())];
    const bytes = photo(6, 'one stop');
    const push = (await of.installation.organisations.cached(one.made.organisation))?.qargo.push;
    const { documents } = (await bring(of, one.orderId, [file('PHOTO_OF_GOODS_DELIVERY', 'shared.jpg', 'image/jpeg', bytes)], false)) as {
      documents: { id: string }[];
    };
    // An event about an order that nobody knows.
    const event = {
      events: [
        {
          timestamp: ago(5),
          update: {
            type: 'Document',
            document: {
              name: 'shared.jpg',
              document_type: 'PHOTO_OF_GOODS_DELIVERY',
              document_content: { mime_type: 'image/jpeg', download_url: `/v1/documents/document/${documents[0]?.id}/download` },
            },
          },
        },
      ],
      order: { id: '00000000-0000-4000-8000-00000000dead', order_name: 'OR-0' },
    };
    const authorization = `Basic ${Buffer.from(`${push?.user}:${push?.password}`).toString('base64')}`;
    const headers = { authorization, 'content-type': 'application/json' };
    const pushed = await fetch(`${of.service}/qargo/${one.made.organisation}/visibility`, {
      method: 'POST',
      headers,
      body: JSON.stringify(event),
    });
    expect(pushed.status).toBe(200);
    const item = await until('it in the tray', async () => {
      const tray = (await call('GET', `${of.service}/operations/tray?organisation=${one.made.organisation}`)) as TrayItem[];
      return tray.find(({ name }) => name === 'shared.jpg');
    });
    const consignments = [one.made.conNo, other.made.trackingId];
    await call('POST', `${of.service}/operations/tray/${item.seq}/assign`, {
      consignments,
      who: 'Mairead',
      why: 'one stop, one signature',
    });
    for (const { made } of [one, other])
      await until(`the photo for ${made.conNo}`, async () =>
        (await filesOf(of, made)).some((held) => held.sha256 === sha256(bytes)) ? true : undefined,
      );
    expect(await call('GET', `${of.service}/operations/tray?organisation=${one.made.organisation}`)).toEqual([]);
  });
});

/** A PNG that says to have 900 megapixels. */
function bomb(): Buffer {
  const header = Buffer.from('0000000d4948445200007530000075300800000000', 'hex');
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), withSum(header), withSum(Buffer.from('0000000049454e44', 'hex'))]);
}

function withSum(chunk: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(chunk.subarray(4)));
  return Buffer.concat([chunk, sum]);
}
