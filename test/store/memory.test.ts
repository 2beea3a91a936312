import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Delivery, due, type Ledger, settles } from '../../domain/deliveries.ts';
import { diagnose } from '../../domain/diagnosis.ts';
import type { Fact } from '../../domain/facts.ts';
import { laneOf, lanes } from '../../domain/lanes.ts';
import { type Obligation, owed } from '../../domain/obligations.ts';
import { rows, type Switch, type Withheld, withheldOf } from '../../domain/rows.ts';
import { emptyState, fold, stageOf } from '../../domain/state.ts';
import { forget, learn, record, type WorkingMemory } from '../../domain/working-memory.ts';
import { inTransaction } from '../../store/database.ts';
import { mint } from '../../store/identity.ts';
import { load, type Page } from '../../store/memory.ts';
import { minute, situation } from '../domain/arbitraries.ts';
import { type FreshSchema, freshSchema } from '../postgres.ts';

const organisation = 'northgate';
let store: FreshSchema;
beforeAll(async () => {
  store = await freshSchema();
  await store.db.query("insert into organisation (id, name, settings, secrets, made_by) values ($1, $1, '{}', '', 'test')", [organisation]);
});
afterAll(() => store.close());

/** What a version told that is older than what stands, is not in the record any more. */
const told = (o: Obligation, { digest }: Delivery) => (digest === o.digest || o.change === 'once' ? o.fact : 'an earlier fact');

/** Writes facts, in this order of arrival, and what became of what they owe. */
async function stored(facts: readonly Fact[], ledger: Ledger): Promise<string> {
  const consignment = await inTransaction(store.db, (tx) => mint(tx, organisation));
  const unique = [...new Map(facts.map((fact) => [fact.id, fact])).values()];
  const revived = unique.flatMap((fact) => (fact.kind === 'revived' ? [fact.generation] : []));
  await store.db.query('update consignment set generation = $2 where id = $1', [consignment, Math.max(1, ...revived)]);
  await store.db.query(
    `insert into fact (organisation, consignment, id, kind, at, heard, envelope, state)
     select $1, $2, f->>'id', f->>'kind', (f->>'at')::timestamptz, (f->>'heard')::timestamptz, f, 'dispatched'
       from jsonb_array_elements($3::jsonb) with ordinality as e (f, n) order by n`,
    [organisation, consignment, JSON.stringify(unique)],
  );
  const rows = owed(fold(emptyState, unique)).flatMap((o) => {
    const delivery = ledger[o.key];
    return delivery === undefined
      ? []
      : [{ ...delivery, counterpart: o.to, kind: o.kind, fact: told(o, delivery), ever: delivery.ever === true }];
  });
  await store.db.query(
    `insert into delivery (consignment, key, organisation, counterpart, kind, digest, revision, fact, state, ever, cause, until, settled_at)
     select $1, d.key, $2, d.counterpart, d.kind, d.digest, d.revision, d.fact, d.state, d.ever, d.cause, d.until, d.at
       from jsonb_to_recordset($3::jsonb) as d (key text, counterpart text, kind text, digest text, revision int, fact text, state text,
                                                ever boolean, cause text, until timestamptz, at timestamptz)`,
    [consignment, organisation, JSON.stringify(rows)],
  );
  return consignment;
}

const sizeOf = (page: Page) => Buffer.byteLength(JSON.stringify(page));
const openIn = ({ state, ledger }: WorkingMemory) => owed(state).filter((o) => !settles(ledger[o.key], o));
const written = ({ key, digest, revision }: Obligation) => `${key} ${digest} ${revision}`;

const switches = fc
  .record(Object.fromEntries(rows.map((row) => [row, fc.constantFrom<Switch>('on', 'on', 'shadow', 'off')])))
  .map((all) => withheldOf(all));

describe('what a run loads', () => {
  test('decides as all that the record knows would', { timeout: 120_000 }, async () => {
    const decided = (memory: WorkingMemory, now: string, withheld: Withheld) => {
      const plan = due(memory.state, owed(memory.state, withheld), memory.ledger, now);
      // What is not sent says why from the record alone.
      const why = diagnose(memory.state, memory.ledger, now, [], withheld).filter(({ sentence }) => !/ not sent: /.test(sentence));
      return {
        now: plan.now.map((o) => `${written(o)} ${o.fact}`).sort(),
        held: plan.held.map(({ obligation, by }) => `${obligation.key} ${by}`).sort(),
        why: why.sort((a, b) => (a.obligation < b.obligation ? -1 : 1)),
        stage: stageOf(memory.state),
      };
    };
    const property = fc.asyncProperty(situation(), switches, async ({ facts, state, ledger, now }, withheld) => {
      const { more, ...page } = await load(store.db, await stored(facts, ledger), undefined, withheld);
      expect(decided(page, now, withheld)).toEqual(decided({ state, ledger }, now, withheld));
      expect([more, page.stuck]).toEqual([[], undefined]);
    });
    await fc.assert(property, { numRuns: 300 });
  });
});

