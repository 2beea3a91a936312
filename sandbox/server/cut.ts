/** Ways of cutting an HTTP answer off. The caller sees a reset or an answer that ends too soon. */
import type { FastifyReply } from 'fastify';

export interface Whole {
  status: number;
  headers: Record<string, string>;
  bytes: Buffer;
}

/** No answer at all. */
export function cut(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.socket?.destroy();
  return reply;
}

/** Status, headers with the full length, and the first `most` bytes; then the socket is gone. */
export function cutAfter(reply: FastifyReply, { status, headers, bytes }: Whole, most: number): FastifyReply {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(status, { ...headers, 'content-length': bytes.length });
  const gone = () => raw.socket?.destroy();
  const part = bytes.subarray(0, most);
  // a body of no bytes is no write: the headers are pushed out by themselves
  if (part.length > 0) raw.write(part, gone);
  else {
    raw.flushHeaders();
    setImmediate(gone);
  }
  return reply;
}
