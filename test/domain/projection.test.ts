/** What is outstanding, however it was heard: the same base, the same open obligations, the same status as of all facts at once. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DecisionFact, Fact, FactKind } from '../../domain/facts/facts.ts';
import { laneOf } from '../../domain/obligations/lanes.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import { baseOf, modeOf } from '../../domain/receipts/base.ts';
import { type OpenObligation, openObligations, projectWhole, statusOf } from '../../domain/receipts/projection.ts';
import { due, type Ledger, type Receipt, settles } from '../../domain/receipts/receipts.ts';
import { fold, stageOf, standingFact } from '../../domain/state/state.ts';
import { diagnose } from '../../domain/words/diagnosis.ts';
import { questionsOf } from '../../domain/words/questions.ts';
import { factOf, facts, kinds, minute, situation, stateOf } from './arbitraries.ts';
import { projectedAtOnce, RecordInMemory } from './record-in-memory.ts';

/** How facts are heard: in which order, with copies of which, and cut where. */
interface Hearing {
  readonly order: readonly number[];
  readonly copies: readonly { readonly of: number; readonly place: number }[];
  readonly cuts: readonly number[];
}

const hearing: fc.Arbitrary<Hearing> = fc.record({
  order: fc.array(fc.nat(1_000), { minLength: 24, maxLength: 24 }),
  copies: fc.array(fc.record({ of: fc.nat(23), place: fc.nat(24) }), { maxLength: 6 }),
  cuts: fc.array(fc.nat(30), { maxLength: 10 }),
});

/** Facts as they are heard, batch by batch; each at least once. */
function batchesOf(all: readonly Fact[], { order, copies, cuts }: Hearing): Fact[][] {
  const heard = all.map((each, n) => [each, order[n] ?? 0] as const).sort(([, a], [, b]) => a - b);
  const said = heard.map(([each]) => each);
  for (const { of, place } of copies) {
    const copy = all[of];
    if (copy !== undefined) said.splice(place, 0, copy);
  }
  const ends = [...new Set([...cuts, said.length])].filter((end) => end <= said.length).sort((a, b) => a - b);
  return ends.map((end, n) => said.slice(ends[n - 1] ?? 0, end));
}

/** Edits that came late: each an order, the question about it, and for some what a person answered. */
const lateEdits = fc.array(
  fc
    .record({ at: fc.nat(5), content: fc.nat(3), answer: fc.constantFrom('accepted', 'refused', 'none') })
    .map(({ at, content, answer }): Fact[] => {
      const order = factOf({ kind: 'order', at, heard: 0, subject: 1, content });
      const decision = factOf({ kind: 'decision', at, heard: 0, subject: 0, content }) as DecisionFact;
      const asked: Fact = {
        ...decision,
        id: `asked ${order.id}`,
        on: order.id,
        source: 'engine',
        decision: 'asked',
        tell: [],
      };
      if (answer === 'none') return [order, asked];
      return [
        order,
        asked,
        { ...asked, id: `answered ${order.id}`, source: 'person', decision: answer, tell: ['palletways', 'qargo'] },
      ];
    }),
  { maxLength: 3 },
);

/** Facts of all kinds, late edits among them. */
const lives = fc.tuple(facts(kinds, 18), lateEdits).map(([some, edits]) => [...some, ...edits.flat()].slice(0, 24));

/** Of copies that were heard at different times the first is the fact: which it is, a generator decides. */
const unique = (all: readonly Fact[]) => [...new Map(all.map((each) => [each.id, each])).values()];

