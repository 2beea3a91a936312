import { describe, expect, test } from 'vitest';
import type { NewFact } from '../../domain/facts/facts.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import {
  acceptCloseOut,
  closeOutPass,
  finalQuantities,
  heldCloseOuts,
  lookAtCloseOut,
} from '../../store/close-out/close-out.ts';
import { closeOuts } from '../../store/close-out/export.ts';
import type { PageAsked } from '../../store/postgres/pages.ts';
import { keepQargoSide } from '../../store/record/consignments.ts';
import { piecesOfWork } from '../../store/views/work.ts';
import { type Recorded, useRecord } from './record.ts';
import { insertReceipt, keepContent, outstandingKeys, setPolicy } from './rows.ts';
import { labels, milestone, minute, order, photo, pod, said, scan, trackingFact } from './said.ts';

const record = useRecord();
let made = 0;

const damage: NewFact = {
  ...said(8),
  kind: 'exception',
  id: 'qg:incident',
  source: 'qargo',
  code: 'DAMAGE',
  stop: 'stop-1',
};
const cancelled: NewFact = { ...said(8), kind: 'cancellation', id: 'pw:cancelled', source: 'palletways' };

/** A consignment with these facts besides its order, all of them told. */
async function consigned(of: Recorded, ...facts: NewFact[]) {
  made += 1;
  const names = { trackingId: `6001234${1000 + made}` };
  const begun = [order('one', 0), trackingFact(0, names.trackingId), labels(0, 'B2', 'B1')];
  const consignment = await of.heard(names, begun);
  await keepQargoSide(of.db, consignment, { orderId: `q-${made}` });
  if (facts.length > 0) await of.hear(names, facts);
  return { consignment, names };
}

/** Everything that is owed is delivered, but for what is named. */
async function deliverAll(of: Recorded, consignment: string, but: readonly string[] = []): Promise<void> {
  const { state } = await of.state(consignment);
  for (const o of owed(state).filter(({ key }) => !but.includes(key))) {
    const { key, to, kind, revision, generation, fact } = o;
    const progress = kind === 'file' ? { blob: 'ab12' } : {};
    await insertReceipt(of, consignment, { key, to, kind, revision, generation, fact, progress, state: 'met' });
  }
}

const heldNow = async (of: Recorded, page: PageAsked = {}) =>
  (await heldCloseOuts(of.db, { organisation: of.organisation, ...page })).rows;
const listed = (of: Recorded) => closeOuts(of.db, { organisation: of.organisation });

