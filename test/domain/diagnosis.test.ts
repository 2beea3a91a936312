import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Counterpart, Fact } from '../../domain/facts/facts.ts';
import type { Cause } from '../../domain/obligations/causes.ts';
import type { ObligationKind } from '../../domain/obligations/kinds.ts';
import type { Obligation } from '../../domain/obligations/obligation.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import type { LastTry } from '../../domain/receipts/last-try.ts';
import type { Ledger } from '../../domain/receipts/receipts.ts';
import { isEnded } from '../../domain/state/state.ts';
import { diagnose } from '../../domain/words/diagnosis.ts';
import type { Diagnosis } from '../../domain/words/outstanding.ts';
import { factOf, minute, type Situation, situation, stateOf } from './arbitraries.ts';
import { record } from './ledger.ts';

/** What is not met, from what the words mean and not from the code under test. */
function openOf({ state, ledger }: Situation): Obligation[] {
  return owed(state).filter((o) => {
    const known = ledger[o.key];
    // Nobody is told on an order that was cancelled before there was one.
    const nowhere = o.kind === 'decision' && o.to === 'qargo' && isEnded(state) && ledger.order?.ever !== true;
    if (known === undefined) return !(o.kind === 'plan' && o.digest === 'none') && !nowhere;
    const ofThis = known.revision >= o.revision && (o.change === 'once' || known.digest === o.digest);
    if (nowhere) return ofThis && ['refused', 'unknown'].includes(known.state);
    return !(ofThis && ['met', 'void', 'erased'].includes(known.state));
  });
}

const names: Readonly<Record<ObligationKind, string>> = {
  order: 'The order ',
  references: 'The Palletways references ',
  labels: 'The pallet labels ',
  journey: 'The news of the network',
  'book-in': 'The book-in',
  booking: 'The window that a planner set ',
  cancel: 'The cancellation ',
  evidence: 'The look for signature and incidents ',
  proof: 'The evidence ',
  plan: 'The plan ',
  scan: 'A scan ',
  milestone: 'A milestone ',
  eta: 'The estimated arrival ',
  exception: 'An exception ',
  notice: 'An exception that Palletways told ',
  pod: 'The POD ',
  file: 'A photo or POD file ',
  charge: 'A change of what is charged for ',
  'close-out': 'The final quantities ',
  consignment: 'The look at the changed consignment ',
  decision: 'The decision on a late edit or cancellation ',
  refresh: 'The refresh ',
};

