/** Clients of both counterparts for an organisation: shared connections, shared tokens, the shared call budget before each call. */
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { PalletwaysClient } from '../../connectors/palletways/calls.ts';
import { type PalletwaysAccess, palletwaysAccess } from '../../connectors/palletways/config.ts';
import { PalletwaysFiles } from '../../connectors/palletways/ftp.ts';
import { fetchToken, QargoClient } from '../../connectors/qargo/calls.ts';
import { type QargoAccess, qargoAccess } from '../../connectors/qargo/config.ts';
import { palletwaysBudget, palletwaysBudgetName, qargoBudget, qargoBudgetName } from '../../domain/calls/budget.ts';
import { CallError, type CallPriority } from '../../domain/calls/error.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { hold, take } from '../../store/limits/budget.ts';
import { SharedToken } from '../../store/limits/tokens.ts';
import type { Installation } from '../../store/organisations/installation.ts';

/** How long Palletways stays silent to an address that asked too often (apis 1.1). */
const banMs = 15 * 60_000;
/** Life of a Qargo token where the answer does not say (apis 2.2). */
const tokenSeconds = 3600;

/**
 * A `signal` given here ends waiting for a call budget, never a call that is on the wire: a delivery that is given up lets its
 * attempt end first.
 */
export class Counterparts {
  readonly #installation: Installation;
  /** Connections outward, shared by all calls of the process. */
  readonly dispatcher: Dispatcher;
  readonly #tokens = new Map<string, SharedToken>();
  readonly #access = new WeakMap<Organisation, { palletways: PalletwaysAccess; qargo: QargoAccess }>();
  /** Silent answers in a row, by Palletways address. */
  readonly #silences = new Map<string, number>();

  constructor(installation: Installation) {
    this.#installation = installation;
    this.dispatcher = outward();
  }

  get pace(): number {
    return this.#installation.environment.PALLETWAYS_QARGO_PACE;
  }

  /** How long after a lost answer the call may still act, ms. */
  quietMs(organisation: Organisation): number {
    return (organisation.policy.quietSeconds * 1000) / this.pace;
  }

  /** The longest that one call can take until we give it up, ms. */
  callMs(organisation: Organisation): { readonly palletways: number; readonly qargo: number } {
    const { palletways, qargo } = this.accessOf(organisation);
    const { connectMs, headersMs, bodyMs } = palletways.timeouts;
    return { palletways: connectMs + headersMs + bodyMs, qargo: qargo.timeouts.total };
  }

