/**
 * What the published character takes for true of Palletways, and every alternative that can be set (`--flip 7b`). Numbers
 * 1 to 37 are those of the list of assumptions; from 71 on they are points of the published texts that the list has not.
 * `plays` is what the published character does where no flip is set, with what speaks for it: *published* by the vendor,
 * *sample* (one published example), *code* of others, or *open*: nobody says, and the default is stated here.
 */
import type { Flip } from '../server/flips.ts';

export const assumptions = [
  {
    number: 1,
    takes: 'new consignments are pushed to us by HTTP',
    plays: 'open (only Qargo says that Palletways pushes): every deed is pushed',
    flips: {
      a: 'Nothing is pushed: what happens is found by reads alone.',
      b: 'Instead of a push an XML file of the same content comes into the folder `/out` of the FTP login.',
    },
    left: { c: 'An export by e-mail or portal, or calls to Qargo alone, are the same as 1a on our wire.' },
  },
  {
    number: 2,
    takes: 'delta covers consignments we deliver',
    plays: 'open: notes of all consignments of the key, whoever entered them',
    flips: {
      a: "The delta has only notes of consignments that the depot's own customers entered.",
      b: 'The delta has notes of every consignment that names the depot in any part, also those of other keys.',
      c: 'The delta has the notes of the whole network.',
    },
  },
  {
    number: 3,
    takes: 'delta is inclusive, complete and ascending',
    plays: 'open: it is',
    flips: {
      a: 'The delta leaves out notes of the very second that is asked for.',
      b: 'The delta gives at most the 5 newest notes, the newest first.',
      c: 'A note is in the delta only 3 minutes after it was entered.',
      d: 'A delta of more than 7 days ago finds nothing.',
      e: 'A delta of more than 7 days ago is answered with a sentence.',
    },
  },
  {
    number: 4,
    takes: 'Delta is when the note was entered',
    plays: 'open (in the sample it equals the time of the note): when it was entered',
    flips: {
      a: "Delta is the note's own time, so that a back-dated note is in no later delta.",
      b: 'A minute after its entry a note is updated: it comes again with the same number and a higher Delta.',
      c: 'Delta counts the seconds of the local clock.',
    },
  },
  {
    number: 5,
    takes: 'SysNote is unique',
    plays: 'sample: short (five digits), unique within its consignment, and other consignments have the same',
    flips: {
      a: 'SysNote counts 1, 2, 3 within each consignment.',
      b: 'SysNote comes from a server that uses 8 numbers again and again.',
      c: 'Notes of the network itself have an empty SysNote.',
      d: 'SysNote is unique over all consignments.',
    },
  },
  {
    number: 6,
    takes: 'consEntered lists inbound consignments',
    plays: "published: what the depot's own customers entered, on both hosts",
    flips: {
      b: 'consEntered is on the portal only; the other host answers the sentence.',
      c: 'Where there is none, consEntered answers OK with an empty Data.',
      d: 'consEntered lists what others entered for our depot as well.',
    },
    left: { a: 'It is what the published character plays.' },
  },
  {
    number: 7,
    takes: 'a read holds the whole order',
    plays: 'sample: the elements of the published sample and no others, empty ones printed',
    flips: {
      b: 'A read has every element of createConsignment and of the sample, empty ones printed.',
      c: 'The elements of a booking stand in a read only until the consignment is labelled.',
      d: 'A read has everything that was entered, and nothing that is empty.',
    },
    left: { a: 'It is what the published character plays.' },
  },
  {
    number: 8,
    takes: 'an element that is missing is unchanged',
    plays: 'sample: an element of the read is never missing, it is printed empty',
    flips: {
      a: 'A read leaves out elements that are empty: missing means empty.',
      b: 'A read leaves out contact, telephone, insurance and bill units, which the key may not see.',
    },
  },
  {
    number: 9,
    takes: 'DueTime is a deadline',
    plays: 'sample: the time that was entered, else 20:00, on timed and untimed services alike',
    flips: {
      a: "DueTime is the start of the consignee's appointment, and empty without one.",
      b: 'DueTime is 17:30 on every consignment.',
      c: 'DueTime is the deadline of the service: 12:00, 14:00, else 20:00.',
      d: 'DueTime is there on timed services alone.',
      e: 'DueTime is 00:00 on every consignment.',
    },
  },
  {
    number: 10,
    takes: 'DueDate is the delivery date',
    plays: 'published: the date that was entered, not moved by a booking',
    flips: {
      a: 'DueDate and DueTime are those of the latest booking.',
      b: 'DueDate is the promise of the service counted from the entry; neither booking nor change moves it.',
      c: 'DueDate is empty on collections.',
    },
  },
  {
    number: 11,
    takes: "`BookedIn` yes is the customer's appointment",
    plays: 'published (l_bin, appointment set): yes from the first booking on',
    flips: {
      a: 'After a failed attempt operations book the next day: BookedIn is yes, and a BIN note says so.',
      b: 'BookedIn is yes, and the note of the booking has neither date nor time.',
    },
  },
  {
    number: 12,
    takes: 'a redirect is told by a note with the new id in BookInReference',
    plays:
      'sample: BIN/BIN, "Redireccionada <id>" in BookInReference; the old id answers the old consignment, "Rechazada."',
    flips: {
      a: 'The new id stands in NoteText.',
      b: 'There is no note, and the old id finds nothing.',
      c: 'The old id answers the new consignment.',
      d: 'The note is in the language of the network: "Redirected to <id>".',
    },
  },
  {
    number: 13,
    takes: 'a failure of another depot has its own code',
    plays: 'sample: a BIN/BIN note of operations that books the next day',
    flips: {
      b: 'The status becomes 675 and then 700 again, and no note is written.',
      c: 'A JIN/GIN note says it in free text.',
      d: 'A POD note says "Rechazada" where the name stands.',
      e: 'A REJ/REJ note says it.',
    },
    left: { a: 'It is what the published character plays.' },
  },
  {
    number: 14,
    takes: 'StatusCode of a note is the status that it sets',
    plays: 'sample: 0, whatever the note',
    flips: {
      b: 'StatusCode of a note is the status from before it.',
      c: 'StatusCode is filled on notes that name a barcode, and 0 on others.',
      d: 'StatusCode is the status that the note sets.',
    },
    left: { a: 'It is what the published character plays.' },
  },
  {
    number: 15,
    takes: 'note codes are letters of ours',
    plays: 'published codes are JIN/GIN and BIN/BIN; any other is taken and shown as JIN/GIN (open)',
    flips: {
      a: 'A call that has any code but JIN/GIN is refused whole, and the refusal names no note.',
      b: 'Each note with a code that is not published is refused by its index.',
      d: 'Codes are numbers: letters are refused by index, 31 and 32 are taken.',
      e: 'The letters are known, as the former twin knew them.',
    },
    left: { c: 'It is what the published character plays.' },
  },
  {
    number: 16,
    takes: 'a note moves the status',
    plays: 'open: never; only what the network does itself moves it',
    flips: {
      b: 'A note sent as POD moves the status to 900 once a file of the consignment has come.',
      c: 'A note moves the status by the code that it was sent with.',
    },
    left: { a: 'It is what the published character plays.' },
  },
  {
    number: 17,
    takes: 'a call of notes is stored whole or not at all',
    plays: 'published for consignments: nothing is stored where one is wrong; the wrong ones are listed by index',
    flips: {
      a: 'Good notes are stored and wrong ones are listed, under the status of a refusal.',
      b: 'There is one answer for the file: one detail for all that was stored, one error without an index.',
      c: 'What was stored is answered OK with a message and no details.',
    },
  },
  {
    number: 18,
    takes: 'parameters in a form body count',
    plays: 'published: parameters stand in the query; only `data` may stand in a body (code)',
    flips: {
      a: 'Parameters in a form body count, but for `commit`, which is read from the query alone.',
      b: 'An address longer than 8,000 characters is answered 414.',
      c: 'Only a multipart body is read.',
      d: 'Parameters in a form body count as in the query.',
    },
  },
  {
    number: 19,
    takes: 'our text comes back unchanged',
    plays: 'open: unchanged, of any length',
    flips: {
      a: 'Text is cut after 100 characters.',
      b: 'A plus comes back as a blank, accents are lost, line breaks are blanks.',
      c: 'The name of the user is written in front of the text.',
      d: 'Text comes back trimmed and in upper case.',
      e: 'Text is cut after 50 characters.',
      f: 'Text is cut after 255 characters.',
      g: 'The name of the user is written behind the text.',
      h: 'Text of more than 250 characters, a name of more than 50 and a description of more than 40 are refused.',
    },
  },
  {
    number: 20,
    takes: 'our own notes are in our delta',
    plays: 'open: once',
    flips: {
      a: 'Our own notes are neither in the delta nor in a range of dates.',
      b: 'Our own notes are in no form of getNotes.',
      c: 'Our own notes come twice, the second time as a mirror of the network with a number of its own.',
    },
  },
  {
    number: 21,
    takes: "times are the depot's local time",
    plays: "sample: the depot's local time",
    flips: {
      a: "All times are those of the network's head office, Europe/Madrid.",
      b: 'All times are UTC.',
      c: 'All times are those of the server, Europe/London.',
    },
  },
  {
    number: 22,
    takes: 'PodDate and PodTime are the moment of delivery',
    plays: "open (the fields exist): the POD note's own date and time",
    flips: {
      a: 'PodDate and PodTime are when the POD was entered.',
      b: 'PodDate and PodTime are empty, there is a signature only.',
      c: 'PodDate stands without a time.',
      d: 'A POD is told by two notes, the first without a name.',
    },
  },
  {
    number: 23,
    takes: 'barcodes stand in `Pallet`, one a lift',
    plays: 'sample, and status 100: none until labels are printed, then one a lift',
    flips: {
      b: 'There are as many barcodes as bill units.',
      c: 'Ten minutes after the labels all barcodes are others.',
      d: 'All barcodes stand in one `Pallet`, with `|` between them.',
      e: 'Barcodes stand from the entry on.',
    },
    left: { a: 'It is what the published character plays: labels are printed by a deed.' },
  },
  {
    number: 24,
    takes: 'lifts are pallets, and bill units add up to them',
    plays: 'open: as entered',
    flips: {
      a: 'A consignment is entered with 3 QP on 1 lift.',
      b: 'A consignment is entered with 1 FP and 2 lifts.',
      c: 'A consignment is entered without bill units.',
    },
  },
  {
    number: 25,
    takes: "`Depot/Number` is the requesting depot's",
    plays: 'sample: the number of the requesting depot, neither the collecting nor the delivering one',
    flips: {
      a: 'On a delivery `Depot/Number` is the collecting depot.',
      b: '`Depot/Number` is empty for what our own customers entered.',
      c: 'Depots are international ids, `ES564`, instead of numbers.',
    },
  },
  {
    number: 26,
    takes: 'a collection ends in our depot',
    plays: 'open: it stays type C at status 300',
    flips: {
      a: 'Collected, it goes on as a delivery under the same id.',
      b: 'Collected, it is entered again as a delivery under a new id.',
      c: 'Collected, its status is 900.',
    },
  },
  {
    number: 27,
    takes: 'a cancellation is told',
    plays: 'open: by a push alone, for no code of a note is known',
    flips: {
      a: 'A cancellation is status 15 and nothing else.',
      b: 'A cancelled consignment is read no more (NO_RESULTS_FOUND), and nothing else tells it.',
      c: 'Nothing tells a cancellation; the consignment stays as it was.',
      d: 'A JIN/GIN note tells a cancellation in free text, and no push.',
      e: 'A CAN/CAN note tells a cancellation besides the push.',
    },
  },
  {
    number: 28,
    takes: 'rows of a status have StatusCode, StatusDescription, ConNo',
    plays: 'code: TrackingID, ConNo, StatusCode, StatusDescription, DeliveryDate, DeliveryTime; no ResponseID',
    flips: {
      a: 'Rows have the raw names of the published table (`dc_syscon`, ..), which has no status.',
      b: 'Rows of conStatus have no code; only those of getDynConStatus have one.',
      c: 'The status is told by its name alone, without a number.',
      d: 'Rows have ResponseID, account, delivery depot and entry as well.',
    },
  },
  {
    number: 29,
    takes: 'methods are on the hosts of the guide',
    plays: 'published: its table',
    flips: {
      a: 'consEntered and keytest are on the portal only.',
      b: 'getNotes is on both hosts.',
      c: 'A method that is not on a host is answered 404 with a page.',
    },
  },
  {
    number: 30,
    takes: 'XML and JSON say the same',
    plays: 'code: JSON without the `Response` around it, every value a text',
    flips: {
      b: 'JSON of rows is a bare list.',
      c: 'Numbers in JSON are numbers.',
      d: 'The format that is asked for is ignored: XML always.',
      e: 'Answers are in ISO-8859-1, and XML says so.',
      f: 'JSON has a `Response` around it.',
      g: 'Only availableServices answers a bare list in JSON.',
    },
    left: { a: 'It is what the published character plays.' },
  },
  {
    number: 31,
    takes: 'errors are sentences with status 200',
    plays: 'published sentences, status 200 (code)',
    flips: {
      a: 'Errors have the statuses 401, 404 and 500.',
      b: 'Errors are pages of HTML around the sentence.',
      c: 'Errors are answered 200 without a body.',
      d: 'Errors are XML with a status code of their own.',
    },
  },
  {
    number: 32,
    takes: 'a ban is silence for 15 minutes, by address',
    plays: 'published: more than 100 calls a minute, then silence for 15 minutes',
    flips: {
      a: 'A ban is answered 429 with a page.',
      b: 'Calls are counted for each host by itself.',
      c: 'A ban resets the connection.',
      d: 'Calls during a ban begin it again.',
      e: 'Calls are counted for each key by itself.',
    },
  },
  {
    number: 33,
    takes: 'the POD is there within minutes',
    plays: 'published: 2 minutes after a file or a POD note came, as a PDF',
    flips: {
      a: 'The POD is there only 12 hours later.',
      b: 'Ten minutes later the POD is replaced: the same id gives another PDF.',
      c: 'Images are there at once, the POD only after a POD note.',
      d: 'The POD is the picture itself, JPEG or PNG, and no PDF.',
    },
  },
  {
    number: 34,
    takes: 'files go by FTP to `/pod/{depot}/{id}_{nn}.jpg`',
    plays: 'open (only "numbered" is published): so it is',
    flips: {
      a: 'There is no folder: files lie at the root, named by consignment number.',
      b: 'Nothing can be renamed, and no folder made.',
      c: 'There is SFTP on the port and no FTP.',
      d: 'A file vanishes as soon as it is there.',
      e: 'Only photos are taken: another ending than jpg is refused.',
    },
  },
  {
    number: 35,
    takes: 'a label is to be had by tracking id at any time',
    plays: 'published: from labelling on (customers must be enabled: they are)',
    flips: {
      a: 'Labels are answered with the sentence for ever.',
      b: 'Labels are to be had by the collecting depot alone.',
      c: 'There is one PDF a pallet: the first by tracking id, the others by getLabelsByBarcode.',
    },
  },
  {
    number: 36,
    takes: 'countries are ISO-2, numbers have a dot',
    plays: 'sample: so it is',
    flips: {
      a: 'Great Britain is `UK`.',
      b: 'Weights have a comma.',
      c: 'Lifts are blank.',
      d: 'Countries have three letters.',
      e: 'Countries are names.',
    },
  },
  {
    number: 37,
    takes: 'a service is group and surcharge',
    plays: 'published: so it is',
    flips: {
      a: 'The surcharge is empty.',
      b: 'There are two delivery services.',
      c: 'This network has other codes: a digit in front.',
      d: 'Codes are in lower case.',
    },
  },
  {
    number: 71,
    takes: 'a push has the words of the read, and everything that was entered',
    plays: 'open: so it is',
    flips: {
      a: 'A push has the words of createConsignment (Handball, DeliveryDate, DeliveryTime).',
      b: 'A push has the elements of the published read and no others.',
      c: 'A change is pushed with the elements that changed and no others.',
      d: 'That a tracking id was given, or another, is not pushed.',
    },
  },
  {
    number: 72,
    takes: 'the account of a read is the one that entered the consignment',
    plays: "sample: name and code stand under the requesting depot, so they are that depot's",
    flips: { a: "Depot and account of a read are the reader's own, whoever entered the consignment." },
  },
  {
    number: 73,
    takes: 'createSystemNote answers as createConsignment does',
    plays: 'published: ImportDetail with ImportID, ResponseID and Information for each',
    flips: { a: 'ImportDetail has Index and SysNote.' },
  },
  {
    number: 74,
    takes: 'createConsignment answers a ResponseID and no tracking id',
    plays: 'sample: so it is',
    flips: {
      a: 'The tracking id stands in the answer.',
      b: 'The literal text `Array` stands where the tracking id would (code).',
    },
  },
  {
    number: 75,
    takes: 'a call may have any number of notes',
    plays: 'published example has two; open beyond: any number',
    flips: { a: 'More than 50 notes in a call are refused.', b: 'More than one note in a call is refused.' },
  },
  {
    number: 76,
    takes: 'conStatusById finds by response id and by tracking id',
    plays: "published example has a tracking id, the method's text a response id: both",
    flips: { a: 'conStatusById finds by tracking id alone.', b: 'conStatusById finds by response id alone.' },
  },
  {
    number: 77,
    takes: 'a push has the response id',
    plays: 'open (neither the read nor the raw row has it): it has',
    flips: { a: 'A push has no ResponseID.' },
  },
  {
    number: 78,
    takes: 'keytest names depot and user',
    plays: 'published in words: details of the member depot and the user name; elements open',
    flips: { a: 'keytest names the depot without its number.', b: 'keytest answers a sentence with status 200.' },
  },
] as const satisfies readonly Assumption[];

interface Assumption {
  readonly number: number;
  readonly takes: string;
  readonly plays: string;
  readonly flips: Readonly<Record<string, string>>;
  /** Alternatives of the list that are no flip, and why. */
  readonly left?: Readonly<Record<string, string>>;
}

type IdOf<A> = A extends { number: infer N extends number; flips: infer F } ? `${N}${keyof F & string}` : never;
export type FlipId = IdOf<(typeof assumptions)[number]>;

const table: readonly Assumption[] = assumptions;

export const flips: readonly Flip[] = table.flatMap(({ number, takes, flips: alternatives }) =>
  Object.entries(alternatives).map(([letter, does]) => ({ id: `${number}${letter}`, assumption: takes, does })),
);
