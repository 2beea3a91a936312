import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decision, DecisionFact, Fact, OrderFact } from '../../domain/facts/facts.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import { defaultRules, editStage, judgeCancellation, judgeField } from '../../domain/policy/decision.ts';
import { defaultPolicy } from '../../domain/policy/settings.ts';
import {
  cancelDecision,
  cancellationOf,
  carriedOut,
  emptyState,
  fold,
  type State,
  standingFact,
} from '../../domain/state/state.ts';
import { factOf, minute } from './arbitraries.ts';

const at = (kind: Fact['kind'], n: number, content = 0, subject = 0) =>
  factOf({ kind, at: n, heard: 0, subject, content });
const order = at('order', 0) as OrderFact;
/** The delivery date, changed late; and the cancellation, later still. */
const edit: OrderFact = { ...order, id: 'edit', at: minute(20), deliveryDate: '2026-11-30' };
const cancellation: Fact = { ...at('cancellation', 0), at: minute(25) };

/** A full life with two attempts. */
const life: readonly Fact[] = [
  at('tracking', 0, 2),
  at('labels', 0, 2),
  at('plan', 1, 1),
  { ...at('scan', 2, 0), at: minute(2) },
  { ...at('milestone', 3, 0), at: minute(3) },
  { ...at('milestone', 4, 1), at: minute(4) },
  { ...at('milestone', 5, 3), at: minute(5) },
  { ...at('plan', 1, 2), id: 'again', at: minute(6) },
  { ...at('scan', 2, 0, 1), id: 'load again', at: minute(7) },
  { ...at('milestone', 3, 0, 1), id: 'out again', at: minute(8) },
  { ...at('milestone', 5, 2, 1), id: 'delivered', at: minute(10) },
  { ...at('pod', 5, 0), at: minute(11) },
  edit,
  cancellation,
];

/** What the engine and a person decided and told, as the delivery activities do: once, when what is owed is first seen. */
class World {
  state: State = emptyState;
  readonly decided: string[] = [];
  readonly told = new Set<string>();
  readonly date: { agreed: string | null } = { agreed: null };

  hear(batch: readonly Fact[]): void {
    this.state = fold(this.state, batch);
    this.#act();
  }

  /** A person answers what is asked, if anything is. */
  settle(decision: 'accepted' | 'refused'): void {
    for (const fact of Object.values(this.state.subjects)) {
      if (fact.kind !== 'decision' || fact.decision !== 'asked') continue;
      this.#decide(fact.on, decision, 'person', fact.fields);
    }
    this.#act();
  }

  #decide(on: string, decision: Decision, source: 'engine' | 'person', fields: readonly string[]): void {
    this.decided.push(`${on} by ${source}`);
    const base = { at: minute(30), zone: 'UTC', heard: minute(30), via: 'push' } as const;
    const tell = decision === 'asked' ? [] : (['palletways', 'qargo'] as const);
    const fact: DecisionFact = {
      ...base,
      source,
      kind: 'decision',
      id: `${on} ${source}`,
      on,
      decision,
      stage: '',
      attempt: 0,
      fields,
      tell,
    };
    this.state = fold(this.state, [fact]);
  }

  #act(): void {
    const stage = editStage(this.state);
    if (cancellationOf(this.state) !== null && cancelDecision(this.state) === null)
      this.#decide('cancel', judgeCancellation(stage, defaultPolicy.cancellation), 'engine', []);
    const standing = standingFact(this.state, 'order');
    if (carriedOut(this.state) === null && standing !== undefined) {
      const known = this.decided.some((one) => one.startsWith(`${standing.id} `));
      const first = this.date.agreed === null;
      if (!known)
        this.#decide(
          standing.id,
          first ? 'accepted' : judgeField('deliveryDate', 'palletways', stage, defaultRules),
          'engine',
          ['deliveryDate'],
        );
      if (standingFact(this.state, 'decision', `decision:${standing.id}`)?.decision === 'accepted')
        this.date.agreed = standing.deliveryDate;
    }
    for (const { key, kind, to } of owed(this.state)) if (kind === 'decision') this.told.add(`${to} ${key}`);
  }
}

const hearings = fc.record({
  shuffled: fc.shuffledSubarray([...life.keys()], { minLength: life.length }),
  copies: fc.array(fc.nat(life.length - 1), { maxLength: 5 }),
  cuts: fc.array(fc.nat(life.length + 5), { maxLength: 8 }),
  person: fc.constantFrom('accepted' as const, 'refused' as const),
});

test('a late edit and a cancellation in a full life of two attempts: however it is heard, one decision each, told to both sides', () => {
  const ends = new Set<string>();
  fc.assert(
    fc.property(hearings, ({ shuffled, copies, cuts, person }) => {
      const heard = [order, ...[...shuffled, ...copies].flatMap((n) => life[n] ?? [])];
      const stops = [...new Set(cuts)].sort((a, b) => a - b);
      const world = new World();
      for (const [n, from] of [0, ...stops].entries()) world.hear(heard.slice(from, stops[n] ?? heard.length));
      world.settle(person);
      // Told again it changes nothing.
      world.hear([...life].reverse());
      world.settle(person === 'accepted' ? 'refused' : 'accepted');
      expect(new Set(world.decided).size).toBe(world.decided.length);
      const decisions = Object.values(world.state.subjects).filter((fact) => fact.kind === 'decision');
      const standing = new Map(decisions.map(({ on, decision }) => [on, decision]));
      expect(standing.get('cancel')).toMatch(/accepted|refused/);
      // The edit has a decision wherever the order goes on.
      const cancelled = standing.get('cancel') === 'accepted';
      if (!cancelled) expect(standing.get(edit.id)).toMatch(/accepted|refused/);
      if (!cancelled && standing.get(edit.id) === 'accepted') expect(world.date.agreed).toBe(edit.deliveryDate);
      else if (standing.get(edit.id) !== 'accepted') expect([null, order.deliveryDate]).toContain(world.date.agreed);
      for (const { id, decision } of decisions) {
        if (decision === 'asked') continue;
        for (const to of ['palletways', 'qargo']) expect([...world.told]).toContain(`${to} decision:${to}:${id}`);
      }
      ends.add(`${standing.get('cancel')} ${standing.get(edit.id)}`);
    }),
    { numRuns: 2_000 },
  );
  // Not one way only: every end was reached.
  expect([...ends].map((end) => end.split(' ')[0]).sort()).toEqual(expect.arrayContaining(['accepted', 'refused']));
});
