/**
 * The policy of an organisation, with one entry for each setting. The setting's type, its default, its check
 * (store/organisations/schema.ts) and its row in docs/configuration.md (`npm run docs:policy`) are made from the entry.
 */
import type { CutOffs } from './cut-off.ts';
import type { EditPolicy } from './edits.ts';
import { type Row, rows, type Switch, standardSwitches, switches } from './rows.ts';
import { type Choice, choice, given, type PartOf, standardsOf, type Values, whole, yesOrNo } from './setting.ts';

/** The directions in which changes of what is charged for are sent. `off`: they are ignored. */
export const directions = ['off', 'to qargo', 'to palletways', 'both'] as const;
const cancelRulings = ['cancel', 'ask', 'refuse'] as const;

/** Makes a switch for each row. */
function switchesWith(abouts: Readonly<Record<Row, string>>) {
  return Object.fromEntries(
    rows.map((row) => [row, choice(switches, standardSwitches[row], abouts[row])]),
  ) as unknown as Readonly<Record<Row, Choice<Switch>>>;
}

/** These settings can also be set for one customer's work. */
const evidence = {
  signature: yesOrNo(
    false,
    'what must prove a delivery: a signature or signed POD as a file. What is missing is named by `why` as *POD outstanding*, and looked for at Qargo after 15 minutes, 1 hour, 4 hours and then daily',
  ),
  name: yesOrNo(false, 'who signed'),
  photos: whole(0, 'photos', [0, 50], 'at least so many photos'),
  failedPhotos: whole(0, 'photos', [0, 50], 'what must prove a failed attempt'),
  papers: choice(
    ['whole', 'photos'],
    'whole',
    'how a PDF goes to Palletways: as it came, or each of its pages as a JPEG of its own (longer side 1,600 pixels), which counts as a photo. One of more than 30 pages, that cannot be read, or takes longer than 45 s or 700 MB goes whole, and its delivery says why',
  ),
} as const;

/** The ruling on a cancellation, by how far the work has come. */
const cancellation = {
  announced: choice(
    cancelRulings,
    'cancel',
    "what a cancellation of Palletways comes to before anything is planned: the order is taken back, a person decides, or it is refused with the reason to both sides. A person's own cancellation is always carried out",
  ),
  planned: choice(cancelRulings, 'cancel', 'once it is planned on a trip'),
  loaded: choice(cancelRulings, 'ask', 'from the first loading scan, and while it is out, arrived or failed'),
  delivered: choice(cancelRulings, 'refuse', 'once it is delivered'),
} as const;
export type CancelStage = keyof typeof cancellation;

