import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from './data-folder.ts';
import type { Ports } from './ports.ts';
import { isFetched, type StoryPolicy, storyPolicies } from './story.ts';

/**
 * What a first contact with the twins finds: a note about where a consignment is has group `STA` and the network's status code as its
 * type, for the `StatusCode` of a published note is 0.
 */
const places = {
  '300': 'COLLECTION_DEPOT',
  '350': 'TRUNKED_TO_HUB',
  '500': 'AT_HUB',
  '550': 'LEFT_HUB',
  '700': 'DELIVERY_DEPOT',
};
const networkCodes = [
  { group: 'BIN', type: '*', code: 'BOOKED' },
  { group: 'ETA', type: '*', code: 'ETA' },
  { group: 'REJ', type: '*', code: 'REJECTED' },
  { group: 'HLD', type: '*', code: 'STOCK_HELD' },
  { group: 'POD', type: '*', code: 'DELIVERED' },
  { group: 'STS', type: 'OFD', code: 'OUT_FOR_DELIVERY' },
  { group: 'STS', type: 'DLV', code: 'DELIVERED' },
  { group: 'STS', type: 'FLD', code: 'FAILED' },
  ...Object.entries(places).map(([type, code]) => ({ group: 'STA', type, code })),
];

interface Depot {
  readonly id: string;
  readonly name: string;
  readonly number: string;
  readonly depotName: string;
  readonly account: string;
  readonly zone: string;
  readonly format: 'xml' | 'json';
  readonly place: {
    readonly address: string;
    readonly city: string;
    readonly postCode: string;
    readonly country: string;
  };
}

/** The four demonstration organisations: two are told in XML, two in JSON; one lives in Ireland's zone. */
const depots: readonly Depot[] = [
  {
    id: 'northgate',
    name: 'Northgate Haulage',
    number: '564',
    depotName: 'NORTHGATE',
    account: '434481',
    zone: 'Europe/London',
    format: 'xml',
    place: { address: '1 Depot Way', city: 'Lichfield', postCode: 'WS13 8SX', country: 'GB' },
  },
  {
    id: 'fenland',
    name: 'Fenland Transport',
    number: '312',
    depotName: 'FENLAND',
    account: '312077',
    zone: 'Europe/London',
    format: 'json',
    place: { address: '8 Drove Road', city: 'Peterborough', postCode: 'PE1 5YD', country: 'GB' },
  },
  {
    id: 'clydeside',
    name: 'Clydeside Freight',
    number: '118',
    depotName: 'CLYDESIDE',
    account: '118230',
    zone: 'Europe/London',
    format: 'xml',
    place: { address: '40 Dock Street', city: 'Glasgow', postCode: 'G51 4AB', country: 'GB' },
  },
  {
    id: 'liffey',
    name: 'Liffey Logistics',
    number: '801',
    depotName: 'LIFFEY',
    account: '801455',
    zone: 'Europe/Dublin',
    format: 'json',
    place: { address: '3 Canal Quay', city: 'Dublin', postCode: 'D12 X0P1', country: 'IE' },
  },
];

/** One demonstration organisation as the product and both twins are told of it. */
export interface Demonstration {
  readonly id: string;
  readonly product: unknown;
  readonly palletways: unknown;
  readonly qargo: unknown;
  /** How Palletways signs in where it fetches exceptions; none where it does not. */
  readonly feed?: { readonly user: string; readonly password: string };
}

type Secrets = Record<string, Record<string, string>>;

/** The first `count` organisations. Passwords and keys are made the first time and kept in the data folder. */
export function demonstrations(count: number, data: string, ports: Ports, story?: 'full'): Demonstration[] {
  const file = join(data, 'secrets.json');
  const secrets: Secrets = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Secrets) : {};
  const all = depots
    .slice(0, count)
    .map((depot) =>
      demonstration(depot, ports, secretsOf(secrets, depot.id), story === undefined ? {} : storyPolicies[depot.id]),
    );
  writeWhole(file, `${JSON.stringify(secrets, null, 2)}\n`);
  return all;
}

function secretsOf(secrets: Secrets, id: string): (name: string) => string {
  secrets[id] ??= {};
  const own = secrets[id];
  return (name) => {
    own[name] ??= randomBytes(18).toString('base64url');
    return own[name];
  };
}

function demonstration(
  depot: Depot,
  ports: Ports,
  secret: (name: string) => string,
  policy: StoryPolicy = {},
): Demonstration {
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  const ftp = { user: `pod${depot.number}`, password: secret('ftp') };
  const pushFromPalletways = { user: `palletways-${depot.id}`, password: secret('palletways-push') };
  const pushFromQargo = { user: `qargo-${depot.id}`, password: secret('qargo-push') };
  const webhook = { user: `webhook-${depot.id}`, password: secret('qargo-webhook') };
  const clientId = `client-${depot.id}`;
  const customer = 'PALLETWAYS';
  return {
    id: depot.id,
    ...(isFetched(policy) ? { feed: pushFromPalletways } : {}),
    product: {
      id: depot.id,
      name: depot.name,
      active: true,
      palletways: {
        apiUrl: at(ports.palletways),
        portalUrl: `${at(ports.palletways)}/api`,
        apiKey: secret('api-key'),
        account: depot.account,
        depot: { number: depot.number, name: depot.depotName },
        zone: depot.zone,
        format: depot.format,
        push: pushFromPalletways,
        ftp: { host: '127.0.0.1', port: ports.ftp, ...ftp, secure: false, folder: `/pod/${depot.number}` },
      },
      qargo: {
        baseUrl: at(ports.qargo),
        clientId,
        secret: secret('qargo-secret'),
        webhook,
        push: pushFromQargo,
        customer: { code: customer },
        depot: { code: `PW${depot.number}`, name: depot.name, ...depot.place },
      },
      policy,
      wire: { palletways: { networkCodes } },
    },
    palletways: {
      apiKey: secret('api-key'),
      account: depot.account,
      depot: depot.number,
      depotName: depot.depotName,
      zone: depot.zone,
      push: { url: `${at(ports.service)}/palletways/${depot.id}/push`, ...pushFromPalletways, format: depot.format },
      ftp,
    },
    qargo: {
      clientId,
      secret: secret('qargo-secret'),
      webhook,
      push: {
        visibilityUrl: `${at(ports.service)}/qargo/${depot.id}/visibility`,
        dispatchUrl: `${at(ports.service)}/qargo/${depot.id}/dispatch`,
        ...pushFromQargo,
      },
      customers: [customer],
    },
  };
}
