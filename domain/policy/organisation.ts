import { defaultRoles, type Ours, type RolePolicy } from '../facts/roles.ts';
import type { ChargePaths, ChargePolicy } from './charges.ts';
import type { CutOffs } from './cut-off.ts';
import {
  type CancelPolicy,
  type CancelStage,
  type DecisionPolicy,
  defaultCancellation,
  type EditPolicy,
} from './decision.ts';
import { type Row, type Switch, standardSwitches } from './rows.ts';

/** A tenant: a haulier with its Palletways account and depot, its Qargo tenant and its policy. */
export interface Organisation {
  /** A slug, `^[a-z0-9-]{2,40}$`. Never changes. */
  readonly id: string;
  readonly name: string;
  /** False: nothing is read or sent for it; what comes in is still stored. */
  readonly active: boolean;
  readonly palletways: PalletwaysSettings;
  readonly qargo: QargoSettings;
  /** What docs/wire-assumptions.md assumes and this account does otherwise; the connectors know what can stand here. */
  readonly wire: {
    readonly palletways: Readonly<Record<string, unknown>>;
    readonly qargo: Readonly<Record<string, unknown>>;
  };
  readonly policy: Policy;
}

export interface Login {
  readonly user: string;
  readonly password: string;
}

export interface PalletwaysSettings {
  /** No `/` at the end; `https://api.palletways.com`. */
  readonly apiUrl: string;
  /** No `/` at the end; `https://portal.palletways.com/api`. */
  readonly portalUrl: string;
  /** As issued, not percent-encoded. */
  readonly apiKey: string;
  /** Our account code there. */
  readonly account: string;
  readonly depot: { readonly number: string; readonly name: string };
  /** IANA name. All Palletways times are local times of this zone. */
  readonly zone: string;
  readonly format: 'xml' | 'json';
  /** How Palletways signs in at our door. */
  readonly push: Login;
  /** Null: no folder was given, photos and signed PODs are not owed. */
  readonly ftp: FtpSettings | null;
}

export interface FtpSettings extends Login {
  readonly host: string;
  readonly port: number;
  /** True: `AUTH TLS` is demanded. False: it is used where the server offers it. */
  readonly secure: boolean;
  /** Begins with `/`; `/pod/564`. */
  readonly folder: string;
}

export interface QargoSettings {
  /** No `/` at the end. */
  readonly baseUrl: string;
  readonly clientId: string;
  readonly secret: string;
  /** How we sign in at Qargo's webhooks. */
  readonly webhook: Login;
  /** How Qargo signs in at our door. */
  readonly push: Login;
  readonly customer: { readonly code: string };
  /** The place where deliveries are picked up and collections are dropped. */
  readonly depot: QargoDepot;
  /** Palletways `<group>-<surcharge>` to Qargo's service level code; what is not named goes as it is. */
  readonly serviceLevels: Readonly<Record<string, string>>;
  /** Palletways bill unit to Qargo's packaging code, each packaging of one bill unit alone; what is not named goes as it is. */
  readonly packagings: Readonly<Record<string, string>>;
  readonly transportService: string;
}

export interface QargoDepot {
  readonly code: string;
  readonly name: string;
  readonly address: string;
  readonly city: string;
  readonly postCode: string;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country: string;
}

/** What must prove that a job was done. */
export interface EvidenceWanted {
  /** A signature or a signed POD, as a file. */
  readonly signature: boolean;
  /** Who signed. */
  readonly name: boolean;
  /** Photos, at least so many. */
  readonly photos: number;
}

export const papers = ['whole', 'photos'] as const;
export type Papers = (typeof papers)[number];

export interface EvidencePolicy extends EvidenceWanted {
  /** Photos of a failed attempt, at least so many. */
  readonly failedPhotos: number;
  /** How a PDF goes to Palletways: as it came, or each of its pages as a photo of its own. */
  readonly papers: Papers;
  /** By Palletways customer account, where something else is wanted for it. */
  readonly customers: Readonly<
    Record<string, Partial<EvidenceWanted & { readonly failedPhotos: number; readonly papers: Papers }>>
  >;
}

