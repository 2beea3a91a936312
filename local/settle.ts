import { call } from './loopback.ts';
import { owedAnswer, pendingAnswer, readsAnswer, type Sweep, sweepsAnswer } from './shapes.ts';

/** What is still open at one moment. */
export interface Open {
  readonly owed: number;
  readonly waiting: number;
  readonly pushes: number;
  readonly uploads: number;
  /** Consignments that are still to be read at Palletways because it was asked for. */
  readonly reads: number;
}

export interface Sources {
  readonly service: string;
  readonly palletways: string;
  readonly qargo: string;
  readonly organisations: readonly string[];
}

export interface SettleOptions {
  /** Epoch ms after which what is open counts as lost. */
  readonly until: number;
  readonly everyMs?: number;
  /** People who do what there is to do; answers how much it was. */
  readonly round?: () => Promise<number>;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Waits until nothing is owed, no push waits for another try, and each organisation had a sweep that began after that and
 * found nothing. False where the time ran out first.
 */
export async function untilSettled(sources: Sources, options: SettleOptions): Promise<boolean> {
  let quietSince: number | undefined;
  while (Date.now() < options.until && !options.signal.aborted) {
    const began = Date.now();
    const people = (await options.round?.().catch(() => 1)) ?? 0;
    const open = await openNow(sources).catch((error: unknown) => error);
    if (isOpen(open)) {
      if (people + open.owed + open.waiting + open.pushes + open.uploads + open.reads > 0) quietSince = undefined;
      else quietSince ??= began;
      const swept =
        quietSince === undefined ? [] : sweptSince(await sweeps(sources.service), quietSince, sources.organisations);
      if (quietSince !== undefined && swept.length === sources.organisations.length) return true;
      options.say(
        quietSince === undefined
          ? `settling: ${open.owed} owed, ${open.pushes} pushes wait for a try, ${open.uploads} uploads under way${open.reads > 0 ? `, ${open.reads} to be read` : ''}`
          : `settling: nothing owed; swept after that ${swept.length} of ${sources.organisations.length}`,
      );
    } else {
      quietSince = undefined;
      options.say(`settling: ${open instanceof Error ? open.message : String(open)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, options.everyMs ?? 1_000));
  }
  return false;
}

/** The organisations whose last ended sweep began at or after `since` and found nothing. */
export function sweptSince(all: readonly Sweep[], since: number, organisations: readonly string[]): string[] {
  const clean = all.filter(({ startedAt, found }) => found === 0 && new Date(startedAt).getTime() >= since);
  return organisations.filter((id) => clean.some(({ organisation }) => organisation === id));
}

async function openNow(sources: Sources): Promise<Open> {
  const [owed, { due: reads }, palletways, qargo] = await Promise.all([
    call('GET', `${sources.service}/operations/owed`).then((json) => owedAnswer.parse(json)),
    call('GET', `${sources.service}/operations/reads`).then((json) => readsAnswer.parse(json)),
    call('GET', `${sources.palletways}/control/pending`).then((json) => pendingAnswer.parse(json)),
    call('GET', `${sources.qargo}/control/pending`).then((json) => pendingAnswer.parse(json)),
  ]);
  return { ...owed, pushes: palletways.pushes + qargo.pushes, uploads: palletways.uploads + qargo.uploads, reads };
}

async function sweeps(service: string): Promise<Sweep[]> {
  return sweepsAnswer.parse(await call('GET', `${service}/operations/sweeps`));
}

function isOpen(value: unknown): value is Open {
  return typeof value === 'object' && value !== null && 'owed' in value && !(value instanceof Error);
}
