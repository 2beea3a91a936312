/**
 * What a first contact shows by writing, where a person asked for it: notes with `commit=no`, then one general note, one document and one
 * file, each read back. They are of one test consignment and one test order, and say so.
 */
import { randomBytes } from 'node:crypto';
import { PalletwaysClient } from '../../connectors/palletways/calls.ts';
import { PalletwaysFiles } from '../../connectors/palletways/ftp.ts';
import { tryNotes } from '../../connectors/palletways/trial.ts';
import { findOurs, type NotesSetting } from '../../connectors/palletways/write-notes.ts';
import { QargoClient } from '../../connectors/qargo/calls.ts';
import { CallError } from '../../domain/calls/error.ts';
import type { OutgoingNote } from '../../domain/facts/content.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { isJson, listIn, textIn } from './ask-qargo.ts';
import { confirmed, contradicted, type Finding } from './finding.ts';
import type { Probes } from './probes.ts';

/** The consignment and the order that a person allowed to be written to. */
export interface WriteTo {
  /** Tracking id of the test consignment. */
  readonly trackingId: string;
  /** Id of the test order at Qargo. */
  readonly orderId: string;
}

/** Note codes that are tried with `commit=no`, each once: those that the product would use. Those of a scan need a barcode and are not. */
const tried = ['planned', 'out', 'arrived', 'delivered', 'failed', 'exception', 'pod'] as const;

const text = 'Test of the connection; nothing happened';

function note(trackingId: string, what: OutgoingNote['what'], late = false): OutgoingNote {
  const ref = BigInt(`0x${randomBytes(8).toString('hex')}`)
    .toString(36)
    .padStart(10, '0')
    .slice(-10);
  const at = new Date().toISOString();
  const description = what === 'failed' || what === 'exception' ? 'OTHER' : '';
  const signedBy = what === 'pod' ? 'Test' : '';
  return { trackingId, what, late, at, barcode: '', signedBy, description, text, ref };
}

/** Answers the findings from writing. A side that refuses or is silent is a finding; only a budget that gives nothing throws. */
export async function write(organisation: Organisation, probes: Probes, to: WriteTo): Promise<Finding[]> {
  return [
    ...(await safely(18, () => writeNotes(organisation, probes, to.trackingId))),
    ...(await safely(52, () => writeDocument(organisation, probes, to.orderId))),
    ...(await safely(34, () => writeFile(organisation, probes, to.trackingId))),
  ];
}

async function safely(id: number, act: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    return [contradicted(id, error.message)];
  }
}

async function writeNotes(organisation: Organisation, probes: Probes, trackingId: string): Promise<Finding[]> {
  const access = probes.counterparts.accessOf(organisation).palletways;
  const setting = {
    gate: probes.gates.palletways,
    dispatcher: probes.counterparts.dispatcher,
    now: new Date().toISOString(),
  };
  const client = new PalletwaysClient(access, { gate: setting.gate, dispatcher: setting.dispatcher });
  const trial = tried.map((what) => note(trackingId, what));
  const words = { codes: access.codes, zone: access.zone, now: setting.now };
  const inBody = await tryNotes(trial, 'body', access, setting);
  const inQuery = await tryNotes(trial, 'query', access, setting);
  const stored = (await client.getNotes({ trackingId })).notes;
  const kept = trial.filter((each) => findOurs(stored, each, words).length > 0);
  const refused = [...new Set([...inBody.wrong, ...inQuery.wrong])].map((place) => trial[place]?.what ?? '');
  const findings: Finding[] = [
    kept.length > 0
      ? contradicted(18, `${kept.length} notes sent with commit=no are stored`, {
          alternative: '18a',
          set: { 'wire.palletways.notesParameters': 'query' },
        })
      : confirmed(18, 'nothing that was sent with commit=no is stored'),
    inBody.taken || inQuery.taken
      ? confirmed(15, `${trial.length} codes would be taken`)
      : refused.length > 0
        ? contradicted(15, `refused: ${refused.join(', ')}`, { alternative: '15b' })
        : contradicted(15, inQuery.words),
  ];
  if (kept.length > 0) return findings;
  return [...findings, ...(await storeOne(client, trackingId, words))];
}

/** One general note, and what becomes of its text. */
async function storeOne(client: PalletwaysClient, trackingId: string, words: NotesSetting): Promise<Finding[]> {
  const sent = note(trackingId, 'out', true);
  const [answer] = await client.createSystemNotes([sent]);
  const [found] = findOurs((await client.getNotes({ trackingId })).notes, sent, words);
  if (found === undefined)
    return [
      contradicted(101, 'a general note was answered OK and is not there', { alternative: '101a' }),
      contradicted(19, 'no note ends with the reference that was sent'),
    ];
  const numbered = answer?.sysNote ?? null;
  const delta = (await client.getNotes({ delta: Math.floor(Date.parse(sent.at) / 1000) - 60 })).notes;
  return [
    confirmed(101, 'a general note was answered OK and is there'),
    found.NoteText.startsWith(text)
      ? confirmed(19, 'the text of a note came back as it was sent')
      : contradicted(19, 'the text of a note came back otherwise; its reference is at its end'),
    numbered === null
      ? contradicted(73, 'the answer has no number of the note', { alternative: '73a' })
      : confirmed(73, 'the answer has the number of the note'),
    findOurs(delta, sent, words).length > 0
      ? confirmed(20, 'the note is in the delta')
      : contradicted(20, 'the note is not in the delta', { alternative: '20a' }),
  ];
}

async function writeDocument(organisation: Organisation, probes: Probes, orderId: string): Promise<Finding[]> {
  const access = probes.counterparts.accessOf(organisation).qargo;
  const client = new QargoClient(access, {
    tokens: probes.counterparts.token(organisation),
    gate: probes.gates.qargo,
    dispatcher: probes.counterparts.dispatcher,
  });
  const name = `Test of the connection ${randomBytes(4).toString('hex')}`;
  await client.importDocument({
    orderId,
    filename: 'test.txt',
    type: access.noticeType,
    name,
    contentType: 'text/plain',
    bytes: Buffer.from(text),
  });
  const answer = await client.getOrderDocuments(orderId);
  const documents = Array.isArray(answer) ? answer.filter(isJson) : listIn(answer, 'documents');
  return [
    documents.some((document) => textIn(document, 'name').includes(name))
      ? confirmed(52, 'a document was answered with 200 and is there')
      : contradicted(52, 'a document was answered with 200 and is not there', { alternative: '52d' }),
  ];
}

async function writeFile(organisation: Organisation, { counterparts }: Probes, trackingId: string): Promise<Finding[]> {
  const { depot, timeouts, ftp } = counterparts.accessOf(organisation).palletways;
  if (ftp === null) return [];
  const files = new PalletwaysFiles({ depot, timeouts, ftp });
  const name = `${trackingId}_99.pdf`;
  await files.putFile({ name, bytes: Buffer.from(onePage) });
  const found = (await files.list()).some((file) => file.name === name);
  return [
    found
      ? confirmed(34, `${name} was written, renamed and is there`)
      : contradicted(34, `${name} was written and is gone`, { alternative: '34d' }),
  ];
}

/** An empty page. */
const onePage = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>endobj
trailer<</Root 1 0 R>>
%%EOF
`;