describe('the base of a state', () => {
  const ids = (all: readonly Fact[]) => Object.values(baseOf(stateOf(all)).subjects);

  test('of a base and news is the base of all: what was left out is never missed', () => {
    const seen = new Set<FactKind>();
    fc.assert(
      fc.property(facts(kinds, 40), facts(kinds, 12), (drawn, news) => {
        // A decision is given once what it judges was heard.
        const known = new Set(drawn.map(({ id }) => id));
        const comes = new Set(news.map(({ id }) => id).filter((id) => !known.has(id)));
        const before = drawn.filter((fact) => fact.kind !== 'decision' || !comes.has(fact.on));
        for (const each of [...before, ...news]) seen.add(each.kind);
        const base = baseOf(stateOf(before));
        expect(baseOf(fold(base, news))).toEqual(baseOf(stateOf([...before, ...news])));
        expect(baseOf(base)).toEqual(base);
      }),
      { numRuns: 2_000 },
    );
    expect([...seen].sort()).toEqual([...kinds].sort());
  });

  test('decides as the whole state does: stage, questions, and what is decided for all of it', () => {
    fc.assert(
      fc.property(facts(kinds, 40), (all) => {
        const [whole, base] = [stateOf(all), baseOf(stateOf(all))];
        expect([stageOf(base), modeOf(base), questionsOf(base)]).toEqual([
          stageOf(whole),
          modeOf(whole),
          questionsOf(whole),
        ]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('is bounded however long the life is: of what happens again and again it keeps a few', () => {
    const many: Fact[] = [];
    for (let n = 0; n < 10_000; n += 1) {
      const kind =
        (['scan', 'milestone', 'document', 'exception', 'pod', 'refresh', 'case', 'proof'] as const)[n % 8] ?? 'scan';
      const drawn = factOf({ kind, at: 0, heard: 0, subject: n % 3, content: n % 4 });
      many.push({ ...drawn, id: `f${n}`, at: new Date(Date.UTC(2026, 10, 23) + n * 1_000).toISOString() });
    }
    expect(ids(many).length).toBeLessThan(20);
    expect(stageOf(baseOf(stateOf(many)))).toBe(stageOf(stateOf(many)));
  });

  test('a base that keeps too little is caught', () => {
    const without = (drop: (fact: Fact) => boolean) => (all: readonly Fact[]) => {
      const { subjects } = baseOf(stateOf(all));
      return { subjects: Object.fromEntries(Object.entries(subjects).filter(([, each]) => !drop(each))) };
    };
    const wrong: Record<string, (fact: Fact) => boolean> = {
      'without milestones': ({ kind }) => kind === 'milestone',
      'without decisions': ({ kind }) => kind === 'decision',
      'without loads': (each) => each.kind === 'scan' && each.scan === 'load',
    };
    for (const [what, drop] of Object.entries(wrong)) {
      const found = fc.check(
        fc.property(facts(kinds, 40), facts(kinds, 12), (before, news) => {
          const base = baseOf(fold(without(drop)(before), news));
          expect(base).toEqual(baseOf(stateOf([...before, ...news])));
        }),
        { numRuns: 2_000 },
      );
      expect([what, found.failed]).toEqual([what, true]);
    }
  });
});

describe('what is outstanding', () => {
  /** What is open is what is owed and not met, and what a person must look at; nothing else. */
  test('is what is owed less what is met, and what was refused or is unknown stays', () => {
    fc.assert(
      fc.property(situation(), ({ state, ledger, now }) => {
        const all = owed(state);
        const open = openObligations(state, all, ledger);
        const plan = due(state, all, ledger, now);
        const unmet = [...plan.now, ...plan.held.map(({ obligation }) => obligation)];
        const keys = (of: readonly { readonly key: string }[]) => of.map(({ key }) => key).sort();
        expect(keys(open.filter((o) => o.state === 'open'))).toEqual(keys(unmet));
        const stuck = all.filter(
          (o) => settles(ledger[o.key], o) && ['refused', 'unknown'].includes(ledger[o.key]?.state ?? ''),
        );
        // A decision for an order that there never was is for nobody to look at.
        const shown = new Set(keys(open.filter((o) => o.state !== 'open')));
        for (const o of stuck)
          expect([o.key, shown.has(o.key) || o.kind === 'decision' || o.kind === 'plan']).toEqual([o.key, true]);
        for (const key of shown) expect(keys(stuck)).toContain(key);
        for (const o of open) expect(o.lane).toBe(laneOf(o));
      }),
      { numRuns: 2_000 },
    );
  });

  test('is the same whatever order, cutting and copies the facts were heard in, and as of all facts at once', () => {
    const seen = new Set<FactKind>();
    const ways = { part: 0, whole: 0 };
    fc.assert(
      fc.property(situation(), hearing, ({ facts: all, ledger, state }, how) => {
        const once = unique(all);
        for (const each of once) seen.add(each.kind);
        const record = new RecordInMemory(ledger, owed(state));
        for (const batch of batchesOf(once, how)) record.hear(batch);
        expect(record.derived).toEqual(projectedAtOnce(once, ledger));
        ways.part += record.projected.part;
        ways.whole += record.projected.whole;
      }),
      { numRuns: 3_000 },
    );
    expect([...seen].sort()).toEqual([...kinds].sort());
    expect(Math.min(ways.part, ways.whole)).toBeGreaterThan(500);
  });

  test('is the same where edits came late and people answered', () => {
    fc.assert(
      fc.property(lives, hearing, (all, how) => {
        const record = new RecordInMemory();
        for (const batch of batchesOf(unique(all), how)) record.hear(batch);
        expect(record.derived).toEqual(projectedAtOnce(unique(all), {}));
      }),
      { numRuns: 1_000 },
    );
  });

  test('is the same where stops end again and again: estimates, several ends at one instant, signatures', () => {
    const draw = fc.record({
      kind: fc.constantFrom<FactKind>('milestone', 'milestone', 'milestone', 'eta', 'document'),
      at: fc.nat(2),
      heard: fc.constant(0),
      subject: fc.nat(2),
      content: fc.nat(3),
    });
    const ends = fc.array(draw.map(factOf), { maxLength: 12 });
    // Two ends of one stop at one instant owe one look: whichever is met first, it stays of the same one.
    const said = [
      [1, 2, 2],
      [0, 0, 2],
      [2, 2, 3],
      [0, 0, 0],
      [2, 0, 2],
      [1, 2, 3],
    ].map(([at = 0, subject = 0, content = 0]) => factOf({ kind: 'milestone', heard: 0, at, subject, content }));
    const inTwo: Hearing = { order: [], copies: [], cuts: [2] };
    fc.assert(
      fc.property(ends, hearing, (all, how) => {
        const record = new RecordInMemory();
        for (const batch of batchesOf(unique(all), how)) {
          record.hear(batch);
          record.settle(record.open.flatMap((of, n) => (n % 2 === 0 ? outcomeOf(record, of, 'delivered') : [])));
        }
        expect(record.derived).toEqual(projectedAtOnce(record.facts, record.ledger));
      }),
      { numRuns: 2_000, examples: [[said, inTwo]] },
    );
  });

  test('is the same where something comes of it between what is heard', () => {
    const fates = fc.array(fc.constantFrom('met', 'void', 'refused', 'unknown', 'not yet', 'nothing', 'nothing'), {
      minLength: 400,
      maxLength: 400,
    });
    const met = new Set<string>();
    fc.assert(
      fc.property(lives, hearing, fates, (all, how, drawn) => {
        const record = new RecordInMemory();
        let next = 0;
        for (const batch of batchesOf(unique(all), how)) {
          record.hear(batch);
          expect(record.derived).toEqual(projectedAtOnce(record.facts, record.ledger));
          const outcomes = record.open.flatMap((of) =>
            outcomeOf(record, of, drawn[next++ % drawn.length] ?? 'nothing'),
          );
          for (const each of outcomes) met.add(each.outcome.state);
          record.settle(outcomes);
          expect(record.derived).toEqual(projectedAtOnce(record.facts, record.ledger));
        }
      }),
      { numRuns: 1_000 },
    );
    expect([...met].sort()).toEqual(['met', 'not yet', 'refused', 'unknown', 'void']);
  });

  test('that is projected without what stands beside the news is caught', () => {
    class Careless extends RecordInMemory {
      protected override beside(): Fact[] {
        return [];
      }
    }
    const found = fc.check(
      fc.property(facts(kinds, 24), hearing, (all, how) => {
        const record = new Careless();
        for (const batch of batchesOf(unique(all), how)) record.hear(batch);
        expect(record.derived).toEqual(projectedAtOnce(unique(all), {}));
      }),
      // Few lives need what stands beside the news; the first that does is enough.
      { numRuns: 40_000, endOnFailure: true },
    );
    expect(found.failed).toBe(true);
  });
});

describe('what others depend on', () => {
  test('keeps what Qargo has of an order that is not in the base: what needs it is not held', () => {
    const state = stateOf([
      factOf({ kind: 'tracking', at: 0, heard: 0, subject: 0, content: 3 }),
      factOf({ kind: 'labels', at: 0, heard: 0, subject: 0, content: 2 }),
    ]);
    const accepted: Ledger = {
      order: { key: 'order', digest: 'a', revision: 1, state: 'refused', at: minute(1), ever: true },
    };
    const has = (ledger: Ledger) => statusOf(baseOf(state), ledger).has;
    expect([has({}), has(accepted)]).toEqual([
      ['tracking id', 'earlier order taken back'],
      ['tracking id', 'order accepted', 'earlier order taken back'],
    ]);
    const needs = openObligations(state, owed(state), accepted).map((o) =>
      o.needs.filter((need) => !has(accepted).includes(need)),
    );
    expect(needs).toEqual([[], []]);
  });

  test('an estimate that ended with its stop does not return, whatever was settled or happened elsewhere since', () => {
    const at = { heard: 0, content: 1 };
    const record = new RecordInMemory();
    record.hear([factOf({ kind: 'eta', at: 1, subject: 1, ...at })]);
    const estimates = () => record.open.filter(({ kind }) => kind === 'eta').map(({ key }) => key);
    expect(estimates()).toEqual(['eta:stop-1']);
    record.hear([factOf({ kind: 'milestone', at: 2, subject: 1, ...at })]);
    expect(estimates()).toEqual([]);
    record.settle(record.open.flatMap((of) => outcomeOf(record, of, 'delivered')));
    record.hear([
      factOf({ kind: 'milestone', at: 3, subject: 2, ...at }),
      factOf({ kind: 'milestone', at: 4, subject: 2, heard: 0, content: 2 }),
    ]);
    // Of before the stop was reached, heard only now.
    record.hear([factOf({ kind: 'eta', at: 2, subject: 1, heard: 3, content: 2 })]);
    expect(estimates()).toEqual([]);
    expect(projectedAtOnce(record.facts, record.ledger)).toEqual(record.derived);
  });

  test('keeps the question about what Qargo holds otherwise, and no answered one', () => {
    const held = factOf({ kind: 'held', at: 1, heard: 0, subject: 0, content: 1 });
    const decision = factOf({ kind: 'decision', at: 2, heard: 0, subject: 0, content: 3 });
    const asked: Fact = { ...decision, on: held.id, decision: 'asked' } as Fact;
    const attention = (all: readonly Fact[]) =>
      diagnose(baseOf(stateOf(all)), {}, minute(9)).flatMap((each) => (each.attention ? [each.sentence] : []));
    expect(attention([held, asked])).toEqual([expect.stringContaining('Qargo holds another weight than agreed')]);
    expect(attention([held, asked, factOf({ kind: 'held', at: 3, heard: 0, subject: 0, content: 0 })])).toEqual([]);
  });
});

describe('a consignment of 60 pallets with 10,000 settled facts', () => {
  const barcodes = Array.from(
    { length: 60 },
    (_, i) => `B${(0x432b6fe + i).toString(16).toUpperCase().padStart(9, '0')}`,
  );
  const base = (id: string, n: number) =>
    ({
      id,
      at: new Date(Date.UTC(2026, 10, 23, 6) + n * 1000).toISOString(),
      zone: 'Europe/London',
      heard: minute(59),
      source: 'qargo',
      via: 'push',
    }) as const;

  function said(): Fact[] {
    const all: Fact[] = [
      {
        ...base('pw:order:2026-11-23T06:00:00.000Z:0011223344556677', 0),
        kind: 'order',
        type: 'D',
        service: 'A-ND',
        lifts: 60,
        weight: 31_200,
        billUnits: [{ type: 'FP', amount: 60 }],
        collectionDate: null,
        deliveryDate: '2026-11-24',
        digests: Object.fromEntries(
          Array.from({ length: 35 }, (_, i) => [`delivery.someField${i}`, '0011223344556677']),
        ),
        content: '123456789',
      },
      { ...base('pw:labels:0011223344556677', 1), kind: 'labels', barcodes },
      {
        ...base('pw:tracking:60012340167', 2),
        kind: 'tracking',
        trackingId: '60012340167',
        conNo: '2557391-564',
        responseId: '3972953',
      },
      {
        ...base('qg:plan:1:2:3', 3),
        kind: 'plan',
        trip: '0192f3aa-1111-7000-8000-00000000abcd',
        vehicle: '0011223344556677',
      },
      { ...base('qg:pod:1', 9_990), kind: 'pod', content: '99' },
    ];
    for (const milestone of ['out', 'arrived', 'failed', 'out', 'arrived', 'delivered'] as const) {
      all.push({
        ...base(`qg:stop:${all.length}`, 9_000 + all.length),
        kind: 'milestone',
        milestone,
        stop: '0192f3aa-1111-7000-8000-00000000dcba',
      });
    }
    for (let n = all.length; n < 10_000; n++) {
      const id = `qg:${n}:0192f3aa-1111-7000-8000-00000000abcd`;
      const barcode = barcodes[n % 60] ?? '';
      if (n % 10 === 0)
        all.push({ ...base(id, n), kind: 'document', document: `document-${n}`, role: 'photo', content: String(n) });
      else if (n % 10 === 1)
        all.push({ ...base(id, n), kind: 'exception', code: 'DAMAGE', stop: `stop-${n}`, content: String(n) });
      else if (n % 100 === 2) all.push({ ...base(id, n), kind: 'refresh' });
      else if (n % 100 === 3) all.push({ ...base(id, n), kind: 'hint' });
      else all.push({ ...base(id, n), kind: 'scan', barcode, scan: 'cross-dock' });
    }
    return all;
  }

  const all = said();
  const state = stateOf(all);
  const settled = Object.fromEntries(
    owed(state).map((o): [string, Receipt] => [
      o.key,
      {
        key: o.key,
        digest: o.digest,
        revision: o.revision,
        state: 'met',
        at: minute(59),
        until: minute(58),
        cause: { code: 'later milestone sent' },
      },
    ]),
  );
  const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

  test('leaves a base under 32 KB and nothing open, and still knows the order, its plan and its stage', () => {
    const projected = projectWhole(state, all, settled);
    expect(bytes(all)).toBeGreaterThan(1_000_000);
    expect(bytes(projected)).toBeLessThan(32 * 1024);
    expect(projected.open).toEqual([]);
    const kept = stateOf(projected.base);
    expect([standingFact(kept, 'labels')?.barcodes, standingFact(kept, 'plan')?.trip]).toEqual([
      barcodes,
      '0192f3aa-1111-7000-8000-00000000abcd',
    ]);
    expect([stageOf(kept), projected.status.stage, projected.status.over]).toEqual(['delivered', 'delivered', true]);
  });

  test('grows with what is still owed and not with what is settled', () => {
    const scans = Object.keys(settled)
      .filter((key) => key.startsWith('scan:'))
      .slice(0, 40);
    const rest = Object.fromEntries(Object.entries(settled).filter(([key]) => !scans.includes(key)));
    const { base: kept, open } = projectWhole(state, all, rest);
    expect(open.map(({ key }) => key).sort()).toEqual(scans.sort());
    expect(kept).toEqual(projectWhole(state, all, settled).base);
    expect(bytes({ kept, open })).toBeLessThan(32 * 1024 + 40 * 600);
  });
});

/** What came of an open obligation, as the fact that was sent says. */
function outcomeOf(
  record: RecordInMemory,
  of: OpenObligation,
  fate: string,
): { of: OpenObligation; outcome: Receipt }[] {
  const o = owed(record.state).find(({ key }) => key === of.key);
  if (o === undefined || fate === 'nothing' || of.state !== 'open') return [];
  const until = fate === 'not yet' ? { until: minute(50) } : {};
  const outcome: Receipt = {
    key: o.key,
    digest: o.digest,
    revision: o.revision,
    state: fate as Receipt['state'],
    at: minute(40),
    cause: { code: 'sent before takeover' },
    ...until,
  };
  return [{ of, outcome }];
}