  accessOf(organisation: Organisation): { palletways: PalletwaysAccess; qargo: QargoAccess } {
    const known = this.#access.get(organisation);
    if (known !== undefined) return known;
    const { ftp } = organisation.palletways;
    const access = {
      palletways: palletwaysAccess.parse({
        ...organisation.palletways,
        ...organisation.wire.palletways,
        notesPerCall: organisation.policy.notesPerCall,
        ftp: ftp === null ? null : { ...ftp, secure: ftp.secure ? 'always' : 'auto' },
      }),
      qargo: qargoAccess.parse({
        ...organisation.qargo,
        ...organisation.wire.qargo,
        etaMinutes: organisation.policy.etaMinutes,
        unknownReasons: organisation.policy.unknownReasons,
      }),
    };
    const paced = {
      palletways: { ...access.palletways, timeouts: this.#paced(access.palletways.timeouts) },
      qargo: { ...access.qargo, timeouts: this.#paced(access.qargo.timeouts) },
    };
    this.#access.set(organisation, paced);
    return paced;
  }

  /** Time-outs are divided by the pace, but never below what a busy machine may need. */
  #paced<T extends Readonly<Record<string, number>>>(timeouts: T): T {
    const paced = Object.entries(timeouts).map(([name, ms]) => [name, Math.min(ms, Math.max(5_000, ms / this.pace))]);
    return Object.fromEntries(paced) as T;
  }

  /** The gate of an organisation's Palletways address: resolves when one call may be made now. */
  palletwaysGate(
    organisation: Organisation,
    priority: CallPriority,
    signal?: AbortSignal,
    maxWaitMs?: number,
  ): () => Promise<void> {
    const budget = palletwaysBudgetName(organisation);
    const rules = palletwaysBudget(organisation.policy, this.pace);
    const patience = maxWaitMs === undefined ? {} : { maxWaitMs };
    return () =>
      take(
        this.#installation.db,
        { budget, organisation: organisation.id, priority, rules },
        { ...waiting(signal), ...patience },
      );
  }

  /** `gate` replaces the ordinary one, for a caller that holds a token already. */
  palletways(
    organisation: Organisation,
    priority: CallPriority,
    signal?: AbortSignal,
    gate?: () => Promise<void>,
  ): PalletwaysClient {
    return new PalletwaysClient(this.accessOf(organisation).palletways, {
      gate: gate ?? this.palletwaysGate(organisation, priority, signal),
      dispatcher: this.dispatcher,
    });
  }

  /** Counts silence: twice in a row is a ban, and then nobody calls that address for its time. Anything else ends the count. */
  async heardFrom(organisation: Organisation, error: unknown): Promise<void> {
    const address = new URL(organisation.palletways.apiUrl).host;
    if (!(error instanceof CallError) || error.retry !== 'banned') {
      this.#silences.delete(address);
      return;
    }
    const silences = (this.#silences.get(address) ?? 0) + 1;
    this.#silences.set(address, silences);
    if (silences >= 2) await hold(this.#installation.db, palletwaysBudgetName(organisation), banMs / this.pace);
  }

  files(organisation: Organisation): PalletwaysFiles | null {
    const { depot, timeouts, ftp } = this.accessOf(organisation).palletways;
    return ftp === null ? null : new PalletwaysFiles({ depot, timeouts, ftp });
  }

  /** The gate of an organisation's Qargo tenant: resolves when one call may be made now. */
  qargoGate(
    organisation: Organisation,
    priority: CallPriority,
    signal?: AbortSignal,
    maxWaitMs?: number,
  ): () => Promise<void> {
    const patience = maxWaitMs === undefined ? {} : { maxWaitMs };
    const rules = qargoBudget(organisation.policy, this.pace);
    return () =>
      take(
        this.#installation.db,
        { budget: qargoBudgetName(organisation), organisation: organisation.id, priority, rules },
        { ...waiting(signal), ...patience },
      );
  }

  /** `waited` is told how long each call waited for the budget, ms; `maxWaitMs` is how long it keeps its place there. */
  qargo(
    organisation: Organisation,
    priority: CallPriority,
    signal?: AbortSignal,
    waited?: (ms: number) => void,
    maxWaitMs?: number,
  ): QargoClient {
    const ask = this.qargoGate(organisation, priority, signal, maxWaitMs);
    const gate = async () => {
      const began = performance.now();
      await ask().finally(() => waited?.(performance.now() - began));
    };
    return new QargoClient(this.accessOf(organisation).qargo, {
      tokens: this.token(organisation),
      gate,
      dispatcher: this.dispatcher,
    });
  }

  /** The tenant's one token, shared by all workers. */
  token(organisation: Organisation): SharedToken {
    const known = this.#tokens.get(organisation.id);
    if (known !== undefined) return known;
    const fetch = async () => {
      const current = (await this.#installation.organisations.cached(organisation.id)) ?? organisation;
      const { token, expiresInSeconds } = await fetchToken(this.accessOf(current).qargo, this.dispatcher);
      return { token, expiresInSeconds: expiresInSeconds ?? tokenSeconds };
    };
    const fetches = Math.floor(5 * this.pace);
    const token = new SharedToken(this.#installation.db, this.#installation.seal, organisation.id, fetch, { fetches });
    this.#tokens.set(organisation.id, token);
    return token;
  }
}

const waiting = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal });

/** Behind HTTPS_PROXY calls outward use it; loopback never does. */
function outward(): Dispatcher {
  const proxied =
    process.env.HTTPS_PROXY ?? process.env.https_proxy ?? process.env.HTTP_PROXY ?? process.env.http_proxy;
  const connect = { timeout: 5_000 };
  if (proxied === undefined || proxied === '') return new Agent({ connect, connections: 64, keepAliveTimeout: 10_000 });
  const noProxy = [process.env.NO_PROXY ?? process.env.no_proxy, '127.0.0.1', 'localhost', '[::1]', '::1']
    .filter(Boolean)
    .join(',');
  return new EnvHttpProxyAgent({ noProxy, connect });
}
