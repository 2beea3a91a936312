import { describe, expect, test } from 'vitest';
import type { ChargeFact, Fact, MilestoneName } from '../../domain/facts/facts.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import { nothingWithheld } from '../../domain/policy/rows.ts';
import {
  changesBetween,
  type Final,
  finalDigest,
  finalOf,
  holdsOf,
  type Situation,
} from '../../domain/receipts/close-out.ts';
import type { Ledger } from '../../domain/receipts/receipts.ts';
import { emptyState, fold, type State } from '../../domain/state/state.ts';
import { factOf, minute } from './arbitraries.ts';
import { record } from './ledger.ts';

const base = (n: number) =>
  ({ id: `f${n}`, at: minute(n), zone: 'UTC', heard: minute(n), source: 'qargo', via: 'push' }) as const;
const order = factOf({ kind: 'order', at: 0, heard: 0, subject: 0, content: 1 });
const tracking: Fact = {
  ...base(1),
  kind: 'tracking',
  trackingId: '60012340167',
  conNo: null,
  responseId: null,
  source: 'palletways',
};
const milestone = (n: number, name: MilestoneName): Fact => ({
  ...base(n),
  kind: 'milestone',
  milestone: name,
  stop: 's',
});
const pod: Fact = { ...base(9), kind: 'pod' };
const damage = (n: number): Fact => ({ ...base(n), kind: 'exception', code: 'DAMAGE', stop: 's' });
const charge = (n: number, over: Partial<ChargeFact> = {}): ChargeFact => ({
  ...base(n),
  kind: 'charge',
  charge: 'weight',
  about: '',
  old: '200',
  new: '250',
  owe: ['palletways'],
  ...over,
});

const whole = (...facts: Fact[]): State => fold(emptyState, [order, tracking, ...facts]);
/** Everything owed is delivered, but what is named. */
function met(state: State, but: readonly string[] = [], how?: 'refused'): Ledger {
  let ledger: Ledger = {};
  for (const { key, digest, revision } of owed(state)) {
    if (!but.includes(key)) ledger = record(ledger, [{ key, digest, revision, state: 'met', at: minute(20) }]);
    else if (how !== undefined) ledger = record(ledger, [{ key, digest, revision, state: how, at: minute(20) }]);
  }
  return ledger;
}
const holds = (state: State, ledger = met(state), more: Partial<Situation> = {}) =>
  holdsOf(
    { state, ledger, facts: Object.values(state.subjects), withheld: nothingWithheld, accepted: false, ...more },
    minute(30),
  );

