/** Calls to Palletways (apis.md 1.3). Each asks the gate, goes to the host where its method lives, and ends in data or one CallError. */
import type { Dispatcher } from 'undici';
import type { Gate } from '../../domain/calls/error.ts';
import type { OutgoingNote } from '../../domain/facts/content.ts';
import type { Problem } from '../../domain/facts/reading.ts';
import type { Method, PalletwaysAccess } from './config.ts';
import { inOurWords } from './dialect.ts';
import { type Exchange, exchange, palletwaysAgent, type Reach } from './http.ts';
import { localRange } from './local-time.ts';
import { all, type Node, text } from './node.ts';
import { type Answer, type PdfAnswer, readAnswer, readPdf, readVersion } from './read-answers.ts';
import { type ConStatus, conStatus, fieldPath, type PalletwaysNote, readNote } from './wire.ts';
import { notesXml } from './write-notes.ts';

/** Which notes: of one consignment, entered between two UTC instants, or entered since an epoch second (inclusive: assumed). */
export type NotesWanted =
  | { readonly trackingId: string }
  | { readonly conNo: string }
  | { readonly from: string; readonly to: string }
  | { readonly delta: number };

export interface NotesRead {
  readonly notes: readonly PalletwaysNote[];
  /** Rows that could not be read, by field. */
  readonly problems: readonly Problem[];
}

/** A stored note: its 0-based place in what was sent and Palletways' id of it, null where the answer does not tell (assumed). */
export interface StoredNote {
  readonly index: number;
  readonly sysNote: string | null;
}

export interface KeyOwner {
  readonly depotNumber: string;
  readonly depotName: string;
  readonly userName: string;
}

export interface CallsSetting {
  readonly gate: Gate;
  /** The process's Agent. Its own connect time-out counts; without one, an Agent with `timeouts.connectMs` is made. */
  readonly dispatcher?: Dispatcher;
  readonly signal?: AbortSignal;
  /** UTC instant of now, for the header of notes. */
  readonly now?: () => string;
}

/** Methods whose output parameter is called `output` (apis.md 1.1); both spellings are sent. */
const oldOutput = new Set<Method>(['getNotes', 'getDynConStatus', 'conStatusById']);

export class PalletwaysClient {
  readonly #access: PalletwaysAccess;
  readonly #reach: Reach;
  readonly #now: () => string;

  constructor(access: PalletwaysAccess, setting: CallsSetting) {
    this.#access = access;
    const dispatcher = setting.dispatcher ?? palletwaysAgent(access);
    this.#reach = { access, gate: setting.gate, dispatcher, signal: setting.signal };
    this.#now = setting.now ?? (() => new Date().toISOString());
  }

