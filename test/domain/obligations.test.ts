import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fact, OrderFact } from '../../domain/facts/facts.ts';
import { shortHash } from '../../domain/facts/hash.ts';
import { subjectOf } from '../../domain/facts/kinds.ts';
import { orderDigest } from '../../domain/facts/order-digest.ts';
import type { Obligation } from '../../domain/obligations/obligation.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import { due } from '../../domain/receipts/receipts.ts';
import { factsOf, type State } from '../../domain/state/state.ts';
import { factOf, facts, kinds, minute, situation, stateOf, uncancelled, undecided } from './arbitraries.ts';

const order: OrderFact = {
  kind: 'order',
  id: 'pw:order:1',
  at: minute(0),
  zone: 'Europe/London',
  heard: minute(1),
  source: 'palletways',
  via: 'push',
  content: '1',
  type: 'D',
  service: 'A-ND',
  lifts: 2,
  weight: 640,
  billUnits: [
    { type: 'FP', amount: 1 },
    { type: 'HP', amount: 1 },
  ],
  collectionDate: null,
  deliveryDate: '2026-11-24',
  digests: { 'delivery.companyName': '0011223344556677', instructions: '8899aabbccddeeff' },
};

const one = (state: State, key: string) => owed(state).find((o) => o.key === key);
const digestOf = (of: OrderFact) => one(stateOf([of]), 'order')?.digest;

describe('the key of an obligation', () => {
  /** Whether what is owed because of a fact keeps its keys whatever else is said, before or after it. */
  const keysStand = (owe: (state: State) => Obligation[]) =>
    fc.property(facts(uncancelled), facts(uncancelled), (some, more) => {
      const alone = owe(stateOf(some));
      const among = owe(stateOf([...more, ...some]));
      const keysOf = (all: readonly Obligation[], fact: string) => all.filter((o) => o.fact === fact).map((o) => o.key);
      for (const { fact, kind, key } of alone) {
        const now = keysOf(among, fact);
        // A newer order answers a hint, and a newer snapshot stands in the older one's place: then nothing of that fact is owed.
        // One look is owed for a stop that ended in two ways at one instant.
        if (kind === 'evidence' && among.some((o) => o.key === key)) continue;
        if (now.length > 0 && kind !== 'consignment' && !now.includes(key)) return false;
      }
      return true;
    });

  test('never changes with what else is said: it holds no count and no order of arrival', () => {
    fc.assert(keysStand(owed), { numRuns: 1_000 });
  });

  test('a key that counts is caught', () => {
    const counting = (state: State) => owed(state).map((o, index) => ({ ...o, key: `${o.kind}:${index}` }));
    expect(fc.check(keysStand(counting), { numRuns: 1_000 }).failed).toBe(true);
    const attempts = (state: State) => {
      const numbered = new Map<string, number>();
      return owed(state).map((o) => {
        const n = (numbered.get(o.kind) ?? 0) + 1;
        numbered.set(o.kind, n);
        return o.kind === 'milestone' ? { ...o, key: `attempt:${n}` } : o;
      });
    };
    expect(fc.check(keysStand(attempts), { numRuns: 1_000 }).failed).toBe(true);
  });

  test('is one for each obligation of a state, and names what its fact names', () => {
    fc.assert(
      fc.property(situation(), ({ state }) => {
        const keys = owed(state).map((o) => o.key);
        return new Set(keys).size === keys.length;
      }),
      { numRuns: 1_000 },
    );
    const ended = [2, 3].map((content) => factOf({ kind: 'milestone', at: 3, heard: 0, subject: 0, content }));
    expect(owed(stateOf(ended)).filter((o) => o.kind === 'evidence')).toHaveLength(1);
    const scan = factOf({ kind: 'scan', at: 3, heard: 0, subject: 1, content: 0 });
    expect(owed(stateOf([scan])).map((o) => o.key)).toEqual([`scan:B000000001:load:${minute(3)}`]);
  });
});

