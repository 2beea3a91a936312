/** The FTP server depots put photos and POD files on (F QG-H476648; folder, names and commands are assumed, wire-assumptions 2.4). */
import { createServer, type Server } from 'node:net';
import { COMMANDS, OPEN_COMMANDS } from './commands.ts';
import { type Commands, type FtpParts, Session } from './session.ts';
import { TRANSFERS } from './transfers.ts';

const commands: Commands = { plain: COMMANDS, transfers: TRANSFERS, open: OPEN_COMMANDS };

export class FtpServer {
  readonly #server: Server;
  readonly #sessions = new Set<Session>();

  constructor(parts: FtpParts) {
    this.#server = createServer((socket) => {
      socket.setNoDelay(true);
      const session = new Session(socket, parts, commands);
      this.#sessions.add(session);
      socket.once('close', () => this.#sessions.delete(session));
    });
  }

  /** Answers the port. */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => {
        const address = this.#server.address();
        if (address === null || typeof address === 'string') reject(new Error('no port'));
        else resolve(address.port);
      });
    });
  }

  /** Cuts what is connected. */
  close(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
