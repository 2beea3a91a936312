/** A call, what can be answered to it, and the sentences Palletways answers in prose (F PW-DOC25). */
import type { Deeds } from './deeds.ts';
import type { Format } from './encode.ts';
import type { Network } from './network.ts';
import type { Organisation } from './organisation.ts';
import type { FileStore } from './store.ts';
import type { Tree } from './tree.ts';
import { type Consignment, type Hidden, isOf, type World } from './world.ts';

/** `api` is api.palletways.com, `portal` portal.palletways.com/api (apis 1.1). */
export type Host = 'api' | 'portal';

export interface Call {
  organisation: Organisation;
  /** Path segments after the method's name. */
  args: string[];
  /** Query, form body and multipart fields together, names in lower case. */
  params: ReadonlyMap<string, string>;
  format: Format;
  /** Epoch ms of arrival. */
  now: number;
}

export interface Context {
  world: World;
  deeds: Deeds;
  network: Network;
  files: FileStore;
}

/** `bare`: rows that JSON writes as a list without anything around it. */
export type Answer = { document: Tree; bare?: true } | { pdf: Uint8Array } | { image: Image } | { prose: string };

export interface Image {
  contentType: string;
  bytes: Uint8Array;
}

export type Method = (call: Call, context: Context) => Answer | Promise<Answer>;

export const PROSE = {
  noMethod: 'The requested API is not available.',
  noKey: 'API Key not specified.',
  wrongKey: 'The API key provided is not authorised to use the requested API.',
  noPod: 'ERROR: POD not found for this ID.',
  /** Made up: what a server says that has lost a consignment for a while. */
  lost: 'ERROR: The consignment data could not be retrieved.',
  /** Made up, as nothing says that a delta can be too old. */
  old: 'ERROR: The date is too far in the past.',
  /** Made up: a key that is right. */
  keyRight: 'The API key provided is valid.',
  noLabel: 'There was an error generating this label: consignment data not found.',
} as const;

/** `Status OK` with the rows, or `NO_RESULTS_FOUND` with `Count` 0 and an empty `Data` (apis 1.5, 1.11). */
export function rows(data: Tree[]): Answer {
  if (data.length === 0) {
    const Status = { Code: 'NO_RESULTS_FOUND', Description: 'No results found.', Count: '0' };
    return { document: { Status, Detail: { Data: '' } } };
  }
  return {
    document: { Status: { Code: 'OK', Description: 'Successful', Count: String(data.length) }, Detail: { Data: data } },
  };
}

export function successful(detail: Tree): Answer {
  return { document: { Status: { Code: 'OK', Description: 'Successful' }, Detail: detail } };
}

/** What is read of a consignment that is out of sight. */
export function hiddenAnswer(as: Hidden): Answer {
  if (as === 'none') return rows([]);
  return { prose: as === 'error' ? PROSE.lost : '' };
}

/** Only what is of the key's account can be seen. */
export function ownOf(organisation: Organisation, consignment: Consignment | null): Consignment | null {
  return consignment !== null && isOf(consignment, organisation.name) ? consignment : null;
}
