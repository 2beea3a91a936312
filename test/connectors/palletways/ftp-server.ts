/** A small FTP server for tests of the connector: passive mode, one folder tree in memory, faults by command. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

export interface FtpFaults {
  /** Called before each command; a text is answered instead, 'drop' closes the connection, 'silent' says nothing. */
  before?: (command: string, argument: string) => string | undefined;
  /** Called after a command was done and before it is answered; 'drop' closes the connection instead. */
  after?: (command: string) => 'drop' | undefined;
  tls?: { key: string; cert: string };
}

export class FtpServer {
  readonly files = new Map<string, Buffer>();
  readonly folders = new Set(['/', '/pod', '/pod/564']);
  readonly commands: string[] = [];
  faults: FtpFaults = {};
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #serve(raw: Socket): void {
    let socket: Socket = raw;
    let cwd = '/';
    let from = '';
    let data = Promise.resolve<Socket | undefined>(undefined);
    let secureData = false;
    let buffer = '';
    const resolve = (name: string) => (name.startsWith('/') ? name : `${cwd === '/' ? '' : cwd}/${name}`);
    const say = (line: string) => socket.write(`${line}\r\n`);
    const context = () => createSecureContext(this.faults.tls);
    const transfer = (work: (channel: Socket, done: () => void) => void) => {
      say('150 go');
      void data.then((channel) => {
        if (channel === undefined) return;
        const secured = secureData ? new TLSSocket(channel, { isServer: true, secureContext: context() }) : channel;
        secured.on('error', () => undefined);
        work(secured, () => say('226 done'));
      });
    };
    const commands: Record<string, (argument: string) => void> = {
      AUTH: () => {
        if (this.faults.tls === undefined) return void say('502 no TLS');
        say('234 go');
        const plain = socket;
        plain.removeAllListeners('data');
        socket = new TLSSocket(plain, { isServer: true, secureContext: context() });
        socket.on('error', () => undefined);
        socket.on('data', onData);
      },
      PBSZ: () => say('200 ok'),
      PROT: () => {
        secureData = true;
        say('200 ok');
      },
      USER: () => say('331 password'),
      PASS: (argument) => say(argument === 'pass' ? '230 in' : `530 not with ${argument}`),
      FEAT: () => say('211-Features\r\n SIZE\r\n211 End'),
      OPTS: () => say('200 ok'),
      TYPE: () => say('200 ok'),
      STRU: () => say('200 ok'),
      PWD: () => say(`257 "${cwd}"`),
      CWD: (argument) => {
        const wanted = resolve(argument);
        if (!this.folders.has(wanted)) return void say('550 no such folder');
        cwd = wanted;
        say('250 ok');
      },
      MKD: (argument) => {
        this.folders.add(resolve(argument));
        say(`257 "${resolve(argument)}"`);
      },
      EPSV: () => say('500 no'),
      PASV: () => {
        const passive = createServer();
        data = new Promise((resolve) => passive.once('connection', resolve)).then((channel) => {
          passive.close();
          return channel as Socket;
        });
        passive.listen(0, '127.0.0.1', () => {
          const { port } = passive.address() as AddressInfo;
          say(`227 (127,0,0,1,${port >> 8},${port & 255})`);
        });
      },
      STOR: (argument) =>
        transfer((channel, done) => {
          const chunks: Buffer[] = [];
          channel.on('data', (chunk: Buffer) => chunks.push(chunk));
          channel.on('end', () => {
            this.files.set(resolve(argument), Buffer.concat(chunks));
            channel.end();
            done();
          });
        }),
      LIST: () =>
        transfer((channel, done) => {
          const rows = [...this.files].filter(([path]) => path.startsWith(`${cwd}/`));
          const listing = rows.map(
            ([path, bytes]) => `-rw-r--r-- 1 a a ${bytes.length} Nov 23 05:12 ${path.slice(cwd.length + 1)}\r\n`,
          );
          channel.end(`drwxr-xr-x 1 a a 0 Nov 23 05:12 old\r\n${listing.join('')}`, done);
        }),
      SIZE: (argument) => {
        const found = this.files.get(resolve(argument));
        say(found === undefined ? '550 no' : `213 ${found.length}`);
      },
      RNFR: (argument) => {
        from = resolve(argument);
        say(this.files.has(from) ? '350 go' : '550 no');
      },
      RNTO: (argument) => {
        const moved = this.files.get(from);
        if (moved !== undefined) this.files.set(resolve(argument), moved);
        this.files.delete(from);
        if (this.faults.after?.('RNTO') === 'drop') return void raw.destroy();
        say('250 ok');
      },
      QUIT: () => say('221 bye'),
    };
    const onData = (chunk: Buffer) => {
      buffer += chunk.toString();
      for (let end = buffer.indexOf('\r\n'); end !== -1; end = buffer.indexOf('\r\n')) {
        const [command = '', argument = ''] = buffer.slice(0, end).split(/ (.*)/s);
        buffer = buffer.slice(end + 2);
        this.commands.push(command);
        const fault = this.faults.before?.(command, argument);
        if (fault === 'drop') return void raw.destroy();
        if (fault === 'silent') continue;
        if (fault !== undefined) say(fault);
        else (commands[command] ?? (() => say('502 unknown')))(argument);
      }
    };
    this.#sockets.add(raw);
    raw.on('close', () => this.#sockets.delete(raw));
    raw.on('error', () => undefined);
    raw.on('data', onData);
    if (this.faults.before?.('CONNECT', '') === 'silent') return;
    say('220 hello');
  }
}
