/**
 * A small day under one or more flips: the twins play what is published but for the flips, the product sweeps, takes in and sends without
 * Temporal, a desk answers what people are asked, and at the end it is judged what the far sides hold and what the product says itself.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { beginSweep, endSweep, sweepPalletways } from '../../activities/sweep/palletways.ts';
import { sweepQargo } from '../../activities/sweep/qargo.ts';
import type { ConsignmentId } from '../../activities/types.ts';
import type { NextStep } from '../../domain/facts/facts.ts';
import { call } from '../../local/loopback.ts';
import { plan } from '../../sandbox/day/plan.ts';
import { Player } from '../../sandbox/day/play.ts';
import { Twins } from '../../sandbox/day/twins.ts';
import { judge, type Table } from '../../sandbox/judge/judge.ts';
import { readEvidence } from '../../sandbox/judge/read.ts';
import { flips as palletwaysFlips } from '../../sandbox/palletways/flips.ts';
import { flips as qargoFlips } from '../../sandbox/qargo/flips.ts';
import type { CharacterName, Flip } from '../../sandbox/server/flips.ts';
import { listUnused } from '../../store/intake/unused.ts';
import { attention } from '../../store/views/attention.ts';
import { Ground, type GroundPlace } from '../ground.ts';

export interface SidedFlip extends Flip {
  readonly side: 'palletways' | 'qargo';
}
const sided = (side: SidedFlip['side'], flips: readonly Flip[]) =>
  flips.map((flip): [string, SidedFlip] => [flip.id, { ...flip, side }]);
/** Every alternative that the twins can play, by its id. */
export const allFlips: ReadonlyMap<string, SidedFlip> = new Map([
  ...sided('palletways', palletwaysFlips),
  ...sided('qargo', qargoFlips),
]);

export interface DayAsked {
  readonly character: CharacterName;
  readonly flips: readonly string[];
  readonly consignments: number;
  readonly seed: number;
}

/** The result of a day. */
export interface DayPlayed {
  readonly table: Table;
  /** One line for each thing that needs somebody, as `attention` shows it. */
  readonly work: readonly string[];
  /** Words that nothing follows from. */
  readonly unused: readonly string[];
  /** Faults of the product: sweeps that failed, and obligations that it still owes at the end. */
  readonly errors: readonly string[];
  readonly seconds: number;
}

/** The day is played so many times faster than a depot's. */
const pace = 30;
/** The day is over when so long nothing came, ms: two sweeps fit into it. */
const quietMs = 3_200;
/** From one sweep to the next, ms. */
const sweepMs = 1_500;
const longestMs = 240_000;

export async function playDay(where: GroundPlace, asked: DayAsked): Promise<DayPlayed> {
  const began = Date.now();
  const ground = await Ground.open(where, { policies: [{}], keepsUnread: true });
  try {
    await setCharacter(ground, asked);
    const day = plan({ ...asked, organisations: [...ground.organisations], pace, now: Date.now() });
    const player = new Player(day, { twins: new Twins(ground), pace, orderWithinMs: 20_000 });
    const desk = new Desk(ground);
    let over = false;
    const played = player.play().finally(() => {
      over = true;
    });
    for (let quietSince = Date.now(); Date.now() - began < longestMs; ) {
      const isEvening = over && Date.now() - quietSince > quietMs / 2;
      const busy = await desk.round(isEvening ? 'resolved' : 'redeliver');
      if (!over || busy) quietSince = Date.now();
      else if (isEvening && Date.now() - quietSince > quietMs) break;
      await sleep(100);
    }
    await played;
    const { said, held, trackingIds } = await readEvidence(ground);
    await becomeOlder(ground);
    const { lines } = await attention(ground.installation.db, {});
    const words = await listUnused(ground.installation.db);
    return {
      table: judge(said, held, { trackingIds }),
      work: lines.map(({ kind, what, reference, next }) => `${kind} ${reference ?? ''}: ${what} ${next}`),
      unused: words.map(({ what, code, count }) => `${what} ${code} x${count}`),
      errors: [...desk.errors, ...(await stillOwed(ground))],
      seconds: Math.round((Date.now() - began) / 1_000),
    };
  } finally {
    await ground.close();
  }
}

