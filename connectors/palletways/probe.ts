/**
 * What a first contact may ask of Palletways: reads by name, on either host, whatever the account's settings say of hosts. Nothing here
 * can write. An answer of whatever kind is data; only a budget that has nothing throws.
 */
import type { Dispatcher } from 'undici';
import { CallError, type Gate } from '../../domain/calls/error.ts';
import type { Method, PalletwaysAccess } from './config.ts';
import { exchange } from './http.ts';
import type { Node } from './node.ts';
import { readAnswer } from './read-answers.ts';

/** All that may be asked. `createSystemNote` and every other method that writes is not among them. */
export const probeReads = [
  'keytest',
  'version',
  'availableServices',
  'consEntered',
  'getNotes',
  'getConsignment',
  'conStatusById',
  'conStatusByTrackingId',
  'conStatusByConNo',
  'getDynConStatus',
  'getLabelsByTID',
  'getPodByTrackingId',
  'podimages',
] as const satisfies readonly Method[];
export type ProbeRead = (typeof probeReads)[number];

export interface ProbeQuestion {
  readonly method: ProbeRead;
  readonly host: 'api' | 'portal';
  /** Path segments after the method. */
  readonly args: readonly string[];
  readonly format: 'xml' | 'json';
}

/**
 * `rows`: an envelope with data; `none`: NO_RESULTS_FOUND; `pdf`: a file; `sentence`: a sentence or a page with 200 that nobody knows
 * (`version` too); `text`: anything else that came with 200 and cannot be read; `refused`: an error that the account is told (an unknown method, a wrong id); `auth`: the key is not accepted; `silent`: no
 * answer in time, which is how a ban looks; `away`: anything else.
 */
export type ProbeOutcome = 'rows' | 'none' | 'pdf' | 'text' | 'sentence' | 'refused' | 'auth' | 'silent' | 'away';

export interface ProbeAnswer {
  readonly question: ProbeQuestion;
  readonly outcome: ProbeOutcome;
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** What came as text or as the far side's reason, key taken out, at most 300 characters; '' for rows. */
  readonly words: string;
  /** `Detail/Data` of an envelope. */
  readonly data: readonly Node[];
}

/** Methods whose output parameter is called `output` (apis.md 1.1); both spellings are sent. */
const oldOutput: readonly ProbeRead[] = ['getNotes', 'getDynConStatus', 'conStatusById'];

export class PalletwaysProbe {
  readonly #access: PalletwaysAccess;
  readonly #gate: Gate;
  readonly #dispatcher: Dispatcher;

  constructor(access: PalletwaysAccess, setting: { readonly gate: Gate; readonly dispatcher: Dispatcher }) {
    this.#access = access;
    this.#gate = setting.gate;
    this.#dispatcher = setting.dispatcher;
  }

  /**
   * One read.
   * @throws CallError `budget` where the gate gives no call; RangeError for a method that is not on the list, before anything is sent.
   */
  async ask(question: ProbeQuestion): Promise<ProbeAnswer> {
    const { method, host, args, format } = question;
    if (!probeReads.includes(method)) throw new RangeError(`a first contact does not call ${String(method)}`);
    const { apiUrl, portalUrl } = this.#access;
    const call = {
      name: method,
      base: host === 'api' ? apiUrl : portalUrl,
      segments: [method, ...args],
      parameters: { outputformat: format, ...(oldOutput.includes(method) ? { output: format } : {}) },
      effectful: false,
    };
    const nothing = { question, words: '', data: [] };
    let isDocument = false;
    try {
      const { reply, asked } = await exchange(call, {
        access: this.#access,
        gate: this.#gate,
        dispatcher: this.#dispatcher,
        signal: undefined,
      });
      const { status } = reply;
      isDocument = /^\s*(?:<\?xml|<response|[{[])/i.test(reply.body.subarray(0, 100).toString('utf8'));
      if (reply.body.subarray(0, 1024).includes('%PDF-')) return { ...nothing, outcome: 'pdf', status };
      const answer = readAnswer(reply, asked);
      return { ...nothing, outcome: answer.none ? 'none' : 'rows', status, data: answer.data };
    } catch (error) {
      if (!(error instanceof CallError) || error.retry === 'budget') throw error;
      const outcome = outcomeOf(error);
      const isSentence = outcome === 'text' && !isDocument;
      return {
        ...nothing,
        outcome: isSentence ? 'sentence' : outcome,
        status: error.status ?? 0,
        words: error.message,
      };
    }
  }
}

/** A 200 that is no envelope is text: whether it means something, the caller knows. */
function outcomeOf({ retry, status }: CallError): ProbeOutcome {
  if (retry === 'auth') return 'auth';
  if (retry === 'banned') return 'silent';
  if (retry === 'refused') return 'refused';
  return status === 200 ? 'text' : 'away';
}
