import { describe, expect, test } from 'vitest';
import type { Aliases } from '../../domain/facts/reading.ts';
import { owed } from '../../domain/obligations/obligations.ts';
import { addNames } from '../../store/identity/identity.ts';
import { matchParked, parkedFacts, tryParkedAgain } from '../../store/intake/parked.ts';
import { inTransaction } from '../../store/postgres/database.ts';
import { consignmentRow, findByReference } from '../../store/record/consignments.ts';
import { useRecord } from './record.ts';
import { labels, order, scan, trackingFact } from './said.ts';

const record = useRecord();
const number: Aliases = { conNo: '2557391-564' };

/** What was said of a consignment is as old as this, in days. */
const age = (consignment: string, days: number) =>
  record().rows(`update alias set said_at = said_at - $2 * interval '1 day' where consignment = $1`, consignment, days);

describe('a consignment number that is used again', () => {
  test('after 90 days begins a new consignment, though the old one never ended', async () => {
    const old = await record().heard(number, [order('A', 0)]);
    await age(old, 91);
    const fresh = await record().heard(number, [order('B', 5)]);
    expect(fresh).not.toBe(old);
    expect((await record().hear(number, [scan(6)])).consignment).toBe(fresh);
    expect(await record().kinds(old)).toEqual(['order']);
  });

  test('within 90 days is the same consignment', async () => {
    const old = await record().heard(number, [order('A', 0)]);
    await age(old, 89);
    expect(await record().heard(number, [order('B', 5)])).toBe(old);
  });

  test('counts from when it was said last: said again it stays', async () => {
    const old = await record().heard(number, [order('A', 0)]);
    await age(old, 80);
    await record().hear(number, [order('B', 5)]);
    await age(old, 80);
    expect(await record().heard(number, [order('C', 9)])).toBe(old);
  });

  test('is not kept alive by our own reads of the old one', async () => {
    const old = await record().heard({ trackingId: '1', ...number }, [order('A', 0)]);
    await age(old, 91);
    await record().hear({ trackingId: '1', ...number }, [order('A', 4)], { via: 'read', consignment: old });
    expect(await record().heard({ responseId: '2', ...number }, [order('B', 5)])).not.toBe(old);
  });

  test('an event of the old one’s order still finds it by its strong name', async () => {
    const old = await record().heard({ trackingId: '1', ...number }, [order('A', 0)]);
    await inTransaction(record().db, (tx) =>
      addNames(tx, record().organisation, old, [{ kind: 'qargoOrderId', value: 'old-order', strong: true }]),
    );
    await age(old, 120);
    const fresh = await record().heard({ trackingId: '2', ...number }, [order('B', 5)]);
    expect(fresh).not.toBe(old);
    expect(await record().heard({ qargoOrderId: 'old-order', ...number }, [scan(6)])).toBe(old);
    expect(await record().heard({ trackingId: '2', ...number }, [scan(7)])).toBe(fresh);
  });
});

describe('a weak name that fits two', () => {
  const event: Aliases = { qargoOrderId: 'order-2', ...number };

  test('parks what it alone names, and the cause tells which name and which consignments', async () => {
    const one = await record().heard({ trackingId: '1', ...number }, [order('A', 0)]);
    const two = await record().heard({ trackingId: '2', ...number }, [order('B', 1)]);
    expect((await record().hear(event, [scan(5)])).consignment).toBeNull();
    const { rows: parked } = await parkedFacts(record().db, { organisation: record().organisation });
    expect(parked).toMatchObject([
      { kind: 'scan', consignment: null, names: ['conNo=2557391-564', 'qargoOrderId=order-2'] },
    ]);
    expect(parked[0]?.cause).toBe(`conNo fits 2 open consignments: ${[one, two].sort().join(', ')}`);
  });

  test('lets it flow when a strong name appears, though the weak one still fits two', async () => {
    await record().heard({ trackingId: '1', ...number }, [order('A', 0)]);
    const two = await record().heard({ trackingId: '2', ...number }, [order('B', 1)]);
    await record().hear(event, [scan(5)]);
    const [parked] = await record().facts(null);
    if (parked === undefined) throw new Error('not parked');
    expect(await tryParkedAgain(record().db, parked.seq)).toBe('parked');
    // The activity learns the order's id: as it does, in one transaction.
    const name = [{ kind: 'qargoOrderId', value: 'order-2', strong: true }] as const;
    await inTransaction(record().db, async (tx) => {
      await addNames(tx, record().organisation, two, name);
      expect(await matchParked(tx, record().organisation, name)).toBe(1);
    });
    expect(await record().kinds(two)).toEqual(['order', 'scan']);
    expect(await record().kinds(null)).toEqual([]);
    expect(await tryParkedAgain(record().db, parked.seq)).toBeNull();
  });

  test('without any other name waits for a person: what was parked is never given away by a number that fits one later', async () => {
    expect((await record().hear(number, [scan(5)])).consignment).toBeNull();
    expect((await record().facts(null)).map(({ cause }) => cause?.code)).toEqual(['unmatched']);
    const one = await record().heard({ trackingId: '1', ...number }, [order('A', 0)]);
    expect(await inTransaction(record().db, (tx) => matchParked(tx, record().organisation))).toBe(0);
    expect(await record().kinds(one)).toEqual(['order']);
  });
});

