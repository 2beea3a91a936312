/** One control connection. Commands are done one after the other, each answered before the next is looked at. */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SecureContext, TLSSocket } from 'node:tls';
import { type Faults, type Strike, strikeOf } from '../../server/faults.ts';
import type { Late } from '../../server/late.ts';
import type { Organisation } from '../organisation.ts';
import type { FileStore } from '../store.ts';
import type { World } from '../world.ts';
import { Folder } from './folder.ts';
import { Passive } from './passive.ts';

export interface FtpParts {
  world: World;
  files: FileStore;
  faults: Faults;
  late: Late;
  login(user: string, password: string): Organisation | null;
  /** The organisation of a user name, or null. */
  ownerOf(user: string): string | null;
  /** Null: AUTH TLS is answered 502. */
  secure: SecureContext | null;
}

/** Answers one command. */
export type Command = (session: Session, argument: string) => void | Promise<void>;

/** A session can be asked to do these, by their names in capitals. */
export interface Commands {
  /** These need no data connection. */
  readonly plain: Readonly<Record<string, Command>>;
  /** These need one. */
  readonly transfers: Readonly<Record<string, Command>>;
  /** These names are answered without a login. */
  readonly open: ReadonlySet<string>;
}

const LONGEST_LINE = 4096;
/** A reply cut in its three digits: later, many clients take the part that came for a whole reply. */
const WITHIN_CODE = 2;

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
  /** What strikes the command being done. */
  strike: Strike = strikeOf([]);
  /** Replies held back until the end of the command, by the fault `answerLate`. */
  #held: string[] | null = null;
  readonly #commands: Commands;
  #socket: Socket;
  #buffer = '';
  #work: Promise<void> = Promise.resolve();

  constructor(socket: Socket, parts: FtpParts, commands: Commands) {
    this.parts = parts;
    this.#commands = commands;
    this.#socket = socket;
    if (parts.world.plays('34c')) this.#speakSsh(socket);
    else {
      this.#listen(socket);
      this.reply(220, 'Palletways FTP');
    }
  }

  /** Flip 34c: nobody here understands FTP. */
  #speakSsh(socket: Socket): void {
    socket.on('error', () => this.destroy());
    socket.on('data', () => this.destroy());
    socket.write('SSH-2.0-OpenSSH_9.6\r\n');
  }

  get host(): string {
    return this.#socket.localAddress ?? '127.0.0.1';
  }

  reply(code: number, text: string): void {
    this.#say(code, `${code} ${text}\r\n`);
  }

  replyLines(code: number, head: string, lines: string[], end: string): void {
    this.#say(code, `${code}-${head}\r\n${lines.map((line) => ` ${line}\r\n`).join('')}${code} ${end}\r\n`);
  }

  /** A preliminary reply (150) goes out as it is; faults strike the reply that ends the command. */
  #say(code: number, text: string): void {
    if (this.#socket.destroyed) return;
    const { drop, truncate } = this.strike;
    if (code < 200) this.#socket.write(text);
    else if (drop === 'after') this.destroy();
    else if (drop === 'answer') this.#cutAfter(text, WITHIN_CODE);
    else if (truncate !== null) this.#cutAfter(text, truncate);
    else if (this.#held !== null) this.#held.push(text);
    else this.#socket.write(text);
  }

  #cutAfter(text: string, bytes: number): void {
    const part = text.slice(0, bytes);
    if (part === '') this.destroy();
    else this.#socket.write(part, () => this.destroy());
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
      this.#work = this.#work
        .then(() => this.#command(line))
        .catch(() => this.reply(451, 'Local error in processing.'));
    }
  }

  async #command(line: string): Promise<void> {
    if (this.#socket.destroyed) return;
    const space = line.indexOf(' ');
    const name = (space < 0 ? line : line.slice(0, space)).toUpperCase();
    const argument = space < 0 ? '' : line.slice(space + 1).trim();
    this.strike = this.parts.faults.take({
      method: name,
      organisation: this.organisation?.name ?? this.#named(name, argument),
    });
    if (!(await this.#survives(this.strike))) return;
    const { late, answerLate } = this.strike;
    if (late !== null && this.#commands.transfers[name] === undefined) {
      // what it needs of this session stays as it is: no other command will be looked at
      this.parts.late.after(late, () => this.#do(name, argument));
      this.destroy();
      return;
    }
    if (answerLate > 0 && name === 'AUTH') await sleep(answerLate);
    else if (answerLate > 0) this.#held = [];
    await this.#do(name, argument);
    if (this.#held !== null) await this.#sayLate(answerLate, this.#held);
    if (name !== 'RNFR') this.renameFrom = null;
    this.strike = strikeOf([]);
  }

  async #do(name: string, argument: string): Promise<void> {
    const { plain, transfers, open } = this.#commands;
    const command = plain[name] ?? transfers[name];
    if (command === undefined) this.reply(502, 'Command not implemented.');
    else if (this.organisation === null && !open.has(name)) this.reply(530, 'Not logged in.');
    else await command(this, argument);
  }

  async #sayLate(ms: number, held: string[]): Promise<void> {
    this.#held = null;
    await sleep(ms);
    if (!this.#socket.destroyed) this.#socket.write(held.join(''));
  }

  /** Whose login it is, while nobody is signed in yet. */
  #named(name: string, argument: string): string | null {
    const user = name === 'USER' ? argument : this.user;
    return user === null ? null : this.parts.ownerOf(user);
  }

  /** Faults strike FTP commands by their name, as they strike methods; false: the command is not done. */
  async #survives(strike: Strike): Promise<boolean> {
    if (strike.delayMs > 0) await sleep(strike.delayMs);
    if (strike.status !== null) {
      this.passive?.close();
      this.strike = strikeOf([]);
      this.reply(strike.status, strike.body ?? 'Requested action not taken.');
      return false;
    }
    if (strike.silence || strike.ban) return false;
    if (strike.drop === 'before') this.destroy();
    return strike.drop !== 'before';
  }
}
