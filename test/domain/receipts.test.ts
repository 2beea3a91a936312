import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fact, OrderFact, PlanFact } from '../../domain/facts/facts.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import type { Obligation } from '../../domain/obligations/obligation.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import { type Due, due, type Ledger, type Receipt, settles } from '../../domain/receipts/receipts.ts';
import { isEnded } from '../../domain/state/state.ts';
import { factOf, minute, situation, stateOf } from './arbitraries.ts';
import { record } from './ledger.ts';

const orderSaying = (content: number, at: number) =>
  factOf({ kind: 'order', at, heard: 0, subject: 0, content }) as OrderFact;
const planned = (trip: string | null, at: number): PlanFact => ({
  ...(factOf({ kind: 'plan', at, heard: 0, subject: 0, content: 1 }) as PlanFact),
  id: `plan-${trip}-${at}`,
  trip,
});
const tracking = factOf({ kind: 'tracking', at: 0, heard: 0, subject: 0, content: 3 });
const labels = factOf({ kind: 'labels', at: 0, heard: 0, subject: 0, content: 2 });
const scan = factOf({ kind: 'scan', at: 4, heard: 0, subject: 0, content: 0 });
const pod = factOf({ kind: 'pod', at: 5, heard: 0, subject: 0, content: 0 });

/** A consignment as a workflow goes through it: facts are said, what is due is delivered. */
class Life {
  readonly said: Fact[] = [];
  ledger: Ledger = {};

  say(...facts: Fact[]): this {
    this.said.push(...facts);
    return this;
  }

  get owes(): Obligation[] {
    return owed(stateOf(this.said));
  }

  due(at = 10): Due {
    return due(stateOf(this.said), this.owes, this.ledger, minute(at));
  }

  keys(at = 10): string[] {
    return this.due(at).now.map((o) => o.key);
  }

  settle(key: string, state: Receipt['state'], more: Partial<Receipt> = {}): this {
    const o = this.owes.find((each) => each.key === key);
    if (o === undefined) throw new Error(`${key} is not owed`);
    this.ledger = record(this.ledger, [{ key, digest: o.digest, revision: o.revision, state, at: minute(9), ...more }]);
    return this;
  }
}

/** The need that is not met, else the code. */
const name = (by: Cause) => (by.code === 'needs' ? by.need : by.code);

