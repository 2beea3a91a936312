/** A recording proxy: stands between two that talk HTTP, passes everything on as it is, and keeps what was said. */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Exchange {
  /** Epoch ms at which the request had come in whole. */
  readonly at: number;
  readonly method: string;
  /** As sent, query included. */
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
  readonly answer: { readonly status: number; readonly type: string; readonly body: Buffer };
}

/** An answer given in the place of the far side's. */
export interface Instead {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface WireTap {
  readonly url: string;
  readonly exchanges: readonly Exchange[];
  /** Asked for each request; undefined passes it on. */
  instead(decide: ((request: { method: string; path: string }) => Instead | undefined) | undefined): void;
  close(): Promise<void>;
}

export async function tapWire(target: string): Promise<WireTap> {
  const exchanges: Exchange[] = [];
  let decide: Parameters<WireTap['instead']>[0];
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = await bytesOf(incoming);
    const { method = 'GET', url: path = '/' } = incoming;
    const instead = decide?.({ method, path });
    const answer = instead === undefined ? await passOn(target, incoming, body) : given(instead);
    exchanges.push({
      at: Date.now(),
      method,
      path,
      body,
      type: incoming.headers['content-type'] ?? '',
      answer: { status: answer.status, type: String(answer.headers['content-type'] ?? ''), body: answer.body },
    });
    outgoing.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length });
    outgoing.end(answer.body);
  };
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    exchanges,
    instead: (next) => {
      decide = next;
    },
    close: () => closed(server),
  };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

const given = ({ status, headers = {}, body = '{}' }: Instead): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(body),
});

function passOn(target: string, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const url = new URL(incoming.url ?? '/', target);
    const headers = { ...incoming.headers, host: url.host, 'content-length': String(body.length) };
    delete (headers as Record<string, unknown>)['transfer-encoding'];
    const outgoing = request(url, { method: incoming.method ?? 'GET', headers }, (answer) => {
      bytesOf(answer).then((bytes) => {
        const { 'transfer-encoding': _chunked, connection: _connection, ...rest } = answer.headers;
        resolve({ status: answer.statusCode ?? 502, headers: rest, body: bytes });
      }, reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
