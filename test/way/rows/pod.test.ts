/** Row 8, proof of delivery, driven at the twins: what must be there, what comes late, what is no file, what belongs to several. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { PDFDocument } from 'pdf-lib';
import { describe, expect } from 'vitest';
import { cancel, type Entered, enter, label, noted, orderOf, plan } from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import { defaultPolicy } from '../../../domain/policy/settings.ts';
import { call } from '../../../local/loopback.ts';
import { photo, signature } from '../../../sandbox/day/evidence.ts';
import type { UnmatchedItem } from '../../../store/views/unmatched.ts';
import { filesOfAllKinds } from '../../files-of-all-kinds.ts';
import { type House, onRealParts, sweep, useHouse } from '../house.ts';
import { ago } from './people.ts';

const order: string[] = [];
const nothing = { signature: false, name: false, photos: 0, failedPhotos: 0, papers: 'whole', customers: {} } as const;
/** The first organisation wants a signature, a name and a photo of every delivery, and papers page by page; the second wants nothing. */
const house = useHouse({
  organisations: 2,
  pace: 20,
  policy: (organisation) => {
    order.push(organisation);
    return {
      evidence: order.length === 1 ? { ...nothing, signature: true, name: true, photos: 1, papers: 'photos' } : nothing,
      podQuantities: order.length === 1 ? 'off' : 'tell',
      roles: { ...defaultPolicy.roles, collections: 'delivery' },
    };
  },
});
const [wanting, indifferent] = [() => order[0] ?? '', () => order[1] ?? ''];
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const file = (type: string, name: string, contentType: string, bytes: Buffer) => ({
  type,
  name,
  contentType,
  base64: bytes.toString('base64'),
});

interface Job {
  readonly made: Entered;
  readonly orderId: string;
}

async function ready(of: House, organisation: string, changes: Parameters<typeof enter>[2] = {}): Promise<Job> {
  const made = await enter(of, organisation, changes);
  await label(of, made);
  const { id: orderId } = await orderOf(of, made);
  await plan(of, organisation, `TRIP-${made.conNo}`, [orderId]);
  await noted(of, made, 'PLN/ALC');
  return { made, orderId };
}

async function delivered(of: House, { made, orderId }: Job, more: object = {}): Promise<void> {
  await call('POST', `${of.qargo}/control/orders/${orderId}/stop`, {
    stop: 'DELIVERY',
    status: 'COMPLETED',
    at: ago(60),
    startedAt: ago(70),
    ...more,
  });
  await noted(of, made, 'STS/DLV');
}

const bring = (of: House, orderId: string, documents: readonly object[], push = true) =>
  call('POST', `${of.qargo}/control/orders/${orderId}/documents`, { documents, push });
/** As Qargo pushes it. */
async function push(of: House, organisation: string, body: object): Promise<void> {
  const login = (await of.installation.organisations.cached(organisation))?.qargo.push;
  const authorization = `Basic ${Buffer.from(`${login?.user}:${login?.password}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const url = `${of.service}/qargo/${organisation}/visibility`;
  const { status } = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(status).toBe(200);
}

const why = async (of: House, { trackingId }: Entered) => {
  const [told] = (await call('GET', `${of.service}/operations/consignments/${trackingId}`)) as { why: string[] }[];
  return told?.why.join('\n') ?? '';
};
const filesOf = async (of: House, { trackingId }: Entered) => {
  const { files } = (await call('GET', `${of.palletways}/control/held`)) as {
    files: { trackingId: string; name: string; sha256: string; copies: number }[];
  };
  return files.filter((one) => one.trackingId === trackingId);
};
const documentsOf = async (of: House, { trackingId }: Entered) => {
  const { rows } = await of.installation.db.query<{
    name: string;
    state: string;
    reason: string | null;
    preview: boolean | null;
    file: string | null;
  }>(
    `select t.body->>'name' as name, d.state, d.reason, (d.proof->>'preview')::boolean as preview, d.proof->>'name' as file
       from receipt d join consignment c on c.id = d.consignment
       join fact f on f.consignment = d.consignment and f.id = d.fact join content t on t.id = (f.envelope->>'content')::bigint
      where c.tracking_id = $1 and d.kind = 'file' order by d.state`,
    [trackingId],
  );
  return rows;
};
const proofOf = async (of: House, { trackingId }: Entered) => {
  const { rows } = await of.installation.db.query<{ state: string; cause: string | null }>(
    `select d.state, d.cause->>'code' as cause from receipt d join consignment c on c.id = d.consignment where c.tracking_id = $1 and d.kind = 'proof'`,
    [trackingId],
  );
  return rows;
};

