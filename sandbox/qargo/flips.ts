/**
 * What the twin can play otherwise: alternatives of the assumptions about Qargo, under the numbers of the list of
 * assumptions (38 to 70; from 91 on further ones). Those of {@link publishedFlips} are shown by a source, so the
 * published character plays them without being asked; those of {@link formerFlips} are what the former character plays.
 */
import type { Flip } from '../server/flips.ts';

export const flips = [
  { id: '38a', assumption: 'A failed stop is IGNORED with an incident', does: 'A failed stop is BLOCKED.' },
  { id: '38b', assumption: 'A failed stop is IGNORED with an incident', does: 'A failed stop is COMPLETED.' },
  {
    id: '38c',
    assumption: 'A failed stop is IGNORED with an incident',
    does: 'A failed stop is back to TO_PLAN, without times, and keeps its incident.',
  },
  { id: '38d', assumption: 'A failed stop is IGNORED with an incident', does: 'A failed stop is CANCELLED.' },
  {
    id: '38e',
    assumption: 'A failed stop is IGNORED with an incident',
    does: 'A failed stop keeps status and times as they were; only the incident is there.',
  },
  {
    id: '38f',
    assumption: 'A failed stop is IGNORED with an incident',
    does: 'A failed stop is back to TO_PLAN and its incident is gone: no read ever shows the failure.',
  },
  {
    id: '38g',
    assumption: 'A failed stop is IGNORED with an incident',
    does: 'A failed stop is IGNORED with its incident, as was taken for true.',
  },
  {
    id: '39a',
    assumption: 'A retry keeps the stops',
    does: 'A failure adds a pickup at the hub and a new delivery; the old stop stays.',
  },
  {
    id: '39b',
    assumption: 'A retry keeps the stops',
    does: 'A failure adds a pickup at the hub and a new delivery; the old stop is removed.',
  },
  {
    id: '39c',
    assumption: 'A retry keeps the stops',
    does: 'A failure makes a new order without our identifier for the redelivery; the old one keeps the failed stop.',
  },
  {
    id: '39d',
    assumption: 'A retry keeps the stops',
    does: 'A failure adds stops, and the delivery stop of the consignment is the new one.',
  },
  {
    id: '39e',
    assumption: 'A retry keeps the stops',
    does: 'A failure adds no stop: the same one is planned again, as was taken for true.',
  },
  {
    id: '40a',
    assumption: 'An order has one consignment with two stops',
    does: 'An imported order has two depot stops between its pickup and its delivery.',
  },
  {
    id: '40b',
    assumption: 'An order has one consignment with two stops',
    does: 'A second consignment is added by hand to every imported order, after the first.',
  },
  {
    id: '40c',
    assumption: 'An order has one consignment with two stops',
    does: 'Collection and delivery stage are planned as two trips, both of which a read shows.',
  },
  {
    id: '40d',
    assumption: 'An order has one consignment with two stops',
    does: 'An imported order has one hub stop of its own kind between its pickup and its delivery.',
  },
  {
    id: '40e',
    assumption: 'An order has one consignment with two stops',
    does: 'An order has two stops and no depot stop, as was taken for true.',
  },
  {
    id: '41a',
    assumption: 'A scan names its order',
    does: 'A scan comes with barcode, place and time alone: no order, no trip.',
  },
  { id: '41b', assumption: 'A scan names its order', does: 'The order of a scan is there without our reference.' },
  { id: '41c', assumption: 'A scan names its order', does: 'The value of the barcode of a scan is null.' },
  {
    id: '41d',
    assumption: 'A scan names its order',
    does: 'A scan comes with order and trip, as was taken for true.',
  },
  {
    id: '42a',
    assumption: 'The kind of a scan follows from the type of its stop',
    does: 'Every scan but one at the consignee is without a stop.',
  },
  {
    id: '42b',
    assumption: 'The kind of a scan follows from the type of its stop',
    does: 'A scan in the depot is at a DELIVERY stop: the depot stop that ends the collection leg.',
  },
  {
    id: '42c',
    assumption: 'The kind of a scan follows from the type of its stop',
    does: 'A driver who loads scans SCANNED_OUT at the pickup stop.',
  },
  {
    id: '42d',
    assumption: 'The kind of a scan follows from the type of its stop',
    does: 'Every scan is STORED.',
  },
  {
    id: '42e',
    assumption: 'The kind of a scan follows from the type of its stop',
    does: 'A driver who loads scans SCANNED_OUT without a stop: out of the depot.',
  },
  {
    id: '43a',
    assumption: 'Events of an order carry its trip',
    does: 'Events about an order come without its trip.',
  },
  {
    id: '43b',
    assumption: 'Events of an order carry its trip',
    does: 'Events about an order carry the trip of another leg.',
  },
  {
    id: '43c',
    assumption: 'Events of an order carry its trip',
    does: 'Events about an order carry its trip, as was taken for true.',
  },
  {
    id: '44a',
    assumption: 'Trip PLANNED comes once, with its orders',
    does: 'The trip of every message has null for its orders.',
  },
  {
    id: '44b',
    assumption: 'Trip PLANNED comes once, with its orders',
    does: 'Trip PLANNED comes once for each resource, each time with that one.',
  },
  {
    id: '44c',
    assumption: 'Trip PLANNED comes once, with its orders',
    does: 'Only Resource events come, never Trip PLANNED.',
  },
  {
    id: '44d',
    assumption: 'Trip PLANNED comes once, with its orders',
    does: 'Trip PLANNED comes before the vehicle is known; resources come in a message of their own later.',
  },
  {
    id: '44e',
    assumption: 'Trip PLANNED comes once, with its orders',
    does: 'Trip CREATED comes before Trip PLANNED.',
  },
  {
    id: '45a',
    assumption: 'An order taken off its trip is TO_PLAN without shipments',
    does: 'Shipments keeps the trip the order was taken off.',
  },
  {
    id: '45b',
    assumption: 'An order taken off its trip is TO_PLAN without shipments',
    does: 'Order and stops stay PLANNED on a trip without any resource.',
  },
  {
    id: '45c',
    assumption: 'An order taken off its trip is TO_PLAN without shipments',
    does: 'The status of the order is null.',
  },
  {
    id: '45d',
    assumption: 'An order taken off its trip is TO_PLAN without shipments',
    does: 'Its open stops are BLOCKED.',
  },
  {
    id: '46a',
    assumption: 'Times after COMPLETED are true and final',
    does: 'The planned times stay where a driver reported others.',
  },
  { id: '46b', assumption: 'Times after COMPLETED are true and final', does: 'A stop ends when it began.' },
  {
    id: '46c',
    assumption: 'Times after COMPLETED are true and final',
    does: 'The end of a completed stop is changed later (by 17 minutes, a minute afterwards).',
  },
  {
    id: '46d',
    assumption: 'Times after COMPLETED are true and final',
    does: 'A completed stop is back to PLANNED a minute later: the trip was reset.',
  },
  {
    id: '46e',
    assumption: 'Times after COMPLETED are true and final',
    does: 'A stop ends ten minutes before it began.',
  },
  { id: '46f', assumption: 'Times after COMPLETED are true and final', does: 'A stop ends a day in the future.' },
  {
    id: '47a',
    assumption: 'COMPLETED is delivered by the driver',
    does: 'A geofence completes stops: documents come, a signature never.',
  },
  {
    id: '47b',
    assumption: 'COMPLETED is delivered by the driver',
    does: 'A planner completes all stops of an order at once, later, with one time for all.',
  },
  {
    id: '47c',
    assumption: 'COMPLETED is delivered by the driver',
    does: 'The order is completed without any trip.',
  },
  {
    id: '48a',
    assumption: 'A signature comes soon after the end of the stop',
    does: 'No signature ever comes, only the documents.',
  },
  {
    id: '48b',
    assumption: 'A signature comes soon after the end of the stop',
    does: 'The stop ends a while after it was signed for.',
  },
  { id: '48c', assumption: 'A signature comes soon after the end of the stop', does: 'The signature has no name.' },
  {
    id: '48d',
    assumption: 'A signature comes soon after the end of the stop',
    does: 'The signature is of type DRIVER.',
  },
  {
    id: '49a',
    assumption: 'A cancelled order stays cancelled',
    does: 'A person undoes every cancellation a minute later.',
  },
  {
    id: '49b',
    assumption: 'A cancelled order stays cancelled',
    does: 'A cancellation cancels the first consignment; a second one, added by hand, lives on.',
  },
  {
    id: '49c',
    assumption: 'A cancelled order stays cancelled',
    does: 'The stops are CANCELLED and the order PLANNED.',
  },
  { id: '49d', assumption: 'A cancelled order stays cancelled', does: 'A cancelled order answers as unknown.' },
  {
    id: '50a',
    assumption: 'The id of an order is stable',
    does: 'A planner makes a similar order before planning and cancels the first.',
  },
  {
    id: '50b',
    assumption: 'The id of an order is stable',
    does: 'Orders planned together are merged into the first; the others answer as unknown.',
  },
  {
    id: '50c',
    assumption: 'The id of an order is stable',
    does: 'An order is archived a minute after its end and answers as unknown.',
  },
  {
    id: '51a',
    assumption: 'An order is found by our reference',
    does: 'The reference is edited in the screen when the order is planned.',
  },
  {
    id: '51b',
    assumption: 'An order is found by our reference',
    does: 'A second order with the same reference stands beside every imported one.',
  },
  { id: '51c', assumption: 'An order is found by our reference', does: 'The reference of every order is empty.' },
  {
    id: '52a',
    assumption: 'Document import is configured for `id`, `document_type` and `document_name`',
    does: 'Other parameters are configured (`order`, `type`, `title`): ours match nothing.',
  },
  {
    id: '52b',
    assumption: 'Document import is configured for `id`, `document_type` and `document_name`',
    does: 'A document is matched by `name` alone.',
  },
  {
    id: '52c',
    assumption: 'Document import is configured for `id`, `document_type` and `document_name`',
    does: 'Every document is answered 200 with `errors` and not stored.',
  },
  {
    id: '52d',
    assumption: 'Document import is configured for `id`, `document_type` and `document_name`',
    does: 'Every document is answered 200 with null and not stored.',
  },
  {
    id: '52e',
    assumption: 'Document import is configured for `id`, `document_type` and `document_name`',
    does: 'Types other than PROOF_OF_DELIVERY and OTHER_ADMINISTRATION are refused with 422.',
  },
  {
    id: '53a',
    assumption: 'Proofs have the types of the description',
    does: 'Every proof of delivery is an ORIGINAL_CMR, which no event tells.',
  },
  {
    id: '53b',
    assumption: 'Proofs have the types of the description',
    does: 'Every photo is a PHOTO_DAMAGED_GOODS.',
  },
  {
    id: '53c',
    assumption: 'Proofs have the types of the description',
    does: 'The subject of every document is the order, never consignment or stop.',
  },
  {
    id: '53d',
    assumption: 'Proofs have the types of the description',
    does: 'Every proof of delivery is a PROOF_OF_DELIVERY_DRIVER_APP, which no event tells.',
  },
  {
    id: '54a',
    assumption: 'A document has one id and stays as it is',
    does: 'Every PDF is made anew a minute later: new id and bytes, same name; the old one is gone.',
  },
  {
    id: '54b',
    assumption: 'A document has one id and stays as it is',
    does: 'Every PDF has other bytes under the same id a minute later.',
  },
  {
    id: '54c',
    assumption: 'A document has one id and stays as it is',
    does: 'Every document is deleted a minute later.',
  },
  {
    id: '55a',
    assumption: 'A download with `direct=true` gives the bytes',
    does: 'A download is redirected to a signed address that takes no token.',
  },
  {
    id: '55b',
    assumption: 'A download with `direct=true` gives the bytes',
    does: 'A download answers 403 a minute after the document came.',
  },
  {
    id: '55c',
    assumption: 'A download with `direct=true` gives the bytes',
    does: 'The content type of every download and document is application/octet-stream.',
  },
  {
    id: '56a',
    assumption: 'Incidents have codes such as CARDED',
    does: 'An incident has no code, only a name.',
  },
  {
    id: '56b',
    assumption: 'Incidents have codes such as CARDED',
    does: 'Codes and names of incidents are in another language.',
  },
  {
    id: '56c',
    assumption: 'Incidents have codes such as CARDED',
    does: 'An incident is a charge of the order and nothing else.',
  },
  {
    id: '56d',
    assumption: 'Incidents have codes such as CARDED',
    does: 'A second incident (WAITING) stands before the one that tells why.',
  },
  {
    id: '57a',
    assumption: 'A partial update leaves other fields alone',
    does: '`custom_fields` are replaced as a whole.',
  },
  { id: '57b', assumption: 'A partial update leaves other fields alone', does: 'A null erases the field.' },
  {
    id: '57c',
    assumption: 'A partial update leaves other fields alone',
    does: 'A partial update is applied a minute after its answer.',
  },
  {
    id: '57d',
    assumption: 'A partial update leaves other fields alone',
    does: 'A partial update of a planned order is answered NOT_SUPPORTED.',
  },
  {
    id: '58a',
    assumption: 'An UPDATE changes all fields',
    does: 'Goods of a planned order are not touched by an UPDATE.',
  },
  {
    id: '58b',
    assumption: 'An UPDATE changes all fields',
    does: 'The service level moves every imported delivery date by a day.',
  },
  { id: '58c', assumption: 'An UPDATE changes all fields', does: 'Every UPDATE ends in SKIPPED.' },
  {
    id: '58d',
    assumption: 'An UPDATE changes all fields',
    does: 'An UPDATE adds its barcodes to those of the good.',
  },
  { id: '59a', assumption: 'An upload ends within seconds', does: 'An upload takes two minutes.' },
  { id: '59b', assumption: 'An upload ends within seconds', does: 'Every CREATE and UPDATE ends in ERROR.' },
  {
    id: '59c',
    assumption: 'An upload ends within seconds',
    does: 'A CREATE ends in DUPLICATE and names an order that a person had made.',
  },
  {
    id: '59d',
    assumption: 'An upload ends within seconds',
    does: 'An upload waits in READY_TO_UPSERT for a person (ten minutes, or the control API).',
  },
  {
    id: '60a',
    assumption: 'A trip can be read, and `row_id` is the id of the order',
    does: 'Every read of a trip answers 403.',
  },
  {
    id: '60b',
    assumption: 'A trip can be read, and `row_id` is the id of the order',
    does: '`row_id` of a stop is an id that no other read knows.',
  },
  {
    id: '60c',
    assumption: 'A trip can be read, and `row_id` is the id of the order',
    does: 'The order of every stop of a trip is null.',
  },
  {
    id: '60d',
    assumption: 'A trip can be read, and `row_id` is the id of the order',
    does: 'A trip without orders is deleted and answers as unknown.',
  },
  {
    id: '61a',
    assumption: '`shipments[].orders` holds the orders of the trip',
    does: '`shipments[].orders` is null.',
  },
  {
    id: '61b',
    assumption: '`shipments[].orders` holds the orders of the trip',
    does: '`shipments[].orders` holds the order that was asked for alone.',
  },
  {
    id: '61c',
    assumption: '`shipments[].orders` holds the orders of the trip',
    does: 'Orders in `shipments[].orders` are without stops.',
  },
  {
    id: '62a',
    assumption: 'REST takes 2 calls a second, 1,200 in 10 minutes, of this tenant',
    does: 'Other integrations of the tenant use half of every limit.',
  },
  {
    id: '62b',
    assumption: 'REST takes 2 calls a second, 1,200 in 10 minutes, of this tenant',
    does: 'REST takes one call a second.',
  },
  {
    id: '62c',
    assumption: 'REST takes 2 calls a second, 1,200 in 10 minutes, of this tenant',
    does: 'Webhooks count against the limits of REST.',
  },
  {
    id: '62d',
    assumption: 'REST takes 2 calls a second, 1,200 in 10 minutes, of this tenant',
    does: 'A 429 has no Retry-After.',
  },
  {
    id: '62e',
    assumption: 'REST takes 2 calls a second, 1,200 in 10 minutes, of this tenant',
    does: 'A 429 asks for an hour in Retry-After.',
  },
  { id: '63a', assumption: 'A token is good for `expires_in` seconds', does: '`expires_in` is null.' },
  {
    id: '63b',
    assumption: 'A token is good for `expires_in` seconds',
    does: 'A token is revoked five minutes after it was given.',
  },
  {
    id: '63c',
    assumption: 'A token is good for `expires_in` seconds',
    does: 'Four of the five tokens of an hour are taken by other integrations.',
  },
  { id: '64a', assumption: 'An unknown id answers 404', does: 'An unknown id answers 400.' },
  { id: '64b', assumption: 'An unknown id answers 404', does: 'An unknown id answers 422.' },
  { id: '64c', assumption: 'An unknown id answers 404', does: 'An unknown id answers 403.' },
  { id: '64d', assumption: 'An unknown id answers 404', does: 'An unknown id answers 200 with null.' },
  { id: '65a', assumption: 'Events are retried, in order', does: 'An event that was not taken is never sent again.' },
  {
    id: '65b',
    assumption: 'Events are retried, in order',
    does: 'Events are retried for hours, and come out of order.',
  },
  {
    id: '65c',
    assumption: 'Events are retried, in order',
    does: 'Events of one order, trip or none come together, many in one message, ten seconds later.',
  },
  {
    id: '65d',
    assumption: 'Events are retried, in order',
    does: 'The body of an event is a mapping of somebody: `{type, payload}` around it.',
  },
  { id: '65e', assumption: 'Events are retried, in order', does: 'Events come two minutes late.' },
  {
    id: '66a',
    assumption: 'A document event names our order',
    does: 'The subject of a document is a stop reference that many orders share, and no order comes with it.',
  },
  {
    id: '66b',
    assumption: 'A document event names our order',
    does: 'The subject of a document is a reference that was edited in the screen, and no order comes with it.',
  },
  { id: '66c', assumption: 'A document event names our order', does: 'The bytes of every document are embedded.' },
  {
    id: '66d',
    assumption: 'A document event names our order',
    does: 'The address of a document is absolute, and signed.',
  },
  {
    id: '66e',
    assumption: 'A document event names our order',
    does: 'Photos and signatures come embedded, other documents by their address.',
  },
  {
    id: '66f',
    assumption: 'A document event names our order',
    does: 'The subject of a document is the reference of the consignment.',
  },
  {
    id: '67a',
    assumption: '`start_timestamp` is the estimate until a stop is reached',
    does: 'The estimate of a planned order moves every minute, five times.',
  },
  {
    id: '67b',
    assumption: '`start_timestamp` is the estimate until a stop is reached',
    does: 'The estimate never changes after the order was planned, and no event tells another.',
  },
  {
    id: '67c',
    assumption: '`start_timestamp` is the estimate until a stop is reached',
    does: 'The estimate lies two hours before the planned start.',
  },
  {
    id: '67d',
    assumption: '`start_timestamp` is the estimate until a stop is reached',
    does: 'A person has fixed the start at the full hour: events tell the estimate, reads show the hour.',
  },
  { id: '68a', assumption: 'Charges can be read', does: 'Charges are null.' },
  { id: '68b', assumption: 'Charges can be read', does: 'Amounts of charges are text.' },
  { id: '68c', assumption: 'Charges can be read', does: 'Amounts of charges grow with every read.' },
  { id: '68d', assumption: 'Charges can be read', does: 'Charges answer 403.' },
  {
    id: '69a',
    assumption: 'Where both depots are ours their codes are empty and nothing is synced',
    does: 'The codes are there, and the own link of Qargo sends what we wrote back to us as events.',
  },
  {
    id: '69b',
    assumption: 'Where both depots are ours their codes are empty and nothing is synced',
    does: 'A network of tenants copies every imported order: a second one with the same barcodes.',
  },
  {
    id: '70a',
    assumption: 'A driver reports when things happen',
    does: 'Stops and scans of a trip come together, after its last delivery has ended.',
  },
  {
    id: '70b',
    assumption: 'A driver reports when things happen',
    does: 'The event of AT_STOP comes after that of COMPLETED.',
  },
  {
    id: '70c',
    assumption: 'A driver reports when things happen',
    does: 'Photos come five minutes later, in reads and events.',
  },
  { id: '70d', assumption: 'A driver reports when things happen', does: 'Photos never come.' },
  {
    id: '91a',
    assumption: 'An Order event has an `update_type`',
    does: 'An Order event has none: it is STATUS by default.',
  },
  { id: '92a', assumption: 'A dispatch has the id of its trip', does: 'A dispatch is without an id.' },
  {
    id: '93a',
    assumption: 'Words are those of the description',
    does: 'A stop on the road is IN_PROGRESS in events, a word of no list.',
  },
  {
    id: '93b',
    assumption: 'Words are those of the description',
    does: 'The event of a photo has a type of no list.',
  },
  {
    id: '93c',
    assumption: 'Words are those of the description',
    does: 'A scan at the consignee is DELIVERED, as in the long example.',
  },
  {
    id: '93d',
    assumption: 'Words are those of the description',
    does: 'An event of an unknown kind comes with every plan.',
  },
  {
    id: '94a',
    assumption: 'A delivered order is COMPLETED',
    does: 'A delivered order is DELIVERED in its status.',
  },
  {
    id: '94b',
    assumption: 'A delivered order is COMPLETED',
    does: 'A blocked order is BLOCKED in its status.',
  },
  {
    id: '94c',
    assumption: 'A delivered order is COMPLETED',
    does: 'An order on the road is DEPARTED in its status.',
  },
  {
    id: '94d',
    assumption: 'A delivered order is COMPLETED',
    does: 'A delivered order is INVOICE_READY in its status.',
  },
  {
    id: '95a',
    assumption: 'Stop events come at AT_STOP and COMPLETED alone',
    does: 'Stop events come too when a trip is planned (PLANNED, ROUTE_TO_STOP).',
  },
  {
    id: '95b',
    assumption: 'Stop events come at AT_STOP and COMPLETED alone',
    does: 'A failed or cancelled stop is told by a Stop event CANCELLED.',
  },
  {
    id: '96a',
    assumption: 'The first resource of a trip is its vehicle',
    does: 'A trip is driven by a SUBCONTRACTOR: no vehicle, no driver.',
  },
  {
    id: '96b',
    assumption: 'The first resource of a trip is its vehicle',
    does: 'A TRAIN stands before the vehicle.',
  },
  {
    id: '96c',
    assumption: 'The first resource of a trip is its vehicle',
    does: 'The driver stands before the vehicle, and the vehicle has no code and no plate.',
  },
  { id: '97a', assumption: 'A Stop event has an id', does: 'The id of a Stop event is null.' },
  {
    id: '98a',
    assumption: 'A refusal has a body of the shape since July 2026',
    does: 'A 400 has the flat shape of before.',
  },
  { id: '98b', assumption: 'A refusal has a body of the shape since July 2026', does: 'A 401 or 403 has no body.' },
  {
    id: '99a',
    assumption: 'Order COMPLETED follows the last stop',
    does: 'Order COMPLETED is never sent.',
  },
  {
    id: '99b',
    assumption: 'Order COMPLETED follows the last stop',
    does: 'Order COMPLETED comes before the event of its last stop.',
  },
  {
    id: '100a',
    assumption: 'A cancelled consignment is on no trip',
    does: 'A second trip holds the cancelled stops.',
  },
  {
    id: '101a',
    assumption: 'An import tells nothing by event',
    does: 'Order ACCEPTED comes when an import has made an order.',
  },
  {
    id: '101b',
    assumption: 'An import tells nothing by event',
    does: 'OrderImport IGNORED comes, with what was sent, when an import was skipped.',
  },
  {
    id: '102a',
    assumption: 'The id of a stop is stable',
    does: 'Stops have new ids each time their order is planned.',
  },
  {
    id: '103a',
    assumption: 'The barcode of a pallet stays',
    does: 'Barcodes are made anew when the service level changes, and when an order is planned again.',
  },
  {
    id: '104a',
    assumption: 'Instants are UTC and end in Z',
    does: 'Instants of reads and events have an offset of two hours.',
  },
  {
    id: '104b',
    assumption: 'Instants are UTC and end in Z',
    does: 'Instants of reads and events have microseconds.',
  },
] as const satisfies readonly Flip[];

export type FlipId = (typeof flips)[number]['id'];

/** What a source shows: the published character plays these unless a flip of the same assumption is set. */
export const publishedFlips: readonly FlipId[] = ['39a', '40a', '41a', '43a', '66e'];

/** What was taken for true and no source shows: the former character plays these. */
export const formerFlips: readonly FlipId[] = ['57a', '57b', '60c', '61b'];

/** Alternatives of the list that no twin can play, and why. */
export const unplayed: readonly { id: string; why: string }[] = [];

const numberOf = (id: string) => Number.parseInt(id, 10);

/** Flips of the published character that stand, given those that are set. */
export function impliedFlips(isPublished: boolean, set: readonly string[]): ReadonlySet<FlipId> {
  if (!isPublished) return new Set(formerFlips);
  const numbers = new Set(set.map(numberOf));
  return new Set(publishedFlips.filter((id) => !numbers.has(numberOf(id))));
}
