/**
 * Files to Palletways' FTP server (apis.md 1.11 knows that there is one; names and folder are assumed, wire
 * assumptions 2.4). A file is written as `{name}.part` and renamed, so that the owner of the folder never takes half a file.
 */
import { Readable } from 'node:stream';
import { Client, FTPError } from 'basic-ftp';
import { CallError, type RetryClass } from '../../domain/calls/error.ts';
import { cutText } from '../../domain/facts/text.ts';
import type { FtpAccess, PalletwaysAccess } from './config.ts';

export interface FolderFile {
  readonly name: string;
  readonly size: number;
}

export type FilesAccess = Pick<PalletwaysAccess, 'depot' | 'timeouts'> & { readonly ftp: FtpAccess };

/** How far an upload got before it was interrupted: only a rename that was sent may have acted. */
type Stage = 'before' | 'renaming' | 'done';

export class PalletwaysFiles {
  readonly #access: FilesAccess;
  readonly #signal: AbortSignal | undefined;

  constructor(access: FilesAccess, setting: { readonly signal?: AbortSignal } = {}) {
    this.#access = access;
    this.#signal = setting.signal;
  }

  /**
   * Puts a file into the depot's folder, in place of one of that name. `renaming` is called just before the rename, the
   * only step with an effect; what it throws is thrown. Where the rename's answer does not come, the folder is looked at:
   * the file there is done, anything else is `lost` (the rename may still come, or the owner has taken the file).
   * @throws CallError `down`, `lost`, `busy` (FTP 4xx), `auth` (530 and the like), `refused` (other 5xx, a bad name).
   */
  async putFile(file: {
    readonly name: string;
    readonly bytes: Buffer;
    readonly renaming?: () => Promise<void>;
  }): Promise<void> {
    const { name, bytes, renaming } = file;
    const label = `FTP put ${name}`;
    if (!/^\w[\w.-]{0,99}$/.test(name)) throw new CallError('refused', 'FTP put: not a file name');
    const part = `${name}.part`;
    let stage: Stage = 'before';
    let notNow: { readonly error: unknown } | undefined;
    try {
      await this.#session(label, async (client) => {
        await client.uploadFrom(Readable.from([bytes]), part);
        const size = await sizeOf(client, part);
        if (size !== null && size !== bytes.length)
          throw new CallError('down', `${label}: ${size} of ${bytes.length} bytes arrived`);
        await client.send(`RNFR ${part}`);
        await renaming?.().catch((error: unknown) => {
          notNow = { error };
          throw error;
        });
        stage = 'renaming';
        await client.send(`RNTO ${name}`);
        stage = 'done';
      });
    } catch (error) {
      if (notNow !== undefined) throw (notNow as { readonly error: unknown }).error;
      if ((stage as Stage) === 'done') return;
      // A no is an answer; silence and a server that closes (421) need a look.
      const silent = error instanceof CallError && (error.retry === 'down' || error.status === 421);
      if (!silent || (stage as Stage) === 'before') throw error;
      await this.#lookAfter(label, name, bytes.length);
    }
  }

  async #lookAfter(label: string, name: string, size: number): Promise<void> {
    const lost = (why: string) => new CallError('lost', `${label}: interrupted while renaming; ${why}`);
    if (this.#signal?.aborted) throw lost('given up');
    const files = await this.list().catch((error: unknown) => {
      throw lost(error instanceof CallError ? `the look failed too (${error.retry})` : 'the look failed too');
    });
    // While the part is there the rename did not happen, whatever older file has the name; but it may still come.
    if (files.some((file) => file.name === `${name}.part`)) throw lost('its part is still in the folder');
    if (!files.some((file) => file.name === name && file.size === size))
      throw lost('neither the file nor its part is in the folder');
  }

  /** Files in the depot's folder, `.part` ones too. A file that is gone was received or deleted, nobody can tell. */
  async list(): Promise<readonly FolderFile[]> {
    return this.#session('FTP list', async (client) => {
      const found = await client.list();
      return found.filter((file) => !file.isDirectory).map(({ name, size }) => ({ name, size }));
    });
  }

  /** Whether a file of exactly that name is in the folder now. */
  async has(name: string): Promise<boolean> {
    return (await this.list()).some((file) => file.name === name);
  }

  async #session<T>(label: string, work: (client: Client) => Promise<T>): Promise<T> {
    const { ftp, timeouts, depot } = this.#access;
    if (this.#signal?.aborted) throw new CallError('down', `${label}: given up before it began`);
    const client = new Client(timeouts.headersMs);
    const giveUp = () => client.close();
    this.#signal?.addEventListener('abort', giveUp, { once: true });
    const connecting = setTimeout(giveUp, timeouts.connectMs);
    let isSsh = false;
    try {
      const connected = client.connect(ftp.host, ftp.port);
      // A server of SSH greets at once, in words that no FTP client waits for.
      client.ftp.socket.once('data', (greeting) => {
        isSsh = String(greeting).startsWith('SSH-');
        if (isSsh) client.close();
      });
      await connected;
      clearTimeout(connecting);
      await secure(client, ftp, label);
      await client.sendIgnoringError('OPTS UTF8 ON');
      await client.login(ftp.user, ftp.password);
      await client.useDefaultSettings();
      await enter(client, ftp.folder.replaceAll('{depot}', depot.number));
      return await work(client);
    } catch (error) {
      if (isSsh)
        throw new CallError(
          'refused',
          `${label}: the server speaks SFTP, and we FTP alone (wire assumption 34, palletways.ftp)`,
        );
      throw toCallError(error, label, ftp.password);
    } finally {
      clearTimeout(connecting);
      this.#signal?.removeEventListener('abort', giveUp);
      client.close();
    }
  }
}

/** TLS where the server offers it, in clear only where the access allows that. */
async function secure(client: Client, ftp: FtpAccess, label: string): Promise<void> {
  if (ftp.secure === 'never') return;
  try {
    await client.useTLS({ host: ftp.host, rejectUnauthorized: ftp.verify });
  } catch (error) {
    if (!(error instanceof FTPError)) throw error;
    if (ftp.secure === 'always') throw new CallError('refused', `${label}: the server offers no TLS (${error.code})`);
  }
}

async function enter(client: Client, folder: string): Promise<void> {
  try {
    await client.cd(folder);
  } catch (error) {
    if (!(error instanceof FTPError) || error.code !== 550) throw error;
    await client.ensureDir(folder);
  }
}

/** Size at the server, or null where it does not tell sizes. */
async function sizeOf(client: Client, name: string): Promise<number | null> {
  try {
    return await client.size(name);
  } catch (error) {
    if (error instanceof FTPError) return null;
    throw error;
  }
}

function toCallError(error: unknown, label: string, password: string): CallError {
  if (error instanceof CallError) return error;
  if (error instanceof FTPError) {
    const said = cutText(password === '' ? error.message : error.message.replaceAll(password, '***'), 200);
    return new CallError(ftpClass(error.code), `${label}: ${said}`, { status: error.code });
  }
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no answer';
  return new CallError('down', `${label}: the connection broke (${code})`);
}

/** 421 closing, 425-452 transient: later. 430, 530-532: credentials. Other 5xx: no. */
function ftpClass(code: number): RetryClass {
  if (code === 430 || code === 331 || (code >= 530 && code <= 532)) return 'auth';
  return code < 500 ? 'busy' : 'refused';
}
