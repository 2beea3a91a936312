/** The feed from which Palletways fetches exceptions, if the organisation offers them. Its login is that of Palletways' pushes. */
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
/**
 * The position after which items are wanted; 0, the start, if it is left out. A text that is not a cursor becomes null here, and is refused
 * only after the login was checked.
 */
const cursor = z
  .string()
  .regex(/^\d{0,15}$/)
  .default('')
  .transform(Number)
  .nullable()
  .catch(null);
const ofFeed = { params: ofOrganisation, query: z.object({ cursor }) };
/** One answer has at most this many items. */
const itemsAtOnce = 100;

export interface FeedDeps {
  readonly installation: Installation;
  /** Called after a fetch that some workflow waited for, so that the dispatcher tells that workflow. */
  readonly stored: () => void;
}

/** Makes the two routes of the feed: the exceptions after a cursor, and one photo of an exception. */
export function exceptionFeed({ installation, stored }: FeedDeps): FastifyPluginAsync {
  const { db, blobs, organisations } = installation;

  /**
   * Checks the login, and returns the organisation; null if the login is wrong, and then the 401 has been sent. Throws Refused (404) if the
   * organisation offers no exceptions.
   */
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

/** Returns an exception as the feed shows it. `here` is the address of the feed, from which the links to its photos are made. */
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