/** What is wrong with a diagnosis of this obligation for a person who reads it, or null. */
function fault(o: Obligation, { sentence, owner, to }: Diagnosis): string | null {
  if (!sentence.startsWith(names[o.kind])) return 'does not name the thing in plain words';
  if (!sentence.includes(o.to === 'qargo' ? 'Qargo' : 'Palletways')) return 'does not name whom it is owed to';
  if (!sentence.includes(`(${o.key})`)) return 'does not give the key that a resend asks for';
  if ((sentence.match(/[.!?](\s|$)/g) ?? []).length !== 1 || !sentence.endsWith('.')) return 'is not one sentence';
  if (/unknown|undefined|null|NaN|\[object/i.test(sentence)) return 'says unknown';
  if (!['us', 'Palletways', 'Qargo', 'a person'].includes(owner)) return 'has no owner';
  return to === o.to ? null : 'is of the other side';
}

/** All but the question of a consignment that is missing at its source. */
const isOwed = ({ obligation }: Diagnosis) => !['missing', 'ending', 'held'].includes(obligation);

const flights = fc.subarray<Counterpart>(['palletways', 'qargo']);

describe('why it was not sent', () => {
  test('every open obligation is explained once, in one sentence with its owner; none says unknown', () => {
    fc.assert(
      fc.property(situation(), flights, (each, inFlight) => {
        const said = diagnose(each.state, each.ledger, each.now, inFlight).filter(isOwed);
        const open = openOf(each);
        expect(said.map((d) => d.obligation).sort()).toEqual(open.map((o) => o.key).sort());
        for (const o of open) {
          const own = said.find((d) => d.obligation === o.key);
          expect(own === undefined ? 'not explained' : fault(o, own)).toBeNull();
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('a diagnosis that leaves the cause open is caught by that property', () => {
    const o = owed(stateOf([factOf({ kind: 'pod', at: 1, heard: 0, subject: 0, content: 0 })]))[0];
    if (o === undefined) throw new Error('a POD is owed');
    const own = { obligation: o.key, to: o.to, owner: 'us', attention: false } as const;
    const good = `The POD owed to Palletways (${o.key}) is held.`;
    expect(fault(o, { ...own, sentence: good })).toBeNull();
    expect(fault(o, { ...own, sentence: good.replace('held', 'held (unknown)') })).toBe('says unknown');
    expect(fault(o, { ...own, sentence: `${good} Try again.` })).toBe('is not one sentence');
    expect(fault(o, { ...own, sentence: 'Error 17.' })).not.toBeNull();
  });

  test('attention is asked for exactly where a person must act', () => {
    fc.assert(
      fc.property(situation(), (each) => {
        for (const { obligation, attention, owner } of diagnose(each.state, each.ledger, each.now).filter(isOwed)) {
          const o = openOf(each).find(({ key }) => key === obligation);
          const known = each.ledger[obligation];
          const ofThis = known !== undefined && o !== undefined && known.revision >= o.revision;
          const parked =
            ofThis &&
            (known.state === 'refused' || known.state === 'unknown') &&
            (o.change === 'once' || known.digest === o.digest);
          expect([attention, owner === 'a person']).toEqual([parked, parked]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

const at = (kind: Fact['kind'], content = 3) => factOf({ kind, at: 1, heard: 0, subject: 0, content });

describe('the cause that is named', () => {
  const facts = [at('order'), at('labels', 1), at('scan')];
  const explain = (of: readonly Fact[], ledger: Ledger = {}, inFlight: Counterpart[] = []) =>
    Object.fromEntries(diagnose(stateOf(of), ledger, minute(10), inFlight).map((d) => [d.obligation.split(':')[0], d]));
  const outcome = (
    key: string,
    state: 'refused' | 'unknown' | 'not yet',
    more: { cause?: Cause; until?: string } = {},
  ) => {
    const o = owed(stateOf(facts)).find((each) => each.key === key);
    return record({}, [{ key, digest: o?.digest ?? '', revision: 1, state, at: minute(9), ...more }]);
  };

  test('no tracking id yet: Palletways gives it', () => {
    const said = explain(facts);
    expect(said.scan).toMatchObject({ owner: 'Palletways', attention: false });
    expect(said.scan?.sentence).toContain('tracking id');
  });

  test('the order was refused: a person corrects it, with the far side and the reason named', () => {
    const said = explain(
      [...facts, at('tracking')],
      outcome('order', 'refused', { cause: { code: 'field missing', field: 'Address[Delivery]' } }),
    );
    expect(said.order).toMatchObject({ owner: 'a person', attention: true });
    expect(said.order?.sentence).toMatch(/refused by Qargo \(field Address\[Delivery\] is missing\).*resend/);
    expect(said.labels?.sentence).toContain('until Qargo has accepted the order');
  });

  test('sent and the answer lost: a person looks, and it is not said that it was not sent', () => {
    const said = explain(facts, outcome('order', 'unknown'));
    expect(said.order?.owner).toBe('a person');
    expect(said.order?.sentence).toMatch(/was sent but the answer was lost.*check Qargo/);
  });

  test('held: the cause and the time of the next try', () => {
    const said = explain(facts, outcome('order', 'not yet', { cause: { code: 'answer lost' }, until: minute(40) }));
    expect(said.order?.sentence).toContain(`held (no answer came back) and is tried again at ${minute(40)}`);
  });

  test('what held up the last try: the far side, its answer, and when it is tried again', () => {
    const why = (last: LastTry) =>
      diagnose(stateOf([...facts, at('tracking')]), {}, minute(10), ['qargo'], {}, (key) =>
        key === 'order' ? last : undefined,
      )
        .filter(({ obligation }) => obligation === 'order')
        .map(({ sentence, owner }) => `${owner}: ${sentence}`);
    const what = 'The order owed to Qargo (order)';
    expect(why({ cause: 'down', reason: 'connect ECONNREFUSED', until: minute(12) })).toEqual([
      `Qargo: ${what} is not sent yet: Qargo cannot be reached (connect ECONNREFUSED); it is tried again at ${minute(12)}.`,
    ]);
    expect(why({ cause: 'busy', reason: '429', until: minute(9) })).toEqual([
      `Qargo: ${what} is not sent yet: Qargo asks us to wait (429); it is tried again in a moment.`,
    ]);
    expect(why({ cause: 'auth', reason: '401' })).toEqual([
      `us: ${what} is not sent: Qargo turns our login away (401); a person must correct it in the configuration, and it is tried again in a moment.`,
    ]);
    expect(why({ cause: 'budget', reason: null, until: minute(11) })).toEqual([
      `us: ${what} waits for its turn among the calls that Qargo allows; it is tried again at ${minute(11)}.`,
    ]);
    expect(why({ cause: 'not active', reason: null })).toEqual([
      `us: ${what} is held: the organisation is not active.`,
    ]);
    const banned = diagnose(
      stateOf(facts),
      outcome('order', 'not yet', { cause: { code: 'banned' }, until: minute(25) }),
      minute(10),
    );
    expect(banned.find(({ obligation }) => obligation === 'order')?.sentence).toBe(
      `${what} is not sent yet: Qargo keeps silent to this address for a while; it is tried again at ${minute(25)}.`,
    );
  });

  test('on its way: said as such, and only for the side that is being called', () => {
    const flying = explain([...facts, at('tracking')], {}, ['qargo']);
    expect(flying.order?.sentence).toContain('being sent now');
    expect(flying.scan?.sentence).toContain('next step');
  });
});
