/** What is outstanding stands in the record as rows, however it was heard and however long a life is. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fact, NewFact } from '../../domain/facts/facts.ts';
import { lanes } from '../../domain/obligations/lanes.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import { rows as rowsOf, type Switch, withheldOf } from '../../domain/policy/rows.ts';
import { defaultPolicy } from '../../domain/policy/settings.ts';
import { rulesVersion } from '../../domain/receipts/projection.ts';
import { due, orderAccepted } from '../../domain/receipts/receipts.ts';
import { diagnose } from '../../domain/words/diagnosis.ts';
import { describeOutstanding } from '../../domain/words/outstanding.ts';
import { projectAgain } from '../../store/due/take.ts';
import { createIdentity } from '../../store/identity/identity.ts';
import { ingest as hearIn } from '../../store/intake/ingest.ts';
import { type Item, intend, settle } from '../../store/outbox/receipts.ts';
import { beforeCommit, inTransaction, type Queryable } from '../../store/postgres/database.ts';
import { askResend } from '../../store/record/commands.ts';
import { planOf } from '../../store/record/plan.ts';
import { minute as factMinute, factOf, kinds, facts as someFacts, stateOf } from '../domain/arbitraries.ts';
import { projectedAtOnce } from '../domain/record-in-memory.ts';
import { derivedOf } from '../projected.ts';
import { take } from './due-items.ts';
import {
  analyze,
  insertReceipts,
  leaveAsOtherRules,
  obligationsOf,
  openKeys,
  rowsRead,
  setPolicy,
  statusRow,
  storeAtOnce,
} from './reads.ts';
import { type Recorded, useRecord } from './record.ts';
import { milestone, minute, order, plan, scan, trackingFact } from './said.ts';

const record = useRecord();
const begun = (of: Recorded) => inTransaction(of.db, (tx) => createIdentity(tx, of.organisation));
const takeAll = async (of: Recorded, consignment: string): Promise<Item[]> => {
  const taken: Item[] = [];
  for (const lane of lanes) taken.push(...(await take(of.db, of.organisation, consignment, lane)));
  return taken;
};
/** Sends items and settles them all alike. */
async function settleAll(of: Recorded, consignment: string, items: readonly Item[], state: 'met' | 'refused' = 'met') {
  const owner = {
    organisation: of.organisation,
    consignment,
    counterpart: 'palletways',
    sender: 'me',
    doubtMs: 0,
  } as const;
  const intents = await intend(
    of.db,
    owner,
    items.map((item) => ({ item })),
  );
  await inTransaction(of.db, (tx) =>
    settle(
      tx,
      owner,
      intents.map(({ item }) => ({ item, state, cause: { code: 'sent before takeover' } })),
    ),
  );
}