describe('replace and once', () => {
  test('A to B to A is owed again each time, and what is told last is A', () => {
    const life = new Life().say(orderSaying(0, 0));
    const told: (string | undefined)[] = [];
    for (const [content, at] of [
      [1, 1],
      [0, 2],
    ] as const) {
      told.push(life.due().now[0]?.digest);
      life.settle('order', 'met');
      expect(life.keys()).toEqual([]);
      life.say(orderSaying(content, at));
      expect(life.keys()).toEqual(['order']);
    }
    told.push(life.due().now[0]?.digest);
    expect(told[2]).toBe(told[0]);
    expect(told[1]).not.toBe(told[0]);
    expect(life.settle('order', 'met').keys()).toEqual([]);
  });

  test('a later order that says the same is not owed again', () => {
    const life = new Life().say(orderSaying(0, 0)).settle('order', 'met');
    expect(life.say({ ...orderSaying(0, 3), id: 'a later read' }).keys()).toEqual([]);
  });

  test('what happens once is never owed again by itself, whatever its digest was when it was told', () => {
    const life = new Life().say(tracking, labels, scan);
    const once = life.owes.filter((o) => o.change === 'once');
    expect(once.map((o) => o.kind)).toEqual(['scan']);
    for (const o of once) life.settle(o.key, 'met', { digest: 'as an older release wrote it' });
    expect(life.keys()).toEqual([]);
    const labelsOwed = life.owes.find((o) => o.key === 'labels');
    if (labelsOwed === undefined) throw new Error('labels are owed');
    const olderLabels: Receipt = {
      key: 'labels',
      digest: 'other barcodes',
      revision: 1,
      state: 'met',
      at: minute(1),
    };
    expect(settles(olderLabels, labelsOwed)).toBe(false);
  });

  test('a plan of nothing is owed only after a plan was told', () => {
    const life = new Life().say(tracking, planned(null, 1));
    expect(life.keys()).toEqual([]);
    life.say(planned('trip-1', 2));
    expect(life.keys()).toEqual(['plan']);
    life.settle('plan', 'met').say(planned(null, 3));
    expect(life.keys()).toEqual(['plan']);
    life.settle('plan', 'met');
    expect(life.keys()).toEqual([]);
  });

  test('a decision waits for the order that it is told on, and not for one that was cancelled before Qargo had it', () => {
    const accepted = {
      kind: 'decision',
      on: 'cancel',
      decision: 'accepted',
      source: 'person',
      fields: [],
      tell: ['qargo'],
    } as const;
    const decision = { ...factOf({ kind: 'decision', at: 7, heard: 0, subject: 1, content: 1 }), ...accepted } as Fact;
    const [waits, never, told] = [new Life(), new Life(), new Life()];
    expect(
      waits
        .say({ ...decision, on: 'order-1' } as Fact)
        .due()
        .held.map(({ by }) => name(by)),
    ).toEqual(['order accepted']);
    const cancellation = factOf({ kind: 'cancellation', at: 6, heard: 0, subject: 0, content: 0 });
    expect([never.say(cancellation, decision).keys(), never.due().held]).toEqual([['cancel'], []]);
    told.say(orderSaying(1, 1)).settle('order', 'met').say(cancellation, decision);
    expect(told.keys()).toEqual(['cancel', `decision:qargo:${decision.id}`]);
  });

  test.for(['met', 'void', 'refused', 'unknown', 'erased'] as const)(
    'what was %s is not sent again until a person asks for it',
    (state) => {
      const life = new Life().say(tracking, scan);
      const [key = ''] = life.keys();
      life.settle(key, state);
      expect(life.keys(59)).toEqual([]);
      life.say({
        ...(factOf({ kind: 'resend', at: 3, heard: 0, subject: 0, content: 0 }) as Extract<Fact, { kind: 'resend' }>),
        obligation: key,
      });
      expect(life.due().now.map((o) => [o.key, o.revision])).toEqual([[key, 2]]);
      expect(life.settle(key, 'met').keys()).toEqual([]);
    },
  );
});

describe('what an obligation needs', () => {
  test('a need holds the obligation that has it and no other', () => {
    const life = new Life().say(orderSaying(0, 0), labels, scan);
    expect(life.keys()).toEqual(['order']);
    expect(life.due().held.map(({ obligation, by }) => [obligation.kind, name(by)])).toEqual([
      ['labels', 'tracking id'],
      ['scan', 'tracking id'],
    ]);
    life.say(tracking);
    expect(life.keys().sort()).toEqual([
      'labels',
      'order',
      'references',
      'scan:B000000000:load:2026-11-23T06:04:00.000Z',
    ]);
  });

  test('the order goes before its labels in one batch, and is not waited for', () => {
    const life = new Life().say(tracking, labels, orderSaying(0, 1));
    expect(life.keys()).toEqual(['order', 'references', 'labels']);
    expect(life.due().held).toEqual([]);
  });

  test('where the order has to wait or was refused, what needs it is held by it, and the scans go', () => {
    const life = new Life().say(tracking, labels, orderSaying(0, 1), scan);
    life.settle('order', 'not yet', { until: minute(30), cause: { code: 'upload not ended' } });
    const held = () => life.due().held.map(({ obligation, by }) => [obligation.key, name(by)]);
    expect(held()).toEqual([
      ['order', 'upload not ended'],
      ['references', 'order accepted'],
      ['labels', 'order accepted'],
    ]);
    expect(life.due().now.map((o) => o.kind)).toEqual(['scan']);
    life.settle('order', 'refused', { cause: { code: 'refused' } });
    expect(held()).toEqual([
      ['references', 'order accepted'],
      ['labels', 'order accepted'],
    ]);
  });

  test('an order accepted once stays accepted, whatever becomes of its next version', () => {
    const life = new Life().say(tracking, orderSaying(0, 0)).settle('order', 'met').say(labels, orderSaying(1, 1));
    life.settle('order', 'refused');
    expect(life.keys()).toEqual(['references', 'labels']);
  });

  test('without any order what needs one is held', () => {
    const life = new Life().say(tracking, labels);
    expect(life.keys()).toEqual([]);
    expect(life.due().held.map(({ by }) => name(by))).toEqual(['order accepted', 'order accepted']);
  });
});

