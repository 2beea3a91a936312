import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Delivery, due, type Ledger, settles } from '../../domain/deliveries.ts';
import { diagnose } from '../../domain/diagnosis.ts';
import type { Fact } from '../../domain/facts.ts';
import { laneOf, lanes } from '../../domain/lanes.ts';
import { type Obligation, owed } from '../../domain/obligations.ts';
import { emptyState, fold, stageOf, standingFact } from '../../domain/state.ts';
import { endsAnEstimate, forget, learn, record, type WorkingMemory } from '../../domain/working-memory.ts';
import { factOf, facts, kinds, minute, situation, stateOf } from './arbitraries.ts';

const dueOf = ({ state, ledger }: WorkingMemory, now: string) => due(state, owed(state), ledger, now);

// A resend may name what was forgotten: then the workflow loads the record again (test/workflows/timers.test.ts).
// A cancellation that is not carried out brings back what it had made moot: then too.
const news = facts(kinds.filter((kind) => !['resend', 'verdict', 'revived'].includes(kind)));

/** Everything a workflow decides from its memory, each list in an order of its own. */
function decisions(memory: WorkingMemory, now: string) {
  const plan = dueOf(memory, now);
  return {
    now: plan.now.map(({ key, digest, revision, fact }) => `${key} ${digest} ${revision} ${fact}`).sort(),
    held: plan.held.map(({ obligation, by }) => `${obligation.key} ${by}`).sort(),
    wakeAt: plan.wakeAt,
    why: diagnose(memory.state, memory.ledger, now).sort((a, b) => (a.obligation < b.obligation ? -1 : 1)),
    stage: stageOf(memory.state),
  };
}

/** Whether a way of forgetting leaves everything that is decided as it was, now and when time has passed. */
const decidesTheSame = (forgetting: (memory: WorkingMemory) => WorkingMemory, of = kinds) =>
  fc.property(situation(of), fc.nat(59), ({ state, ledger, now }, later) => {
    const kept = forgetting({ state, ledger });
    for (const at of [now, minute(later)]) {
      if (JSON.stringify(decisions(kept, at)) !== JSON.stringify(decisions({ state, ledger }, at))) return false;
    }
    return true;
  });