describe('a random life of all kinds', () => {
  /** When we heard it is fixed, so that decisions of the moment fall alike. */
  const heardAt = factMinute(59);
  const told = ({ heard: _h, via: _v, content: _c, ...fact }: Fact) => fact as unknown as NewFact;
  const hearAll = async (of: Recorded, batches: readonly (readonly Fact[])[]): Promise<string> => {
    const consignment = await begun(of);
    const context = {
      organisation: of.organisation,
      journal: null,
      heard: heardAt,
      via: 'push',
      consignment,
      asTold: true,
    } as const;
    for (const batch of batches)
      await inTransaction(of.db, (tx) => hearIn(tx, { aliases: {}, facts: batch.map(told) }, context));
    return consignment;
  };
  /** What the engine decided has an instant of its own in each way. */
  const decidedAt = new Set(['since', 'question_since', 'happened_at']);
  const instantsAside = (rows: object) =>
    JSON.parse(
      JSON.stringify(rows, (name, value) => (decidedAt.has(name) && String(value) > '2026-11-30' ? 'then' : value)),
    );
  const derived = async (of: Recorded, consignment: string) => {
    const known = (await of.facts(consignment)).map(({ envelope }) => envelope);
    // What was decided when it was heard is told by its stage too.
    const ids = known
      .map((fact) => (fact.kind === 'decision' ? `${fact.id} ${fact.stage} ${fact.attempt}` : fact.id))
      .sort();
    const { ledger } = await of.state(consignment);
    return { known, ids, ledger, rows: await derivedOf(of.db, consignment) };
  };

  test('gives the same rows heard at once, one by one, in any order and with copies, and projecting it anew changes nothing', async () => {
    const of = record();
    const seen = new Set<string>();
    const compared = { equal: 0, decided: 0 };
    const orders = fc.array(fc.nat(1_000), { minLength: 24, maxLength: 24 });
    const copies = fc.array(fc.nat(23), { maxLength: 6 });
    const oneOfEach = kinds.flatMap(
      (kind, seed) => fc.sample(someFacts([kind], 1), { seed, numRuns: 9 }).find(({ length }) => length > 0) ?? [],
    );
    await fc.assert(
      fc.asyncProperty(
        someFacts(kinds, 24),
        orders,
        copies,
        fc.integer({ min: 1, max: 5 }),
        async (drawn, order, again, size) => {
          const all = [...new Map(drawn.map((fact) => [fact.id, fact])).values()];
          if (all.length === 0) return;
          for (const { kind } of all) seen.add(kind);
          const shuffled = all.map((fact, n) => [fact, order[n] ?? 0] as const).sort(([, a], [, b]) => a - b);
          const said = [...shuffled.map(([fact]) => fact), ...again.flatMap((n) => all[n] ?? [])];
          const cut = said.flatMap((_, n) => (n % size === 0 ? [said.slice(n, n + size)] : []));
          const ways = [[all], all.map((fact) => [fact]), cut];
          const ends = [];
          for (const way of ways) ends.push(await derived(of, await hearAll(of, way)));
          for (const { known, ids, ledger, rows } of ends) {
            const whole = projectedAtOnce(known, ledger);
            expect(rows.standing.map((row) => (row as { id: string }).id).sort()).toEqual(whole.base);
            const open = rows.obligations as {
              key: string;
              fact: string;
              revision: number;
              generation: number;
              state: string;
            }[];
            expect(
              open.map(({ key, fact, revision, generation, state }) => ({ key, fact, revision, generation, state })),
            ).toEqual(
              whole.open.map(({ key, fact, revision, generation, state }) => ({
                key,
                fact,
                revision,
                generation,
                state,
              })),
            );
            expect(rows.status).toMatchObject({
              stage: whole.status.stage,
              over: whole.status.over,
              happened: whole.happened,
            });
            // What the engine decided besides, when it heard, is the same fact in each way or the ways are of different facts.
            if (ids.join() !== ends[0]?.ids.join()) compared.decided += 1;
            else {
              compared.equal += 1;
              expect(instantsAside(rows)).toEqual(instantsAside(ends[0].rows));
            }
          }
        },
      ),
      // The first life has one fact of every kind, so that none is left to chance.
      { numRuns: 30, examples: [[oneOfEach, oneOfEach.map((_, n) => (n * 7) % 24), [], 3]] },
    );
    expect([...seen].sort()).toEqual([...kinds].sort());
    expect(compared.equal).toBeGreaterThan(compared.decided);
  });

  test('is taken as all that the record knows decides', async () => {
    const of = record();
    const withheld = withheldOf(defaultPolicy.rows);
    await fc.assert(
      fc.asyncProperty(someFacts(kinds, 24), async (drawn) => {
        if (drawn.length === 0) return;
        const consignment = await hearAll(of, [drawn]);
        for (const round of [1, 2]) {
          const { state, ledger } = await of.state(consignment);
          const expected = due(state, owed(state, withheld), ledger, factMinute(59)).now;
          const taken = await takeAll(of, consignment);
          const named = (o: { key: string; revision: number; fact: string }) => `${o.key} ${o.revision} ${o.fact}`;
          expect(taken.map(named).sort()).toEqual(expected.map(named).sort());
          if (round === 1)
            await settleAll(
              of,
              consignment,
              taken.filter((_, n) => n % 3 !== 0),
            );
          else
            expect(orderAccepted(ledger)).toBe(
              (await planOf(of.db, consignment)).lanes.qargo?.kinds.order === undefined && orderAccepted(ledger),
            );
        }
      }),
      { numRuns: 30 },
    );
  });

  test('is taken, and explained, as all that the record knows decides, whichever rows are off or in shadow', async () => {
    const of = record();
    const switches = fc.record(
      Object.fromEntries(rowsOf.map((row) => [row, fc.constantFrom<Switch>('on', 'on', 'shadow', 'off')])),
    );
    const said = { lines: 0, held: 0, off: 0 };
    await fc.assert(
      fc.asyncProperty(someFacts(kinds, 24), switches, async (drawn, rows) => {
        if (drawn.length === 0) return;
        const withheld = withheldOf(rows);
        await setPolicy(of.db, of.organisation, { rows: rows as typeof defaultPolicy.rows });
        const consignment = await hearAll(of, [drawn]);
        for (const round of [1, 2]) {
          const { state, ledger } = await of.state(consignment);
          const expected = due(state, owed(state, withheld), ledger, factMinute(59));
          const taken = await takeAll(of, consignment);
          expect(taken.map(({ key, revision, fact }) => `${key} ${revision} ${fact}`).sort()).toEqual(
            expected.now.map(({ key, revision, fact }) => `${key} ${revision} ${fact}`).sort(),
          );
          const isDue = new Set(expected.now.map(({ key }) => key));
          const { page } = await planOf(of.db, consignment);
          const why = new Map(
            diagnose(state, ledger, factMinute(59), [], withheld).map((each) => [each.obligation, each]),
          );
          for (const line of page.outstanding) {
            const { sentence, ...others } = describeOutstanding(line, factMinute(59));
            // What is taken together with the order waits for it all the same.
            const goesAlong = line.by === 'order accepted' && isDue.has(line.key);
            if (!goesAlong)
              expect(why.get(line.key)).toMatchObject(line.state === 'due' ? others : { sentence, ...others });
          }
          said.lines += page.outstanding.length;
          said.held += page.outstanding.filter((line) => line.state === 'needs').length;
          said.off += page.outstanding.filter((line) => line.state === 'off' || line.state === 'shadow').length;
          if (round === 1)
            for (const state of ['met', 'refused'] as const)
              await settleAll(
                of,
                consignment,
                taken.filter((_, n) => n % 3 === (state === 'met' ? 0 : 1)),
                state,
              );
        }
      }),
      { numRuns: 30 },
    );
    expect(Math.min(said.lines, said.held, said.off)).toBeGreaterThan(20);
  });
});

