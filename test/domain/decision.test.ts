import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Address, OrderContent } from '../../domain/facts/content.ts';
import type { Fact } from '../../domain/facts/facts.ts';
import {
  changedFields,
  type Decisions,
  defaultRules,
  editStage,
  fieldText,
  judge,
  judgeCancellation,
  judgedAt,
  judgeField,
  mergeAccepted,
  refusedBefore,
  rulesOf,
} from '../../domain/policy/decision.ts';
import { type EditField, type EditStage, editFields, editStages } from '../../domain/policy/edits.ts';
import { type CancelStage, defaultPolicy } from '../../domain/policy/settings.ts';
import { factOf, facts, minute, stateOf } from './arbitraries.ts';

const address = (n: number): Address => ({
  contactName: `Contact ${n}`,
  companyName: 'Northern Tiles',
  lines: [`${n} High Street`],
  town: 'Leeds',
  county: '',
  postCode: 'LS1 1AA',
  country: 'GB',
  telephone: '',
});
const book = { requested: false, booked: false, contactName: '', contactPhone: '', instructions: '' };

/** The order with each field in one of three versions. */
function version(of: Partial<Record<EditField, number>>): OrderContent {
  const n = (field: EditField) => of[field] ?? 0;
  return {
    conNo: '2557391-564',
    trackingId: '60012340167',
    responseId: '3972953',
    type: 'D',
    account: '434481',
    reference: `PO ${n('references')}`,
    collectionReference: '',
    classification: 'B2B',
    serviceGroup: 'A',
    serviceCode: ['ND', 'EC', 'TIMED'][n('service')] ?? 'ND',
    lifts: 1 + n('lifts'),
    weight: 100 + n('weight'),
    billUnits: [{ type: 'FP', amount: 1 + n('billUnits') }],
    handball: n('handball') % 2 === 1,
    tailLift: n('tailLift') % 2 === 1,
    adrGoods: n('hazardous') % 2 === 1,
    limitedQuantity: false,
    instructions: `Ring ${n('instructions')}`,
    collectionDate: `2026-11-2${n('collectionDate')}`,
    deliveryDate: `2026-11-2${5 + n('deliveryDate')}`,
    deliveryTime: null,
    bookIn: { ...book, reference: `B${n('bookIn')}` },
    collectionDepot: '563',
    deliveryDepot: `52${n('depots')}`,
    collection: address(n('collectionAddress')),
    delivery: address(n('deliveryAddress')),
    barcodes: ['B00432B6FE'],
  };
}

const anyVersion = fc.record(
  Object.fromEntries(editFields.map((field) => [field, fc.nat(1)])) as Record<EditField, fc.Arbitrary<number>>,
);
const anyStage = fc.constantFrom(...editStages);
const anyFields = fc.subarray([...editFields]);