describe('the digest of an order', () => {
  test('is of what the order says: how, when and by whom it was said does not change it', () => {
    const before = digestOf(order);
    const changes: Partial<OrderFact>[] = [
      { id: 'pw:order:2' },
      { at: minute(9) },
      { zone: 'UTC' },
      { heard: minute(9) },
      { source: 'person' },
      { via: 'read' },
      { content: '2' },
      { billUnits: [...order.billUnits].reverse() },
      { digests: Object.fromEntries(Object.entries(order.digests).reverse()) },
    ];
    for (const change of changes) expect(digestOf({ ...order, ...change })).toBe(before);
  });

  test('changes with every field of the order', () => {
    const changes: Partial<OrderFact>[] = [
      { type: 'C' },
      { service: 'A-EC' },
      { lifts: 3 },
      { weight: 641 },
      { billUnits: [{ type: 'FP', amount: 2 }] },
      { billUnits: order.billUnits.map((unit) => ({ ...unit, amount: 2 })) },
      { collectionDate: '2026-11-24' },
      { deliveryDate: null },
      { digests: { ...order.digests, instructions: '0000000000000000' } },
      { digests: {} },
    ];
    const digests = [order, ...changes.map((change) => ({ ...order, ...change }))].map(digestOf);
    expect(new Set(digests).size).toBe(digests.length);
  });

  test('cannot change with mapping or configuration: what is owed follows from the state alone', () => {
    expect(owed).toHaveLength(1);
    const mapped = { ...order, mapping: { 'A-ND': 'NEXTDAY' }, configuration: 7 } as OrderFact;
    expect(digestOf(mapped)).toBe(digestOf(order));
  });

  test('is the same in every release: a new one makes nothing that is met owed again', () => {
    // If this fails, every order that ever was delivered is owed again after the release. Give the text a new version only for that.
    expect(shortHash(orderDigest(order))).toBe('e10cf609a9516');
    const state = stateOf([
      order,
      { ...factOf({ kind: 'labels', at: 1, heard: 0, subject: 0, content: 2 }) },
      { ...factOf({ kind: 'tracking', at: 1, heard: 0, subject: 0, content: 3 }) },
      { ...factOf({ kind: 'plan', at: 1, heard: 0, subject: 0, content: 1 }) },
    ]);
    expect(Object.fromEntries(owed(state).map((o) => [o.key, o.digest]))).toEqual({
      order: 'e10cf609a9516',
      references: '1ae03c497ccb6',
      labels: 'a9f6c62007b13',
      plan: '7dd9f2bbe324d',
    });
  });
});

