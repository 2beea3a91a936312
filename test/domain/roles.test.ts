import { describe, expect, test } from 'vitest';
import type { Fact, OrderFact } from '../../domain/facts/facts.ts';
import { type Depots, type Leg, type Ours, partOf, type RolePolicy } from '../../domain/facts/roles.ts';
import { legOf } from '../../domain/obligations/leg.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import { defaultPolicy } from '../../domain/policy/settings.ts';
import { emptyState, fold, stageOf } from '../../domain/state/state.ts';
import { diagnose } from '../../domain/words/diagnosis.ts';

const oursWith = (policy: Partial<RolePolicy> = {}): Ours => ({
  ...defaultPolicy.roles,
  ...policy,
  depot: { number: '564', name: 'Northgate' },
});
const third = { type: '3', service: 'A-A', collectable: true } as const;
const told = (requesting: string, collecting: string, delivering: string): Depots => ({
  requesting,
  collecting,
  delivering,
});
const part = (depots: Depots, policy: Partial<RolePolicy> = {}, order: Parameters<typeof partOf>[0] = third) => {
  const found = partOf(order, depots, oursWith(policy));
  return found === null ? null : `${found.roles.join(', ')}: ${found.leg}`;
};

describe('our roles follow from the depots that Palletways names', () => {
  test('requesting, collecting, delivering, third party, and several', () => {
    expect(part(told('571', '563', '564'), {}, { ...third, type: 'D' })).toBe('delivering: as told');
    expect(part(told('571', '563', '564'))).toBe('delivering: delivery');
    expect(part(told('564', '563', '564'))).toBe('requesting, delivering: delivery');
    expect(part(told('571', '564', '525'))).toBe('collecting: collection');
    expect(part(told('564', '564', '564'))).toBe('requesting, collecting, delivering: both');
    expect(part(told('564', '563', '525'))).toBe('requesting: none');
    expect(part(told('571', '563', '525'))).toBe('third party: none');
  });

  test('a depot is known by its number, its name or another that is configured, in any writing', () => {
    for (const name of ['564', '0564', 'NORTHGATE', ' northgate '])
      expect(part(told('571', '563', name)), name).toBe('delivering: delivery');
    expect(part(told('571', 'uk-64', '525'))).toBe('third party: none');
    expect(part(told('571', 'uk-64', '525'), { depots: ['UK-64'] })).toBe('collecting: collection');
  });

  test('where a depot is not told nothing is said against the order being ours', () => {
    expect(part(told('564', '', ''))).toBe(null);
    expect(part(told('', '563', ''))).toBe(null);
    expect(part(told('', '', '564'))).toBe('delivering: as told');
  });

  test('configuration decides of what is no delivery of ours', () => {
    expect(part(told('571', '564', '525'), { collecting: 'none' })).toBe('collecting: none');
    expect(part(told('564', '563', '525'), { requesting: 'order' })).toBe('requesting: as told');
    expect(part(told('571', '563', '525'), { thirdParty: 'order' })).toBe('third party: as told');
  });

  test('a collection is told as collected unless configured, also without a depot; what nobody fetches is not collected', () => {
    const type = 'C';
    for (const depots of [told('571', '564', '525'), told('571', '564', '564'), told('', '', '')])
      expect(part(depots, {}, { ...third, type })).toContain(': collection');
    const asDelivery = { collections: 'delivery' } as const;
    expect(part(told('571', '564', '525'), asDelivery, { ...third, type })).toBe('collecting: as told');
    expect(part(told('', '', ''), asDelivery, { ...third, type })).toBe(null);
    expect(part(told('571', '564', '525'), {}, { ...third, type: 'D', collectable: false })).toBe('collecting: none');
    expect(part(told('571', '564', '564'), {}, { ...third, type: 'D', collectable: false })).toBe(
      'collecting, delivering: as told',
    );
  });

  test('a return goes the other way', () => {
    expect(part(told('571', '563', '564'), { returns: ['A-A'] })).toBe('collecting: collection');
    expect(part(told('571', '564', '525'), { returns: ['A-A'] })).toBe('delivering: delivery');
  });
});