describe('close-out', () => {
  test('freezes quantities and evidence once, when nothing is owed any more', async () => {
    const of = record();
    const { consignment } = await consigned(of, milestone('delivered', 8), pod(9), photo, scan(3));
    expect(await lookAtCloseOut(of.db, consignment, 'export')).toBe('held');
    await deliverAll(of, consignment, ['document:d1']);
    expect(await lookAtCloseOut(of.db, consignment, 'export')).toBe('held');
    await deliverAll(of, consignment);
    expect(await lookAtCloseOut(of.db, consignment, 'export')).toBe('closed');
    expect(await lookAtCloseOut(of.db, consignment, 'export')).toBe('as it was');
    expect(await listed(of)).toMatchObject([
      {
        adjustment: 0,
        outcome: 'delivered',
        weight: 640,
        lifts: 2,
        billUnits: [{ type: 'FP', amount: 2 }],
        barcodes: ['B1', 'B2'],
        signedBy: 'Aoife Byrne',
        documents: [{ document: 'd1', role: 'photo', sha256: 'ab12' }],
        service: 'A-ND',
        changes: [],
      },
    ]);
    await expect(
      of.db.query(`update close_out set final = '{}' where consignment = $1`, [consignment]),
    ).rejects.toThrow(/never edited/);
  });

  test('off nothing is frozen; told to Qargo, a fact says so, once', async () => {
    const of = record();
    const { consignment } = await consigned(of, milestone('delivered', 8), pod(9));
    await deliverAll(of, consignment);
    expect(await lookAtCloseOut(of.db, consignment, 'off')).toBe('as it was');
    expect(await listed(of)).toEqual([]);
    expect(await lookAtCloseOut(of.db, consignment, 'both')).toBe('closed');
    expect((await of.kinds(consignment)).filter((kind) => kind === 'close-out')).toHaveLength(1);
    expect(owed((await of.state(consignment)).state).map(({ key }) => key)).toContain('close-out');
    expect(await finalQuantities(of.db, consignment)).toEqual({
      weight: 640,
      lifts: 2,
      billUnits: [{ type: 'FP', amount: 2 }],
    });
  });

  test('a change after it is an adjustment beside it, with old and new, once all of it has arrived', async () => {
    const of = record();
    const { consignment, names } = await consigned(of, milestone('delivered', 8), pod(9));
    await deliverAll(of, consignment);
    await lookAtCloseOut(of.db, consignment, 'export');
    await of.hear(names, [{ ...order('two', 20), weight: 700 }]);
    expect(await lookAtCloseOut(of.db, consignment, 'export')).toBe('held');
    await deliverAll(of, consignment);
    expect(await lookAtCloseOut(of.db, consignment, 'export')).toBe('adjusted');
    expect(await lookAtCloseOut(of.db, consignment, 'export')).toBe('as it was');
    const [frozen, adjusted, ...more] = await listed(of);
    expect(more).toEqual([]);
    expect([frozen?.weight, adjusted?.weight, adjusted?.adjustment]).toEqual([640, 700, 1]);
    expect(adjusted?.changes).toEqual([{ what: 'weight', old: '640', new: '700' }]);
    expect(
      (await closeOuts(of.db, { organisation: of.organisation, since: frozen?.seq ?? 0 })).map(({ seq }) => seq),
    ).toEqual([adjusted?.seq]);
  });

  test('of an edit that was refused freezes what was agreed', async () => {
    const of = record();
    const { consignment, names } = await consigned(of, milestone('delivered', 8), pod(9));
    const agreed = await keepContent(of, consignment, {
      billUnits: [{ type: 'FP', amount: 2 }],
      lifts: 2,
      weight: 640,
    });
    await keepQargoSide(of.db, consignment, { agreed });
    await of.hear(names, [{ ...order('two', 20), weight: 700 }]);
    await deliverAll(of, consignment, ['order']);
    await insertReceipt(of, consignment, { key: 'order', state: 'void', cause: { code: 'amendment too late' } });
    expect(await lookAtCloseOut(of.db, consignment, 'export')).toBe('closed');
    expect(await listed(of)).toMatchObject([{ weight: 640 }]);
  });

  test('is exported from an instant on, of one organisation or of all, and none that was made before', async () => {
    const of = record();
    const instants: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      const { consignment } = await consigned(of, milestone('delivered', 8), pod(9));
      await deliverAll(of, consignment);
      instants.push((await of.rows<{ now: Date }>('select clock_timestamp() as now'))[0]?.now.toISOString() ?? '');
      await lookAtCloseOut(of.db, consignment, 'export');
    }
    const all = (await listed(of)).map(({ seq }) => seq);
    for (const organisation of [of.organisation, undefined]) {
      const since = async (instant: string) =>
        (await closeOuts(of.db, { since: instant, ...(organisation === undefined ? {} : { organisation }) })).map(
          ({ seq }) => seq,
        );
      expect(await since(instants[1] ?? '')).toEqual(all.slice(1));
      expect(await since(instants[2] ?? '')).toEqual(all.slice(2));
      expect(await since(new Date(Date.now() + 60_000).toISOString())).toEqual([]);
    }
  });

  test('is exported whole in the order of its rows, however many are asked for', async () => {
    const of = record();
    const { consignment } = await consigned(of, milestone('delivered', 8), pod(9));
    await deliverAll(of, consignment);
    await lookAtCloseOut(of.db, consignment, 'export');
    await of.db.query(
      `insert into close_out (consignment, organisation, adjustment, final, record)
       select consignment, organisation, n, final, record from close_out, generate_series(1, 450) n where consignment = $1 order by n`,
      [consignment],
    );
    const adjustments = async (limit?: number) =>
      (await closeOuts(of.db, { organisation: of.organisation, ...(limit === undefined ? {} : { limit }) })).map(
        ({ adjustment }) => adjustment,
      );
    expect(await adjustments(1_000)).toEqual(Array.from({ length: 451 }, (_, n) => n));
    expect(await adjustments(250)).toHaveLength(250);
    expect(await adjustments()).toHaveLength(200);
  });

  test('a late photo or scan adjusts nothing', async () => {
    const of = record();
    const { consignment, names } = await consigned(of, milestone('delivered', 8), pod(9));
    await deliverAll(of, consignment);
    await lookAtCloseOut(of.db, consignment, 'export');
    await of.hear(names, [photo, scan(4)]);
    await deliverAll(of, consignment);
    expect(await lookAtCloseOut(of.db, consignment, 'export')).toBe('as it was');
  });

  test('cancelled is closed out too, and Qargo is not told quantities of it', async () => {
    const of = record();
    const { consignment } = await consigned(of, cancelled);
    await deliverAll(of, consignment);
    expect(await lookAtCloseOut(of.db, consignment, 'both')).toBe('closed');
    expect(await listed(of)).toMatchObject([{ outcome: 'cancelled', signedBy: '' }]);
    expect(await of.kinds(consignment)).not.toContain('close-out');
  });
});