export interface Policy {
  /** Until when the day's work can be given, in the depot's zone, less the holidays of the depot's nation. None where no rule is. */
  readonly cutOffs: CutOffs;
  /** A milestone behind one already told: `note` tells it with its true time, `withhold` does not. */
  readonly lateMilestones: 'note' | 'withhold';
  /** How Palletways comes to know of exceptions: told by note, offered for it to fetch, both, or not at all. */
  readonly exceptions: 'push' | 'pull' | 'both' | 'off';
  /** What must be there; what is missing is looked for. */
  readonly evidence: EvidencePolicy;
  /** How long what is missing is looked for, days. */
  readonly evidenceDays: number;
  /** How long after the end a consignment still waits for late facts. */
  readonly graceHours: number;
  /** The scheduled pull of an open consignment, at stages that `pullStages` leaves out. */
  readonly pullMinutes: number;
  /** The same by the stage of the work, minutes; `loaded`: on the vehicle, at the consignee, or failed and not planned anew. */
  readonly pullStages: Readonly<Partial<Record<CancelStage, number | undefined>>>;
  /** Of each row whether it is sent. */
  readonly rows: Readonly<Record<Row, Switch>>;
  /** A service code that `serviceLevels` does not name: `send` it as it is, or `park` the order until it is mapped. */
  readonly unknownServices: 'send' | 'park';
  /** The same of a bill unit that `packagings` does not name. */
  readonly unknownBillUnits: 'send' | 'park';
  /** An exception's code that no table names: `send` it as another one, or `park` the note until it is mapped. */
  readonly unknownReasons: 'send' | 'park';
  /** The sweep over all of an organisation. */
  readonly sweepSeconds: number;
  /** At most 3: Palletways bans an address above 100 calls a minute. */
  readonly palletwaysCallsPer2s: number;
  /** At most 2: what Qargo bears for long; 2 in any second is never more than 1,200 in ten minutes. */
  readonly qargoCallsPerSecond: number;
  /** Notes that go in one call. */
  readonly notesPerCall: number;
  /** How long after a lost answer we look before sending again. */
  readonly quietSeconds: number;
  /** What a cancellation comes to, by how far the work has come. */
  readonly cancellation: CancelPolicy;
  /** Where late edits are judged otherwise than by default: of a field its owner and the ruling at a stage. */
  readonly edits: EditPolicy;
  /** Who is told of decisions, and whether a planner's edit is judged. */
  readonly decisions: DecisionPolicy;
  /** An event about a consignment that was not read at Palletways for so long has it read. 0: never. */
  readonly refreshMinutes: number;
  /** History events after which a consignment's workflow goes on as a new run. */
  readonly maxHistory: number;
  /** Which way changes of what is charged for go, by their kind. */
  readonly charges: ChargePolicy;
  /** By which way such a change gets to a side; `person`: somebody keys it in. */
  readonly chargePaths: ChargePaths;
  /** `off`: nothing is frozen; `export`: what is final can be exported; `qargo`: Qargo is told the final quantities too; `both`: as `qargo`. */
  readonly closeOut: CloseOut;
  /** How many pallets must be loaded, or delivered, for people to be told that all is well: `all`, `any`, or a number. Tells nobody else. */
  readonly loadedQuorum: string;
  readonly deliveredQuorum: string;
  /** After the first pallet's scan a step waits so long for the others. */
  readonly quorumMinutes: number;
  /** A telephone's clock may be so far ahead of ours; beyond that what it says is flagged. */
  readonly clockAheadMinutes: number;
  /** What happened may lie so long before the consignment; beyond that it is flagged. */
  readonly clockBehindDays: number;
  /** What a delivery that left pallets over (refused, missing) is told to Palletways as. */
  readonly partDelivery: 'delivered' | 'failed';
  /** Whether the note of a POD says for how many pallets was signed, where somebody counted. */
  readonly podQuantities: 'tell' | 'off';
  /** An estimated arrival that moved by so much is told to Palletways; 0: none is. */
  readonly etaMinutes: number;
  /** With the row `network`: whether the window that a planner sets at a delivery is told to the network, or book-ins are only heard. */
  readonly bookIns: 'in' | 'both';
  /** What is done of a consignment that is ours to collect, to deliver, only requested, or not ours at all. */
  readonly roles: RolePolicy;
}

/** To whom the final quantities of a consignment go. What is frozen can be exported unless it is `off`. */
export const closeOuts = ['off', 'export', 'qargo', 'both'] as const;
export type CloseOut = (typeof closeOuts)[number];

export const defaultPolicy: Policy = {
  cutOffs: { rules: [], holidays: {} },
  lateMilestones: 'note',
  exceptions: 'push',
  evidence: { signature: false, name: false, photos: 0, failedPhotos: 0, papers: 'whole', customers: {} },
  evidenceDays: 7,
  graceHours: 72,
  pullMinutes: 60,
  pullStages: {},
  rows: standardSwitches,
  unknownServices: 'send',
  unknownBillUnits: 'send',
  unknownReasons: 'send',
  sweepSeconds: 120,
  palletwaysCallsPer2s: 3,
  qargoCallsPerSecond: 2,
  notesPerCall: 50,
  quietSeconds: 30,
  cancellation: defaultCancellation,
  edits: {},
  decisions: { tell: 'refused', qargo: 'document', planner: 'off' },
  refreshMinutes: 10,
  // Well below the 4,096 at which the server suggests it: a cold signal replays the run.
  maxHistory: 1_000,
  charges: { measured: 'off', regrade: 'off', surcharge: 'off' },
  chargePaths: {
    measured: { qargo: 'goods', palletways: 'note' },
    regrade: { qargo: 'goods', palletways: 'note' },
    surcharge: { qargo: 'person', palletways: 'note' },
  },
  closeOut: 'export',
  loadedQuorum: 'all',
  deliveredQuorum: 'all',
  quorumMinutes: 120,
  clockAheadMinutes: 10,
  clockBehindDays: 7,
  partDelivery: 'delivered',
  podQuantities: 'tell',
  etaMinutes: 0,
  bookIns: 'both',
  roles: defaultRoles,
};

/** What tells an organisation's part in a consignment. */
export function oursOf({ palletways, policy }: Organisation): Ours {
  return { ...policy.roles, depot: palletways.depot };
}