describe('not yet', () => {
  test('is due at its time and not before, and the earliest of all is when to wake', () => {
    const life = new Life().say(tracking, scan, pod);
    const [first = '', second = ''] = life.keys();
    life.settle(first, 'not yet', { until: minute(20) }).settle(second, 'not yet', { until: minute(15) });
    expect(life.due(14)).toMatchObject({ now: [], wakeAt: minute(15) });
    expect(life.keys(15)).toEqual([second]);
    expect(life.due(15).wakeAt).toBe(minute(20));
    expect(life.keys(20)).toEqual([first, second]);
    expect(life.due(20).wakeAt).toBeUndefined();
  });

  test('newer truth does not wait for the look at the old', () => {
    const life = new Life()
      .say(tracking, planned('trip-1', 1))
      .settle('plan', 'not yet', { until: minute(40), cause: { code: 'answer lost' } });
    expect(life.keys()).toEqual([]);
    expect(life.say(planned('trip-2', 2)).keys()).toEqual(['plan']);
  });

  test('a resend does not wait either', () => {
    const life = new Life().say(orderSaying(0, 0)).settle('order', 'not yet', { until: minute(40) });
    expect(life.keys()).toEqual([]);
    expect(life.say(factOf({ kind: 'resend', at: 3, heard: 0, subject: 0, content: 0 })).keys()).toEqual(['order']);
  });

  test('without a time it is due at once: an intent whose activity died is looked at by the next', () => {
    const life = new Life().say(tracking, scan);
    const [key = ''] = life.keys();
    expect(life.settle(key, 'not yet', { digest: '', revision: 0 }).keys()).toEqual([key]);
  });
});

test('every obligation is either due, or held, or met, or a plan of nothing that nobody was told otherwise, or a decision on an order that never was', () => {
  fc.assert(
    fc.property(situation(), ({ state, ledger, now }) => {
      const obligations = owed(state);
      const plan = due(state, obligations, ledger, now);
      const seen = [...plan.now, ...plan.held.map(({ obligation }) => obligation)];
      expect(new Set(seen).size).toBe(seen.length);
      for (const o of obligations) {
        const nothingToTell = o.kind === 'plan' && o.digest === 'none' && ledger[o.key] === undefined;
        const nowhere = o.kind === 'decision' && o.to === 'qargo' && isEnded(state) && ledger.order?.ever !== true;
        expect(seen.includes(o)).toBe(!settles(ledger[o.key], o) && !nothingToTell && !nowhere);
      }
      // Waking then gets on: nothing asks to be woken at the same instant again.
      if (plan.wakeAt !== undefined) {
        expect(plan.wakeAt > now).toBe(true);
        expect(due(state, obligations, ledger, plan.wakeAt).wakeAt ?? '9').not.toBe(plan.wakeAt);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('nothing that needs an accepted order is due while its order waits for the earlier one to be taken back', () => {
  const revived = factOf({ kind: 'revived', at: 2, heard: 0, subject: 0, content: 1 });
  const delivered = factOf({ kind: 'milestone', at: 3, heard: 0, subject: 0, content: 2 });
  const evidence = (life: Life) => life.owes.find(({ kind }) => kind === 'evidence')?.key;
  const life = new Life().say(orderSaying(1, 0), { ...delivered, milestone: 'delivered', stop: 'stop-0' } as Fact);
  expect(life.keys()).toEqual(expect.arrayContaining(['order', evidence(life)]));
  life.say({ ...revived, revival: 1, generation: 2 } as Fact);
  expect(life.due().held).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        obligation: expect.objectContaining({ kind: 'order' }),
        by: { code: 'needs', need: 'earlier order taken back' },
      }),
      expect.objectContaining({
        obligation: expect.objectContaining({ kind: 'evidence' }),
        by: { code: 'needs', need: 'order accepted' },
      }),
    ]),
  );
});