describe('forgetting', () => {
  test('never changes what is due, held, explained or shown', () => {
    fc.assert(decidesTheSame(forget), { numRuns: 2_000 });
  });

  test('nor where stops end again and again: estimates, several ends at one instant, signatures', () => {
    fc.assert(decidesTheSame(forget, ['milestone', 'eta', 'document']), { numRuns: 4_000 });
  });

  test('forgetting too much is caught', () => {
    const without = (memory: WorkingMemory, drop: (fact: Fact) => boolean, keep: (delivery: Delivery) => boolean): WorkingMemory => ({
      state: { subjects: Object.fromEntries(Object.entries(memory.state.subjects).filter(([, fact]) => !drop(fact))) },
      ledger: Object.fromEntries(Object.entries(memory.ledger).filter(([, delivery]) => keep(delivery))),
    });
    const wrong: Record<string, (memory: WorkingMemory) => WorkingMemory> = {
      'whatever was tried is settled': (memory) =>
        without(
          memory,
          (fact) => fact.kind === 'document' && memory.ledger[`document:${fact.document}`] !== undefined,
          () => true,
        ),
      'what was refused': (memory) =>
        without(
          memory,
          () => false,
          (delivery) => delivery.state !== 'refused',
        ),
      'that the order was accepted': (memory) =>
        without(
          memory,
          () => false,
          (delivery) => delivery.key !== 'order',
        ),
      'what was told of the plan': (memory) =>
        without(
          memory,
          () => false,
          (delivery) => delivery.key !== 'plan',
        ),
      milestones: (memory) =>
        without(
          memory,
          (fact) => fact.kind === 'milestone',
          () => true,
        ),
    };
    for (const [what, forgetting] of Object.entries(wrong)) {
      expect([what, fc.check(decidesTheSame(forgetting), { numRuns: 5_000 }).failed]).toEqual([what, true]);
    }
  });

  test('keeps what Qargo has of an order that is not in mind: what needs it is not held', () => {
    const state = stateOf([
      factOf({ kind: 'tracking', at: 0, heard: 0, subject: 0, content: 3 }),
      factOf({ kind: 'labels', at: 0, heard: 0, subject: 0, content: 2 }),
    ]);
    const ledger = record({}, [{ key: 'order', digest: 'a', revision: 1, state: 'delivered', at: minute(1) }]);
    expect(dueOf({ state, ledger }, minute(2)).now.map((o) => o.key)).toEqual(['references', 'labels']);
    expect(dueOf(forget({ state, ledger }), minute(2)).now.map((o) => o.key)).toEqual(['references', 'labels']);
  });

  test('an estimate that ended with its stop does not return with the milestone forgotten, but in a run that began when it did', () => {
    const at = { heard: 0, content: 1 };
    const state = stateOf([
      factOf({ kind: 'eta', at: 1, subject: 1, ...at }),
      factOf({ kind: 'milestone', at: 2, subject: 1, ...at }),
      factOf({ kind: 'milestone', at: 3, subject: 2, ...at }),
    ]);
    const told = owed(state).filter(({ to }) => to === 'palletways');
    const ledger = record(
      {},
      told.map(({ key, digest }) => ({ key, digest, revision: 1, state: 'delivered', at: minute(4) })),
    );
    const estimates = (memory: WorkingMemory) => owed(memory.state).filter(({ kind }) => kind === 'eta');
    expect(estimates({ state, ledger })).toEqual([]);
    expect(estimates(forget({ state, ledger }))).toEqual([]);
    expect(endsAnEstimate(Object.values(state.subjects))).toBe(true);
    expect(estimates(forget({ state, ledger }, { estimatesReturn: true }))).toHaveLength(1);
  });

  test('a run that began before is asked about in time: fact by fact it owes what it owed then', () => {
    const told = (memory: WorkingMemory): WorkingMemory => ({
      ...memory,
      ledger: record(
        memory.ledger,
        owed(memory.state).map(({ key, digest }) => ({ key, digest, revision: 1, state: 'delivered', at: minute(59) })),
      ),
    });
    const keys = ({ state }: WorkingMemory) => owed(state).map(({ key }) => key);
    let returned = 0;
    fc.assert(
      fc.property(facts(['eta', 'milestone']), fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }), (all, landed) => {
        let then: WorkingMemory = { state: emptyState, ledger: {} };
        let now = then;
        let since = then;
        for (const [nth, fact] of all.entries()) {
          const before = { estimatesReturn: true } as const;
          const asked = endsAnEstimate([...Object.values(now.state.subjects), fact]);
          then = forget({ ...then, state: fold(then.state, [fact]) }, before);
          now = forget({ ...now, state: fold(now.state, [fact]) }, asked ? before : {});
          expect(keys(now)).toEqual(keys(then));
          since = forget({ ...since, state: fold(since.state, [fact]) });
          if (keys(since).length < keys(then).length) returned += 1;
          if (landed[nth]) [then, now, since] = [told(then), told(now), told(since)];
        }
      }),
      { numRuns: 1_000 },
    );
    expect(returned).toBeGreaterThan(0);
  });

  test('keeps the question about what Qargo holds otherwise, and no answered one', () => {
    const held = factOf({ kind: 'held', at: 1, heard: 0, subject: 0, content: 1 });
    const verdict = factOf({ kind: 'verdict', at: 2, heard: 0, subject: 0, content: 3 });
    const asked: Fact = { ...verdict, on: held.id, verdict: 'asked' } as Fact;
    const attention = (all: readonly Fact[]) => {
      const { state, ledger } = forget({ state: stateOf(all), ledger: {} });
      return diagnose(state, ledger, minute(9)).flatMap((each) => (each.attention ? [each.sentence] : []));
    };
    expect(attention([held, asked])).toEqual([expect.stringContaining('Qargo holds another weight than agreed')]);
    expect(attention([held, asked, factOf({ kind: 'held', at: 3, heard: 0, subject: 0, content: 0 })])).toEqual([]);
  });

  test('twice is once', () => {
    fc.assert(
      fc.property(situation(), ({ state, ledger }) => {
        const once = forget({ state, ledger });
        expect(forget(once)).toEqual(once);
      }),
    );
  });

  test('whatever is said later, nothing that is due is missed, and only what is settled in the record can be asked of it again', () => {
    fc.assert(
      fc.property(situation(), news, ({ state, ledger, now }, later) => {
        const kept = forget({ state, ledger });
        const remembered = new Map(dueOf({ state: fold(state, later), ledger }, now).now.map((o) => [o.key, o]));
        const recalled = new Map(dueOf({ state: fold(kept.state, later), ledger: kept.ledger }, now).now.map((o) => [o.key, o]));
        for (const [key, o] of remembered) expect(recalled.get(key)).toEqual(o);
        // An older hint after a newer one that was read and forgotten asks for one read more; a read changes nothing. An estimate of
        // before its stop was reached is kept out by the record (test/store/clock-and-estimate.test.ts).
        const elsewhere = ({ kind }: Obligation) => kind === 'consignment' || kind === 'eta';
        for (const [key, o] of recalled) expect(remembered.has(key) || settles(ledger[key], o) || elsewhere(o)).toBe(true);
      }),
      { numRuns: 1_500 },
    );
  });
});

