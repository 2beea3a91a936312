/** Photos, signatures and POD files for Palletways: downloaded from Qargo once, checked, numbered for good, put into the folder. */

import type { FolderFile, PalletwaysFiles } from '../../connectors/palletways/ftp.ts';
import type { QargoClient } from '../../connectors/qargo/calls.ts';
import { CallError } from '../../domain/calls/error.ts';
import type { DocumentFact } from '../../domain/facts/facts.ts';
import { checkFile, type Kept } from '../../store/files/check.ts';
import { decideFirstWith, decideNumber } from '../../store/outbox/file-numbers.ts';
import { type Intent, type Item, isRestored, keepProgress, type Outcome } from '../../store/outbox/receipts.ts';
import { loadContent } from '../../store/record/contents.ts';
import { type Call, isRefused, type Message } from '../sending/call.ts';
import { isPage, takeApart } from '../sending/documents.ts';
import { factFor, finish, markOnTheWire, type Work, waitedOf } from '../sending/work.ts';

interface Ready {
  readonly files: PalletwaysFiles;
  readonly name: string;
  readonly bytes: Buffer;
  readonly check: Kept;
  readonly sha256: string;
  /** Why it goes as it is; '' where nobody wanted it otherwise. */
  readonly whole: string;
}

interface FileMessage extends Message {
  readonly show: { readonly folder: string | null; readonly role: string; readonly document: string };
}

/** One file into the folder. */
export const fileCall: Call<Intent, Ready, FileMessage, true> = {
  prepare,
  message: async (work, [item]) => {
    if (item === undefined) return { none: { code: 'nothing to send' }, state: 'void' };
    const { role, document } = await factFor(work, item, 'document');
    return { show: { folder: work.organisation.palletways.ftp?.folder ?? null, role, document } };
  },
  look: async (work, pieces, ready) => {
    const left: Intent[] = [];
    for (const intent of pieces) if (intent.inDoubt === null || (await mayPut(work, intent, ready))) left.push(intent);
    return left;
  },
  send: async (work, pieces, _, { files, name, bytes }) => {
    const items = pieces.map(({ item }) => item);
    work.doing.step = `put ${name}`;
    // Only the rename has an effect: until then the file is nobody's, and may be written again.
    await files.putFile({ name, bytes, renaming: () => markOnTheWire(work, items, { name }) });
    return true;
  },
  confirm: async (work, pieces, _, { name, bytes, sha256, check, whole }) => {
    const proof = { name, size: bytes.length, sha256, kind: check.mediaType, preview: check.preview };
    const how = whole === '' ? {} : ({ cause: { code: 'sent whole' }, reason: whole } as const);
    await finish(work, ...pieces.map(({ item }) => ({ item, state: 'met', ...how, proof }) as const));
  },
};

/** Downloads and checks it, takes it apart where it is wanted, and gives it its name for good. */
async function prepare(work: Work, [intent]: readonly Intent[]): Promise<Ready | null> {
  if (intent === undefined) return null;
  const { item } = intent;
  const ended = async (outcome: Outcome): Promise<null> => finish(work, outcome).then(() => null);
  const files = work.services.counterparts.files(work.organisation);
  if (files === null && !(await isOffered(work, intent)))
    return ended({ item, state: 'void', cause: { code: 'no folder configured' } });
  const got = await bytesOf(work, intent);
  if (!('bytes' in got)) return ended(got);
  const { bytes, key: sha256 } = got;
  const check = await checkFile(bytes);
  if (check.decision === 'refused') {
    // What came is kept to be looked at, but a person who asks again gets what Qargo has by then.
    await keepProgress(work.services.installation.db, work.consignment, item.key, { blob: null });
    const proof = { blob: sha256, bytes: bytes.length };
    return ended({ item, state: 'refused', cause: { code: 'file not sound' }, reason: check.reason, proof });
  }
  const first = await decideFirstWith(work.services.installation.db, work.consignment, item.key, sha256);
  if (first !== item.key && item.revision === 1)
    return ended({ item, state: 'void', cause: { code: 'same file', as: first } });
  if (files === null) return ended({ item, state: 'void', cause: { code: 'no folder configured' }, proof: { sha256 } });
  let whole = '';
  if (check.mediaType === 'application/pdf') {
    const why = await takeApart(work, intent, await factFor(work, item, 'document'), { bytes, sha256 });
    if (why === null) return null;
    whole = why;
  }
  return { files, name: await nameOf(work, intent, check.extension), bytes, check, sha256, whole };
}

