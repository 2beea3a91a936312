/** Where a consignment is in the network, as a planner reads it on Qargo's consignment. Pure. */
import type { NetworkContent } from '../../domain/facts/content.ts';
import { cutText } from '../../domain/facts/text.ts';
import type { QargoAccess } from './config.ts';
import type { OrderUpdatePayload } from './write-partial-update.ts';

/** Longest text; no limit of Qargo's is public (assumed). */
const longest = 250;

/** `At the hub, 2026-11-23 05:12, signed by J Doe: <the note's text>`. `local` is the depot's wall clock at the time of the news. */
export function journeyWords(
  code: string,
  local: { readonly date: string; readonly time: string },
  said: Pick<NetworkContent, 'text' | 'signedBy'> | null,
  { networkWords }: Pick<QargoAccess, 'networkWords'>,
): string {
  const words = Object.hasOwn(networkWords, code) ? networkWords[code] : undefined;
  const head = [
    words ?? code,
    `${local.date} ${local.time.slice(0, 5)}`,
    ...(said?.signedBy ? [`signed by ${said.signedBy}`] : []),
  ];
  return cutText([head.join(', '), ...(said?.text ? [said.text.replaceAll(/\s+/g, ' ')] : [])].join(': '), longest);
}

/** The consignment's custom field set to these words; nothing else of the order is named. */
export function journeyUpdate(
  orderId: string,
  words: string,
  { networkField }: Pick<QargoAccess, 'networkField'>,
): OrderUpdatePayload {
  return {
    updates: [
      {
        match: { matches_all: [{ order: { id: { matches_any: [orderId] } } }] },
        consignment: {
          updates: [
            {
              match: { matches_all: [{ consignment: { order_sequence_number: 1 } }] },
              update: { operation: 'UPDATE', data: { custom_fields: { [networkField]: words } } },
            },
          ],
        },
      },
    ],
  };
}