describe('what holds a close-out', () => {
  test('is nothing of a row that is off or in shadow', async () => {
    const of = record();
    const { consignment } = await consigned(of, milestone('delivered', 8), pod(9), scan(3));
    const loaded = owed((await of.state(consignment)).state).find(({ kind }) => kind === 'scan');
    await deliverAll(of, consignment, [loaded?.key ?? '']);
    expect((await heldNow(of)).map(({ holds }) => holds)).toEqual([[`outstanding: ${loaded?.key} to Palletways`]]);
    expect(await closeOutPass(of.db, of.organisation, 'export')).toMatchObject({ held: 1 });
    expect(await closeOutPass(of.db, of.organisation, 'export')).toMatchObject({ held: 0 });
    await setPolicy(of, { rows: { scans: 'shadow' } });
    expect(await heldNow(of)).toEqual([]);
    expect(await closeOutPass(of.db, of.organisation, 'export')).toMatchObject({ closed: 1 });
  });

  test('is listed with its reasons until a person lets it be closed', async () => {
    const of = record();
    const unsigned = await consigned(of, milestone('delivered', 8));
    const damaged = await consigned(of, milestone('delivered', 8), pod(9), damage);
    const onTheRoad = await consigned(of, milestone('out', 5));
    for (const { consignment } of [unsigned, damaged, onTheRoad]) await deliverAll(of, consignment);
    const held = async () => (await heldNow(of)).map(({ consignment, holds }) => [consignment, holds]);
    expect(await held()).toEqual([
      [unsigned.consignment, ['POD not signed']],
      [damaged.consignment, ['exception open: DAMAGE']],
    ]);
    await acceptCloseOut(of.db, damaged.consignment, { who: 'Jo', why: 'claim 12 is paid' });
    expect(await lookAtCloseOut(of.db, damaged.consignment, 'export')).toBe('closed');
    expect(await held()).toEqual([[unsigned.consignment, ['POD not signed']]]);
    expect((await listed(of))[0]?.accepted).toMatchObject({ who: 'Jo', why: 'claim 12 is paid' });
  });

  test('is listed page by page, each consignment once', async () => {
    const of = record();
    const all: string[] = [];
    for (let n = 0; n < 5; n += 1) all.push((await consigned(of, milestone('delivered', 8))).consignment);
    for (const consignment of all) await deliverAll(of, consignment);
    const pages: string[][] = [];
    for (let cursor: string | undefined; ; ) {
      const { rows, next } = await heldCloseOuts(of.db, { organisation: of.organisation, limit: 2, cursor });
      pages.push(rows.map(({ consignment }) => consignment));
      if (next === null) break;
      cursor = next;
    }
    expect(pages).toEqual([all.slice(0, 2), all.slice(2, 4), all.slice(4)]);
  });

  test('what a person does without is owed and waited for no more, whether Qargo is told or not', async () => {
    const of = record();
    const { consignment } = await consigned(of, milestone('delivered', 8), {
      ...said(8),
      kind: 'proof',
      id: 'proof:stop-1',
      source: 'engine',
      stop: 'stop-1',
      outcome: 'delivered',
      ended: minute(8),
      since: minute(8),
    });
    const proof = owed((await of.state(consignment)).state).find(({ kind }) => kind === 'proof')?.key ?? '';
    await deliverAll(of, consignment, [proof]);
    await insertReceipt(of, consignment, {
      key: proof,
      state: 'refused',
      cause: { code: 'POD outstanding', signature: true, name: false, photos: 0, photosWanted: 0 },
    });
    expect(await piecesOfWork(of.db, of.organisation)).toMatchObject([{ kind: 'proof', count: 1 }]);
    await acceptCloseOut(of.db, consignment, { who: 'Jo', why: 'signed on paper' });
    expect(await lookAtCloseOut(of.db, consignment, 'export')).toBe('closed');
    const memory = await of.state(consignment);
    expect(owed(memory.state).filter(({ kind }) => kind === 'proof' || kind === 'close-out')).toEqual([]);
    expect(await outstandingKeys(of, consignment)).toEqual([]);
    expect(memory.state.subjects['close-out']).toMatchObject({ accepted: true, told: false });
    expect(await piecesOfWork(of.db, of.organisation)).toEqual([]);
  });

  test('a pass looks at what is new alone, and at what has ended once more', async () => {
    const of = record();
    const { consignment, names } = await consigned(of, milestone('delivered', 8));
    await consigned(of, milestone('out', 5));
    await deliverAll(of, consignment);
    const pass = () => closeOutPass(of.db, of.organisation, 'export');
    expect(await pass()).toEqual({ closed: 0, adjusted: 0, held: 1 });
    expect(await pass()).toEqual({ closed: 0, adjusted: 0, held: 0 });
    // Heard by the clock of the database, as it is.
    await of.hear(names, [{ ...pod(9), at: new Date().toISOString() }]);
    await of.db.query(`update fact set heard = clock_timestamp() where consignment = $1 and kind = 'pod'`, [
      consignment,
    ]);
    await deliverAll(of, consignment);
    expect(await pass()).toEqual({ closed: 1, adjusted: 0, held: 0 });
    await of.db.query('update consignment set closed_at = clock_timestamp() where id = $1', [consignment]);
    expect(await pass()).toEqual({ closed: 0, adjusted: 0, held: 0 });
    const { rows } = await of.db.query('select 1 from consignment where id = $1 and close_out_looked_at > closed_at', [
      consignment,
    ]);
    expect(rows).toHaveLength(1);
  });
});
