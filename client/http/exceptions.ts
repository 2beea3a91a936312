/** The feed of exceptions that Palletways fetches, where the organisation offers them. Signed in for as Palletways' pushes are. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { chooseReason } from '../../domain/policy/reason.ts';
import { BlobError } from '../../store/files/blobs.ts';
import type { Installation } from '../../store/organisations/installation.ts';
import { endWaits, fetchOffers, type OfferedException, offeredPhoto } from '../../store/outbox/exception-offers.ts';
import { reasonTablesOf } from '../operations/reason-tables.ts';
import { answerUnauthorized, isLogin } from './receivers.ts';
import { Refused, route } from './route.ts';

const ofOrganisation = z.object({ organisation: z.string() });
const ofPhoto = ofOrganisation.extend({ item: z.string(), photo: z.string() });
/** Reads as null what is no cursor: that is told only to who is signed in. */
const cursor = z
  .string()
  .regex(/^\d{0,15}$/)
  .default('')
  .transform(Number)
  .nullable()
  .catch(null);
const ofFeed = { params: ofOrganisation, query: z.object({ cursor }) };
const itemsAtOnce = 100;

export interface FeedDeps {
  readonly installation: Installation;
  /** Called where a workflow is to be told that what it waits for was fetched. */
  readonly stored: () => void;
}

/** Makes the feed: what is new since a cursor, and the photos of it. */
export function exceptionFeed({ installation, stored }: FeedDeps): FastifyPluginAsync {
  const { db, blobs, organisations } = installation;

  /** The organisation, signed in for; null where the answer was sent already. @throws Refused where it offers nothing. */
  const signedIn = async (id: string, request: FastifyRequest, reply: FastifyReply): Promise<Organisation | null> => {
    const organisation = await organisations.cached(id);
    if (organisation === undefined || !isLogin(request.headers.authorization, organisation.palletways.push)) {
      await answerUnauthorized(reply);
      return null;
    }
    const { exceptions, rows } = organisation.policy;
    if (rows.exceptions === 'on' && (exceptions === 'pull' || exceptions === 'both')) return organisation;
    throw new Refused(404, 'exceptions are not offered for fetching here');
  };

  return async (app) => {
    route(
      app,
      'GET /palletways/:organisation/exceptions',
      ofFeed,
      async ({ params, query: { cursor }, request, reply }) => {
        const id = params.organisation;
        const of = await signedIn(id, request, reply);
        if (of === null) return reply;
        if (cursor === null) throw new Refused(400, 'cursor: is not one of this feed');
        const items = await fetchOffers(db, id, cursor, itemsAtOnce, of.policy.exceptions === 'both' ? 'too' : 'leave');
        if ((await endWaits(db, id)) > 0) stored();
        const tables = reasonTablesOf(of);
        const here = `${request.protocol}://${request.host}/palletways/${encodeURIComponent(id)}/exceptions`;
        return {
          items: items.map((item) => itemOf(item, chooseReason(item.code, tables, of.policy), here)),
          cursor: String(items.at(-1)?.position ?? cursor),
        };
      },
    );

    route(
      app,
      'GET /palletways/:organisation/exceptions/:item/photos/:photo',
      { params: ofPhoto },
      async ({ params, request, reply }) => {
        if ((await signedIn(params.organisation, request, reply)) === null) return reply;
        const found = await offeredPhoto(db, params.organisation, params.item, params.photo);
        if (found === null) throw new Refused(404, 'no such photo');
        try {
          const bytes = await blobs.get(found.blob);
          const kind = (await blobs.kindOf(found.blob)) ?? 'application/octet-stream';
          return await reply
            .code(200)
            .header('content-type', kind)
            .header('x-content-type-options', 'nosniff')
            .send(bytes);
        } catch (error) {
          throw error instanceof BlobError ? new Refused(404, 'the photo is not kept any more') : error;
        }
      },
    );
  };
}

/** An exception as the feed shows it, with links to its photos. */
function itemOf({ id, trackingId, conNo, at, note, photos }: OfferedException, code: string, here: string) {
  return {
    id,
    consignment: { trackingId, conNo },
    code,
    at,
    note,
    photos: photos.map((photo) => ({ name: photo.name, url: `${here}/${id}/photos/${photo.id}` })),
  };
}
