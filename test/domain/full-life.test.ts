/** A full life of two attempts, of facts of every kind: however it is heard, it ends the same and the same is told last. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fact } from '../../domain/facts/facts.ts';
import { rowOf } from '../../domain/obligations/kinds.ts';
import type { Obligation } from '../../domain/obligations/obligation.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import type { OpenObligation } from '../../domain/receipts/projection.ts';
import type { Receipt } from '../../domain/receipts/receipts.ts';
import { emptyState, fold, type State } from '../../domain/state/state.ts';
import { factOf, kinds, minute } from './arbitraries.ts';
import { projectedAtOnce, RecordInMemory } from './record-in-memory.ts';

/** A fact of a kind that happened in that minute; `more` says what of it matters. */
function fact(kind: Fact['kind'], n: number, more: Readonly<Record<string, unknown>> = {}): Fact {
  const drawn = factOf({ kind, at: n, heard: 0, subject: 0, content: 1 });
  return { ...drawn, at: minute(n), heard: minute(n), id: `${kind}:${n}:${JSON.stringify(more)}`, ...more } as Fact;
}
const milestone = (n: number, name: string) => fact('milestone', n, { milestone: name, stop: 'delivery' });
const scans = (n: number, scan: string) => ['B1', 'B2'].map((barcode) => fact('scan', n, { barcode, scan }));
const edit = fact('order', 20, { deliveryDate: '2026-11-30', weight: 900 });
const held = fact('held', 26, { fields: { instructions: '0000000000000001' } });
const damage = fact('exception', 13, { code: 'CARDED', stop: 'delivery' });
const decision = (
  n: number,
  on: string,
  said: string,
  source: 'engine' | 'person',
  fields: readonly string[] = ['weight'],
) => fact('decision', n, { on, decision: said, source, fields, tell: said === 'asked' ? [] : ['palletways', 'qargo'] });

/** From the first word to the final quantities: carded at the first attempt, delivered at the second, with an edit that came late. */
const life: readonly Fact[] = [
  fact('hint', 0),
  fact('order', 1, { weight: 640 }),
  fact('tracking', 1, { trackingId: null, conNo: '2557391-564', responseId: '3972953' }),
  fact('tracking', 2, { trackingId: '60012340167', conNo: '2557391-564', responseId: '3972953' }),
  fact('labels', 2, { barcodes: ['B1'] }),
  fact('labels', 3, { barcodes: ['B1', 'B2'] }),
  fact('network', 3, { code: 'AT_HUB', bookIn: undefined }),
  fact('network', 4, {
    code: 'BOOKED',
    source: 'palletways',
    bookIn: { date: '2026-11-24', time: '10:30', digest: '01' },
  }),
  fact('network', 6, { code: 'BOOKED', source: 'qargo', bookIn: { date: '2026-11-24', time: '14:00', digest: '02' } }),
  fact('plan', 5, { trip: 'R12' }),
  ...scans(7, 'load'),
  milestone(8, 'out'),
  fact('eta', 9, { stop: 'delivery', eta: minute(40) }),
  fact('eta', 10, { stop: 'delivery', eta: minute(45) }),
  milestone(12, 'arrived'),
  damage,
  milestone(14, 'failed'),
  fact('case', 15, { exception: damage.id, step: 'redeliver' }),
  fact('proof', 15, { stop: 'delivery', outcome: 'failed', ended: minute(14), since: minute(14) }),
  fact('document', 15, { document: 'card', role: 'exception-photo' }),
  fact('exception', 16, { code: 'STOCK_HELD', stop: 'network', source: 'palletways' }),
  fact('plan', 17, { trip: null }),
  fact('presence', 18, { present: false }),
  fact('presence', 19, { present: true }),
  fact('ending', 19, { how: 'blocked' }),
  fact('ending', 20, { how: 'none' }),
  edit,
  decision(21, edit.id, 'asked', 'engine'),
  decision(22, edit.id, 'accepted', 'person'),
  decision(22, `${edit.id}:refused`, 'refused', 'engine', ['collectionDate']),
  fact('plan', 23, { trip: 'R15' }),
  held,
  decision(27, held.id, 'refused', 'engine', ['instructions']),
  fact('charge', 28, { charge: 'weight', about: '', new: '700', owe: ['qargo'] }),
  fact('charge', 29, { charge: 'weight', about: '', new: '720', owe: ['palletways'] }),
  ...scans(30, 'load'),
  milestone(31, 'out'),
  milestone(33, 'arrived'),
  ...scans(34, 'delivery'),
  milestone(35, 'delivered'),
  fact('pod', 35),
  fact('document', 36, { document: 'signature', role: 'signature' }),
  fact('document', 37, { document: 'photo', role: 'photo' }),
  fact('proof', 37, { stop: 'delivery', outcome: 'delivered', ended: minute(35), since: minute(35) }),
  fact('proof', 38, { stop: 'delivery', outcome: 'delivered', ended: minute(35), since: minute(35) }),
  fact('refresh', 39, { source: 'person' }),
  fact('close-out', 40, { adjustment: 0, digest: 'final' }),
  fact('close-out', 41, { adjustment: 1, digest: 'adjusted' }),
  fact('resend', 42, { obligation: 'document:photo', revision: 2, source: 'person' }),
];
const cancellation = fact('cancellation', 43, { source: 'palletways' });

