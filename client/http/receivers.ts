/** Where Palletways and Qargo push to us. HTTP Basic; credentials are the organisation's. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { decodeText } from '../../domain/facts/encoding.ts';
import type { Login } from '../../domain/policy/organisation.ts';
import type { Installation } from '../../store/organisations/installation.ts';
import { type Channel, receive } from '../../store/record/journal.ts';
import { isAway, storeAway } from './away.ts';

export interface ReceiverDeps {
  readonly installation: Installation;
  readonly log: Logger;
  /** Called with the size of each message that was stored, bytes. */
  readonly stored: (bytes: number) => void;
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Whether an `Authorization: Basic` header is this login; constant time. */
export function isLogin(header: string | undefined, login: Login): boolean {
  // The scheme is case-insensitive (RFC 9110, 11.1).
  const [, token = ''] = /^\s*basic\s+(\S+)\s*$/i.exec(header ?? '') ?? [];
  const said = decodeText(Buffer.from(token, 'base64'));
  return timingSafeEqual(digest(said), digest(`${login.user}:${login.password}`));
}

export function answerUnauthorized(reply: FastifyReply): FastifyReply {
  return reply
    .code(401)
    .header('www-authenticate', 'Basic realm="palletways-qargo"')
    .send({ error: 'credentials are not accepted' });
}

export function pushReceivers(deps: ReceiverDeps): FastifyPluginAsync {
  const take =
    (channel: Channel, side: 'palletways' | 'qargo') => async (request: FastifyRequest, reply: FastifyReply) => {
      const { organisation: id } = request.params as { organisation: string };
      try {
        const organisation = await deps.installation.organisations.cached(id);
        const login = organisation?.[side].push;
        if (login === undefined || !isLogin(request.headers.authorization, login)) {
          return answerUnauthorized(reply);
        }
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const contentType = request.headers['content-type'] ?? 'application/octet-stream';
        const { id: journal } = await receive(deps.installation.db, { organisation: id, channel, contentType, body });
        deps.stored(body.length);
        return await reply.code(200).send({ received: journal });
      } catch (error) {
        deps.log.error({ err: error, channel }, 'a push could not be stored');
        if (isAway(error)) return storeAway(reply);
        return reply.code(500).send({ error: 'the push could not be stored, and it is our fault; send it again' });
      }
    };
  return async (app) => {
    app.post('/palletways/:organisation/push', take('palletways push', 'palletways'));
    app.post('/qargo/:organisation/visibility', take('qargo visibility', 'qargo'));
    app.post('/qargo/:organisation/dispatch', take('qargo dispatch', 'qargo'));
  };
}