describe('proof of delivery', () => {
  onRealParts(
    'what is missing is named, a photo that no event told is found by looking again, and then nothing is',
    180_000,
    async () => {
      const of = house();
      const job = await ready(of, wanting());
      await delivered(of, job);
      await until('that all of it is missing', async () =>
        (await why(of, job.made)).includes('POD outstanding: signature, name of who signed, photo missing')
          ? true
          : undefined,
      );
      const documents = [file('CONSIGNEE_SIGNATURE', 'signature.png', 'image/png', signature(2, job.orderId))];
      await call('POST', `${of.qargo}/control/orders/${job.orderId}/pod`, {
        name: 'Aoife Byrne',
        at: ago(59),
        documents,
      });
      await until('that the photo is missing', async () =>
        (await why(of, job.made)).includes('(POD outstanding: photo missing)') ? true : undefined,
      );
      // Nobody tells it: only a look at the documents does.
      await bring(
        of,
        job.orderId,
        [file('PHOTO_OF_GOODS_DELIVERY', 'late.jpg', 'image/jpeg', photo(2, job.orderId))],
        false,
      );
      await until(
        'the photo at Palletways',
        async () => ((await filesOf(of, job.made)).length === 2 ? true : undefined),
        90_000,
      );
      await until('that the evidence is complete', async () =>
        (await proofOf(of, job.made))[0]?.state === 'met' ? true : undefined,
      );
      expect(await why(of, job.made)).not.toContain('POD outstanding');
    },
  );

  onRealParts(
    'papers that come late with the signature, and of which no push tells, are found by the sweep that finds it',
    120_000,
    async () => {
      const of = house();
      const job = await ready(of, indifferent());
      await delivered(of, job);
      // A sweep has seen the end of the delivery, with no papers.
      await sweep(of, job.made.organisation);
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
      await sweep(of, job.made.organisation);
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
    await until('that nothing is owed', async () =>
      (await of.owed()).kinds.evidence === undefined ? true : undefined,
    );
    expect(await proofOf(of, job.made)).toEqual([]);
    expect(await why(of, job.made)).not.toContain('POD outstanding');
  });

  onRealParts(
    'a hundred photos of all kinds: each is told, told without preview or refused with its reason; none is told twice',
    240_000,
    async () => {
      const of = house();
      const job = await ready(of, indifferent());
      const all = await filesOfAllKinds();
      expect(all.length).toBeGreaterThanOrEqual(100);
      const before = peakMegabytes(of);
      const twice = all.slice(0, 3);
      // What a header or a name says is not believed: every second one says to be a PDF.
      const documents = [...all, ...twice].map(({ name, bytes }, nth) => {
        const [type, contentType] =
          nth % 2 === 0 ? ['PHOTO_OF_GOODS_DELIVERY', 'image/jpeg'] : ['PROOF_OF_DELIVERY', 'application/pdf'];
        return file(type ?? '', name, contentType ?? '', bytes);
      });
      await bring(of, job.orderId, documents);
      const ended = await until(
        'that each has ended',
        async () => {
          const rows = await documentsOf(of, job.made);
          const open = rows.filter(({ state }) => !['met', 'void', 'refused'].includes(state));
          return rows.length === documents.length && open.length === 0 ? rows : undefined;
        },
        180_000,
      );
      const sound = all.filter(({ end }) => typeof end === 'string');
      const told = await filesOf(of, job.made);
      expect(told.map((one) => one.sha256).sort()).toEqual(sound.map(({ bytes }) => sha256(bytes)).sort());
      expect(told.map(({ copies }) => copies)).toEqual(told.map(() => 1));
      const endedAs = (state: string) => ended.filter((one) => one.state === state);
      expect(endedAs('void')).toHaveLength(twice.length);
      // Whose bytes are no sound file is told with its reason, and is work for a person until Qargo has better ones.
      expect(endedAs('refused')).toHaveLength(all.length - sound.length);
      for (const { name, end } of all) {
        const [is] = ended.filter((one) => one.name === name);
        if (typeof end === 'string') expect([name, is?.preview]).toEqual([name, end === 'stored']);
        else expect([name, is?.state, is?.reason]).toEqual([name, 'refused', expect.stringMatching(end)]);
      }
      const work = (await call('GET', `${of.service}/operations/work?organisation=${indifferent()}`)) as {
        code: string;
        count: number;
      }[];
      expect(work.filter(({ code }) => code === 'file not sound').map(({ count }) => count)).toEqual([
        all.length - sound.length,
      ]);
      expect(of.workerPid()).toBe(before.pid);
      expect(peakMegabytes(of).peak - before.peak).toBeLessThan(400);
    },
  );

  onRealParts(
    'a scanned paper goes page by page as photos, in order and each once; one that cannot be read goes whole and says why',
    180_000,
    async () => {
      const of = house();
      const job = await ready(of, wanting());
      await delivered(of, job);
      const paper = await scanned(3);
      const unreadable = Buffer.from('%PDF-1.4\n1 0 obj\n<< /Type /Nothing >>\nendobj\nstartxref\n9\n%%EOF\n');
      const documents = [file('PROOF_OF_DELIVERY', 'scan.pdf', 'application/pdf', paper)];
      await call('POST', `${of.qargo}/control/orders/${job.orderId}/pod`, {
        name: 'Aoife Byrne',
        at: ago(59),
        documents,
      });
      // Its pages are the photo that was wanted, and itself the signature.
      await until(
        'that the evidence is complete',
        async () => ((await proofOf(of, job.made))[0]?.state === 'met' ? true : undefined),
        90_000,
      );
      await bring(of, job.orderId, [file('PROOF_OF_DELIVERY', 'odd.pdf', 'application/pdf', unreadable)]);
      const told = await until('the fourth file', async () => {
        const files = await filesOf(of, job.made);
        return files.length >= 4 ? files : undefined;
      });
      expect(told.map(({ name }) => name).sort()).toEqual(
        ['_01.jpg', '_02.jpg', '_03.jpg', '_04.pdf'].map((end) => `${job.made.trackingId}${end}`),
      );
      expect(told.map(({ copies }) => copies)).toEqual([1, 1, 1, 1]);
      expect(told.map((one) => one.sha256)).not.toContain(sha256(paper));
      expect(told.map((one) => one.sha256)).toContain(sha256(unreadable));
      const inOrder = await until('that all has ended', async () => {
        const rows = await documentsOf(of, job.made);
        return rows.every(({ state }) => state === 'met') ? rows : undefined;
      });
      expect(inOrder.filter(({ file: at }) => at !== null).map(({ name, file: at }) => [name, at?.slice(-6)])).toEqual(
        expect.arrayContaining([1, 2, 3].map((page) => [`scan.pdf, page ${page} of 3`, `0${page}.jpg`])),
      );
      expect(inOrder.find(({ name }) => name === 'odd.pdf')?.reason).toBe('it cannot be read as a PDF');
    },
  );

  onRealParts(
    'one stop, one signature: told for each consignment of it, once, and for no other; a person gives it to another',
    180_000,
    async () => {
      const of = house();
      const organisation = indifferent();
      const jobs = [
        await ready(of, organisation),
        await ready(of, organisation),
        await ready(of, organisation),
      ] as const;
      const [first, second, third] = jobs;
      const signed = file('CONSIGNEE_SIGNATURE', 'signature.png', 'image/png', signature(3, 'one stop'));
      for (const job of jobs) {
        await delivered(of, job);
        await call('POST', `${of.qargo}/control/orders/${job.orderId}/pod`, {
          name: 'Aoife Byrne',
          at: ago(59),
          documents: [signed],
        });
      }
      const shared = photo(3, 'one stop');
      const { documents } = (await bring(
        of,
        first.orderId,
        [file('PHOTO_OF_GOODS_DELIVERY', 'all.jpg', 'image/jpeg', shared)],
        false,
      )) as {
        documents: { id: string }[];
      };
      const drop = ({ orderId, made }: Job, stop: string) => ({
        id: orderId,
        order_name: 'OR',
        customer_reference_number: made.conNo,
        stops: [{ id: `stop of ${orderId}`, stop_reference: stop }],
      });
      const orders = [drop(first, 'DROP-7'), drop(second, 'DROP-7'), drop(third, 'DROP-8')];
      const content = { mime_type: 'image/jpeg', download_url: `/v1/documents/document/${documents[0]?.id}/download` };
      const document = {
        name: 'all.jpg',
        document_type: 'PHOTO_OF_GOODS_DELIVERY',
        document_content: content,
        subject: { reference_number: 'DROP-7' },
      };
      const trip = { id: '00000000-0000-4000-8000-0000000000aa', name: 'ROUND 7', stops: [], orders };
      for (const _ of [1, 2])
        await push(of, organisation, {
          events: [{ timestamp: ago(5), update: { type: 'Document', document } }],
          order: null,
          trip,
        });
      const held = async (job: Job) => (await filesOf(of, job.made)).map((one) => one.sha256).sort();
      const [proof, picture] = [sha256(signature(3, 'one stop')), sha256(shared)];
      const both = [proof, picture].sort();
      await until('both files of two, and one of the third', async () => {
        const now = await Promise.all(jobs.map(held));
        return now.map(({ length }) => length).join() === '2,2,1' ? true : undefined;
      });
      expect([await held(first), await held(second), await held(third)]).toEqual([both, both, [proof]]);
      for (const { made } of jobs) expect(await noted(of, made, 'POD/POD')).toHaveLength(1);

      const [story] = (await call('GET', `${of.service}/operations/consignments/${first.made.trackingId}`)) as {
        facts: { seq: number; kind: string; id: string }[];
      }[];
      const seq = story?.facts.find(({ id }) => id.includes(documents[0]?.id ?? 'none'))?.seq;
      const given = { consignments: [second.made.conNo, third.made.trackingId], who: 'Mairead', why: 'the same door' };
      await call('POST', `${of.service}/operations/unmatched/${seq}/assign`, given);
      await until('the photo for the third', async () => ((await held(third)).length === 2 ? true : undefined));
      expect([await held(first), await held(second), await held(third)]).toEqual([both, both, both]);
      for (const { made } of jobs) expect((await filesOf(of, made)).map(({ copies }) => copies)).toEqual([1, 1]);
    },
  );

  onRealParts(
    'the note says for how many pallets was signed, as they were counted at the stop; not where it is off',
    120_000,
    async () => {
      const of = house();
      const descriptions: (string | null)[] = [];
      for (const organisation of [indifferent(), wanting()]) {
        const job = await ready(of, organisation, { Lifts: '5', BillUnit: [{ Type: 'FP', Amount: '5' }] });
        const { goods } = (await orderOf(of, job.made)) as unknown as { goods: readonly { readonly id: string }[] };
        await delivered(of, job, { goods: [{ id: goods[0]?.id, delivered: 3 }] });
        const documents = [file('CONSIGNEE_SIGNATURE', 'signature.png', 'image/png', signature(5, job.orderId))];
        await call('POST', `${of.qargo}/control/orders/${job.orderId}/pod`, {
          name: 'Aoife Byrne',
          at: ago(59),
          documents,
        });
        descriptions.push(...(await noted(of, job.made, 'POD/POD')).map(({ description }) => description));
      }
      expect(descriptions).toEqual(['3 of 5', expect.not.stringContaining('of')]);
    },
  );

  onRealParts('what failed, was collected, or was cancelled on the road is proved as well', 180_000, async () => {
    const of = house();
    const organisation = indifferent();
    const [failed, cancelled] = [await ready(of, organisation), await ready(of, organisation)];
    const collected = await ready(of, organisation, { Type: 'C' });
    const picture = (job: Job) => photo(11, job.orderId);
    const stop = (job: Job, body: object) => call('POST', `${of.qargo}/control/orders/${job.orderId}/stop`, body);
    const refresh = (job: Job) =>
      call('POST', `${of.service}/operations/consignments/${job.made.trackingId}/refresh`, { who: 'test' });

    await stop(failed, {
      stop: 'DELIVERY',
      status: 'FAILED',
      at: ago(60),
      incident: { code: 'CLOSED', name: 'Closed' },
    });
    await bring(of, failed.orderId, [file('PHOTO_OF_GOODS_DELIVERY', 'gate.jpg', 'image/jpeg', picture(failed))]);

    await stop(collected, { stop: 'PICKUP', status: 'COMPLETED', at: ago(60), startedAt: ago(70) });
    const signed = signature(11, collected.orderId);
    const atPickup = [
      file('CONSIGNOR_SIGNATURE', 'signature.png', 'image/png', signed),
      file('PHOTO_OF_GOODS_PICKUP', 'pickup.jpg', 'image/jpeg', picture(collected)),
    ];
    await bring(of, collected.orderId, atPickup, false);
    await refresh(collected);

    await cancel(of, cancelled.made);
    await orderOf(of, cancelled.made, ({ status }) => status === 'CANCELLED');
    await bring(of, cancelled.orderId, [
      file('PHOTO_OF_GOODS_DELIVERY', 'turned-back.jpg', 'image/jpeg', picture(cancelled)),
    ]);

    const held = async (job: Job) => (await filesOf(of, job.made)).map((one) => `${one.sha256} ${one.copies}`).sort();
    for (const job of [failed, collected, cancelled])
      await until(`the photo of ${job.made.conNo}`, async () => {
        return (await held(job)).includes(`${sha256(picture(job))} 1`) ? true : undefined;
      });
    expect(await held(failed)).toEqual([`${sha256(picture(failed))} 1`]);
    expect(await held(cancelled)).toEqual([`${sha256(picture(cancelled))} 1`]);
    expect(await held(collected)).toEqual([`${sha256(signed)} 1`, `${sha256(picture(collected))} 1`].sort());
  });

  onRealParts(
    'one that matches nothing waits in the unmatched; given to two consignments it is told for each',
    180_000,
    async () => {
      const of = house();
      const [one, other] = [await ready(of, indifferent()), await ready(of, indifferent())];
      const bytes = photo(6, 'one stop');
      const { documents } = (await bring(
        of,
        one.orderId,
        [file('PHOTO_OF_GOODS_DELIVERY', 'shared.jpg', 'image/jpeg', bytes)],
        false,
      )) as {
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
                document_content: {
                  mime_type: 'image/jpeg',
                  download_url: `/v1/documents/document/${documents[0]?.id}/download`,
                },
              },
            },
          },
        ],
        order: { id: '00000000-0000-4000-8000-00000000dead', order_name: 'OR-0' },
      };
      await push(of, one.made.organisation, event);
      const item = await until('it among the unmatched', async () => {
        const unmatched = (await call(
          'GET',
          `${of.service}/operations/unmatched?organisation=${one.made.organisation}`,
        )) as UnmatchedItem[];
        return unmatched.find(({ name }) => name === 'shared.jpg');
      });
      const consignments = [one.made.conNo, other.made.trackingId];
      await call('POST', `${of.service}/operations/unmatched/${item.seq}/assign`, {
        consignments,
        who: 'Mairead',
        why: 'one stop, one signature',
      });
      for (const { made } of [one, other])
        await until(`the photo for ${made.conNo}`, async () =>
          (await filesOf(of, made)).some((held) => held.sha256 === sha256(bytes)) ? true : undefined,
        );
      expect(await call('GET', `${of.service}/operations/unmatched?organisation=${one.made.organisation}`)).toEqual([]);
    },
  );
});

async function scanned(pages: number): Promise<Buffer> {
  const document = await PDFDocument.create();
  for (let nth = 0; nth < pages; nth += 1) {
    const image = await document.embedJpg(new Uint8Array(photo(8, `page-${nth}`)));
    document.addPage([420, 315]).drawImage(image, { x: 0, y: 0, width: 420, height: 315 });
  }
  return Buffer.from(await document.save({ useObjectStreams: false }));
}

/** The most memory that the worker has taken so far; 0 where the system does not say. */
function peakMegabytes(of: House): { readonly pid: number | undefined; readonly peak: number } {
  const pid = of.workerPid();
  const status = `/proc/${pid}/status`;
  const [, kilobytes] = existsSync(status) ? (/VmHWM:\s*(\d+) kB/.exec(readFileSync(status, 'utf8')) ?? []) : [];
  return { pid, peak: Number(kilobytes ?? 0) / 1_000 };
}
