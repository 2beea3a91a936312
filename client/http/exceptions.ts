/** The feed of exceptions that Palletways fetches, where the organisation offers them. Signed in for as Palletways' pushes are. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { reasonTold } from '../../domain/reason.ts';
import { BlobError } from '../../store/blobs.ts';
import { endWaits, fetchOffers, offeredPhoto } from '../../store/exception-offers.ts';
import type { Installation } from '../../store/installation.ts';
import { reasonTablesOf } from '../reason-tables.ts';
import { isLogin, notLetIn } from './doors.ts';

const asked = z.object({
  cursor: z
    .string()
    .regex(/^\d{0,15}$/, 'is not a cursor of this feed')
    .default(''),
});
const itemsAtOnce = 100;

export interface FeedDeps {
  readonly installation: Installation;
  /** Called where a workflow is to be told that what it waits for was fetched. */
  readonly stored: () => void;
}

export function exceptionFeed({ installation, stored }: FeedDeps): FastifyPluginAsync {
  /** The organisation, signed in for; null where the answer was sent already. */
  const signedIn = async (request: FastifyRequest, reply: FastifyReply) => {
    const { organisation: id } = request.params as { organisation: string };
    const organisation = await installation.organisations.cached(id);
    if (organisation === undefined || !isLogin(request.headers.authorization, organisation.palletways.push)) {
      await notLetIn(reply);
      return null;
    }
    const { exceptions, rows } = organisation.policy;
    if (rows.exceptions === 'on' && (exceptions === 'pull' || exceptions === 'both')) return { id, exceptions, organisation };
    await reply.code(404).send({ error: 'exceptions are not offered for fetching here' });
    return null;
  };
  return async (app) => {
    app.get('/palletways/:organisation/exceptions', async (request, reply) => {
      const of = await signedIn(request, reply);
      if (of === null) return reply;
      const query = asked.safeParse(request.query);
      if (!query.success) return reply.code(400).send({ error: 'cursor: is not one of this feed' });
      const cursor = Number(query.data.cursor);
      const items = await fetchOffers(installation.db, of.id, cursor, itemsAtOnce, of.exceptions === 'both' ? 'too' : 'leave');
      if ((await endWaits(installation.db, of.id)) > 0) stored();
      const tables = reasonTablesOf(of.organisation);
      const here = `${request.protocol}://${request.host}/palletways/${encodeURIComponent(of.id)}/exceptions`;
      return {
        items: items.map(({ id, trackingId, conNo, code, at, note, photos }) => ({
          id,
          consignment: { trackingId, conNo },
          code: reasonTold(code, tables, of.organisation.policy),
          at,
          note,
          photos: photos.map((photo) => ({ name: photo.name, url: `${here}/${id}/photos/${photo.id}` })),
        })),
        cursor: String(items.at(-1)?.position ?? cursor),
      };
    });

    app.get('/palletways/:organisation/exceptions/:item/photos/:photo', async (request, reply) => {
      const of = await signedIn(request, reply);
      if (of === null) return reply;
      const { item, photo } = request.params as { item: string; photo: string };
      const found = await offeredPhoto(installation.db, of.id, item, photo);
      if (found === null) return reply.code(404).send({ error: 'no such photo' });
      try {
        const bytes = await installation.blobs.get(found.blob);
        const kind = (await installation.blobs.kindOf(found.blob)) ?? 'application/octet-stream';
        return await reply.code(200).header('content-type', kind).header('x-content-type-options', 'nosniff').send(bytes);
      } catch (error) {
        if (!(error instanceof BlobError)) throw error;
        return reply.code(404).send({ error: 'the photo is not kept any more' });
      }
    });
  };
}
