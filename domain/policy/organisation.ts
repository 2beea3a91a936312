import type { Ours } from '../facts/roles.ts';
import type { Policy } from './settings.ts';

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

/** What tells an organisation's part in a consignment. */
export function oursOf({ palletways, policy }: Organisation): Ours {
  return { ...policy.roles, depot: palletways.depot };
}