describe('a decision on a late edit', () => {
  test('is given for every changed field and for no other, whatever the stage', () => {
    fc.assert(
      fc.property(anyVersion, anyVersion, anyStage, (a, b, stage) => {
        const [agreed, said] = [version(a), version(b)];
        const changed = editFields.filter((field) => a[field] !== b[field]);
        expect(changedFields(agreed, said)).toEqual(changed);
        expect(Object.keys(judge({ agreed, said }, stage, defaultRules))).toEqual(changed);
      }),
    );
  });

  test('what is not accepted stays as agreed, what is accepted is as said, and judged again there is nothing left', () => {
    fc.assert(
      fc.property(anyVersion, anyVersion, anyStage, (a, b, stage) => {
        const [agreed, said] = [version(a), version(b)];
        const decisions: Decisions = judge({ agreed, said }, stage, defaultRules);
        const kept = editFields.filter((field) => decisions[field] !== undefined && decisions[field] !== 'accepted');
        const next = mergeAccepted(agreed, said, kept);
        expect(changedFields(agreed, next)).toEqual(editFields.filter((field) => decisions[field] === 'accepted'));
        expect(changedFields(said, next)).toEqual(kept);
        expect(judge({ agreed: next, said, refusedBefore: kept }, stage, defaultRules)).toEqual({});
      }),
    );
  });

  test('never becomes milder as the work goes on, but where a failed attempt opens it again', () => {
    const weight = { accepted: 0, asked: 1, refused: 2 };
    for (const field of editFields) {
      const onward = editStages
        .filter((stage) => stage !== 'failed')
        .map((stage) => weight[judgeField(field, 'palletways', stage, defaultRules)]);
      expect([field, onward]).toEqual([field, onward.toSorted((one, other) => one - other)]);
    }
  });

  test('before anything is planned every edit of Palletways is accepted, whoever owns the field', () => {
    fc.assert(
      fc.property(anyVersion, anyVersion, anyFields, (a, b, qargos) => {
        const rules = rulesOf(Object.fromEntries(qargos.map((field) => [field, { owner: 'qargo' as const }])));
        const decisions = judge({ agreed: version(a), said: version(b) }, 'announced', rules);
        expect(new Set(Object.values(decisions))).toEqual(
          new Set(Object.keys(decisions).length === 0 ? [] : ['accepted']),
        );
      }),
    );
  });

  test('where both sides changed a field since the agreed copy a person is asked, once anything was planned', () => {
    const [agreed, said] = [version({}), version({ deliveryDate: 1, weight: 1 })];
    expect(judge({ agreed, said, heldOtherwise: ['deliveryDate'] }, 'planned', defaultRules)).toEqual({
      deliveryDate: 'asked',
      weight: 'accepted',
    });
  });

  test('configuration decides a field at a stage and leaves the others as they are', () => {
    const rules = rulesOf({ weight: { planned: 'refuse' }, deliveryDate: { owner: 'qargo' } });
    expect(judgeField('weight', 'palletways', 'planned', rules)).toBe('refused');
    expect(judgeField('weight', 'palletways', 'loaded', rules)).toBe(
      judgeField('weight', 'palletways', 'loaded', defaultRules),
    );
    expect(judgeField('deliveryDate', 'palletways', 'planned', rules)).toBe('asked');
    expect(judgeField('deliveryDate', 'qargo', 'planned', rules)).toBe('accepted');
    expect(judgeField('lifts', 'palletways', 'planned', rules)).toBe('accepted');
  });
});

describe('the table of late edits', () => {
  // a: accepted, ?: asked, x: refused; Palletways' own edit / a planner's edit in Qargo of what is Palletways' word.
  const table: Record<EditField, readonly [palletways: string, qargo: string]> = {
    //                  announced planned loaded out arrived failed delivered
    billUnits: ['aa????x', '??????x'],
    lifts: ['aa????x', '??????x'],
    weight: ['aaa???x', '??????x'],
    collectionDate: ['aaxxxxx', '??xxxxx'],
    deliveryDate: ['aa??xax', '????x?x'],
    bookIn: ['aa??xax', '????x?x'],
    collectionAddress: ['aaxxxxx', '??xxxxx'],
    deliveryAddress: ['aa??xax', '????x?x'],
    instructions: ['aaaaaaa', '???????'],
    service: ['aa?xx?x', '???xx?x'],
    references: ['aaaaaaa', '???????'],
    tailLift: ['aa??xax', '????x?x'],
    handball: ['aa??xax', '????x?x'],
    hazardous: ['aa?????', '???????'],
    depots: ['aa??xxx', '????xxx'],
  };
  const letter = { accepted: 'a', asked: '?', refused: 'x' } as const;

  test.each(editFields)('%s', (field) => {
    const row = (side: 'palletways' | 'qargo') =>
      editStages.map((stage) => letter[judgeField(field, side, stage, defaultRules)]).join('');
    expect([row('palletways'), row('qargo')]).toEqual(table[field]);
    // The same edit as the merge sees it.
    for (const [n, stage] of editStages.entries()) {
      const decisions = judge({ agreed: version({}), said: version({ [field]: 1 }) }, stage, defaultRules);
      expect([stage, Object.entries(decisions).map(([name, decision]) => `${name} ${letter[decision]}`)]).toEqual([
        stage,
        [`${field} ${table[field][0][n]}`],
      ]);
    }
  });
});