describe('a tracking id', () => {
  const responseId = '3972953';

  test('that comes late joins the consignment of its response id', async () => {
    const consignment = await record().heard({ responseId, ...number }, [order('A', 0), trackingFact(0, null)]);
    expect(await record().heard({ responseId, trackingId: '1' }, [trackingFact(3, '1', null)])).toBe(consignment);
    expect((await consignmentRow(record().db, consignment)).trackingId).toBe('1');
  });

  test('that is another one for the same response id stays the same consignment; by the old one it is still found', async () => {
    const consignment = await record().heard({ responseId, trackingId: '1', ...number }, [
      order('A', 0),
      trackingFact(0, '1'),
    ]);
    const before = owed((await record().state(consignment)).state).find((o) => o.key === 'references')?.digest;
    expect(await record().heard({ responseId, trackingId: '2' }, [trackingFact(5, '2', null)])).toBe(consignment);
    const row = await consignmentRow(record().db, consignment);
    expect([row.trackingId, row.reference]).toEqual(['2', '2557391-564']);
    // Qargo is owed the references again.
    expect(owed((await record().state(consignment)).state).find((o) => o.key === 'references')?.digest).not.toBe(
      before,
    );
    // A label that was printed before, a note about the old id, and a person who types it.
    expect(await record().heard({ trackingId: '1' }, [labels(6, 'B1')])).toBe(consignment);
    expect((await findByReference(record().db, '1', record().organisation)).map(({ id }) => id)).toEqual([consignment]);
    expect((await consignmentRow(record().db, consignment)).trackingId).toBe('2');
  });

  test('that was replaced and is said late does not come back', async () => {
    const consignment = await record().heard({ responseId, trackingId: '2', ...number }, [
      order('A', 5),
      trackingFact(5, '2'),
    ]);
    expect(await record().heard({ responseId, trackingId: '1' }, [trackingFact(0, '1', null)])).toBe(consignment);
    expect((await consignmentRow(record().db, consignment)).trackingId).toBe('2');
    expect(await record().heard({ trackingId: '1' }, [labels(6, 'B1')])).toBe(consignment);
  });

  test('that comes back by a later word stands again', async () => {
    const consignment = await record().heard({ responseId, trackingId: '1', ...number }, [
      order('A', 0),
      trackingFact(0, '1'),
    ]);
    await record().hear({ responseId, trackingId: '2' }, [trackingFact(5, '2', null)]);
    await record().hear({ responseId, trackingId: '1' }, [trackingFact(9, '1', null)]);
    expect((await consignmentRow(record().db, consignment)).trackingId).toBe('1');
  });
});

describe('an event before its order', () => {
  test('in thousands is attached whole when the order’s id appears, in the order of arrival', async () => {
    const event: Aliases = { qargoOrderId: 'order-1' };
    for (let n = 0; n < 30; n++)
      await record().hear(
        event,
        Array.from({ length: 50 }, (_, k) => scan(n, `B${n}-${k}`)),
      );
    const consignment = await record().heard({ trackingId: '1' }, [order('A', 0)]);
    const name = [{ kind: 'qargoOrderId', value: 'order-1', strong: true }] as const;
    await inTransaction(record().db, async (tx) => {
      await addNames(tx, record().organisation, consignment, name);
      expect(await matchParked(tx, record().organisation, name)).toBe(1_500);
    });
    const facts = (await record().facts(consignment)).filter(({ kind }) => kind === 'scan');
    expect(facts.map(({ state }) => state)).toEqual(Array(1_500).fill('kept'));
    const said = Array.from({ length: 30 }, (_, n) => Array.from({ length: 50 }, (_, k) => scan(n, `B${n}-${k}`).id));
    expect(facts.map(({ id }) => id)).toEqual(said.flat());
  });
});