describe('what is owed', () => {
  test('a cancellation that nobody judged is owed, and silences nothing else', () => {
    const cancellation = factOf({ kind: 'cancellation', at: 0, heard: 0, subject: 0, content: 0 });
    const unsaid = undecided.filter((kind) => kind !== 'merged' && kind !== 'cancellation');
    fc.assert(
      fc.property(facts(unsaid), (all) => {
        const [before, after] = [owed(stateOf(all)), owed(stateOf([...all, cancellation]))];
        expect(after.map(({ key }) => key).sort()).toEqual(['cancel', ...before.map(({ key }) => key)].sort());
      }),
    );
  });

  test('a cancelled consignment owes the cancellation and what proves it, and nothing else', () => {
    const cancellation: Fact = {
      ...factOf({ kind: 'cancellation', at: 0, heard: 0, subject: 0, content: 0 }),
      source: 'person',
    };
    fc.assert(
      fc.property(facts(undecided), (all) => {
        const state = stateOf([...all, cancellation]);
        const merged = state.subjects.merged !== undefined;
        const proof = (merged ? [] : [...factsOf(state, 'pod'), ...factsOf(state, 'document')]).map(
          (fact) => `palletways ${subjectOf(fact)}`,
        );
        const keys = owed(state).map((o) => `${o.to} ${o.key}`);
        expect(keys.sort()).toEqual(['qargo cancel', ...proof].sort());
      }),
    );
  });

  test('an identity that was merged owes what a cancellation owes and nothing else, once, however it was told', () => {
    const merged = factOf({ kind: 'merged', at: 0, heard: 0, subject: 0, content: 0 });
    fc.assert(
      fc.property(facts(undecided), (all) => {
        const keys = owed(stateOf([...all, merged])).map((o) => `${o.to} ${o.key} ${o.change}`);
        return keys.length === 1 && keys[0] === 'qargo cancel once';
      }),
    );
  });

  test('taken off its trip by a merge it is told though nothing is remembered of the trip', () => {
    const off = { ...factOf({ kind: 'plan', at: 1, heard: 0, subject: 0, content: 0 }), source: 'engine' } as const;
    const tracking = factOf({ kind: 'tracking', at: 1, heard: 0, subject: 0, content: 3 });
    const told = due(stateOf([off, tracking]), owed(stateOf([off, tracking])), {}, minute(2));
    expect(told.now.map((o) => o.key)).toEqual(['plan']);
  });

  test('every kind of fact but resend, a decision about a case and a push without news makes something owed', () => {
    const owedFor = (fact: Fact) =>
      owed(stateOf([fact]))
        .map(({ to, kind, change }) => `${to} ${kind} ${change}`)
        .sort();
    const by = Object.fromEntries(
      kinds.map((kind) => [kind, owedFor(factOf({ kind, at: 1, heard: 0, subject: 1, content: 2 }))]),
    );
    expect(by).toEqual({
      order: ['qargo order replace'],
      labels: ['qargo labels replace'],
      network: ['qargo journey replace'],
      tracking: ['qargo references replace'],
      hint: ['palletways consignment once'],
      plan: ['palletways plan replace'],
      scan: ['palletways scan once'],
      milestone: ['palletways milestone once', 'qargo evidence once'],
      eta: ['palletways eta replace'],
      exception: ['palletways exception once'],
      case: [],
      document: ['palletways file once', 'qargo evidence once'],
      pod: ['palletways pod correct'],
      proof: ['qargo proof once'],
      cancellation: ['qargo cancel once'],
      charge: ['palletways charge replace'],
      'close-out': ['qargo close-out replace'],
      revived: ['qargo cancel once'],
      decision: ['palletways decision once', 'qargo decision once'],
      presence: [],
      held: [],
      ending: [],
      merged: ['qargo cancel once'],
      resend: [],
      refresh: ['palletways refresh once', 'qargo refresh once'],
    });
  });

  test('the end of a stop that a read told asks for no other read', () => {
    const delivered = factOf({ kind: 'milestone', at: 1, heard: 0, subject: 1, content: 2 });
    expect(owed(stateOf([{ ...delivered, via: 'read' }])).map((o) => o.kind)).toEqual(['milestone']);
  });

  test('a hint asks for a read until an order newer than it is known', () => {
    const hint = factOf({ kind: 'hint', at: 2, heard: 0, subject: 0, content: 0 });
    const at = (n: number) =>
      owed(stateOf([hint, { ...order, at: minute(n) }])).filter((o) => o.kind === 'consignment');
    expect([at(1).length, at(2).length, at(3).length]).toEqual([1, 1, 0]);
  });

  test('a resend raises the revision of what it names and of nothing else', () => {
    const resend = { ...factOf({ kind: 'resend', at: 3, heard: 0, subject: 0, content: 2 }) };
    const state = stateOf([order, factOf({ kind: 'labels', at: 1, heard: 0, subject: 0, content: 1 }), resend]);
    expect(owed(state).map((o) => [o.key, o.revision])).toEqual([
      ['order', 4],
      ['labels', 1],
    ]);
    expect(one(state, 'order')?.digest).toBe(digestOf(order));
  });

  test('labels without a barcode are not labels yet', () => {
    expect(owed(stateOf([factOf({ kind: 'labels', at: 1, heard: 0, subject: 0, content: 0 })]))).toEqual([]);
  });
});
