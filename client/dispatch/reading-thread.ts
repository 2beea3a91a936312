/** The thread that reads one large message, told and heard by client/dispatch/apart.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { digester } from '../../store/postgres/secrets.ts';
import type { ReadApart } from './apart.ts';
import { readMessage } from './read.ts';

const { row, organisation, key } = workerData as ReadApart;
// A Buffer arrives in a thread as a bare Uint8Array.
const body = Buffer.from(row.body.buffer, row.body.byteOffset, row.body.byteLength);
parentPort?.postMessage(readMessage({ ...row, body }, organisation, digester(key)));