describe('learning more than is held', () => {
  const most = 1;
  const ids = (of: readonly Fact[]) => new Set(of.map(({ id }) => id));

  test('what is open is in mind, or its lane is known to have more in the record', () => {
    const left = { some: 0, none: 0 };
    fc.assert(
      fc.property(situation(), news, ({ state, ledger }, later) => {
        const held = learn({ memory: { state, ledger }, left: new Set() }, later, new Set(), most);
        const here = new Set(owed(held.memory.state).map(({ key }) => key));
        const open = owed(fold(state, later)).filter((o) => !settles(ledger[o.key], o));
        for (const o of open) expect(here.has(o.key) || held.left.has(laneOf(o))).toBe(true);
        left[open.every(({ key }) => here.has(key)) ? 'none' : 'some'] += 1;
      }),
      { numRuns: 1_500 },
    );
    expect(Math.min(left.some, left.none)).toBeGreaterThan(20);
  });

  test('what the record does not know yet is never left to it', () => {
    fc.assert(
      fc.property(situation(), news, ({ state, ledger }, later) => {
        const { memory } = learn({ memory: { state, ledger }, left: new Set(lanes) }, later, ids(later), most);
        const here = new Set(owed(memory.state).map(({ key }) => key));
        const said = ids(later);
        for (const o of owed(fold(state, later))) if (said.has(o.fact) && !settles(ledger[o.key], o)) expect(here.has(o.key)).toBe(true);
      }),
      { numRuns: 1_500 },
    );
  });

  test('of a lane that has older ones in the record, newer ones wait there too; a signature does not', () => {
    const scan = factOf({ kind: 'scan', at: 1, heard: 1, subject: 0, content: 0 });
    const pod = factOf({ kind: 'pod', at: 2, heard: 2, subject: 0, content: 0 });
    const { memory, left } = learn(
      { memory: { state: emptyState, ledger: {} }, left: new Set(['palletways']) },
      [scan, pod],
      new Set(),
      most,
    );
    expect(Object.values(memory.state.subjects)).toEqual([pod]);
    expect([...left]).toEqual(['palletways']);
  });
});