describe('what holds a close-out', () => {
  test('nobody asks of what is neither delivered nor cancelled', () => {
    expect(holds(whole(milestone(5, 'out')))).toBeNull();
    expect(holds(whole(milestone(5, 'failed')))).toBeNull();
  });

  test('delivered, signed for and all told is ready; without the signature it is held, and says so', () => {
    expect(holds(whole(milestone(8, 'delivered'), pod))).toEqual([]);
    expect(holds(whole(milestone(8, 'delivered')))).toEqual([{ code: 'not signed' }]);
  });

  test('an exception at the delivery is open; one of an attempt before it is not', () => {
    expect(holds(whole(milestone(8, 'delivered'), pod, damage(8)))).toEqual([
      { code: 'exception open', exception: 'DAMAGE' },
    ]);
    expect(holds(whole(milestone(4, 'failed'), damage(4), milestone(8, 'delivered'), pod))).toEqual([]);
  });

  test('an exception whose case a person resolved, or that went out again since, is not open', () => {
    const at = damage(8);
    const decided: Fact = { ...base(12), kind: 'case', exception: at.id, step: 'resolved', source: 'person' };
    expect(holds(whole(milestone(8, 'delivered'), pod, at, decided))).toEqual([]);
    expect(holds(whole(milestone(8, 'delivered'), pod, at, { ...decided, step: 'hold' }))).toEqual([
      { code: 'exception open', exception: 'DAMAGE' },
    ]);
    // Of two plans the later stands alone: that it is on another trip is told by all that was said.
    const onTrip = (n: number, trip: string): Fact => ({ ...base(n), kind: 'plan', trip, vehicle: '' });
    const [first, again] = [onTrip(2, 't1'), onTrip(12, 't2')];
    const state = whole(first, milestone(8, 'delivered'), pod, at, again);
    expect(holds(state, met(state), { facts: [first, again, milestone(8, 'delivered'), pod, at] })).toEqual([]);
  });

  test('the evidence that is wanted is told as what of it is missing; a person may let it be closed without', () => {
    const looked: Fact = {
      ...base(9),
      kind: 'proof',
      source: 'engine',
      stop: 's',
      outcome: 'delivered',
      ended: minute(8),
      since: minute(8),
    };
    const state = whole(milestone(8, 'delivered'), looked);
    const key = `proof:s:${minute(8)}`;
    expect(holds(state, met(state, [key]))).toEqual([{ code: 'evidence missing', cause: null }]);
    for (const how of ['not yet', 'refused'] as const) {
      const { digest, revision } = owed(state).find((o) => o.key === key) ?? { digest: '', revision: 1 };
      const cause: Cause = { code: 'POD outstanding', signature: false, name: false, photos: 1, photosWanted: 1 };
      const ledger = record(met(state, [key]), [
        { key, digest, revision, state: how, cause, at: minute(20), until: minute(60) },
      ]);
      expect(holds(state, ledger)).toEqual([{ code: 'evidence missing', cause }]);
      expect(holds(state, ledger, { accepted: true })).toEqual([]);
    }
    expect(holds(state)).toEqual([]);
  });

  test('what is switched off or in shadow is owed to nobody, and holds nothing', () => {
    const scan: Fact = { ...base(7), kind: 'scan', barcode: 'B1', scan: 'load' };
    const state = whole(milestone(8, 'delivered'), pod, scan);
    const key = `scan:B1:load:${minute(7)}`;
    expect(holds(state, met(state, [key]))).toEqual([{ code: 'outstanding', key, to: 'palletways' }]);
    for (const scans of ['off', 'shadow'] as const)
      expect(holds(state, met(state, [key]), { withheld: { scans } })).toEqual([]);
  });

  test('what is owed, refused or not agreed is each named', () => {
    const state = whole(milestone(8, 'delivered'), pod, charge(7));
    const stop = `milestone:s:delivered:${minute(8)}`;
    const agreed = 'charge:palletways:weight:';
    expect(holds(state, met(state, [stop]))).toEqual([{ code: 'outstanding', key: stop, to: 'palletways' }]);
    expect(holds(state, met(state, [stop], 'refused'))).toEqual([{ code: 'refused', key: stop, to: 'palletways' }]);
    expect(holds(state, met(state, [agreed]))).toEqual([
      { code: 'charge not agreed', charge: charge(7), to: 'palletways' },
    ]);
  });

  test('many things that are owed are told as the first five and how many more', () => {
    const scans = Array.from(
      { length: 9 },
      (_, n): Fact => ({ ...base(10 + n), kind: 'scan', barcode: `B${n}`, scan: 'load' }),
    );
    const state = whole(milestone(8, 'delivered'), pod, ...scans);
    const said = holds(
      state,
      met(
        state,
        scans.map((_, n) => `scan:B${n}:load:${minute(10 + n)}`),
      ),
    );
    expect(said?.length).toBe(6);
    expect(said?.at(-1)).toEqual({ code: 'more', count: 4 });
  });

  test('a person may let it be closed without evidence and with exceptions, never while something is owed', () => {
    const state = whole(milestone(8, 'delivered'), damage(8));
    expect(holds(state, met(state), { accepted: true })).toEqual([]);
    expect(holds(state, {}, { accepted: true })?.length).toBeGreaterThan(0);
  });

  test('a cancellation that a person is asked about holds it as a question, and one that was refused does not', () => {
    const decision = (said: 'asked' | 'refused'): Fact => ({
      ...base(11),
      kind: 'decision',
      source: 'engine',
      on: 'cancel',
      decision: said,
      stage: 'delivered',
      attempt: 0,
      fields: [],
      tell: [],
    });
    const state = (said: 'asked' | 'refused') =>
      whole(milestone(8, 'delivered'), pod, { ...base(10), kind: 'cancellation' }, decision(said));
    const cause: Cause = { code: 'cancellation undecided', moved: false, stage: 'delivered' };
    const { digest, revision } = owed(state('asked')).find((o) => o.key === 'cancel') ?? { digest: '', revision: 1 };
    const ledger = record(met(state('asked'), ['cancel']), [
      { key: 'cancel', digest, revision, state: 'refused', cause, at: minute(20) },
    ]);
    expect(holds(state('asked'), ledger)).toEqual([{ code: 'undecided', cause, key: 'cancel' }]);
    expect(holds(state('refused'))).toEqual([]);
  });

  test('cancelled is ready when the cancellation was told', () => {
    const state = whole(milestone(5, 'out'), damage(6), { ...base(7), kind: 'cancellation', source: 'person' });
    expect(holds(state)).toEqual([]);
    expect(holds(state, {})).toEqual([{ code: 'outstanding', key: 'cancel', to: 'qargo' }]);
  });
});

