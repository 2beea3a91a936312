/** Palletways: how work reaches us and what a consignment holds (apis-2 E 1-2, 6-11, 23-27, 36-37). */
import type { Assumption } from './assumption.ts';

export const palletwaysOrders: readonly Assumption[] = [
  {
    id: 1,
    side: 'palletways',
    taken: 'New consignments are pushed to us by HTTP.',
    evidence: {
      strength: 'inferred',
      source: 'QH476646 says "pushes"; QH143830 shows that Qargo uses the word for polling (K3)',
    },
    alternatives: [
      'nothing is pushed: there is polling alone',
      'a file on FTP',
      'e-mail or an export of the portal, or Palletways calls Qargo alone',
    ],
    settings: ['policy.sweepSeconds', 'wire.palletways.pushes'],
    settledBy: 'Asked of Palletways; counted: tracking ids in the delta that no push named.',
    otherwise:
      'Pushes are never waited for: the sweep reads consEntered and the note delta every two minutes, and reads each tracking id that the delta names and nobody knows (2). What neither of them names is not found. Where five consignments in a row were found by reads and none was pushed, or nothing is heard of at all for a day, it is a line of attention.',
  },
  {
    id: 2,
    side: 'palletways',
    taken: 'The note delta covers the consignments that we deliver.',
    evidence: { strength: 'nothing', source: 'PW25 does not tell the scope of a key' },
    alternatives: ['only those that our customers entered', 'all of the depot', 'the whole network'],
    settings: [],
    settledBy: 'DeliveryDepot of the tracking ids of seven days of delta.',
    otherwise:
      'Nothing need be set for more: each tracking id that no consignment of ours has is read, at most 10 a sweep; where a depot of ours has a part in it, it is taken in, and a foreign one is remembered and not read again for a day. Of less, each open consignment is still read on its own schedule (policy.pullMinutes).',
  },
  {
    id: 6,
    side: 'palletways',
    taken: 'consEntered lists the consignments that come to our depot too.',
    evidence: {
      strength: 'published otherwise',
      source: 'PW25: entries of the customer, or of the customers of the depot',
    },
    alternatives: [
      'own entries alone',
      'on the portal alone; the api host answers the sentence',
      'an empty Data instead of NO_RESULTS_FOUND',
      'it lists what others entered for our depot as well',
    ],
    settings: ['wire.palletways.hosts'],
    settledBy: 'One call on each host.',
    otherwise:
      'What another depot entered is found by a push, or by its first note in the delta (2). A host that does not know the method is one failed step of the sweep.',
  },
  {
    id: 7,
    side: 'palletways',
    taken: 'A read of a consignment holds the whole order.',
    evidence: {
      strength: 'one example',
      source: 'PW25 1.6: the sample has no ResponseID, Reference, ManifestNote, dates, contacts, Product or status',
    },
    alternatives: [
      'the elements of the published sample and no others',
      'all elements, empty ones printed',
      'some only while the consignment is unconfirmed',
      'everything that was entered, and nothing that is empty',
    ],
    settings: [],
    settledBy: 'The set of elements over all consignments of seven days.',
    otherwise:
      'What a read leaves out keeps the last value that any message carried; where a push comes behind such a read, what only the push carries is taken from it.',
  },
  {
    id: 8,
    side: 'palletways',
    taken: 'An element that is missing in an answer is not part of the answer; it is not empty.',
    evidence: { strength: 'inferred', source: 'PW25 1.6 prints BookInEmailAddress empty (K10)' },
    alternatives: ['a missing element is an empty one', 'the key may not see the element'],
    settings: [],
    settledBy: 'The same consignment by push, in the portal and by a read.',
    otherwise:
      'A value that Palletways emptied by leaving its element out stays as it was last known, until an element says otherwise.',
  },
  {
    id: 9,
    side: 'palletways',
    taken: 'DueTime is the time by which to deliver.',
    evidence: {
      strength: 'published',
      source: 'PW25 names i_duetime the delivery time; what that means beside a booking is open (K11)',
    },
    alternatives: [
      'the start of an appointment',
      'the end of the day, a constant: 20:00, 17:30 or 00:00',
      'the deadline of the service: 12:00',
      'it is absent on untimed services',
      '00:00 on every consignment',
    ],
    settings: [
      'wire.qargo.dueTime',
      'wire.qargo.serviceDeadlines',
      'wire.qargo.timedServices',
      'wire.qargo.deliveryWindowMinutes',
    ],
    settledBy: 'Histogram of DueTime by service and BookedIn.',
    otherwise:
      'The window of the delivery ends at an hour at which it may only begin. It is not enforced unless something was booked in or the service is timed; a book-in that the network tells in a note, and a service with a deadline, stand over it.',
  },
  {
    id: 10,
    side: 'palletways',
    taken: 'DueDate is the date of delivery.',
    evidence: { strength: 'published', source: 'PW25 names d_duedate the delivery date' },
    alternatives: [
      'the latest booking',
      'the promise of the service, which a booking does not move',
      'empty on collections',
    ],
    settings: [],
    settledBy: 'DueDate against the dates of BIN notes.',
    otherwise:
      'The latest booking heard of, in the order or a BIN note, stands over DueDate. A collection without it takes CollectionDate.',
  },
  {
    id: 11,
    side: 'palletways',
    taken: 'BookedIn yes means an appointment with the consignee.',
    evidence: { strength: 'one example', source: 'PW25 1.6, 1.7' },
    alternatives: ['yes after a failed attempt, rebooked by operations', 'yes with no date'],
    settings: [],
    settledBy: 'BookedIn of seven days beside the texts of BookInReference.',
    otherwise: 'The stop at Qargo carries the extra for a booking; without a date it has no window of its own.',
  },
  {
    id: 23,
    side: 'palletways',
    taken: 'Barcodes stand in Pallet, one for each lift.',
    evidence: { strength: 'one example', source: 'PW25 1.6, with one lift' },
    alternatives: [
      'none until the label is printed (status 100)',
      'as many as bill units',
      'they change later',
      'one element, separated by |',
      'they stand from the entry on',
    ],
    settings: [],
    settledBy: 'Count of Pallet beside Lifts over seven days, and whether it changed.',
    otherwise:
      'Another count is taken as it comes; a change is told to Qargo as a change of handling units. An element that is no barcode is a problem in the journal and spoils nothing else.',
  },
  {
    id: 24,
    side: 'palletways',
    taken: 'Lifts counts pallets, and the bill units add up to it.',
    evidence: { strength: 'nothing', source: '' },
    alternatives: ['three quarter pallets on one lift', 'one full pallet as two lifts', 'no BillUnit at all'],
    settings: [],
    settledBy: 'Lifts beside the bill units over seven days.',
    otherwise: 'Barcodes are spread over the goods in order; a consignment without bill units is refused, as work.',
  },
  {
    id: 25,
    side: 'palletways',
    taken: 'Manifest/Depot/Number is the depot that requested the consignment.',
    evidence: { strength: 'one example', source: 'PW25 1.6: 564 is neither collecting nor delivering' },
    alternatives: [
      'it is the collecting depot on type D',
      'it is empty for direct customers',
      'it is an international id (c_c-round)',
    ],
    settings: ['policy.roles.depots'],
    settledBy: 'Twenty of our own consignments.',
    otherwise:
      'Where no depot told is ours nothing speaks against the order being ours, and it is made as told. Another spelling of our depot is added to the setting.',
  },
  {
    id: 26,
    side: 'palletways',
    taken: 'A collection (type C) ends when the goods are in our depot.',
    evidence: { strength: 'inferred', source: 'PW25 1.8: status 300 in collection depot' },
    alternatives: [
      'it goes on as a delivery under the same id',
      'it gets a new id on acceptance',
      'it is at 900 once collected',
    ],
    settings: ['policy.roles.collections'],
    settledBy: 'Status rows of our collections of seven days.',
    otherwise: 'A new id is another consignment; under the same id the next amendment changes the leg.',
  },
  {
    id: 27,
    side: 'palletways',
    taken: 'A cancellation is told: by push CANCELLED, or by a note of one of the cancel codes.',
    evidence: { strength: 'nothing', source: '' },
    alternatives: [
      'by status 15 alone',
      'the read answers NO_RESULTS_FOUND',
      'not at all: the consignment stays',
      'by a JIN note',
      'by a note CAN/CAN besides the push',
    ],
    settings: [
      'wire.palletways.cancelCodes',
      'wire.palletways.cancelStatuses',
      'wire.palletways.cancelWords',
      'wire.palletways.statusMethod',
      'wire.palletways.events.cancelled',
    ],
    settledBy: 'Asked of Palletways; what the reads answer of ids that died last month.',
    otherwise:
      'A consignment that is missing at the source twice is a question to a person, not a cancellation. Where all at once are missing, it is one failed sweep and no question. A status that ends a consignment (15 REJECTED, or one whose name says that it is cancelled) and a note whose free text says so are a question as well, which names the setting that would make it a cancellation. The status of each open consignment is asked for as often as it is pulled, until it is delivered.',
  },
  {
    id: 36,
    side: 'palletways',
    taken: 'Countries are ISO 3166 with two letters, numbers have a point.',
    evidence: { strength: 'one example', source: 'PW25 1.6' },
    alternatives: ['UK, IRL or a name', '110,00', 'Lifts is blank', 'three letters', 'names of countries'],
    settings: [],
    settledBy: 'Every value of seven days that does not fit.',
    otherwise:
      'UK is taken for GB. Another word is a field that cannot be read: the consignment is not taken in, and the journal names the field.',
  },
  {
    id: 37,
    side: 'palletways',
    taken: 'A service is <group>-<surcharge>, one for a delivery and one for a collection.',
    evidence: { strength: 'published', source: 'PW25 1.4' },
    alternatives: ['the surcharge is empty', 'two delivery services', 'codes differ by network', 'lower case'],
    settings: ['qargo.serviceLevels', 'policy.unknownServices'],
    settledBy: 'availableServices, and the services of seven days beside the mapping table.',
    otherwise: 'A service without a line in the table goes unchanged or waits as work, as the policy says.',
  },
];
