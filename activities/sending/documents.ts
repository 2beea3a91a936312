/** A PDF whose pages go to Palletways as photos of their own: each is a document of the consignment, told and numbered as any other. */

import type { DocumentContent } from '../../domain/facts/content.ts';
import type { DocumentFact, NewFact } from '../../domain/facts/facts.ts';
import { wantsAnyPages, wantsPages } from '../../domain/policy/evidence.ts';
import { photosOfPdf } from '../../store/files/pdf-photos.ts';
import { ingest } from '../../store/intake/ingest.ts';
import { type Intent, type Outcome, settle } from '../../store/outbox/receipts.ts';
import { inTransaction, now } from '../../store/postgres/database.ts';
import { accountOf } from '../../store/record/consignments.ts';
import { loadContent } from '../../store/record/contents.ts';
import { noteEnds, type Work } from './work.ts';

/** What a page is called after its paper: no id of Qargo's has a `#` in it. */
const pageOf = (id: string, nth: number) => `${id}#${String(nth + 1).padStart(2, '0')}`;
export const isPage = ({ document }: DocumentFact): boolean => document.includes('#');

/**
 * Takes a paper apart where it is wanted: its pages are facts then, and it is settled itself. Answers null then; otherwise why it goes
 * whole, '' where nobody wanted it otherwise. What a person asks for again, and what may be there already, goes whole.
 */
export async function takeApart(
  work: Work,
  intent: Intent,
  fact: DocumentFact,
  pdf: { bytes: Buffer; sha256: string },
): Promise<string | null> {
  const { installation } = work.services;
  const { evidence } = work.organisation.policy;
  const { item } = intent;
  if (item.revision > 1 || intent.inDoubt !== null || !wantsAnyPages(evidence)) return '';
  const account = await accountOf(installation.db, work.consignment);
  if (!wantsPages(evidence, account)) return '';
  work.doing.step = `take ${item.key} apart`;
  const made = await photosOfPdf(pdf.bytes, work.signal);
  if (!('photos' in made)) return made.whole;
  const blobs: string[] = [];
  for (const photo of made.photos) blobs.push((await installation.blobs.put(photo)).key);
  const said = fact.content === undefined ? null : await loadContent(installation.db, 'document', fact.content);
  const { at, zone, source, role } = fact;
  const pages = blobs.map((blob, nth): NewFact => {
    const name = `${said?.name ?? 'paper'}, page ${nth + 1} of ${blobs.length}`;
    const body: DocumentContent = { name, type: said?.type ?? '', contentType: 'image/jpeg', blob };
    const id = { id: pageOf(fact.id, nth), document: pageOf(fact.document, nth) };
    // A page of a paper that was signed is a photo of it; the signature is the paper's.
    return { kind: 'document', ...id, at, zone, source, role: role === 'exception-photo' ? role : 'photo', body };
  });
  const outcome = await inTransaction(installation.db, async (tx) => {
    const heard = { organisation: work.organisation.id, journal: null, heard: await now(tx), via: 'read' } as const;
    const asked = { ...heard, consignment: work.consignment, handedOver: true };
    const { facts } = await ingest(tx, { aliases: {}, facts: pages }, asked);
    const proof = { sha256: pdf.sha256, pages: pages.length, facts: facts.map(({ id }) => id) };
    const ended: Outcome = { item, state: 'met', cause: { code: 'sent as photos', count: pages.length }, proof };
    const settled = await settle(tx, { organisation: work.organisation.id, consignment: work.consignment }, [ended]);
    return { facts, ended, settled };
  });
  work.facts.push(...outcome.facts);
  noteEnds(work, [outcome.ended], outcome.settled);
  return null;
}