describe('of a long life', () => {
  const barcodes = Array.from(
    { length: 60 },
    (_, n) => `B${(0x432b6fe + n).toString(16).toUpperCase().padStart(9, '0')}`,
  );
  const base = (id: string, n: number) =>
    ({
      id: `qg:${id}:0192f3aa-1111-7000-8000-00000000abcd`,
      at: new Date(Date.UTC(2025, 10, 24, 6) + ((n * 7_919) % 10_007) * 1_000).toISOString(),
      zone: 'Europe/London',
      heard: minute(59),
      source: 'qargo',
      via: 'push',
    }) as const;

  /** Facts of all kinds of which there are many, in the order of arrival; when each happened has nothing to do with it. */
  function longLife(length: number): Fact[] {
    const facts: Fact[] = [
      {
        ...base('tracking', 0),
        kind: 'tracking',
        source: 'palletways',
        trackingId: '60012340167',
        conNo: '2557391-564',
        responseId: null,
      },
      { ...base('labels', 0), kind: 'labels', source: 'palletways', barcodes },
    ];
    for (let n = 0; facts.length < length; n += 1) {
      const each = base(String(n), n);
      const kind = n % 20;
      if (kind === 0)
        facts.push({
          ...each,
          kind: 'document',
          document: `document-${n}`,
          role: n % 40 === 0 ? 'signature' : 'photo',
        });
      else if (kind === 1) facts.push({ ...each, kind: 'exception', code: 'DAMAGE', stop: `stop-${n}` });
      else if (kind === 2) facts.push({ ...each, kind: 'milestone', milestone: 'failed', stop: `stop-${n % 7}` });
      else if (kind === 3) facts.push({ ...each, kind: 'milestone', milestone: 'out', stop: `stop-${n % 7}` });
      else if (kind === 4) facts.push({ ...each, kind: 'pod' });
      else if (kind === 5) facts.push({ ...each, kind: 'refresh' });
      else facts.push({ ...each, kind: 'scan', barcode: barcodes[n % 60] ?? '', scan: 'cross-dock' });
    }
    return facts;
  }
  /** A life in the record: of what it owes all is met but every `open`th. */
  async function stored(of: Recorded, facts: readonly Fact[], open: number): Promise<string> {
    const consignment = await begun(of);
    await storeAtOnce(of.db, of.organisation, consignment, facts);
    await insertReceipts(
      of.db,
      of.organisation,
      consignment,
      owed(stateOf(facts)).filter((_, n) => n % open !== 0),
    );
    await projectAgain(of.db, of.organisation, consignment);
    return consignment;
  }
  /** Rows that a transaction reads, its projection included. */
  async function reads(
    of: Recorded,
    act: (tx: Queryable) => Promise<unknown>,
  ): Promise<Readonly<Record<string, number>>> {
    let read: Readonly<Record<string, number>> = {};
    await inTransaction(of.db, async (tx) => {
      // A table that is small here would be read whole, which costs less than its index: read as large ones are.
      await tx.query('set local enable_seqscan = off');
      await tx.query('discard plans');
      // What the connection has read before and not told yet is counted with it.
      const before = await rowsRead(tx);
      await act(tx);
      // After the projection, which what happened above has asked for before this.
      beforeCommit(tx, reads, async () => {
        const after = await rowsRead(tx);
        read = Object.fromEntries(Object.entries(after).map(([table, n]) => [table, n - (before[table] ?? 0)]));
      });
    });
    return read;
  }
  const sum = (read: Readonly<Record<string, number>>) => Object.values(read).reduce((all, n) => all + n, 0);

  test('10,000 facts cost a new one no more than 100 rows read, and so an outcome', async () => {
    const of = record();
    // The server's statistics know short lives alone, as they do where one life is longer than all others: no plan may rest on them.
    await of.heard({ trackingId: '1' }, [order('A', 0), scan(1)]);
    // Of a few consignments a plan that is made once for all values reads all: there are many.
    await of.db.query(
      `insert into consignment (id, organisation) select 'other ' || n, $1 from generate_series(1, 5000) n`,
      [of.organisation],
    );
    await analyze(of.db);
    const consignment = await stored(of, longLife(10_000), 1_000);
    const { version } = await statusRow(of.db, consignment);
    const heard = await reads(of, (tx) => of.hear({}, [scan(50, 'NEW')], { consignment, on: tx }));
    expect(heard).toMatchObject({ status: expect.any(Number), standing: expect.any(Number) });
    expect([sum(heard) > 100 ? heard : sum(heard) <= 100]).toEqual([true]);
    expect(await openKeys(of.db, consignment)).toContain(`scan:NEW:load:${minute(50)}`);
    const item = (await takeAll(of, consignment)).find(({ key }) => key.startsWith('scan:NEW'));
    if (item === undefined) throw new Error('it was not taken');
    const owner = {
      organisation: of.organisation,
      consignment,
      counterpart: 'palletways',
      sender: 'me',
      doubtMs: 0,
    } as const;
    await intend(of.db, owner, [{ item }]);
    const settled = await reads(of, (tx) => settle(tx, owner, [{ item, state: 'met' }]));
    expect([sum(settled) > 100 ? settled : sum(settled) <= 100]).toEqual([true]);
    expect((await statusRow(of.db, consignment)).version).toBe(version + 2);
  });

  test('pages of 200 are taken in order, and together they are all that is owed, each thing once', async () => {
    const of = record();
    const consignment = await stored(of, longLife(1_200), 1);
    const all = await openKeys(of.db, consignment);
    const sizes: number[] = [];
    const told: Item[] = [];
    for (let round = 0; round < 40; round += 1) {
      const page = await take(of.db, of.organisation, consignment, 'palletways');
      if (page.length === 0) break;
      sizes.push(page.length);
      told.push(...page);
      await settleAll(of, consignment, page);
    }
    expect(sizes.slice(0, -1)).toEqual(sizes.slice(0, -1).map(() => 200));
    expect(sizes.length).toBeGreaterThan(4);
    expect(new Set(told.map(({ key }) => key)).size).toBe(told.length);
    const rest = await openKeys(of.db, consignment);
    expect([...told.map(({ key }) => key), ...rest].sort()).toEqual(all);
    const inLane = (await obligationsOf(of.db, consignment)).filter(
      ({ lane, state }) => lane === 'palletways' && state === 'open',
    );
    expect(inLane).toEqual([]);
    // The signature before the scans, and of a class the oldest first.
    const first = told.findLastIndex(({ kind }) => kind === 'pod');
    expect(told.slice(0, first + 1).every(({ kind }) => kind === 'pod')).toBe(true);
    expect(first).toBeGreaterThan(30);
    const happened = new Map(longLife(1_200).map(({ id, at }) => [id, at]));
    for (const kind of ['pod', 'scan'] as const) {
      const times = told.filter((item) => item.kind === kind).map(({ fact }) => happened.get(fact) ?? '');
      expect(times).toEqual([...times].sort());
    }
  });

  test('what was owed first is taken first, whenever it happened', async () => {
    const of = record();
    const consignment = await of.heard({ trackingId: '60012340167' }, [trackingFact(0, '60012340167'), scan(9, 'B1')]);
    await of.hear({}, [scan(3, 'B2'), scan(4, 'B3')], { consignment });
    await of.hear({}, [scan(1, 'B4')], { consignment });
    const page = await take(of.db, of.organisation, consignment, 'palletways');
    expect(page.map(({ key }) => key.split(':')[1])).toEqual(['B1', 'B2', 'B3', 'B4']);
  });

  test('the plan stays under 2 KB, and counts what it does not name', async () => {
    const of = record();
    const consignment = await stored(of, longLife(1_200), 1);
    const told = await planOf(of.db, consignment);
    expect(Buffer.byteLength(JSON.stringify(told))).toBeLessThanOrEqual(2_048);
    const outstanding = await obligationsOf(of.db, consignment);
    expect(told.page.outstanding.length).toBeGreaterThan(4);
    expect(told.page.outstanding.length).toBeLessThanOrEqual(10);
    expect(told.page.outstanding.length + told.page.more).toBe(outstanding.length);
  });
});