  /** Whose key it is (apis.md 1.1; the answer's fields are assumed). A key nobody knows is `auth`. */
  async keytest(): Promise<KeyOwner> {
    const [row] = (await this.#read('keytest')).data.map((each) => this.#inOurWords(each));
    const said = (name: string) => (row === undefined ? '' : text(row, name));
    return { depotNumber: said('DepotNumber'), depotName: said('DepotName'), userName: said('UserName') };
  }

  /** The API's version (apis.md 1.3, portal host). */
  async version(): Promise<string> {
    const { reply, asked } = await this.#send('version');
    return readVersion(reply, asked);
  }

  /** A consignment by tracking id (apis.md 1.6), for `readConsignment`; `none` where nobody knows it. */
  getConsignment(trackingId: string): Promise<Answer> {
    return this.#read('getConsignment', trackingId);
  }

  /** Notes in one of the four forms (apis.md 1.7); none is an empty list. A row that cannot be read is a problem and no more. */
  async getNotes(wanted: NotesWanted): Promise<NotesRead> {
    const answer = await this.#read('getNotes', ...this.#notesPath(wanted));
    const notes: PalletwaysNote[] = [];
    const problems: Problem[] = [];
    answer.data.forEach((row, index) => {
      const { read, issues } = readNote(row);
      if (read !== null) notes.push(read);
      for (const issue of issues)
        problems.push({ field: fieldPath(`Detail.Data[${index}]`, issue.path), message: issue.message });
    });
    return { notes, problems };
  }

  #notesPath(wanted: NotesWanted): string[] {
    if ('trackingId' in wanted) return ['trackingId', wanted.trackingId];
    if ('conNo' in wanted) return ['conNo', wanted.conNo];
    if ('delta' in wanted) return ['delta', String(wanted.delta)];
    const { from, to } = localRange(wanted.from, wanted.to, this.#access.zone);
    return ['dateRange', from.date, from.time, to.date, to.time];
  }

  /**
   * Stores notes and answers those of which it is said that they were stored: an OK proves nothing of a note that it has no import detail
   * for (apis.md 1.5: an OK without any imported nothing). Meant is all or none (wire assumptions 2.3). Acts: an answer that is lost is `lost`, and only a look with
   * `getNotes` and `findOurs` can tell. A refusal names the notes by their place where Palletways does.
   * @throws RangeError for more than `notesPerCall` notes, before anything is sent.
   */
  async createSystemNotes(notes: readonly OutgoingNote[]): Promise<readonly StoredNote[]> {
    const { codes, zone, notesPerCall, notesParameters } = this.#access;
    if (notes.length === 0) return [];
    if (notes.length > notesPerCall) throw new RangeError(`createSystemNote: at most ${notesPerCall} notes a call`);
    const data = notesXml(notes, { codes, zone, now: this.#now() });
    const told = { commit: 'yes', inputformat: 'xml', outputformat: 'xml' };
    const call: Exchange = {
      name: 'createSystemNote',
      base: this.#base('createSystemNote'),
      segments: ['createSystemNote'],
      parameters: { ...told, data },
      query: notesParameters === 'form' ? [] : Object.keys(notesParameters === 'both' ? told : { ...told, data }),
      onlyQuery: notesParameters === 'query',
      effectful: true,
    };
    const { reply, asked } = await exchange(call, this.#reach);
    const answer = readAnswer(reply, asked);
    const details = all(answer.root, 'Detail/ImportDetail').map((each) => this.#inOurWords(each));
    const rows = new Map(details.map((row) => [text(row, 'Index'), text(row, 'SysNote')]));
    // As many details as notes: all were stored, whatever the details say of their places.
    const isWhole = details.length >= notes.length;
    const first = rows.has('0') ? 0 : 1;
    return notes.flatMap((_, index) => {
      const place = String(index + first);
      return isWhole || rows.has(place) ? [{ index, sysNote: rows.get(place) || null }] : [];
    });
  }

  /** Consignments entered on a depot-local date `YYYY-MM-DD` (apis.md 1.3; rows assumed). */
  consEntered(localDate: string): Promise<readonly ConStatus[]> {
    return this.#rows('consEntered', localDate);
  }

  /** By Response ID: how a tracking id is found that was not known at creation (apis.md 1.5). */
  conStatusById(responseId: string): Promise<readonly ConStatus[]> {
    return this.#rows('conStatusById', responseId);
  }

  /** By consignment number, which is not unique: may be several (apis.md 1.3). */
  conStatusByConNo(conNo: string): Promise<readonly ConStatus[]> {
    return this.#rows('conStatusByConNo', conNo);
  }

  conStatusByTrackingId(trackingId: string): Promise<readonly ConStatus[]> {
    return this.#rows('conStatusByTrackingId', trackingId);
  }

  /** By tracking id, with the status code of apis.md 1.8 (portal host). */
  getDynConStatus(trackingId: string): Promise<readonly ConStatus[]> {
    return this.#rows('getDynConStatus', trackingId);
  }

  /** Labels as PDF, or Palletways' sentence why not yet (apis.md 1.11). */
  getLabels(trackingId: string): Promise<PdfAnswer> {
    return this.#pdf('getLabelsByTID', trackingId);
  }

  /** The latest POD as PDF, or the sentence (apis.md 1.11). */
  getPod(trackingId: string): Promise<PdfAnswer> {
    return this.#pdf('getPodByTrackingId', trackingId);
  }

  /** All POD images as one PDF, or the sentence (apis.md 1.11, portal host). */
  podImages(trackingId: string): Promise<PdfAnswer> {
    return this.#pdf('podimages', trackingId);
  }

  /** Rows of answers of which only their sense is known are read in the account's own words. */
  #inOurWords(row: Node): Node {
    return inOurWords(row, this.#access.elements);
  }

  async #rows(name: Method, argument: string): Promise<readonly ConStatus[]> {
    const rows = (await this.#read(name, argument)).data.map((row) => conStatus(this.#inOurWords(row)));
    return rows.filter((row) => (row.trackingId ?? row.responseId ?? row.conNo) !== null);
  }

  async #pdf(name: Method, argument: string): Promise<PdfAnswer> {
    const { reply, asked } = await this.#send(name, argument);
    return readPdf(reply, asked);
  }

  async #read(name: Method, ...args: readonly string[]): Promise<Answer> {
    const { reply, asked } = await this.#send(name, ...args);
    return readAnswer(reply, asked);
  }

  /** The host on which this account has the method. */
  #base(name: Method): string {
    const { hosts, apiUrl, portalUrl } = this.#access;
    return hosts[name] === 'api' ? apiUrl : portalUrl;
  }

  #send(name: Method, ...args: readonly string[]): ReturnType<typeof exchange> {
    const { format } = this.#access;
    const parameters = { outputformat: format, ...(oldOutput.has(name) ? { output: format } : {}) };
    return exchange(
      { name, base: this.#base(name), segments: [name, ...args], parameters, effectful: false },
      this.#reach,
    );
  }
}