describe('recording', () => {
  const outcome = (state: Delivery['state'], digest = 'a'): Delivery => ({ key: 'order', digest, revision: 1, state, at: minute(1) });

  test('what was delivered once stays known as delivered, whatever becomes of a later version', () => {
    const ledger = [outcome('delivered'), outcome('not yet', 'b'), outcome('refused', 'b')].reduce<Ledger>(
      (known, each) => record(known, [each]),
      {},
    );
    expect(ledger.order).toMatchObject({ state: 'refused', digest: 'b', ever: true });
    expect(record({}, [outcome('void'), outcome('refused')]).order?.ever).toBeUndefined();
  });

  test('a wait that was ended while its flight was in the air does not begin again when the flight lands', () => {
    const wait = (at: number, until: number) => ({ ...outcome('not yet'), at: minute(at), until: minute(until) });
    const ended = record({}, [wait(2, 2)]);
    expect(record(ended, [wait(1, 16)]).order).toEqual(wait(2, 2));
    expect(record(ended, [wait(3, 18)]).order).toEqual(wait(3, 18));
    expect(record(ended, [outcome('delivered')]).order?.state).toBe('delivered');
    expect(record(ended, [{ ...wait(1, 16), digest: 'b' }]).order?.digest).toBe('b');
  });

  test('changes nothing that it was given', () => {
    const before: Ledger = Object.freeze(record({}, [outcome('delivered')]));
    expect(record(before, [outcome('refused', 'b')])).not.toEqual(before);
    expect(before.order?.state).toBe('delivered');
  });
});

describe('a consignment of 60 pallets with 10,000 settled facts', () => {
  const barcodes = Array.from({ length: 60 }, (_, i) => `B${(0x432b6fe + i).toString(16).toUpperCase().padStart(9, '0')}`);
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
        digests: Object.fromEntries(Array.from({ length: 35 }, (_, i) => [`delivery.someField${i}`, '0011223344556677'])),
        content: '123456789',
      },
      { ...base('pw:labels:0011223344556677', 1), kind: 'labels', barcodes },
      { ...base('pw:tracking:60012340167', 2), kind: 'tracking', trackingId: '60012340167', conNo: '2557391-564', responseId: '3972953' },
      { ...base('qg:plan:1:2:3', 3), kind: 'plan', trip: '0192f3aa-1111-7000-8000-00000000abcd', vehicle: '0011223344556677' },
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
      if (n % 10 === 0) all.push({ ...base(id, n), kind: 'document', document: `document-${n}`, role: 'photo', content: String(n) });
      else if (n % 10 === 1) all.push({ ...base(id, n), kind: 'exception', code: 'DAMAGE', stop: `stop-${n}`, content: String(n) });
      else if (n % 100 === 2) all.push({ ...base(id, n), kind: 'refresh' });
      else if (n % 100 === 3) all.push({ ...base(id, n), kind: 'hint' });
      else all.push({ ...base(id, n), kind: 'scan', barcode, scan: 'cross-dock' });
    }
    return all;
  }

  const state = stateOf(said());
  const settled = owed(state).map(
    (o): Delivery => ({
      key: o.key,
      digest: o.digest,
      revision: o.revision,
      state: 'delivered',
      at: minute(59),
      until: minute(58),
      cause: 'withheld',
    }),
  );
  const bytes = (memory: WorkingMemory) => Buffer.byteLength(JSON.stringify(memory));

  test('leaves a working memory under 32 KB, and still knows the order, its plan and its stage', () => {
    const kept = forget({ state, ledger: record({}, settled) });
    expect(bytes({ state, ledger: record({}, settled) })).toBeGreaterThan(1_000_000);
    expect(bytes(kept)).toBeLessThan(32 * 1024);
    expect(dueOf(kept, minute(59))).toEqual({ now: [], held: [], wakeAt: undefined });
    expect(standingFact(kept.state, 'labels')?.barcodes).toEqual(barcodes);
    expect(stageOf(kept.state)).toBe('delivered');
  });

  test('grows with what is still owed and not with what is settled', () => {
    const scans = settled.filter(({ key }) => key.startsWith('scan:')).slice(0, 40);
    const unsettled = new Set(scans);
    const rest = settled.filter((delivery) => !unsettled.has(delivery));
    const open = forget({ state, ledger: record({}, rest) });
    expect(
      dueOf(open, minute(59))
        .now.map((o) => o.key)
        .sort(),
    ).toEqual(scans.map(({ key }) => key).sort());
    expect(bytes(open)).toBeLessThan(32 * 1024 + 40 * 400);
    expect(fold(emptyState, Object.values(open.state.subjects))).toEqual(open.state);
  });
});