describe('what is outstanding', () => {
  const begin = (of: Recorded) =>
    of.heard({ trackingId: '60012340167' }, [
      order('A', 0),
      trackingFact(0, '60012340167'),
      plan('T1', 1),
      scan(2, 'B1'),
      scan(3, 'B2'),
    ]);
  const kindsTaken = async (of: Recorded, consignment: string) =>
    [...new Set((await takeAll(of, consignment)).map(({ kind }) => kind))].sort();

  test.for(['off', 'shadow'] as const)(
    'that is switched %s is not taken, is shown as such, and is taken when it is on again',
    async (how) => {
      const of = record();
      const consignment = await begin(of);
      expect(await kindsTaken(of, consignment)).toEqual(['order', 'plan', 'references', 'scan']);
      await setPolicy(of.db, of.organisation, { rows: { ...defaultPolicy.rows, scans: how } });
      expect(await kindsTaken(of, consignment)).toEqual(['order', 'plan', 'references']);
      const { page, lanes: planned } = await planOf(of.db, consignment);
      expect(page.outstanding.filter(({ kind }) => kind === 'scan').map(({ state }) => state)).toEqual([how, how]);
      expect(planned.palletways?.kinds).toEqual({ plan: 1 });
      await of.hear({}, [scan(4, 'B3')], { consignment });
      await setPolicy(of.db, of.organisation, { rows: { ...defaultPolicy.rows, scans: 'on' } });
      expect((await takeAll(of, consignment)).filter(({ kind }) => kind === 'scan')).toHaveLength(3);
    },
  );

  test('and was refused or is unknown stays: it is not taken, is named, and is open when a person asks again', async () => {
    const of = record();
    const consignment = await begin(of);
    const scans = (await takeAll(of, consignment)).filter(({ kind }) => kind === 'scan');
    await settleAll(of, consignment, scans, 'refused');
    await of.hear({}, [scan(5, 'B4')], { consignment });
    expect((await takeAll(of, consignment)).filter(({ kind }) => kind === 'scan').map(({ key }) => key)).toEqual([
      `scan:B4:load:${minute(5)}`,
    ]);
    const { attention, page, closeAt } = await planOf(of.db, consignment);
    expect([attention, closeAt]).toEqual([true, undefined]);
    expect(page.outstanding.slice(0, 2).map(({ state, cause }) => [state, cause?.code])).toEqual([
      ['refused', 'sent before takeover'],
      ['refused', 'sent before takeover'],
    ]);
    const [{ key } = { key: '' }] = scans;
    await askResend(of.db, { organisation: of.organisation, consignment }, key, { who: 'anna', why: 'mended' });
    expect((await takeAll(of, consignment)).find((item) => item.key === key)?.revision).toBe(2);
  });

  test('of what was cancelled is only the cancellation and its proof, and where it stood; of what was merged only the cancellation', async () => {
    const of = record();
    const consignment = await begin(of);
    const drawn = { at: 1, heard: 1, subject: 1, content: 0 };
    const heard = [factOf({ kind: 'pod', ...drawn }), factOf({ kind: 'document', ...drawn })] as unknown as NewFact[];
    await of.hear({}, heard, { consignment, heard: 30 });
    await of.hear({}, [{ kind: 'cancellation', id: 'by hand', at: minute(40), zone: 'UTC', source: 'person' }], {
      consignment,
    });
    expect(new Set((await obligationsOf(of.db, consignment)).map(({ kind }) => kind))).toEqual(
      new Set(['cancel', 'pod', 'file']),
    );
    expect((await statusRow(of.db, consignment)).stage).toBe('cancelled');
    await of.hear(
      {},
      [{ kind: 'merged', id: 'merged', into: 'the-older', at: minute(41), zone: 'UTC', source: 'engine' }],
      {
        consignment,
      },
    );
    expect([await openKeys(of.db, consignment), (await statusRow(of.db, consignment)).stage]).toEqual([
      ['cancel'],
      'merged',
    ]);
  });

  test('as other rules left it is made anew by whoever takes', async () => {
    const of = record();
    const consignment = await begin(of);
    const before = await derivedOf(of.db, consignment);
    await leaveAsOtherRules(of.db, consignment, rulesVersion - 1);
    expect(await kindsTaken(of, consignment)).toEqual(['order', 'plan', 'references', 'scan']);
    expect([await derivedOf(of.db, consignment), (await statusRow(of.db, consignment)).rules]).toEqual([
      before,
      rulesVersion,
    ]);
    // And by whatever is heard of it next, all of it and not the news alone.
    await leaveAsOtherRules(of.db, consignment, rulesVersion - 1);
    await of.hear({}, [scan(6, 'B6')], { consignment });
    expect(await openKeys(of.db, consignment)).toEqual([
      'order',
      'plan',
      'references',
      ...['B1', 'B2'].map((b, n) => `scan:${b}:load:${minute(2 + n)}`),
      `scan:B6:load:${minute(6)}`,
    ]);
  });

  test('the look at a stop that ended twice at one instant stays of the same end, whichever of them is told first', async () => {
    const of = record();
    const ends = [milestone('delivered', 4), milestone('failed', 4)] as const;
    const consignment = await of.heard({ trackingId: '60012340167' }, [
      order('A', 0),
      trackingFact(0, '60012340167'),
      ...ends,
    ]);
    // Later ones, so that where it stands is not told from those any more.
    await of.hear({}, [milestone('failed', 6), milestone('delivered', 7)], { consignment });
    const look = async () =>
      (await obligationsOf(of.db, consignment)).find(({ key }) => key === `evidence:stop-1:${minute(4)}`)?.fact;
    const before = await look();
    expect(ends.map(({ id }) => id)).toContain(before);
    for (const end of ends) {
      const taken = await takeAll(of, consignment);
      await settleAll(
        of,
        consignment,
        taken.filter(({ kind, fact }) => kind === 'milestone' && fact === end.id),
      );
      expect(await look()).toBe(before);
    }
  });
});