describe('the stage at which something late is judged', () => {
  const at = (kind: 'plan' | 'scan' | 'milestone', n: number, content: number) =>
    factOf({ kind, at: n, heard: 0, subject: 0, content });
  const [plan, load, out, delivered, failed] = [
    at('plan', 1, 1),
    at('scan', 2, 0),
    at('milestone', 3, 0),
    at('milestone', 5, 2),
    at('milestone', 4, 3),
  ];

  test('goes from announced over planned and loaded to delivered', () => {
    const all = [
      [],
      [plan],
      [plan, load],
      [plan, load, out],
      [plan, load, out, failed],
      [plan, load, out, failed, delivered],
    ];
    expect(all.map((some) => editStage(stateOf(some)))).toEqual([
      'announced',
      'planned',
      'loaded',
      'out',
      'failed',
      'delivered',
    ]);
  });

  test('planned anew after a failure it is planned: the loading before the failure says nothing', () => {
    const anew = { ...at('plan', 5, 2), at: minute(6) };
    expect(editStage(stateOf([plan, load, out, failed, anew]))).toBe('planned');
    expect(editStage(stateOf([plan, load, out, failed, anew, { ...load, id: 'again', at: minute(7) }]))).toBe('loaded');
  });

  test('a plan that only a read after the failure told is the one that failed, and no new one', () => {
    const onTrip = { ...failed, trip: 'trip-1' } as Fact;
    const read: Fact = { ...plan, id: 'read', at: minute(6), via: 'read' };
    expect(editStage(stateOf([load, out, onTrip, read]))).toBe('failed');
    expect(editStage(stateOf([plan, load, out, onTrip]))).toBe('failed');
    expect(editStage(stateOf([load, out, onTrip, { ...read, trip: 'trip-2' } as Fact]))).toBe('planned');
  });

  test('does not depend on the order in which facts were heard, nor on what was said of a cancellation', () => {
    fc.assert(
      fc.property(facts(), (all) => {
        const cancelled = factOf({ kind: 'cancellation', at: 0, heard: 0, subject: 0, content: 0 });
        expect(editStage(stateOf([...all].reverse()))).toBe(editStage(stateOf(all)));
        expect(editStage(stateOf([...all, cancelled]))).toBe(editStage(stateOf(all)));
      }),
    );
  });
});

describe('what was refused and is said again', () => {
  const order = version({});
  const refused = (stage: EditStage, attempt: number) => ({
    weight: { digest: fieldText(order, 'weight'), stage, attempt },
  });
  const before = (stage: EditStage, attempt: number) =>
    refusedBefore(refused('out', 0), order, { stage, attempt }, (text) => text);

  test('stays refused at the stage and attempt that refused it, and is judged anew at any other', () => {
    for (const stage of editStages)
      for (const attempt of [0, 1])
        expect(before(stage, attempt)).toEqual(stage === 'out' && attempt === 0 ? ['weight'] : []);
    expect(
      refusedBefore(
        refused('out', 0),
        { ...order, weight: order.weight + 1 },
        { stage: 'out', attempt: 0 },
        (text) => text,
      ),
    ).toEqual([]);
  });

  test('counts an attempt once, however often its failure is told', () => {
    const at = (content: number, n: number, id: string): Fact => ({
      ...factOf({ kind: 'milestone', at: n, heard: 0, subject: 0, content }),
      id,
    });
    const [out, failed, again] = [at(0, 1, 'out'), at(3, 2, 'failed'), at(3, 3, 'told again')];
    const [out2, failed2] = [at(0, 4, 'out 2'), at(3, 5, 'failed 2')];
    const attempts = [
      [],
      [out],
      [out, failed],
      [out, failed, again],
      [out, failed, again, out2],
      [out, failed, again, out2, failed2],
    ].map((some) => judgedAt(stateOf(some)).attempt);
    expect(attempts).toEqual([0, 0, 1, 1, 1, 2]);
    fc.assert(
      fc.property(facts(), (all) => judgedAt(stateOf([...all].reverse())).attempt === judgedAt(stateOf(all)).attempt),
    );
  });
});

describe('a decision on a cancellation', () => {
  test('by default: taken back until loaded, then a person is asked, and refused once delivered', () => {
    const decisions = editStages.map((stage) => judgeCancellation(stage, defaultPolicy.cancellation));
    expect(decisions).toEqual(['accepted', 'accepted', 'asked', 'asked', 'asked', 'asked', 'refused']);
  });

  test.each(Object.keys(defaultPolicy.cancellation) as CancelStage[])('is as configured when %s', (stage) => {
    const rulings = { cancel: 'accepted', ask: 'asked', refuse: 'refused' } as const;
    for (const [ruling, decision] of Object.entries(rulings) as [keyof typeof rulings, string][])
      expect(judgeCancellation(stage, { ...defaultPolicy.cancellation, [stage]: ruling })).toBe(decision);
  });
});