/** After doubt the engine looks for the name that it put, though the consignment has another tracking id by now. */
async function nameOf(work: Work, { item, inDoubt, progress }: Intent, extension: string): Promise<string> {
  const number = await decideNumber(work.services.installation.db, work.consignment, item.key);
  const ending = `${revisionOf(item.revision)}.${extension}`;
  const before = typeof progress.name === 'string' ? progress.name : '';
  if (inDoubt !== null && before.endsWith(ending) && /_\d+$/.test(before.slice(0, -ending.length))) return before;
  return `${work.row.trackingId}_${String(number).padStart(2, '0')}${ending}`;
}

/** A photo of an exception that Palletways fetches: it must be here. */
async function isOffered(work: Work, { item }: Intent): Promise<boolean> {
  const { exceptions } = work.organisation.policy;
  if (exceptions !== 'pull' && exceptions !== 'both') return false;
  return (await factFor(work, item, 'document')).role === 'exception-photo';
}

const revisionOf = (revision: number) => (revision === 1 ? '' : `r${revision}`);

/** The document's bytes: from the blob store, or downloaded once; an outcome where they cannot be had. */
async function bytesOf(
  work: Work,
  intent: Intent,
): Promise<{ readonly bytes: Buffer; readonly key: string } | Outcome> {
  const { installation, counterparts } = work.services;
  const { revision, key } = intent.item;
  const { blob, blobOf = 1 } = intent.progress;
  const kept = typeof blob === 'string' && (await installation.blobs.has(blob)) ? blob : null;
  // Whoever asks for it again wants it as Qargo has it now: the bytes under an id may be others since (assumption 54).
  if (kept !== null && blobOf === revision) return { bytes: await installation.blobs.get(kept), key: kept };
  const fact = await factFor(work, intent.item, 'document');
  if (isPage(fact)) return keptPage(work, intent, fact);
  work.doing.step = 'downloadDocument';
  const client = counterparts.qargo(work.organisation, 'pod', work.signal, waitedOf(work));
  try {
    const { bytes } = await client.downloadDocument(fact.document);
    const stored = await installation.blobs.put(bytes);
    await keepProgress(installation.db, work.consignment, key, { blob: stored.key, blobOf: revision });
    return { bytes, key: stored.key };
  } catch (error) {
    const refusal = await ofTheDocument(client, error);
    if (kept === null) throw refusal ?? error;
    if (refusal === null) throw error;
    return { bytes: await installation.blobs.get(kept), key: kept };
  }
}

/** The refusal of this one document; null where more than it cannot be had. A 403 is its own where the login is good for anything else. */
async function ofTheDocument(client: QargoClient, error: unknown): Promise<CallError | null> {
  if (isRefused(error)) return error;
  if (!(error instanceof CallError) || error.status !== 403) return null;
  try {
    await client.me();
  } catch {
    return null;
  }
  return new CallError('refused', error.message, { status: 403 });
}

/** A page's bytes: Qargo has the paper alone. */
async function keptPage(
  work: Work,
  { item }: Intent,
  fact: DocumentFact,
): Promise<{ readonly bytes: Buffer; readonly key: string } | Outcome> {
  const { db, blobs } = work.services.installation;
  const said = fact.content === undefined ? null : await loadContent(db, 'document', fact.content);
  if (said?.blob === undefined) return { item, state: 'erased' };
  if (!(await blobs.has(said.blob))) return { item, state: 'refused', cause: { code: 'page not kept' } };
  await keepProgress(db, work.consignment, item.key, { blob: said.blob });
  return { bytes: await blobs.get(said.blob), key: said.blob };
}

/**
 * After a rename whose answer was lost, and the quiet time: the file there is done; its `.part` still there was never renamed;
 * neither tells nothing, since the owner of the folder takes files away.
 */
async function mayPut(work: Work, intent: Intent, { files, name, bytes }: Ready): Promise<boolean> {
  const there = await files.list();
  const { item } = intent;
  const isNamed = typeof intent.progress.name === 'string';
  if (isRestored(intent) && !isNamed) return isElsewhere(work, item, there, bytes.length);
  const names = new Set(there.map((file) => file.name));
  if (names.has(`${name}.part`)) return true;
  if (names.has(name)) await finish(work, { item, state: 'met', proof: { name, found: true } });
  else {
    await finish(work, { item, state: 'unknown', cause: { code: 'folder emptied' }, proof: { name } });
  }
  return false;
}

/** Under which number it went before the record was restored nobody knows: a file of the consignment with its size is it. Answers false. */
async function isElsewhere(work: Work, item: Item, there: readonly FolderFile[], size: number): Promise<false> {
  const found = there.find(
    (file) => file.name.startsWith(`${work.row.trackingId}_`) && !file.name.endsWith('.part') && file.size === size,
  );
  if (found !== undefined) await finish(work, { item, state: 'met', proof: { name: found.name, found: true } });
  else {
    await finish(work, { item, state: 'unknown', cause: { code: 'restored' } });
  }
  return false;
}