describe('of a long life', () => {
  // The server's statistics know short lives alone, as they do where one life is longer than all others: no plan may rest on them.
  beforeAll(() => store.db.query('analyze fact, delivery'));
  const barcodes = Array.from({ length: 60 }, (_, n) => `B${(0x432b6fe + n).toString(16).toUpperCase().padStart(9, '0')}`);
  const at = (n: number) => new Date(Date.UTC(2026, 10, 23, 6) + ((n * 7_919) % 10_007) * 1_000).toISOString();
  const said = (id: string, n: number) =>
    ({ id, at: at(n), zone: 'Europe/London', heard: minute(59), source: 'qargo', via: 'push' }) as const;

  /** 6,000 facts of all kinds of which there are many, in the order of arrival; when each happened has nothing to do with it. */
  const facts: Fact[] = [
    { ...said('tracking', 0), kind: 'tracking', trackingId: '60012340167', conNo: '2557391-564', responseId: null },
    { ...said('labels', 0), kind: 'labels', barcodes },
  ];
  for (let n = 0; n < 6_000; n += 1) {
    const each = said(`qg:${n}:0192f3aa-1111-7000-8000-00000000abcd`, n);
    const kind = n % 20;
    if (kind === 0) facts.push({ ...each, kind: 'document', document: `document-${n}`, role: n % 40 === 0 ? 'signature' : 'photo' });
    else if (kind === 1) facts.push({ ...each, kind: 'exception', code: 'DAMAGE', stop: `stop-${n}` });
    else if (kind === 2) facts.push({ ...each, kind: 'milestone', milestone: 'failed', stop: `stop-${n}` });
    else if (kind === 3) facts.push({ ...each, kind: 'milestone', milestone: 'out', stop: `stop-${n}` });
    else if (kind === 4) facts.push({ ...each, kind: 'pod' });
    else if (kind === 5) facts.push({ ...each, kind: 'refresh' });
    else facts.push({ ...each, kind: 'scan', barcode: barcodes[n % 60] ?? '', scan: 'cross-dock' });
  }
  const state = fold(emptyState, facts);
  const outcome = (o: Obligation, of: Delivery['state']): Delivery => ({
    key: o.key,
    digest: o.digest,
    revision: 1,
    state: of,
    at: minute(58),
    cause: 'withheld: a later milestone was told',
  });
  /** Four of five are settled; of these one in a hundred was refused. */
  const ledger = record(
    {},
    owed(state).flatMap((o, n) => (n % 5 === 0 ? [] : [outcome(o, n % 100 === 1 ? 'refused' : 'delivered')])),
  );
  const refused = Object.values(ledger).filter((delivery) => delivery.state === 'refused');
  /** A person asks for 60 of them again, refused and delivered ones. */
  const again = [...refused.slice(0, 30), ...Object.values(ledger).filter((d) => d.state === 'delivered' && d.key.startsWith('scan:'))]
    .slice(0, 60)
    .map((delivery, n): Fact => {
      return { ...said(`resend-${n}`, n), kind: 'resend', obligation: delivery.key, revision: 2 + n, source: 'person', via: 'hand' };
    });
  const all = [...facts, ...again];
  const whole: WorkingMemory = { state: fold(emptyState, all), ledger };

  test('every page is under 32 KB, and together they hold all that is owed, each thing once', { timeout: 60_000 }, async () => {
    const consignment = await stored(all, ledger);
    const first = await load(store.db, consignment);
    expect([...first.more].sort()).toEqual([...lanes].sort());
    const open = new Map(openIn(first).map((o) => [o.key, written(o)]));
    const held = Object.values(first.state.subjects).map(({ id }) => id);
    let pages = 1;
    for (let page = first; page.more.length > 0; pages += 1) {
      expect(sizeOf(page)).toBeLessThan(31.5 * 1024);
      page = await load(store.db, consignment, { lanes: page.more, facts: held });
      const news = Object.values(page.state.subjects).map(({ id }) => id);
      // Only what a person asks for again may be held already.
      const asked = Object.values(page.state.subjects).filter(({ kind }) => kind === 'resend').length;
      expect(news.filter((id) => held.includes(id)).length).toBeLessThanOrEqual(asked);
      expect(news.filter((id) => !held.includes(id)).length).toBeGreaterThan(0);
      held.push(...news);
      const together = { state: fold(first.state, Object.values(page.state.subjects)), ledger: { ...first.ledger, ...page.ledger } };
      for (const o of openIn(together)) open.set(o.key, written(o));
    }
    expect(pages).toBeGreaterThan(10);
    expect([...open.values()].sort()).toEqual(openIn(whole).map(written).sort());
  });

  test('in a lane the oldest come first, the signature before the scans', { timeout: 60_000 }, async () => {
    const consignment = await stored(facts, ledger);
    const page = await load(store.db, consignment, { lanes: ['palletways'], facts: [] });
    const kinds = ['pod', 'scan'] as const;
    for (const kind of kinds) {
      const owing = new Set(openIn({ state, ledger }).flatMap((o) => (laneOf(o) === 'palletways' && o.kind === kind ? [o.fact] : [])));
      const arrived = facts.filter(({ id }) => owing.has(id)).map(({ id }) => id);
      const loaded = new Set(Object.values(page.state.subjects).map(({ id }) => id));
      const mine = arrived.filter((id) => loaded.has(id));
      expect(mine).toEqual(arrived.slice(0, mine.length));
      expect(mine.length).toBeGreaterThan(kind === 'pod' ? 50 : 0);
    }
  });

  test('what a person must look at explains itself in part and is counted whole', { timeout: 60_000 }, async () => {
    const page = await load(store.db, await stored(facts, ledger));
    const shown = diagnose(page.state, page.ledger, minute(59)).filter(({ attention }) => attention).length;
    expect(shown).toBeGreaterThan(5);
    expect(shown).toBeLessThanOrEqual(20);
    expect(shown + (page.stuck ?? 0)).toBe(refused.length);
  });

  test('of what was cancelled only the cancellation and its proof are loaded, and where it stood', { timeout: 60_000 }, async () => {
    const cancellation: Fact = { ...said('cancelled', 1), kind: 'cancellation', source: 'palletways' };
    const page = await load(store.db, await stored([...facts, cancellation], ledger));
    const open = openIn(page);
    expect(new Set(open.map(({ kind }) => kind))).toEqual(new Set(['cancel', 'pod', 'file']));
    // What was settled of it is not owed again, and what this page leaves out comes with the next.
    const kept = new Set(openIn({ state, ledger }).map(({ key }) => key));
    expect(open.filter(({ key }) => key !== 'cancel' && !kept.has(key))).toEqual([]);
    expect([stageOf(page.state), page.more, page.stuck]).toEqual(['cancelled', ['files'], undefined]);
    expect(sizeOf(page)).toBeLessThan(31.5 * 1024);
    const merged: Fact = { ...said('merged', 1), kind: 'merged', source: 'engine', into: 'the-older' };
    const younger = await load(store.db, await stored([...facts, merged], ledger));
    expect(openIn(younger).map(({ key }) => key)).toEqual(['cancel']);
    expect(sizeOf(younger)).toBeLessThan(4 * 1024);
  });

  test('a workflow that takes pages as it goes is owed all of it in the end, and holds no more than it may', {
    timeout: 60_000,
  }, async () => {
    const consignment = await stored(all, ledger);
    let { more, ...memory }: Page = await load(store.db, consignment);
    let done: Ledger = ledger;
    const told: string[] = [];
    for (let turns = 0; openIn(memory).length > 0 || more.length > 0; turns += 1) {
      expect(turns).toBeLessThan(400);
      const open = openIn(memory);
      expect(open.length).toBeLessThan(900);
      const outcomes = open.slice(0, 100).map((o) => ({ ...outcome(o, 'delivered'), revision: o.revision }));
      told.push(...open.slice(0, 100).map(written));
      done = record(done, outcomes);
      await store.db.query(
        `insert into delivery (consignment, key, organisation, counterpart, kind, digest, revision, fact, state, settled_at)
         select $1, d.key, $2, d.to, d.kind, d.digest, d.revision, d.fact, 'delivered', clock_timestamp()
           from jsonb_to_recordset($3::jsonb) as d (key text, "to" text, kind text, digest text, revision int, fact text)
         on conflict (consignment, key) do update set digest = excluded.digest, fact = excluded.fact, revision = excluded.revision, state = 'delivered'`,
        [consignment, organisation, JSON.stringify(open.slice(0, 100))],
      );
      memory = forget({ ...memory, ledger: record(memory.ledger, outcomes) });
      if (more.length > 0 && openIn(memory).length < 100) {
        const facts = Object.values(memory.state.subjects).map(({ id }) => id);
        const page: Page = await load(store.db, consignment, { lanes: more, facts });
        more = page.more;
        const state = fold(memory.state, Object.values(page.state.subjects));
        memory = learn(
          { memory: { ...memory, state, ledger: { ...page.ledger, ...memory.ledger } }, left: new Set() },
          [],
          new Set(),
          500,
        ).memory;
      }
    }
    expect(told.sort()).toEqual(openIn(whole).map(written).sort());
  });
});
