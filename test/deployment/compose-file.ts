/** docker-compose.yml as Compose reads it: variables filled in, merge keys resolved. */
import { parse } from 'yaml';
import { masterKeyVariable } from '../../store/postgres/secrets.ts';
import { read } from './sources.ts';

export interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly target: string };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly restart?: string;
  readonly profiles?: readonly string[];
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly volumes?: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly ports?: readonly string[];
  readonly network_mode?: string;
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly cap_drop?: readonly string[];
  readonly stop_grace_period?: string;
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export const raw = read('docker-compose.yml');

/** `.env.example`, by name. */
export const example = new Map(
  read('.env.example')
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line))
    .map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
);

/** Names of the variables that the file asks for. */
export const asked = new Set(
  [...raw.matchAll(/\$\$|\$\{?([A-Za-z_][A-Za-z0-9_]*)/g)].flatMap(([, name]) => (name === undefined ? [] : [name])),
);

/** The file with a person's `.env`: what the example leaves empty is filled in. */
export function readCompose(): Compose {
  const filled = raw.replaceAll(/\$\$|\$\{([A-Z_]+)(?::[^}]*)?\}/g, (_found, name?: string) =>
    name === undefined ? '$' : filledIn(name),
  );
  return parse(filled, { merge: true }) as Compose;
}

function filledIn(name: string): string {
  if (name === masterKeyVariable) return Buffer.alloc(32, 7).toString('base64');
  const value = example.get(name);
  return value === undefined || value === '' ? 'secret123' : value;
}

/** Ends by itself: nothing watches its health, and it is started again only where it failed. */
export function isOneShot(service: Service): boolean {
  const unwatched = service.healthcheck === undefined || service.healthcheck.disable === true;
  return unwatched && service.restart?.startsWith('on-failure') === true;
}

export const isTwin = (service: Service): boolean => service.image?.startsWith('palletways-qargo-twins:') === true;
export const isProduct = (service: Service): boolean => service.image?.startsWith('palletways-qargo:') === true;