describe('what is final', () => {
  const delivered = (...facts: Fact[]): Final => {
    const final = finalOf(whole(milestone(8, 'delivered'), pod, ...facts));
    if (final === null) throw new Error('nothing is final');
    return final;
  };

  test('the order with the charges that stand', () => {
    expect(delivered()).toMatchObject({
      outcome: 'delivered',
      weight: 200,
      lifts: 2,
      billUnits: [{ type: 'FP', amount: 2 }],
    });
    const regrade = charge(6, { id: 'r', charge: 'regrade', new: 'HP:2' });
    const surcharge = charge(6, { id: 's', charge: 'surcharge', about: 'TAIL', new: '12.50 GBP' });
    expect(delivered(charge(7), regrade, surcharge)).toMatchObject({
      weight: 250,
      billUnits: [{ type: 'HP', amount: 2 }],
      charges: [{ charge: 'surcharge', about: 'TAIL', value: '12.50 GBP' }],
    });
    expect(finalOf(whole(milestone(5, 'out')))).toBeNull();
  });

  test('of an edit that came too late what was agreed, whatever Palletways says of its order', () => {
    const state = whole(
      milestone(8, 'delivered'),
      pod,
      charge(7, { id: `pw:charge:weight:${minute(7)}`, source: 'palletways', owe: [] }),
    );
    const agreed = { billUnits: [{ type: 'HP', amount: 1 }], lifts: 1, weight: 180 };
    expect(finalOf(state, agreed)).toMatchObject(agreed);
    expect(finalOf(state)).toMatchObject({ weight: 200, lifts: 2 });
    expect(finalOf(whole(milestone(8, 'delivered'), pod, charge(7)), agreed)).toMatchObject({ ...agreed, weight: 250 });
  });

  test('a later change is named with old and new; the same facts in another order change nothing', () => {
    expect(changesBetween(delivered(), delivered(charge(7)))).toEqual([{ what: 'weight', old: '200', new: '250' }]);
    expect(changesBetween(delivered(charge(7), damage(3)), delivered(damage(3), charge(7)))).toEqual([]);
    const surcharge = charge(6, { charge: 'surcharge', about: 'TAIL', new: '12.50' });
    expect(changesBetween(delivered(), delivered(surcharge))).toEqual([
      { what: 'surcharge TAIL', old: '', new: '12.50' },
    ]);
  });

  test('Qargo is told quantities alone: a surcharge does not make it owed again', () => {
    const surcharge = charge(6, { charge: 'surcharge', about: 'TAIL', new: '12.50' });
    expect(finalDigest(delivered(surcharge))).toBe(finalDigest(delivered()));
    expect(finalDigest(delivered(charge(7)))).not.toBe(finalDigest(delivered()));
  });
});
