/**
 * What a first contact that may write tries at Palletways: notes that are not to be stored (`commit=no`, published), with the parameter in
 * the body and in the address. The one note that is stored goes the way of all others (`calls.ts`).
 */
import type { Dispatcher } from 'undici';
import { CallError, type Gate } from '../../domain/calls/error.ts';
import type { OutgoingNote } from '../../domain/facts/content.ts';
import type { PalletwaysAccess } from './config.ts';
import { exchange } from './http.ts';
import { readAnswer } from './read-answers.ts';
import { notesXml } from './write-notes.ts';

export interface TrialAnswer {
  /** An OK: Palletways would have stored them. */
  readonly taken: boolean;
  /** 0-based places of notes that were named as wrong. */
  readonly wrong: readonly number[];
  /** Why not, key taken out; '' where they were taken. */
  readonly words: string;
}

/** Never stores: `commit` is `no`. @throws CallError `budget` alone; every other failure is an answer. */
export async function tryNotes(
  notes: readonly OutgoingNote[],
  place: 'body' | 'query',
  access: PalletwaysAccess,
  setting: { readonly gate: Gate; readonly dispatcher: Dispatcher; readonly now: string },
): Promise<TrialAnswer> {
  const { codes, zone, hosts, apiUrl, portalUrl } = access;
  const commit = { commit: 'no' };
  const data = notesXml(notes, { codes, zone, now: setting.now });
  const how = { inputformat: 'xml', outputformat: 'xml' };
  const call = {
    name: 'createSystemNote',
    base: hosts.createSystemNote === 'api' ? apiUrl : portalUrl,
    segments: ['createSystemNote'],
    parameters: { ...commit, ...how, data },
    query: place === 'query' ? Object.keys({ ...commit, ...how }) : [],
    effectful: true,
  };
  try {
    const { gate, dispatcher } = setting;
    const { reply, asked } = await exchange(call, { access, gate, dispatcher, signal: undefined });
    readAnswer(reply, asked);
    return { taken: true, wrong: [], words: '' };
  } catch (error) {
    if (!(error instanceof CallError) || error.retry === 'budget') throw error;
    return { taken: false, wrong: error.members.map(({ index }) => index), words: error.message };
  }
}