describe('an old label', () => {
  const names = { trackingId: '7', ...number };
  const barcode = (...barcodes: string[]): Aliases => ({ barcodes });

  test('still finds its consignment after its pallet was labelled anew', async () => {
    const own = await record().heard({ ...names, ...barcode('B1', 'B2') }, [order('A', 0), labels(1, 'B1', 'B2')]);
    await record().heard({ ...names, ...barcode('B1', 'B3') }, [labels(5, 'B1', 'B3')]);
    expect((await record().hear(barcode('B2'), [scan(6, 'B2')])).consignment).toBe(own);
    const former = await record().rows('select value from alias where consignment = $1 and valid_to is not null', own);
    expect(former).toEqual([{ value: 'B2' }]);
  });

  test('gives way where the same barcode is another pallet’s label now, and stands again when it comes back', async () => {
    const old = await record().heard({ ...names, ...barcode('B1') }, [order('A', 0), labels(1, 'B1')]);
    await record().heard({ ...names, ...barcode('B2') }, [labels(5, 'B2')]);
    const other = await record().heard({ trackingId: '8', conNo: '9-564', ...barcode('B1') }, [
      order('A', 6),
      labels(6, 'B1'),
    ]);
    expect(other).not.toBe(old);
    expect((await record().hear(barcode('B1'), [scan(7, 'B1')])).consignment).toBe(other);
    await record().heard({ ...names, ...barcode('B1') }, [labels(8, 'B1')]);
    expect((await record().hear(barcode('B1'), [scan(9, 'B1')])).consignment).toBeNull();
    expect((await record().hear(barcode('B2'), [scan(9, 'B2')])).consignment).toBe(old);
  });
});

describe('a scan that names its pallet alone', () => {
  const barcode = (...barcodes: string[]): Aliases => ({ barcodes });
  /** Heard so many days ago, of no consignment. */
  const parkScan = async (value: string, days: number) => {
    expect((await record().hear(barcode(value), [scan(1, value)])).consignment).toBeNull();
    await record().rows(
      `update fact set heard = clock_timestamp() - $1 * interval '1 day' where state = 'parked'`,
      days,
    );
  };

  test('goes to the one consignment whose labels have that barcode, also where it was heard before them', async () => {
    await parkScan('B71', 0);
    const own = await record().heard({ trackingId: '71', conNo: '71-564' }, [order('A', 0)]);
    expect(await record().kinds(own)).toEqual(['order']);
    await record().heard({ trackingId: '71', ...barcode('B71', 'B72') }, [labels(3, 'B71', 'B72')]);
    expect((await record().kinds(own)).filter((kind) => kind === 'scan')).toEqual(['scan']);
    expect((await parkedFacts(record().db, { organisation: record().organisation })).rows).toEqual([]);
  });

  test('waits where two open consignments have it, and goes to the one that is left when the other is closed', async () => {
    const one = await record().heard({ trackingId: '81', ...barcode('B81') }, [order('A', 0), labels(1, 'B81')]);
    const two = await record().heard({ trackingId: '82', ...barcode('B81') }, [order('A', 0), labels(1, 'B81')]);
    await parkScan('B81', 0);
    const match = () => inTransaction(record().db, (tx) => matchParked(tx, record().organisation));
    expect(await match()).toBe(0);
    await record().rows('update consignment set closed_at = clock_timestamp() where id = $1', one);
    expect(await match()).toBe(1);
    expect(await record().kinds(two)).toContain('scan');
  });

  test('is not given to a consignment that is labelled weeks later', async () => {
    await parkScan('B91', 15);
    const own = await record().heard({ trackingId: '91', ...barcode('B91') }, [order('A', 0), labels(3, 'B91')]);
    expect(await record().kinds(own)).not.toContain('scan');
  });
});
