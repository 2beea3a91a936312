/** Photos, signatures and POD files for Palletways: downloaded from Qargo once, checked, numbered for good, put into the folder. */
import type { PalletwaysFiles } from '../connectors/palletways/ftp.ts';
import { notSound } from '../domain/diagnosis.ts';
import type { DocumentContent } from '../domain/content.ts';
import type { DocumentFact } from '../domain/facts.ts';
import { content } from '../store/consignments.ts';
import { inTransaction } from '../store/database.ts';
import { decide, type Intent, keepProgress, type Outcome } from '../store/deliveries.ts';
import { checkFile } from '../store/file-check.ts';
import { factFor, finish, sending, type Work, waitedOf } from './delivering.ts';
import { isPage, takeApart } from './papers.ts';

/** Sends one file. Throws CallError where a call failed. */
export async function deliverFile(work: Work, intent: Intent): Promise<void> {
  const { item } = intent;
  const files = work.services.counterparts.files(work.organisation);
  if (files === null && !(await isOffered(work, intent))) return finish(work, { item, state: 'void', cause: 'no folder is configured' });
  const got = await bytesOf(work, intent);
  if (!('bytes' in got)) return finish(work, got);
  const { bytes, key: sha256 } = got;
  const check = await checkFile(bytes);
  if (check.verdict === 'refused') {
    // What came is kept to be looked at, but a person who asks again gets what Qargo has by then.
    await keepProgress(work.services.installation.db, work.consignment, item.key, { blob: null });
    const proof = { blob: sha256, bytes: bytes.length };
    return finish(work, { item, state: 'refused', cause: notSound, reason: check.reason, proof });
  }
  const first = await firstWith(work, item.key, sha256);
  if (first !== item.key && item.revision === 1) return finish(work, { item, state: 'void', cause: `the same file as ${first}` });
  if (files === null) return finish(work, { item, state: 'void', cause: 'no folder is configured', proof: { sha256 } });
  let whole = '';
  if (check.mediaType === 'application/pdf') {
    const why = await takeApart(work, intent, await factFor(work, item, 'document'), { bytes, sha256 });
    if (why === null) return;
    whole = why;
  }
  const number = await numberOf(work, item.key);
  const ending = `${revisionOf(item.revision)}.${check.extension}`;
  const before = typeof intent.progress.name === 'string' ? intent.progress.name : '';
  // What is looked for is the name that was put, though the consignment's tracking id is another one by now.
  const name =
    intent.inDoubt !== null && before.endsWith(ending) && /_\d+$/.test(before.slice(0, -ending.length))
      ? before
      : `${work.row.trackingId}_${String(number).padStart(2, '0')}${ending}`;
  if (intent.inDoubt !== null && !(await mayPut(work, files, intent, name))) return;
  work.doing.step = `put ${name}`;
  // Only the rename has an effect: until then the file is nobody's, and may be written again.
  await files.putFile({ name, bytes, renaming: () => sending(work, [item], { name }) });
  await finish(work, {
    item,
    state: 'delivered',
    ...(whole === '' ? {} : { cause: 'sent whole', reason: whole }),
    proof: { name, size: bytes.length, sha256, kind: check.mediaType, preview: check.preview },
  });
}

/** A photo of an exception that Palletways fetches: it must be here. */
async function isOffered(work: Work, { item }: Intent): Promise<boolean> {
  const { exceptions } = work.organisation.policy;
  if (exceptions !== 'pull' && exceptions !== 'both') return false;
  return (await factFor(work, item, 'document')).role === 'exception-photo';
}

const revisionOf = (revision: number) => (revision === 1 ? '' : `r${revision}`);

/** The document's bytes: from the blob store, or downloaded once; an outcome where they cannot be had. */
async function bytesOf(work: Work, intent: Intent): Promise<{ readonly bytes: Buffer; readonly key: string } | Outcome> {
  const { installation, counterparts } = work.services;
  const { blob } = intent.progress;
  if (typeof blob === 'string' && (await installation.blobs.has(blob))) return { bytes: await installation.blobs.get(blob), key: blob };
  const fact = await factFor(work, intent.item, 'document');
  if (isPage(fact)) return keptPage(work, intent, fact);
  work.doing.step = 'downloadDocument';
  const { bytes } = await counterparts.qargo(work.organisation, 'pod', work.signal, waitedOf(work)).downloadDocument(fact.document);
  const stored = await installation.blobs.put(bytes);
  await keepProgress(installation.db, work.consignment, intent.item.key, { blob: stored.key });
  return { bytes, key: stored.key };
}

/** A page's bytes: Qargo has the paper alone. */
async function keptPage(
  work: Work,
  { item }: Intent,
  fact: DocumentFact,
): Promise<{ readonly bytes: Buffer; readonly key: string } | Outcome> {
  const { db, blobs } = work.services.installation;
  const said = fact.content === undefined ? null : await content<DocumentContent>(db, fact.content);
  if (said?.blob === undefined) return { item, state: 'erased' };
  if (!(await blobs.has(said.blob)))
    return { item, state: 'refused', cause: 'not kept', reason: 'the page is kept no more: resend its paper' };
  await keepProgress(db, work.consignment, item.key, { blob: said.blob });
  return { bytes: await blobs.get(said.blob), key: said.blob };
}

/**
 * Which file of the consignment has these bytes, decided once: the same photo comes as two documents, or by push and by read
 * under two ids, and is told once.
 */
async function firstWith(work: Work, key: string, sha256: string): Promise<string> {
  return inTransaction(work.services.installation.db, (tx) => decide(tx, work.consignment, `bytes ${sha256}`, key));
}

/** The file's number in sequence over all files of the consignment, decided once. */
async function numberOf(work: Work, key: string): Promise<number> {
  return inTransaction(work.services.installation.db, async (tx) => {
    await tx.query('select 1 from consignment where id = $1 for update', [work.consignment]);
    // Not a count: of two identities that proved to be one some numbers are taken twice and some not at all.
    const { rows } = await tx.query<{ n: number | null }>(
      `select max((value #>> '{}')::int) as n from decision where consignment = $1 and key like 'number %'`,
      [work.consignment],
    );
    return decide(tx, work.consignment, `number ${key}`, (rows[0]?.n ?? 0) + 1);
  });
}

/**
 * After a rename whose answer was lost, and the quiet time: the file there is done; its `.part` still there was never renamed;
 * neither tells nothing, since the owner of the folder takes files away.
 */
async function mayPut(work: Work, files: PalletwaysFiles, intent: Intent, name: string): Promise<boolean> {
  const there = new Set((await files.list()).map((file) => file.name));
  const { item } = intent;
  if (there.has(`${name}.part`)) return true;
  if (there.has(name)) await finish(work, { item, state: 'delivered', proof: { name, found: true } });
  else {
    const reason = `neither ${name} nor its part is in the folder: its owner may have taken it`;
    await finish(work, { item, state: 'unknown', cause: 'folder emptied', reason });
  }
  return false;
}
