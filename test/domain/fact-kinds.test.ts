/** Kinds of facts: what their entries say holds of each other, whatever the kinds are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { handFact } from '../../domain/facts/by-hand.ts';
import type { FactKind } from '../../domain/facts/facts.ts';
import { factKinds, signalNames, subjectOf } from '../../domain/facts/kinds.ts';
import { baseOf } from '../../domain/receipts/base.ts';
import { facts, kinds, stateOf } from './arbitraries.ts';

describe('an entry of a kind', () => {
  it('is of a kind whose facts share their subjects with no other kind', () => {
    const kindOf = new Map<string, FactKind>();
    fc.assert(
      fc.property(facts(), (some) => {
        for (const fact of some) {
          const subject = subjectOf(fact);
          expect(kindOf.get(subject) ?? fact.kind).toBe(fact.kind);
          kindOf.set(subject, fact.kind);
        }
      }),
    );
    expect(new Set(kindOf.values())).toEqual(new Set(kinds));
  });

  it('says what the base of a state keeps: all of it, nothing of it, or some', () => {
    fc.assert(
      fc.property(facts(), (some) => {
        const state = stateOf(some);
        const base = new Set(Object.values(baseOf(state).subjects));
        for (const fact of Object.values(state.subjects)) {
          const { inBase } = factKinds[fact.kind];
          if (inBase !== 'some') expect([fact.kind, base.has(fact)]).toEqual([fact.kind, inBase === 'all']);
        }
      }),
    );
  });

  it('names a person where the fact can be signalled by hand', () => {
    const said = { barcode: 'B1', scan: 'load', milestone: 'out', trip: 'R12', code: 'DAMAGE' };
    const made = signalNames.flatMap((name) => handFact(name, said, '2026-11-23T06:00:00.000Z') ?? []);
    expect(made.map(({ kind }) => kind)).toHaveLength(signalNames.length - 1);
    for (const { kind } of made) expect([kind, factKinds[kind].from.includes('person')]).toEqual([kind, true]);
  });
});
