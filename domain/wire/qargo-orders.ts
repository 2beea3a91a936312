/** Qargo: orders, stops and what a read of them shows (apis-2 E 38-40, 45-51, 56-61). */
import type { Assumption } from './assumption.ts';

export const qargoOrders: readonly Assumption[] = [
  {
    id: 38,
    side: 'qargo',
    taken:
      'A delivery that failed is a stop with an incident that is IGNORED, BLOCKED, CANCELLED or open again, or COMPLETED with a reason with which nothing is handed over or a second delivery.',
    evidence: {
      strength: 'nothing',
      source:
        'QH133792 and QH133857 show five actions of an incident, configured in the tenant, and no status of the API',
    },
    alternatives: [
      'BLOCKED',
      'COMPLETED with an incident',
      'back to TO_PLAN, the incident kept or gone',
      'CANCELLED',
      'the status does not change',
      'back to TO_PLAN, the incident gone: no read ever shows it',
      'IGNORED with its incident, on every kind of failure',
    ],
    settings: ['wire.qargo.failingReasons', 'wire.qargo.incidentCodes', 'wire.qargo.stopMilestones'],
    settledBy: 'The status of orders that have an incident in the screen: contact --order.',
    otherwise:
      'A stop that shows no time of the attempt has it failed when the read found it. An incident at AT_STOP is an exception until the stop changes. An unknown code at a COMPLETED stop, with no other delivery, is told as delivered with an exception, which a person ends. What no read ever shows is asked where an arrival was told.',
  },
  {
    id: 39,
    side: 'qargo',
    taken:
      'A retry adds two stops behind the delivery of the consignment, from the hub and to the consignee, or takes the same one again.',
    evidence: {
      strength: 'published otherwise',
      source: 'QH133792: a retry creates a new To Plan, and a default hub is needed',
    },
    alternatives: [
      'a new pickup at the hub and a new delivery, the old ones kept',
      'the old ones removed',
      'a new order',
      'consignment.delivery_stop points to the new one',
      'no new stop: the same one is planned again',
    ],
    settings: [],
    settledBy: 'An order with a redelivery: contact --order.',
    otherwise:
      'The milestones of the new delivery stop open the next attempt, whichever one the consignment names; a stop that was read as a delivery stays one. A new order is not known: a person is asked where an arrival is followed by nothing.',
  },
  {
    id: 40,
    side: 'qargo',
    taken: 'An order has one consignment with two stops.',
    evidence: {
      strength: 'published otherwise',
      source: 'QH584551 (hub split), AE feed 2026-08-12 (extra consignments)',
    },
    alternatives: [
      'three or four stops: depot and hub',
      'a second consignment, added by hand',
      'its stages are separate trips',
      'a hub stop of its own kind between pickup and delivery',
      'two stops and no depot stop',
    ],
    settings: [],
    settledBy: 'Stops and consignments of each order: contact --order.',
    otherwise:
      'Stops between are of type CUSTOM and make no milestone. Of several consignments those with a stop known as ours count, at first those with the reference of the order; of another nothing is told.',
  },
  {
    id: 45,
    side: 'qargo',
    taken: 'An order that was taken off its trip shows its delivery stops TO_PLAN and no shipments.',
    evidence: { strength: 'inferred', source: 'QG StopStatus, Shipment' },
    alternatives: [
      'shipments keeps the old trip',
      'PLANNED without a resource',
      'the status is null',
      'the stop is BLOCKED',
    ],
    settings: [],
    settledBy: 'One that was un-planned by hand: contact --order.',
    otherwise:
      'The order stays planned for us until the next trip is named; that its trip leaves it out is seen, and it is read alone in each sweep.',
  },
  {
    id: 46,
    side: 'qargo',
    taken: 'The times of a completed stop are those of the real visit, and final.',
    evidence: {
      strength: 'published otherwise',
      source: 'QH250418 (planned times kept, times changed later), QH133849 (reset)',
    },
    alternatives: [
      'the planned time',
      'the end is the start',
      'changed the next day',
      'back to PLANNED: the trip was reset',
      'the end is before the start, or in the future',
      'the end is a day in the future',
    ],
    settings: ['policy.clockAheadMinutes', 'policy.clockBehindDays'],
    settledBy: 'Times that equal the plan to the second, over the orders given.',
    otherwise:
      'A later change is told as a correction. A time that no clock can have is kept and shown as doubtful. A delivery that was told and whose stop is open again is a line of work.',
  },
  {
    id: 47,
    side: 'qargo',
    taken: 'COMPLETED of a delivery stop means delivered by the driver.',
    evidence: {
      strength: 'published otherwise',
      source: 'QH386541 (geofence), QH133877 (completed without scheduling)',
    },
    alternatives: ['by a geofence, without a signature', 'by a planner at night, for all stops', 'without a trip'],
    settings: ['wire.qargo.stopMilestones', 'policy.evidence', 'policy.lookSeconds'],
    settledBy: 'The share of completed stops with a signature.',
    otherwise:
      'It is told as delivered, once a read has shown no incident that says otherwise; pickup and delivery that ended at one instant are a line of work; the evidence that an organisation waits for is looked for, and missing evidence is work.',
  },
  {
    id: 48,
    side: 'qargo',
    taken: 'The signature of the consignee is there soon after the stop ended.',
    evidence: { strength: 'inferred', source: 'QH143882: the sister network tells it with the delivery' },
    alternatives: ['never: a photo alone', 'before the stop ends', 'the name is empty', 'of type DRIVER'],
    settings: ['wire.qargo.signatureTypes', 'policy.evidence.signature', 'policy.evidenceDays'],
    settledBy: 'Signatures of the orders given.',
    otherwise: 'The look for it goes on for evidenceDays and ends as work; another type is a setting.',
  },
  {
    id: 49,
    side: 'qargo',
    taken: 'An order that was cancelled at Qargo stays cancelled.',
    evidence: { strength: 'published otherwise', source: 'QH133875: undo, for an order and for one consignment (K2)' },
    alternatives: [
      'it is undone',
      'one consignment of it alone',
      'the stops are CANCELLED and the order PLANNED',
      'the order is gone: 404',
    ],
    settings: [],
    settledBy: 'The status of a cancelled one: contact --order.',
    otherwise:
      'A read of the order shows that it, or a consignment of it, was cancelled, blocked, rejected or skipped in the screen, and that one that we took back lives on while its consignment is still open here: each is a line of work, and goes where it is undone. An order that is gone is one that cannot be read.',
  },
  {
    id: 50,
    side: 'qargo',
    taken: 'The id of an order does not change.',
    evidence: { strength: 'inferred', source: 'QH590369: a change of the transport service is a similar order' },
    alternatives: ['a similar order takes its place', 'two orders are merged', '404 after archiving'],
    settings: [],
    settledBy: 'Asked of Qargo; ids that are 90 days old.',
    otherwise:
      'The old order is seen cancelled, or its read is refused and shown: a line of work says to adopt the new one, which cannot be found, for Qargo has no list of orders; adopted, it takes the place of the old one. Of merged orders each stop is told of the consignment that had it.',
  },
  {
    id: 51,
    side: 'qargo',
    taken: 'An order is found by the reference that we gave it.',
    evidence: { strength: 'published otherwise', source: 'QH212147: the customer reference can be edited' },
    alternatives: ['the reference was edited in the screen', 'two orders have it: discarded', 'it is empty'],
    settings: [],
    settledBy: 'References of the orders given beside the consignment number.',
    otherwise:
      'Updates and documents match by the id of the order, not by a reference. An event that names a reference alone is parked as unmatched.',
  },
  {
    id: 56,
    side: 'qargo',
    taken: 'Incident codes are CARDED, ADDRESS, DAMAGE, SHORT, REFUSED, CLOSED and OTHER.',
    evidence: { strength: 'nothing', source: "QH133792: codes are the tenant's own" },
    alternatives: [
      'the code is null, there is a name alone',
      'another language',
      'incidents of charges alone',
      'several at once',
    ],
    settings: ['wire.qargo.incidentCodes', 'policy.unknownReasons'],
    settledBy: 'Codes and names of the incidents of the orders given.',
    otherwise: 'An unknown code is told as OTHER with the name as text, or waits as work, as the policy says.',
  },
  {
    id: 57,
    side: 'qargo',
    taken: 'A partial update leaves alone what it does not name.',
    evidence: { strength: 'inferred', source: 'QG OrderUpdateData' },
    alternatives: [
      'custom_fields are replaced as a whole',
      'null erases',
      'it is applied minutes later',
      'it is refused once the order is planned',
    ],
    settings: ['wire.qargo.networkField'],
    settledBy: 'Read back after the first write: contact --write.',
    otherwise: 'Each change is read back; what does not stand is not confirmed, and work.',
  },
  {
    id: 58,
    side: 'qargo',
    taken: 'UPDATE of an order changes all fields.',
    evidence: { strength: 'published otherwise', source: 'QG: "not all fields"' },
    alternatives: [
      'goods do not change once planned',
      'dates are moved by the service level',
      'SKIPPED',
      'barcodes are doubled',
    ],
    settings: [],
    settledBy: 'Read back: contact --write.',
    otherwise: 'Each change is read back; what does not stand is not confirmed, and work.',
  },
  {
    id: 59,
    side: 'qargo',
    taken: 'An upload ends within seconds.',
    evidence: { strength: 'published', source: 'QG: asynchronous, without a time' },
    alternatives: [
      'after minutes',
      'ERROR without a reason',
      'DUPLICATE with the old id',
      'it waits for a person who reviews imports',
    ],
    settings: ['wire.qargo.importConfiguration'],
    settledBy: 'The upload of a test order.',
    otherwise: 'It is asked again, ever more rarely. ERROR is work; DUPLICATE is adopted where the order is ours.',
  },
  {
    id: 60,
    side: 'qargo',
    taken: "Trips may be read, and order.row_id of a trip's stop is the id of the order.",
    evidence: { strength: 'inferred', source: 'QG; the role of trips is not named (K14)' },
    alternatives: ['403', 'row_id is another id', 'order is null', '404 after the trip was cancelled'],
    settings: ['wire.qargo.tripReads'],
    settledBy: 'One call for the trip of a given order.',
    otherwise:
      'Stops are known by their own ids, so another id or null loses only what newly appears on a trip: the slow round finds it. A refusal is learnt, shown in attention and tried again after six hours, orders are read one by one; a 404 of one trip alone means its orders.',
  },
  {
    id: 61,
    side: 'qargo',
    taken: "shipments[].orders of an order's status holds all orders of the trip.",
    evidence: { strength: 'published', source: 'QG Shipment, all nullable; never seen filled (K9)' },
    alternatives: ['null', 'this order alone', 'orders without stops'],
    settings: [],
    settledBy: 'One call for a planned order.',
    otherwise:
      'It is used where it is filled and an order of that trip is due; where not, each is read by its trip or alone.',
  },
];