/** The same life with what may end it, and the decisions that were made about that. */
const lives: Readonly<Record<string, readonly Fact[]>> = {
  'to its close-out': life,
  'with a cancellation that was refused': [...life, cancellation, decision(44, 'cancel', 'refused', 'engine', [])],
  'with a cancellation that a person accepted': [
    ...life,
    cancellation,
    decision(44, 'cancel', 'asked', 'engine', []),
    decision(45, 'cancel', 'accepted', 'person', []),
  ],
  'cancelled, and said anew as created': [
    ...life,
    cancellation,
    fact('revived', 46, { revival: 1, generation: 2 }),
    fact('order', 47, { weight: 650 }),
    fact('plan', 48, { trip: 'R20' }),
    milestone(50, 'out'),
    milestone(52, 'delivered'),
  ],
  'that proves to be another': [...life, fact('merged', 46, { into: 'another' })],
};

/** A consignment's sends with its record behind them and a far side that takes everything, all pure. */
class House {
  readonly #record = new RecordInMemory();
  /** What was sent, in its order. */
  readonly sent: Obligation[] = [];
  readonly #tired = new Set<string>();
  #clock = 0;

  get state(): State {
    return this.#record.state;
  }

  get stage(): string {
    return this.#record.status.stage;
  }

  /** What is open, and what it waits for. */
  get held(): string[] {
    const { has } = this.#record.status;
    return this.#open.map(
      (o) => `${o.key}: ${o.needs.filter((need) => !has.includes(need)).join()} ${o.notBefore ?? ''}`,
    );
  }

  get #now(): string {
    return minute(60 + this.#clock);
  }

  get #open(): OpenObligation[] {
    return this.#record.open.filter(({ state }) => state === 'open');
  }

  /** What can be sent: its time has come, and its needs are there or are met in the same go (store/record/due.ts). */
  get #due(): OpenObligation[] {
    const { has } = this.#record.status;
    const ready = this.#open.filter(({ notBefore }) => notBefore === null || notBefore <= this.#now);
    const given = ready.filter(({ needs }) => needs.every((need) => has.includes(need)));
    return ready.filter(({ needs, lane }) =>
      needs.every((need) => has.includes(need) || given.some((each) => each.lane === lane && each.gives === need)),
    );
  }

  /** `tires`: of so many first calls for something one is answered with "not yet"; 0: none. */
  hear(batch: readonly Fact[], tires: number): void {
    this.#record.hear(batch);
    this.#deliver(tires);
  }

  #deliver(tires: number): void {
    for (let round = 0; ; round += 1) {
      const due = this.#due;
      if (due.length === 0 && !this.#open.some(({ notBefore }) => notBefore !== null)) return;
      if (round > 200) throw new Error(`never done: ${due.map(({ key }) => key).join(', ')}`);
      if (due.length === 0) this.#clock += 1;
      const owes = new Map(owed(this.state).map((o) => [`${o.key} ${o.fact}`, o]));
      const outcomes = due.map((of, n) => {
        const o = owes.get(`${of.key} ${of.fact}`);
        if (o === undefined) throw new Error(`${of.key} is open and not owed`);
        return { of, outcome: this.#one(o, tires > 0 && n % tires === 0 && !this.#tired.has(of.key)) };
      });
      this.#record.settle(outcomes);
    }
  }

  /** What stands is what all that was heard, and all that came of it, makes at once. */
  expectProjected(): void {
    expect(this.#record.derived).toEqual(projectedAtOnce(this.#record.facts, this.#record.ledger));
  }

  #one(o: Obligation, tired: boolean): Receipt {
    const { key } = o;
    const of = { key, digest: o.digest, revision: o.revision, at: this.#now };
    if (tired) {
      this.#tired.add(key);
      return { ...of, state: 'not yet', until: minute(61 + this.#clock), cause: { code: 'label not ready' } };
    }
    this.sent.push(o);
    return { ...of, state: 'met' };
  }
}

const hearingsOf = (all: readonly Fact[]) =>
  fc.record({
    order: fc.shuffledSubarray([...all.keys()], { minLength: all.length }),
    copies: fc.array(fc.record({ of: fc.nat(all.length - 1), place: fc.nat(all.length) }), { maxLength: 8 }),
    cuts: fc.array(fc.nat(all.length), { maxLength: 12 }),
    tires: fc.nat(4),
  });

/** What is told once says the same whatever was known besides. */
const textOf = ({ key, digest, revision, change }: Obligation) =>
  change === 'once' ? `${key} ${revision}` : `${key} ${digest} ${revision}`;

/** What each side was told last, of all that is still true. */
function lastTold(house: House): string[] {
  const owedNow = new Set(owed(house.state).map(({ key }) => key));
  const last = new Map(house.sent.map((o) => [o.key, o]));
  return [...last.values()]
    .filter(({ key }) => owedNow.has(key))
    .map(textOf)
    .sort();
}

describe('a full life with two attempts', () => {
  test('holds a fact of every kind, and owes an obligation of every kind and part of one', () => {
    const all = Object.values(lives).flat();
    expect([...new Set(all.map(({ kind }) => kind))].sort()).toEqual([...kinds].sort());
    const owes = Object.values(lives).flatMap((each) =>
      each.flatMap((_, n) => owed(fold(emptyState, each.slice(0, n + 1)))),
    );
    expect([...new Set(owes.map(({ sort }) => sort))].sort()).toEqual(Object.keys(rowOf).sort());
  });

  test.each(Object.entries(lives))(
    '%s: in any order, doubled, cut anyhow, it ends in the same state and the same is told last',
    (_, all) => {
      const inOrder = new House();
      for (const each of all) inOrder.hear([each], 0);
      const [state, told] = [inOrder.state, lastTold(inOrder)];
      // What is owed at the end, was told; nothing else of it was told later.
      const end = owed(state).filter((o) => o.kind !== 'plan' || o.digest !== 'none');
      expect(told).toEqual(expect.arrayContaining(end.map(textOf)));
      fc.assert(
        fc.property(hearingsOf(all), ({ order, copies, cuts, tires }) => {
          const heard = order.flatMap((n) => all[n] ?? []);
          for (const { of, place } of copies) heard.splice(place, 0, all[of] as Fact);
          const ends = [...new Set([...cuts, heard.length])].sort((a, b) => a - b);
          const house = new House();
          for (const [n, to] of ends.entries()) house.hear(heard.slice(ends[n - 1] ?? 0, to), tires);
          house.expectProjected();
          // Told once more it is no news.
          const before = house.sent.length;
          house.hear(all, 0);
          expect(house.sent.length).toBe(before);
          expect(house.state).toEqual(state);
          expect(house.stage).toBe(inOrder.stage);
          expect(house.held).toEqual([]);
          // Where it was cancelled before Qargo had an order there is none to tell on.
          const ordered = house.sent.some(({ kind }) => kind === 'order');
          expect(lastTold(house)).toEqual(ordered ? told : told.filter((each) => !each.startsWith('decision:qargo')));
          // Nothing is told twice; what is true again after something else was told is told again.
          const last = new Map<string, string>();
          const once = new Set<string>();
          for (const o of house.sent) {
            expect([last.get(o.key), once.has(textOf(o))]).not.toEqual([textOf(o), false]);
            expect(once).not.toContain(textOf(o));
            last.set(o.key, textOf(o));
            if (o.change === 'once') once.add(textOf(o));
          }
        }),
        { numRuns: 60 },
      );
    },
  );
});
