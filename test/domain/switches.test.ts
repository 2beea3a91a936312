import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rowOf, switchedOff } from '../../domain/obligations/kinds.ts';
import { owed, withheldFrom } from '../../domain/obligations/obligations.ts';
import { type Row, rowNames, rows, type Switch, type Withheld, withheldOf } from '../../domain/policy/rows.ts';
import { defaultPolicy, type Policy } from '../../domain/policy/settings.ts';
import { openObligations } from '../../domain/receipts/projection.ts';
import { due } from '../../domain/receipts/receipts.ts';
import { diagnose } from '../../domain/words/diagnosis.ts';
import { notSent } from '../../domain/words/withheld.ts';
import { factOf, minute, situation, stateOf } from './arbitraries.ts';

const switches = fc.record(
  Object.fromEntries(rows.map((row) => [row, fc.constantFrom<Switch>('on', 'shadow', 'off')])),
);
type Draw = Pick<Parameters<typeof factOf>[0], 'kind' | 'subject'>;
const byKey = (a: { key: string }, b: { key: string }) => (a.key < b.key ? -1 : 1);

describe('a row that is switched off', () => {
  test('is not owed and nothing else changes: on and off together are what was owed', () => {
    fc.assert(
      fc.property(situation(), switches, ({ state }, rows) => {
        const withheld = withheldOf(rows);
        expect([...owed(state, withheld), ...withheldFrom(state, withheld)].sort(byKey)).toEqual(
          owed(state).sort(byKey),
        );
        for (const o of owed(state, withheld))
          expect(withheld[rowOf[o.sort] ?? 'orders'] !== undefined && rowOf[o.sort] !== null).toBe(false);
      }),
    );
  });

  test('is outstanding all the same, and changes nothing of what is outstanding in the other rows', () => {
    fc.assert(
      fc.property(situation(), switches, ({ state, ledger }, rows) => {
        const withheld = withheldOf(rows);
        const all = openObligations(state, owed(state), ledger);
        const isOn = (row: Row | null) => row === null || withheld[row] === undefined;
        expect(all.filter((o) => isOn(o.row)).sort(byKey)).toEqual(
          openObligations(state, owed(state, withheld), ledger).sort(byKey),
        );
        const off = openObligations(state, withheldFrom(state, withheld), ledger);
        expect(all.filter((o) => !isOn(o.row)).sort(byKey)).toEqual(off.sort(byKey));
        // What is due and what holds it goes by the rows alone, too.
        const plan = due(state, owed(state, withheld), ledger, minute(60));
        const open = [...plan.now, ...plan.held.map(({ obligation }) => obligation)].map(({ key }) => key);
        expect(all.flatMap((o) => (o.state === 'open' && isOn(o.row) ? [o.key] : [])).sort()).toEqual(open.sort());
      }),
    );
  });

  test('says for each thing that is not sent which row holds it, asks for nobody, and on again says nothing of it', () => {
    fc.assert(
      fc.property(situation(), switches, (each, rows) => {
        const withheld = withheldOf(rows);
        const said = diagnose(each.state, each.ledger, each.now, [], withheld);
        const silent = notSent(each.state, each.ledger, withheld);
        for (const o of silent) {
          const own = said.filter((d) => d.obligation === o.key && d.to === o.to);
          expect(own.map(({ attention }) => attention)).toEqual([false]);
          expect(own[0]?.sentence).toMatch(
            switchedOff(o.sort, withheld) === 'shadow' ? /in shadow for this organisation/ : /switched off/,
          );
        }
        expect(
          diagnose(each.state, each.ledger, each.now).some(({ sentence }) => /switched off|shadow/.test(sentence)),
        ).toBe(false);
      }),
    );
  });

  test.each<[string, Row, Row, Draw, Draw]>([
    [
      'a decision goes with',
      'cancellations',
      'orders',
      { kind: 'decision', subject: 1 },
      { kind: 'decision', subject: 0 },
    ],
    [
      'a decision after a revival goes with',
      'cancellations',
      'orders',
      { kind: 'decision', subject: 2 },
      { kind: 'decision', subject: 0 },
    ],
    ['a file goes with', 'exceptions', 'pod', { kind: 'document', subject: 0 }, { kind: 'document', subject: 1 }],
  ])('%s the row %s where it is of that, and with %s otherwise', (_, row, other, part, rest) => {
    const drawn = { at: 3, heard: 3, content: 0 };
    const facts = [factOf({ ...drawn, ...part }), factOf({ ...drawn, ...rest })];
    // The reads that a signature asks for have no row.
    const tellsOf = (withheld: Withheld) =>
      [
        ...new Set(
          owed(stateOf(facts), withheld)
            .filter((o) => o.kind !== 'evidence')
            .map((o) => o.fact),
        ),
      ].sort();
    const [mine, others] = facts.map(({ id }) => id);
    for (const how of ['off', 'shadow'] as const) {
      expect([tellsOf({ [row]: how }), tellsOf({ [other]: how })]).toEqual([[others], [mine]]);
      const said = (row: Row) =>
        diagnose(stateOf(facts), {}, minute(5), [], { [row]: how }).filter((d) => /not sent/.test(d.sentence));
      expect(new Set(said(row).map(({ sentence }) => sentence.includes(`: ${rowNames[row]} to `)))).toEqual(
        new Set([true]),
      );
    }
  });

  test('in the words of a person', () => {
    const state = stateOf([factOf({ kind: 'scan', at: 3, heard: 3, subject: 0, content: 0 })]);
    const why = (withheld: Withheld) => diagnose(state, {}, minute(5), [], withheld).map(({ sentence }) => sentence);
    const [o] = owed(state);
    expect(why({ scans: 'off' })).toEqual([
      `A scan for Palletways (${o?.key}) is not sent: scans to Palletways are switched off for this organisation.`,
    ]);
    expect(why({ scans: 'shadow' })[0]).toContain('in shadow');
  });
});

test('what is withheld names what is off: where nobody said, the news of the network alone', () => {
  const of = ({ rows }: Pick<Policy, 'rows'>) => withheldOf(rows);
  expect(of(defaultPolicy)).toEqual({ network: 'off' });
  expect(of({ rows: { ...defaultPolicy.rows, network: 'on' } })).toEqual({});
  expect(of({ rows: { ...defaultPolicy.rows, scans: 'off', pod: 'shadow' } })).toEqual({
    scans: 'off',
    pod: 'shadow',
    network: 'off',
  });
});
