/** Random facts, states and ledgers: small pools, so that subjects, instants and identifiers collide. */

import fc from 'fast-check';
import {
  type Counterpart,
  type Fact,
  type FactKind,
  type MilestoneName,
  nextSteps,
  type ScanKind,
} from '../../domain/facts/facts.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import type { Obligation } from '../../domain/obligations/obligation.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import type { Ledger, Receipt } from '../../domain/receipts/receipts.ts';
import { emptyState, fold, type State } from '../../domain/state/state.ts';
import { record } from './ledger.ts';

/** Minute `n` of the morning all tests play in, UTC ISO. */
export const minute = (n: number) => new Date(Date.UTC(2026, 10, 23, 6, n)).toISOString();

const pick = <T>(all: readonly [T, ...T[]], n: number): T => all[n % all.length] ?? all[0];

/** What a random fact is drawn from; a few values each. */
interface Draw {
  readonly kind: FactKind;
  readonly at: number;
  readonly heard: number;
  readonly subject: number;
  readonly content: number;
}

/** A fact of each kind, all of it decided by the draw. Equal draws but for `heard` are copies of one fact. */
const make: { readonly [K in FactKind]: (draw: Draw, base: Base) => Extract<Fact, { kind: K }> } = {
  order: ({ content }, base) => ({
    ...base,
    kind: 'order',
    type: 'D',
    service: pick(['A-ND', 'A-EC'], content),
    lifts: 1 + content,
    weight: 100 * (1 + content),
    billUnits: [{ type: 'FP', amount: 1 + content }],
    collectionDate: null,
    deliveryDate: '2026-11-24',
    digests: { delivery: `00000000000000${content}0` },
    content: String(content),
  }),
  labels: ({ content }, base) => ({
    ...base,
    kind: 'labels',
    barcodes: ['B000000001', 'B000000002', 'B000000003'].slice(0, content % 4),
  }),
  tracking: ({ content }, base) => ({
    ...base,
    kind: 'tracking',
    trackingId: content % 2 === 0 ? null : '60012340167',
    conNo: content < 2 ? null : '2557391-564',
    responseId: '3972953',
  }),
  hint: (_, base) => ({ ...base, kind: 'hint' }),
  plan: ({ content }, base) => ({ ...base, kind: 'plan', trip: content === 0 ? null : `trip-${content}`, vehicle: '' }),
  scan: ({ subject, content }, base) => ({
    ...base,
    kind: 'scan',
    barcode: `B00000000${subject}`,
    scan: pick<ScanKind>(['load', 'unload', 'cross-dock', 'delivery'], content),
  }),
  milestone: ({ subject, content }, base) => ({
    ...base,
    kind: 'milestone',
    milestone: pick<MilestoneName>(['out', 'arrived', 'delivered', 'failed'], content),
    stop: `stop-${subject}`,
  }),
  eta: ({ subject, content }, base) => ({ ...base, kind: 'eta', stop: `stop-${subject}`, eta: minute(30 + content) }),
  exception: ({ subject, content }, base) => ({
    ...base,
    kind: 'exception',
    code: pick(['DAMAGE', 'SHORT'], content),
    stop: `stop-${subject}`,
  }),
  case: ({ subject, content }, base) => ({
    ...base,
    kind: 'case',
    exception: `exception-${subject}`,
    step: pick(nextSteps, content),
  }),
  document: ({ subject }, base) => ({
    ...base,
    kind: 'document',
    document: `document-${subject}`,
    // What a document is never changes.
    role: pick(['exception-photo', 'signature', 'pod'] as const, subject),
  }),
  // Of one instant each content is another telling; the last says again what the first one said.
  pod: ({ content }, base) => ({
    ...base,
    kind: 'pod',
    ...(content === 0 ? {} : { retold: minute(40 + content) }),
    ...(content === 3 ? { like: 'first' } : {}),
  }),
  proof: ({ subject, content }, base) => ({
    ...base,
    kind: 'proof',
    stop: `stop-${subject}`,
    outcome: pick(['delivered', 'failed'] as const, content),
    ended: minute(content % 2),
    since: minute(content % 2),
  }),
  cancellation: (_, base) => ({ ...base, kind: 'cancellation' }),
  charge: ({ subject, content }, base) => ({
    ...base,
    kind: 'charge',
    charge: pick(['weight', 'dimensions', 'regrade'] as const, subject),
    about: '',
    old: null,
    new: String(600 + content),
    // Whom it is owed to is decided when it is heard, and never changes.
    owe: pick<readonly Counterpart[]>([[], ['qargo'], ['palletways'], ['palletways', 'qargo']], content),
  }),
  'close-out': ({ content }, base) => ({ ...base, kind: 'close-out', adjustment: content, digest: `final-${content}` }),
  network: ({ subject, content }, base) => ({
    ...base,
    kind: 'network',
    code: pick(['AT_HUB', 'LEFT_HUB', 'STOCK_HELD'], content),
    ...(subject === 0
      ? { bookIn: { date: `2026-11-2${4 + (content % 4)}`, time: null, digest: '0000000000000000' } }
      : {}),
  }),
  revived: ({ subject, content }, base) => ({
    ...base,
    kind: 'revived',
    revival: 1 + subject,
    generation: 1 + (content % 3),
  }),
  decision: ({ at, subject, content }, base) => ({
    ...base,
    source: content % 2 === 0 ? 'person' : 'engine',
    kind: 'decision',
    on: pick([`order-${at}-${subject}-${content}`, 'cancel', 'cancel:1'], subject),
    decision: pick(['asked', 'accepted', 'refused'], content),
    stage: 'loaded',
    attempt: 0,
    fields: subject === 0 ? ['weight'] : [],
    tell: content % 2 === 0 ? ['palletways', 'qargo'] : [],
  }),
  held: ({ content }, base) => ({
    ...base,
    kind: 'held',
    fields: Object.fromEntries(content === 0 ? [] : [['weight', `000000000000000${content}`]]),
  }),
  presence: ({ content }, base) => ({ ...base, kind: 'presence', present: content % 2 === 0 }),
  ending: ({ content }, base) => ({ ...base, kind: 'ending', how: pick(['none', 'cancelled', 'blocked'], content) }),
  merged: ({ subject }, base) => ({ ...base, kind: 'merged', into: `consignment-${subject}` }),
  resend: ({ subject, content }, base) => ({
    ...base,
    kind: 'resend',
    obligation: pick(['order', 'labels', 'plan', `document:document-${subject}`], subject),
    revision: 2 + (content % 3),
  }),
  refresh: (_, base) => ({ ...base, kind: 'refresh' }),
};

