/** Photos, signatures and POD files for Palletways: downloaded from Qargo once, checked, numbered for good, put into the folder. */
import type { PalletwaysFiles } from '../connectors/palletways/ftp.ts';
import { CallError } from '../domain/call-error.ts';
import { inTransaction } from '../store/database.ts';
import { decide, type Intent, keepProgress, markNotSent, markSending, type Outcome } from '../store/deliveries.ts';
import { recognise, sound } from '../store/recognise.ts';
import { factFor, finish, type Work, waitedOf } from './delivering.ts';

/** Sends one file. Throws CallError where a call failed. */
export async function deliverFile(work: Work, intent: Intent): Promise<void> {
  const { item } = intent;
  const files = work.services.counterparts.files(work.organisation);
  if (files === null) return finish(work, { item, state: 'void', cause: 'no folder is configured' });
  const bytes = await bytesOf(work, intent);
  if (!Buffer.isBuffer(bytes)) return finish(work, bytes);
  const known = await recognise(bytes);
  const broken = known === null ? 'not a picture or PDF' : sound(bytes);
  if (known === null || broken !== null) return finish(work, { item, state: 'refused', cause: 'not a sound file', reason: broken ?? '' });
  const number = await numberOf(work, item.key);
  const name = `${work.row.trackingId}_${String(number).padStart(2, '0')}${revisionOf(item.revision)}.${known.extension}`;
  if (intent.inDoubt !== null && !(await mayPut(work, files, intent, name))) return;
  await markSending(work.services.installation.db, work.consignment, item.key, { name });
  work.doing.step = `put ${name}`;
  try {
    await files.putFile({ name, bytes });
  } catch (error) {
    // The folder was looked at and tells nothing: its owner may have taken the file. Nobody can tell, so a person must.
    if (error instanceof CallError && error.retry === 'lost') {
      return finish(work, { item, state: 'unknown', cause: 'answer lost', reason: error.message });
    }
    if (error instanceof CallError) await markNotSent(work.services.installation.db, work.consignment, item.key);
    throw error;
  }
  await finish(work, { item, state: 'delivered', proof: { name, size: bytes.length } });
}

const revisionOf = (revision: number) => (revision === 1 ? '' : `r${revision}`);

/** The document's bytes: from the blob store, or downloaded once; an outcome where they cannot be had. */
async function bytesOf(work: Work, intent: Intent): Promise<Buffer | Outcome> {
  const { installation, counterparts } = work.services;
  const { blob } = intent.progress;
  if (typeof blob === 'string' && (await installation.blobs.has(blob))) return installation.blobs.get(blob);
  const fact = await factFor(work, intent.item, 'document');
  work.doing.step = 'downloadDocument';
  const { bytes } = await counterparts.qargo(work.organisation, 'pod', work.signal, waitedOf(work)).downloadDocument(fact.document);
  const stored = await installation.blobs.put(bytes);
  await keepProgress(installation.db, work.consignment, intent.item.key, { blob: stored.key });
  return bytes;
}

/** The file's number in sequence over all files of the consignment, decided once. */
async function numberOf(work: Work, key: string): Promise<number> {
  return inTransaction(work.services.installation.db, async (tx) => {
    await tx.query('select 1 from consignment where id = $1 for update', [work.consignment]);
    const { rows } = await tx.query<{ n: number }>(`select count(*) as n from decision where consignment = $1 and key like 'number %'`, [
      work.consignment,
    ]);
    return decide(tx, work.consignment, `number ${key}`, (rows[0]?.n ?? 0) + 1);
  });
}

/**
 * After a kill between intent and outcome: the file there is done; a folder that still holds files shows that nobody takes them
 * away, so a missing one never came; an empty folder tells nothing.
 */
async function mayPut(work: Work, files: PalletwaysFiles, intent: Intent, name: string): Promise<boolean> {
  const listed = await files.list();
  const { item } = intent;
  if (listed.some((file) => file.name === name)) {
    await finish(work, { item, state: 'delivered', proof: { name, found: true } });
    return false;
  }
  if (listed.length > 0) return true;
  await finish(work, {
    item,
    state: 'unknown',
    cause: 'folder emptied',
    reason: 'the folder is empty: the file may have been taken by its owner',
  });
  return false;
}
