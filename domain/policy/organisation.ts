import type { Ours } from '../facts/roles.ts';
import type { Policy } from './settings.ts';

/** A tenant: a haulier with its Palletways account and depot, its Qargo tenant and its policy. */
export interface Organisation {
  /** A slug, `^[a-z0-9-]{2,40}$`, which never changes. */
  readonly id: string;
  readonly name: string;
  /** False where nothing is read or sent for it; incoming messages are still stored. */
  readonly active: boolean;
  readonly palletways: PalletwaysSettings;
  readonly qargo: QargoSettings;
  /**
   * The assumptions of docs/wire-assumptions.md that are different for this account. The connectors know which values are possible here.
   */
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
  /** The address has no `/` at the end, e.g. `https://api.palletways.com`. */
  readonly apiUrl: string;
  /** The address has no `/` at the end, e.g. `https://portal.palletways.com/api`. */
  readonly portalUrl: string;
  /** The key as Palletways issued it, not percent-encoded. */
  readonly apiKey: string;
  /** Our account code at Palletways. */
  readonly account: string;
  readonly depot: { readonly number: string; readonly name: string };
  /** The IANA name of the zone. All Palletways times are local times of this zone. */
  readonly zone: string;
  readonly format: 'xml' | 'json';
  /** The login with which Palletways signs in to us. */
  readonly push: Login;
  /** Null where Palletways gave us no folder. Photos and signed PODs are then not owed. */
  readonly ftp: FtpSettings | null;
}

export interface FtpSettings extends Login {
  readonly host: string;
  readonly port: number;
  /** True where `AUTH TLS` is required. Where it is false, it is used if the server offers it. */
  readonly secure: boolean;
  /** The folder begins with `/`, e.g. `/pod/564`. */
  readonly folder: string;
}

export interface QargoSettings {
  /** The address has no `/` at the end. */
  readonly baseUrl: string;
  readonly clientId: string;
  readonly secret: string;
  /** The login with which we sign in at Qargo's webhooks. */
  readonly webhook: Login;
  /** The login with which Qargo signs in to us. */
  readonly push: Login;
  readonly customer: { readonly code: string };
  /** The place where deliveries are picked up and collections are dropped off. */
  readonly depot: QargoDepot;
  /** Qargo's service level codes, by Palletways' `<group>-<surcharge>`. A service that is not named is sent unchanged. */
  readonly serviceLevels: Readonly<Record<string, string>>;
  /**
   * Qargo's packaging codes, by Palletways bill unit. Each packaging belongs to one bill unit alone. A bill unit that is not named is sent
   * unchanged.
   */
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

/** Returns what an organisation's part in a consignment is worked out from. */
export function oursOf({ palletways, policy }: Organisation): Ours {
  return { ...policy.roles, depot: palletways.depot };
}
