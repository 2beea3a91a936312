/** A document whose bytes are others under the same id (assumption 54): nothing tells it, and whoever has the file sent again gets it as it is now. */
import { createHash } from 'node:crypto';
import { PDFDocument } from 'pdf-lib';
import { expect, test } from 'vitest';
import { call } from '../../local/loopback.ts';
import { attention } from '../../store/views/attention.ts';
import { ago, atQargo, type Made, make, plan } from './deeds.ts';
import { useGround } from './ground.ts';

const ground = useGround({});

/** A PDF in plain letters, as the body of a planted answer must be. */
async function pdf(words: string): Promise<string> {
  const made = await PDFDocument.create({ updateMetadata: false });
  made.addPage([200, 100]);
  made.setTitle(words);
  const bytes = await made.save({ useObjectStreams: false });
  return Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(/\P{ASCII}/gu, '-');
}

interface Folder {
  readonly files: readonly { readonly trackingId: string; readonly name: string; readonly sha256: string }[];
}
const filesOf = async ({ of, trackingId }: Made) =>
  ((await call('GET', `${of.palletways}/control/held`)) as Folder).files.filter((file) =>
    file.name.startsWith(`${trackingId}_`),
  );

/** A POD whose first download gives other bytes than all later ones. */
async function withPod(): Promise<{ readonly made: Made; readonly key: string }> {
  const of = ground();
  await call('PUT', `${of.qargo}/control/character`, { character: 'published', flips: [] });
  const made = await make(of, of.organisations[0] ?? '');
  await plan(made, `T${made.trackingId}`, 300);
  await of.hear(made.id);
  const before = { match: { method: 'download' }, times: 1, do: { status: 200, body: await pdf('as it was') } };
  await call('PUT', `${of.qargo}/control/faults`, { faults: [before] });
  const document = { type: 'PROOF_OF_DELIVERY_SIGNED', name: 'note.pdf', contentType: 'application/pdf' };
  const documents = [{ ...document, base64: Buffer.from(await pdf('as it is now')).toString('base64') }];
  await atQargo(made, 'pod', { name: 'Aoife Byrne', at: ago(101), documents });
  await of.hear(made.id);
  const fact = (await of.facts(made.id)).find(({ kind }) => kind === 'document');
  return { made, key: fact?.kind === 'document' ? `document:${fact.document}` : '' };
}
const sha = async (words: string) =>
  createHash('sha256')
    .update(await pdf(words))
    .digest('hex');

test('a file that a person has sent again is as Qargo has it now', async () => {
  const { made, key } = await withPod();
  expect((await filesOf(made)).map(({ sha256 }) => sha256)).toEqual([await sha('as it was')]);
  await made.of.resend(made.id, key);
  expect((await filesOf(made)).map(({ sha256 }) => sha256)).toEqual([
    await sha('as it was'),
    await sha('as it is now'),
  ]);
});

test('a file that a person has sent again, and Qargo has no more, is as it was', async () => {
  const { made, key } = await withPod();
  await call('PUT', `${made.of.qargo}/control/faults`, {
    faults: [{ match: { method: 'download' }, do: { status: 404 } }],
  });
  await made.of.resend(made.id, key);
  expect((await filesOf(made)).map(({ sha256 }) => sha256)).toEqual([await sha('as it was'), await sha('as it was')]);
});

test('a document that Qargo does not let us download is work of its own and holds up no other', async () => {
  const of = ground();
  const { made } = await withPod();
  const refused = { match: { method: 'download' }, times: 1, do: { status: 403 } };
  await call('PUT', `${of.qargo}/control/faults`, { faults: [refused] });
  const document = (name: string, words: string) => ({
    type: 'PROOF_OF_DELIVERY',
    name,
    contentType: 'application/pdf',
    words,
  });
  for (const { words, ...one } of [document('one.pdf', 'one'), document('two.pdf', 'two')]) {
    const documents = [{ ...one, base64: Buffer.from(await pdf(words)).toString('base64') }];
    await atQargo(made, 'pod', { name: 'Aoife Byrne', at: ago(100), documents });
    await of.hear(made.id);
  }
  const sent = (await filesOf(made)).map(({ sha256 }) => sha256);
  expect(sent).not.toContain(await sha('one'));
  expect(sent).toContain(await sha('two'));
  const { lines } = await attention(of.installation.db, {});
  const own = lines.filter(({ consignment }) => consignment === made.id.consignment);
  expect(own.map(({ next }) => next)).toEqual([expect.stringContaining('palletways-qargo resend')]);
});