type Base = Pick<Fact, 'id' | 'at' | 'zone' | 'heard' | 'source' | 'via'>;

export const kinds = Object.keys(make) as readonly FactKind[];

/** A fact from a draw. Its id names everything but when it was heard, as the far side's own keys do. */
export function factOf(draw: Draw): Fact {
  const { kind, at, heard, subject, content } = draw;
  const base: Base = {
    id: `${kind}-${at}-${subject}-${content}`,
    at: minute(at),
    zone: 'Europe/London',
    heard: minute(30 + heard),
    source: kind === 'order' ? 'palletways' : 'qargo',
    via: 'push',
  };
  return make[kind](draw, base);
}

const drawOf = (of: readonly FactKind[]) =>
  fc.record({ kind: fc.constantFrom(...of), at: fc.nat(5), heard: fc.nat(3), subject: fc.nat(2), content: fc.nat(3) });

/** One random fact. */
export const fact = (of: readonly FactKind[] = kinds): fc.Arbitrary<Fact> => drawOf(of).map(factOf);

/** Facts of random kinds in random order, copies of one another among them. */
export const facts = (of: readonly FactKind[] = kinds, maxLength = 24): fc.Arbitrary<Fact[]> =>
  fc.array(fact(of), { maxLength });

/** Every kind but those after which everything else is moot. */
export const uncancelled = kinds.filter((kind) => kind !== 'cancellation' && kind !== 'merged' && kind !== 'revived');

/** Every kind but what decides what a cancellation comes to. */
export const undecided = kinds.filter((kind) => kind !== 'decision' && kind !== 'revived');

export const stateOf = (all: Iterable<Fact>): State => fold(emptyState, all);

/** What became of one obligation. */
interface Fate {
  readonly state: Receipt['state'];
  readonly until: number;
  readonly oldDigest: boolean;
  readonly revision: number;
  readonly deliveredBefore: boolean;
}

const states = ['met', 'met', 'met', 'void', 'refused', 'unknown', 'erased', 'not yet'] as const;

/** A fate out of one number, since there are many to draw; every second is none at all. */
function fateOf(drawn: number): Fate | null {
  let rest = drawn;
  const digit = (base: number) => {
    const value = rest % base;
    rest = Math.floor(rest / base);
    return value;
  };
  if (digit(2) === 0) return null;
  return {
    state: pick(states, digit(states.length)),
    until: digit(60),
    oldDigest: digit(2) === 1,
    revision: 1 + digit(3),
    deliveredBefore: digit(2) === 1,
  };
}

const fates = fc.array(fc.nat(2 * states.length * 60 * 2 * 3 * 2 - 1), { minLength: 48, maxLength: 48 });

const causes: Partial<Record<Receipt['state'], Cause>> = {
  refused: { code: 'refused' },
  'not yet': { code: 'label not ready' },
  void: { code: 'later milestone sent' },
};

function outcome(o: Obligation, drawn: Fate): Receipt {
  const { state, until } = drawn;
  const cause = causes[state];
  return {
    key: o.key,
    digest: drawn.oldDigest ? 'an older one' : o.digest,
    revision: drawn.revision,
    state,
    at: minute(20),
    ...(state === 'not yet' ? { until: minute(until) } : {}),
    ...(cause === undefined ? {} : { cause }),
  };
}

export interface Situation {
  readonly facts: readonly Fact[];
  readonly state: State;
  /** Written by {@link record} only, as a workflow's is. */
  readonly ledger: Ledger;
  /** UTC ISO, among the instants at which something may be looked at again. */
  readonly now: string;
}

/** A state with some of what it owes met, refused, waiting or in an older version. */
export const situation = (of: readonly FactKind[] = kinds): fc.Arbitrary<Situation> =>
  fc.record({ all: facts(of), drawn: fates, now: fc.nat(59) }).map(({ all, drawn, now }) => {
    const state = stateOf(all);
    let ledger: Ledger = {};
    for (const [n, o] of owed(state).entries()) {
      const fate = fateOf(drawn[n] ?? 0);
      if (fate === null) continue;
      if (fate.deliveredBefore)
        ledger = record(ledger, [outcome(o, { ...fate, state: 'met', oldDigest: true, revision: 1 })]);
      ledger = record(ledger, [outcome(o, fate)]);
    }
    return { facts: all, state, ledger, now: minute(now) };
  });
