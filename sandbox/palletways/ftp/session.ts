/** One control connection. Commands are done one after the other, each answered before the next is looked at. */
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { FaultAction, Faults } from '../../server/faults.ts';
import type { Organisation } from '../organisation.ts';
import type { FileStore } from '../store.ts';
import { COMMANDS, OPEN_COMMANDS } from './commands.ts';
import { Folder } from './folder.ts';
import { Passive } from './passive.ts';
import { TRANSFERS } from './transfers.ts';

export interface FtpParts {
  files: FileStore;
  faults: Faults;
  login(user: string, password: string): Organisation | null;
  /** Null: AUTH TLS is answered 502. */
  secure: SecureContext | null;
}

const LONGEST_LINE = 4096;

export class Session {
  readonly parts: FtpParts;
  user: string | null = null;
  organisation: Organisation | null = null;
  folder: Folder | null = null;
  current = '/';
  /** Path given by RNFR. */
  renameFrom: string | null = null;
  protectData = false;
  passive: Passive | null = null;
  /** The fault that cuts this transfer halfway, if any. */
  cutHalfway = false;
  #socket: Socket;
  #buffer = '';
  #work: Promise<void> = Promise.resolve();

  constructor(socket: Socket, parts: FtpParts) {
    this.parts = parts;
    this.#socket = socket;
    this.#listen(socket);
    this.reply(220, 'Palletways FTP');
  }

  get host(): string {
    return this.#socket.localAddress ?? '127.0.0.1';
  }

  reply(code: number, text: string): void {
    if (!this.#socket.destroyed) this.#socket.write(`${code} ${text}\r\n`);
  }

  replyLines(code: number, head: string, lines: string[], end: string): void {
    if (!this.#socket.destroyed) this.#socket.write(`${code}-${head}\r\n${lines.map((line) => ` ${line}\r\n`).join('')}${code} ${end}\r\n`);
  }

  signIn(organisation: Organisation): void {
    this.organisation = organisation;
    this.folder = new Folder(this.parts.files.rootOf(organisation.name));
    this.current = '/';
  }

  /** Opens a port for the next transfer; an earlier one that was not used is closed. */
  async openPassive(): Promise<number> {
    this.passive?.close();
    this.passive = await Passive.open(this.host, this.protectData ? this.parts.secure : null);
    return this.passive.port;
  }

  /** From here on the control connection is TLS (RFC 4217). */
  startTls(secure: SecureContext): void {
    const plain = this.#socket;
    plain.removeAllListeners('data');
    plain.removeAllListeners('close');
    this.#buffer = '';
    this.#socket = new TLSSocket(plain, { isServer: true, secureContext: secure });
    this.#listen(this.#socket);
  }

  get isTls(): boolean {
    return this.#socket instanceof TLSSocket;
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.passive?.close();
    this.#socket.destroy();
  }

  #listen(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => this.#receive(chunk.toString('utf8')));
    socket.on('error', () => this.destroy());
    socket.on('close', () => this.passive?.close());
  }

  #receive(text: string): void {
    this.#buffer += text;
    if (this.#buffer.length > LONGEST_LINE) {
      this.destroy();
      return;
    }
    for (let end = this.#buffer.indexOf('\n'); end >= 0; end = this.#buffer.indexOf('\n')) {
      const line = this.#buffer.slice(0, end).replace(/\r$/, '');
      this.#buffer = this.#buffer.slice(end + 1);
      this.#work = this.#work.then(() => this.#command(line)).catch(() => this.reply(451, 'Local error in processing.'));
    }
  }

  async #command(line: string): Promise<void> {
    if (this.#socket.destroyed) return;
    const space = line.indexOf(' ');
    const name = (space < 0 ? line : line.slice(0, space)).toUpperCase();
    const argument = space < 0 ? '' : line.slice(space + 1).trim();
    const actions = this.parts.faults.take({ method: name, organisation: this.organisation?.name ?? null });
    if (!(await this.#survives(actions))) return;
    const command = COMMANDS[name] ?? TRANSFERS[name];
    if (command === undefined) this.reply(502, 'Command not implemented.');
    else if (this.organisation === null && !OPEN_COMMANDS.has(name)) this.reply(530, 'Not logged in.');
    else await command(this, argument);
    if (name !== 'RNFR') this.renameFrom = null;
    if (actions.some((action) => 'drop' in action && action.drop === 'after')) this.destroy();
  }

  /** Faults strike FTP commands by their name, as they strike methods; false: the command is not done. */
  async #survives(actions: FaultAction[]): Promise<boolean> {
    this.cutHalfway = actions.some((action) => 'drop' in action && action.drop === 'answer');
    for (const action of actions) {
      if ('delayMs' in action) await new Promise((resolve) => setTimeout(resolve, action.delayMs));
      if ('status' in action) {
        this.passive?.close();
        this.reply(action.status, action.body ?? 'Requested action not taken.');
        return false;
      }
      if ('silence' in action || 'ban' in action) return false;
      if ('drop' in action && action.drop === 'before') {
        this.destroy();
        return false;
      }
    }
    return true;
  }
}

/** Answers one command. */
export type Command = (session: Session, argument: string) => void | Promise<void>;
