/** A port opened for one data connection (RFC 959 PASV, RFC 2428 EPSV). */
import { createServer, type Server, type Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';

const WAIT_MS = 10_000;

export class Passive {
  readonly #server: Server;
  readonly #connection: Promise<Socket>;
  #socket: Socket | null = null;

  /** With `secure`, the data connection is TLS too (PROT P, RFC 4217). */
  private constructor(server: Server, secure: SecureContext | null) {
    this.#server = server;
    this.#connection = new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no data connection')), WAIT_MS);
      server.once('connection', (plain) => {
        clearTimeout(timer);
        server.close();
        const socket = secure === null ? plain : new TLSSocket(plain, { isServer: true, secureContext: secure });
        socket.on('error', () => undefined); // the transfer sees it
        this.#socket = socket;
        resolve(socket);
      });
      server.once('close', () => clearTimeout(timer));
    });
    this.#connection.catch(() => undefined);
  }

  static async open(host: string, secure: SecureContext | null): Promise<Passive> {
    const server = createServer();
    const passive = new Passive(server, secure);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, host, resolve);
    });
    return passive;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the passive port is closed');
    return address.port;
  }

  socket(): Promise<Socket> {
    return this.#connection;
  }

  close(): void {
    this.#server.close();
    this.#socket?.destroy();
  }
}