export const policySettings = {
  cutOffs: {
    rules: given<CutOffs['rules']>(
      [],
      "`service`, `weekdays` (Monday 1 to Sunday 7), `time` (`HH:MM`, the depot's own)",
      'until when the day\'s work can be given. `service` is `<group>-<code>` with `*` for either part, or `*`; the rule that names a service most closely decides, less close ones stand for the weekdays that it leaves out. `[{"service": "*", "weekdays": [1, 2, 3, 4, 5], "time": "17:00"}]`. Shown as `cutOff` of a consignment, with instant, zone and local words',
    ),
    holidays: given<CutOffs['holidays']>(
      {},
      'dates by nation, `{"GB": ["2026-12-25"]}`',
      'days without a cut-off, by the country of `qargo.depot`',
    ),
  },
  lateMilestones: choice(
    ['note', 'withhold'],
    'note',
    'a milestone behind one already told (an *arrived* after *delivered*): `note` tells it as a general note with its true time, `withhold` does not tell it',
  ),
  exceptions: choice(
    ['push', 'pull', 'both', 'off'],
    'push',
    'how Palletways comes to know of exceptions: `push` tells each by note; `pull` offers them at `/palletways/<id>/exceptions` and an item that was fetched counts as told; `both`; `off`. See [operations](operations.md#exceptions-that-palletways-fetches)',
  ),
  evidence: {
    ...evidence,
    customers: given<Readonly<Record<string, PartOf<typeof evidence>>>>(
      {},
      'what differs, by account',
      'by Palletways customer account, what differs: `{"434481": {"photos": 2}}`',
    ),
  },
  evidenceDays: whole(7, 'days', [1, 60], 'how long missing evidence is looked for; then it is work for a person'),
  graceHours: whole(
    72,
    'hours',
    [0, 2160],
    "how long a finished consignment's workflow still waits for late facts. Later ones start it again from the record",
  ),
  sweepSeconds: whole(
    120,
    'seconds',
    [10, 3600],
    'how often everything is swept. What only a read tells (failed, un-planned, damage photos) is at most this late, while each trip can be read once in that time: Qargo takes two calls a second of a tenant, and half of them are for other things. Where there are more, they are read in turn, what was read longest ago first. Each sweep costs two or three Palletways calls, and at Qargo one or two for each trip, and one for each order that no trip tells of. Where trips cannot be read it is one for each open order',
  ),
  rows: switchesWith({
    orders: '[what is sent](#rows-on-in-shadow-or-off), row by row: the order, and what became of a late edit',
    labels: 'identifiers and labels',
    cancellations: 'the order taken back, and what became of a cancellation',
    planning: 'plans',
    milestones: 'milestones',
    scans: 'scans',
    exceptions: 'exceptions and their photos',
    pod: 'the POD and its photos',
    charges: 'changes of charges',
    'close-out': 'final quantities',
    network:
      "the network's side of the journey, to Qargo. `off` does not even hear it: what was said before it is switched on is not told later",
  }),
  unknownServices: choice(
    ['send', 'park'],
    'send',
    "a service that `qargo.serviceLevels` does not name: `send` gives Qargo Palletways' own code, `park` keeps the order back as [work for a person](operations.md#orders-that-cannot-be-mapped) until the service is mapped",
  ),
  unknownBillUnits: choice(['send', 'park'], 'send', 'the same for a bill unit that `qargo.packagings` does not name'),
  unknownReasons: choice(
    ['send', 'park'],
    'send',
    'an exception whose code no table names: `send` tells it as `OTHER`, `park` keeps its note back as [work for a person](operations.md#orders-that-cannot-be-mapped), under its own code, until `wire.qargo.incidentCodes` says what it means or `wire.palletways.codes.exception.types` has a note type for it; in an item that Palletways fetches, which is not kept back, and beside a failed attempt it is `OTHER` until then',
  ),
  pullMinutes: whole(
    60,
    'minutes',
    [1, 1440],
    'how often an open consignment is read whole at Palletways, to find an edit or a label that no push told; by the sweep, the longest due first, at most 40 a sweep. Its status is asked for as often, by a call of its own, at most 20 a sweep, until it is delivered',
  ),
  pullStages: given<Readonly<Partial<Record<CancelStage, number | undefined>>>>(
    {},
    'minutes, 1 to 1440, by stage',
    'the same at the stages that are named; at the others `pullMinutes`. Stages as in `cancellation`: `announced` (before planning), `planned`, `loaded` (a pallet is on the vehicle, out, at the consignee, or failed and not planned anew), `delivered`. `{"announced": 30, "loaded": 15, "delivered": 240}`',
  ),
  palletwaysCallsPer2s: whole(
    3,
    'calls',
    [1, 3],
    '3 in any 2 s is never more than 93 a minute; above 100 Palletways stays silent for 15 minutes. How calls are [shared](operations.md#how-calls-are-shared)',
  ),
  qargoCallsPerSecond: whole(
    2,
    'calls',
    [1, 2],
    'REST calls of this tenant; 2 in any second is never more than 1,200 in ten minutes. How calls are [shared](operations.md#how-calls-are-shared)',
  ),
  notesPerCall: whole(50, 'notes', [1, 50], 'how many notes ride one call'),
  quietSeconds: whole(30, 'seconds', [1, 900], 'how long after a lost answer we look before we send again'),
  cancellation,
  edits: given<EditPolicy>(
    {},
    'owner and rulings, by field',
    'where late edits are judged otherwise: of a field (`billUnits`, `lifts`, `weight`, `collectionDate`, `deliveryDate`, `bookIn`, `collectionAddress`, `deliveryAddress`, `instructions`, `service`, `references`, `tailLift`, `handball`, `hazardous`, `depots`) its `owner` (`palletways`, `qargo`) and the ruling (`accept`, `ask`, `refuse`) at a stage (`announced`, `planned`, `loaded`, `out`, `arrived`, `failed`, `delivered`): `{"weight": {"planned": "ask"}, "deliveryDate": {"owner": "qargo"}}`. The default table stands in `domain/policy/decision.ts`',
  ),
  decisions: {
    tell: choice(
      ['refused', 'all'],
      'refused',
      'which decisions are told: what is accepted is told by the order itself',
    ),
    qargo: choice(
      ['document', 'off'],
      'document',
      'whether Qargo is told too, by a short text on the order (Palletways always is, by a note)',
    ),
    planner: choice(
      ['judge', 'off'],
      'off',
      "whether a planner's edit of the order in Qargo, found by a read, is judged by the same table: told to Palletways, asked about, or refused. Then, and where `charges` or `bookIns` take notice of changes in Qargo, each update of an order costs one read more, made before it",
    ),
  },
  refreshMinutes: whole(
    10,
    'minutes',
    [0, 1440],
    'an event of Qargo about a consignment that was not read at Palletways for so long has it read; 0: never',
  ),
  maxHistory: whole(
    1_000,
    'events',
    [100, 4000],
    "after so many history events a consignment's workflow goes on as a new run, which loads the record",
  ),
  charges: {
    measured: choice(
      directions,
      'off',
      'which way measured weight and dimensions go. A change is never owed to the side that said it, nor to one that says the same already. `off`: nothing is taken notice of; an amended order goes to Qargo as ever',
    ),
    regrade: choice(
      directions,
      'off',
      'another grade or number of bill units. Where it is not `off`, bill units that Palletways amends after the order was there are kept as a regrade with old and new',
    ),
    surcharge: choice(directions, 'off', 'something charged on top, by its code'),
  },
  chargePaths: {
    measured: {
      qargo: choice(
        ['goods', 'person'],
        'goods',
        "`goods`: by a partial update of the goods' weight, length, width and height. `person`: somebody keys it in ([operations](operations.md#charges-and-close-out))",
      ),
      palletways: choice(['note', 'person'], 'note', '`note`: a note of the code `wire.palletways.codes.charge`'),
    },
    regrade: {
      qargo: choice(['goods', 'person'], 'goods', '`goods`: packaging and quantity of the goods'),
      palletways: choice(['note', 'person'], 'note', 'the same'),
    },
    surcharge: {
      qargo: choice(['person'], 'person', 'Qargo has no call that adds a surcharge to an order'),
      palletways: choice(['note', 'person'], 'note', 'the same'),
    },
  },
  closeOut: choice(
    ['off', 'export', 'qargo', 'both'],
    'export',
    '`off`: nothing is frozen. Else final quantities and evidence are frozen once and can be exported ([close-out](close-out.md)); `qargo` and `both` tell Qargo the final quantities too, by a partial update where they differ',
  ),
  loadedQuorum: given(
    'all',
    '`all`, `any` or a number',
    'how many pallets must be loaded for the step to count as done: `all`, `any`, or a number (`3`). For people only: `why` and the operations API name the pallet that holds it up, nothing else is sent or held',
  ),
  deliveredQuorum: given('all', '`all`, `any` or a number', 'the same for delivered'),
  quorumMinutes: whole(
    120,
    'minutes',
    [1, 1440],
    "after the first pallet's scan a step waits so long for the others; then it is told as decided without them",
  ),
  clockAheadMinutes: whole(
    10,
    'minutes',
    [1, 1440],
    "a telephone's clock may be so far ahead of ours. An instant beyond that is flagged, and told to Palletways as it was said; what is decided by the latest event goes by when it was heard",
  ),
  clockBehindDays: whole(7, 'days', [1, 365], 'the same for an instant that lies so long before the consignment'),
  partDelivery: choice(
    ['delivered', 'failed'],
    'delivered',
    "what Palletways is told when a delivery left pallets over (refused or missing): `delivered`, or `failed` with the first pallet's reason; the note names the pallets either way. `failed` lets *delivered* wait until Qargo was asked for incidents, at most 10 minutes",
  ),
  lookSeconds: whole(
    120,
    'seconds',
    [0, 3600],
    'the event of a completed stop names no incident: *delivered* waits so long for the read, made at once, that tells whether the goods were handed over; then it is told as it was said. 0: it does not wait',
  ),
  scanHours: whole(
    24,
    'hours',
    [0, 168],
    'a pallet scanned in without a stop may have been loaded or at the depot (wire assumption 42): while it is planned, and as long as no scan of the organisation told a loading otherwise, its note waits so long for the times of the pickup stop; then it is work. 0: it is told at once, as `wire.qargo.scanKinds` says',
  ),
  podQuantities: choice(
    ['tell', 'off'],
    'tell',
    'whether the note of a POD says for how many pallets was signed (`note_description` `3 of 5`): as Qargo counted the goods at the stop, else as pallets were scanned and left over at the door; nothing where nobody counted',
  ),
  etaMinutes: whole(
    0,
    'minutes',
    [0, 1440],
    'an estimated arrival at the consignee that moved by at least so much since it was last told goes to Palletways as a note; 0: estimates are not heard',
  ),
  bookIns: choice(
    ['in', 'both'],
    'both',
    'with the row `network`: the window that a planner sets at a delivery in Qargo goes to Palletways as a note `BIN`; `in`: book-ins are only heard',
  ),
  roles: {
    depots: given<readonly string[]>(
      [],
      'texts',
      'other numbers and names, beside `palletways.depot`, under which Palletways may name depots of ours (an international id, a second depot of the same Qargo tenant). Compared without case and leading zeros',
    ),
    collecting: choice(
      ['order', 'none'],
      'order',
      'whether an order is made of a consignment that we collect and another depot delivers',
    ),
    requesting: choice(
      ['order', 'none'],
      'none',
      'whether one is made where we only requested it; the order is as Palletways tells it',
    ),
    thirdParty: choice(['order', 'none'], 'none', 'whether one is made where no depot named is ours'),
    collections: choice(
      ['delivery', 'collected'],
      'collected',
      'a collection (type `C`) is told with the milestones and POD of a delivery, or as collected and no more',
    ),
    returns: given<readonly string[]>(
      [],
      '`<group>-<code>`',
      'services of returns: their collecting and delivering depots are read the other way round',
    ),
  },
} as const;

export type Policy = Values<typeof policySettings>;
/** The settings that an organisation names. */
export type PolicyInput = PartOf<typeof policySettings>;

export const defaultPolicy: Policy = standardsOf(policySettings);

export type EvidencePolicy = Policy['evidence'];
/** The evidence that must prove that a job was done. */
export type EvidenceWanted = Pick<EvidencePolicy, 'signature' | 'name' | 'photos'>;
export type CancelPolicy = Policy['cancellation'];
export type DecisionPolicy = Policy['decisions'];
export type ChargePolicy = Policy['charges'];
export type ChargePaths = Policy['chargePaths'];
export type Direction = (typeof directions)[number];
export type CloseOut = Policy['closeOut'];