const at = (minute: number) => `2026-11-23T10:${String(minute).padStart(2, '0')}:00.000Z`;
const base = (minute: number) => ({ at: at(minute), zone: 'Europe/London', heard: at(minute), via: 'push' }) as const;
const order = (minute: number, leg?: Leg): OrderFact => ({
  ...base(minute),
  kind: 'order',
  id: `order:${minute}`,
  source: 'palletways',
  type: '3',
  service: 'A-A',
  lifts: 1,
  weight: 10,
  billUnits: [],
  collectionDate: null,
  deliveryDate: null,
  digests: {},
  roles: leg === 'none' ? ['third party'] : ['collecting'],
  ...(leg === undefined ? {} : { leg }),
});
const done: Fact[] = [
  {
    ...base(1),
    kind: 'tracking',
    id: 't',
    source: 'palletways',
    trackingId: '60012340168',
    conNo: '1-564',
    responseId: null,
  },
  { ...base(5), kind: 'plan', id: 'p', source: 'qargo', trip: 'T1', vehicle: 'v' },
  ...(['out', 'arrived', 'delivered'] as const).map(
    (milestone, n): Fact => ({
      ...base(6 + n),
      kind: 'milestone',
      id: milestone,
      source: 'qargo',
      milestone,
      stop: `s${n}`,
    }),
  ),
  { ...base(10), kind: 'pod', id: 'pod', source: 'qargo' },
  { ...base(10), kind: 'document', id: 'd1', source: 'qargo', document: 'd1', role: 'signature' },
  { ...base(10), kind: 'document', id: 'd2', source: 'qargo', document: 'd2', role: 'photo' },
];
const owes = (facts: readonly Fact[]) =>
  owed(fold(emptyState, facts))
    .map((o) => (o.kind === 'milestone' ? `milestone ${o.fact}` : o.kind === 'file' ? `file ${o.fact}` : o.kind))
    .sort((a, b) => (a < b ? -1 : 1));

describe('obligations follow the leg', () => {
  test('of a collection the delivery is not told, nor proved', () => {
    const whole = owes([order(0), ...done]);
    const collection = owes([order(0, 'collection'), ...done]);
    expect(whole.filter((one) => !collection.includes(one))).toEqual([
      'file d1',
      'milestone arrived',
      'milestone delivered',
      'pod',
    ]);
    expect(collection).toContain('milestone out');
    expect(collection).toContain('order');
  });

  test('of what is not ours nothing is owed, and it says why', () => {
    const state = fold(emptyState, [order(0, 'none'), ...done]);
    expect(owed(state)).toEqual([]);
    expect(diagnose(state, {}, at(30)).map(({ sentence, attention }) => [sentence, attention])).toEqual([
      [
        'This consignment is another depot’s: nothing of it is ours to drive and no order is made of it at Qargo.',
        false,
      ],
    ]);
  });

  test('what was taken from us stays ours while a person is asked and where it came too late, and ends once accepted', () => {
    const taken: Fact = { ...base(9), kind: 'cancellation', id: 'moved:order:9', source: 'engine', from: 'as told' };
    const decision = (said: 'accepted' | 'refused' | 'asked'): Fact => ({
      ...base(9),
      kind: 'decision',
      id: said,
      source: 'engine',
      on: 'cancel',
      decision: said,
      stage: 'loaded',
      attempt: 0,
      fields: [],
      tell: [],
      moved: true,
    });
    const facts = [order(0), ...done, order(9, 'none'), taken];
    expect(owes(facts)).toContain('cancel');
    expect(owes(facts)).toContain('milestone delivered');
    for (const said of ['asked', 'refused'] as const) {
      const now = owes([...facts, decision(said)]);
      expect(now).toContain('milestone delivered');
      // What it says now is another depot's order.
      expect(now).not.toContain('order');
      expect(legOf(fold(emptyState, [...facts, decision(said)]))).toBe('as told');
    }
    expect(stageOf(fold(emptyState, [...facts, decision('accepted')]))).toBe('cancelled');
    expect(owes([...facts, decision('accepted')])).toEqual(['cancel']);
  });
});