/** Somebody looks two days later at what is known from the beginning of the day. What is open stays as young as it is. */
async function becomeOlder({ installation: { db } }: Ground): Promise<void> {
  for (const sql of [
    `update contact set made_at = made_at - interval '2 days'`,
    `update consignment set created_at = created_at - interval '2 days'`,
  ])
    await db.query(sql);
}

/** Answers how many obligations of each kind the product still owes when the day is over, whatever holds them up. */
async function stillOwed(ground: Ground): Promise<string[]> {
  const { rows } = await ground.installation.db.query<{ kind: string; n: number }>(
    `select kind, count(*)::int as n from obligation where state = 'open' group by kind order by kind`,
  );
  return rows.map(({ kind, n }) => `still owed at the end: ${n} x ${kind}`);
}

async function setCharacter(ground: Ground, { character, flips }: DayAsked): Promise<void> {
  const unknown = flips.filter((id) => !allFlips.has(id));
  if (unknown.length > 0) throw new Error(`no such flip: ${unknown.join(', ')}`);
  for (const side of ['palletways', 'qargo'] as const) {
    const ofSide = flips.filter((id) => allFlips.get(id)?.side === side);
    await call('PUT', `${ground[side]}/control/character`, { character, flips: ofSide });
  }
}

/** Does the work of workers, schedules and a traffic desk, one round after the other. */
class Desk {
  readonly #ground: Ground;
  readonly #errors = new Set<string>();
  #sweptAt = 0;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  get errors(): string[] {
    return [...this.#errors];
  }

  /**
   * Answers whether something new came or is still due. `next` is what customer service decides of every exception that is open: another
   * attempt, and in the evening that it is over.
   */
  async round(next: NextStep): Promise<boolean> {
    const before = await this.#facts();
    await this.#noting('take', () => this.#ground.take());
    if (Date.now() - this.#sweptAt > sweepMs) await this.#sweep();
    for (const id of await this.#waiting('exists (select 1 from obligation o where o.consignment = s.consignment)'))
      await this.#noting('send', () => this.#ground.drive(id));
    for (const id of await this.#waiting('s.case_count > 0'))
      await this.#noting('case', () => this.#ground.decideCases(id, next));
    for (const id of await this.#waiting('s.question_since is not null'))
      for (const question of await this.#ground.questions(id))
        await this.#noting('decision', async () => void (await this.#ground.settle(id, 'accepted', question)));
    return (await this.#facts()) !== before;
  }

  async #sweep(): Promise<void> {
    const { services, organisations } = this.#ground;
    for (const organisation of organisations) {
      const sweep = await beginSweep(services, { organisation });
      await this.#noting('sweep of Palletways', () => inActivity(() => sweepPalletways(services, { organisation })));
      await this.#noting('sweep of Qargo', () => inActivity(() => sweepQargo(services, { organisation })));
      await endSweep(services, { sweep, found: 0 });
    }
    this.#sweptAt = Date.now();
  }

  async #noting(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      // The next round tries again what this one has not done; `stillOwed` finds what no round has done.
      if (!message.startsWith('never done')) this.#errors.add(`${what}: ${message}`.slice(0, 300));
    }
  }

  async #facts(): Promise<string> {
    const sql = `select (select count(*) from fact) || ' ' || (select count(*) from attempt) as n`;
    return (await this.#ground.installation.db.query<{ n: string }>(sql)).rows[0]?.n ?? '';
  }

  /** Consignments for which there is something to do. */
  async #waiting(what: string): Promise<ConsignmentId[]> {
    const sql = `select s.organisation, s.consignment from status s where ${what} order by s.consignment`;
    return (await this.#ground.installation.db.query<ConsignmentId>(sql)).rows;
  }
}

/** Sweeps wait as activities do. */
const inActivity = <T>(work: () => Promise<T>): Promise<T> =>
  new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') }).run(work) as Promise<T>;
