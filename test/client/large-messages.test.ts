import { describe, expect, test } from 'vitest';
import { manifest, scanOf } from '../../bench/intake/messages.ts';
import { until } from '../../bench/until.ts';
import { readApart } from '../../client/dispatch/apart.ts';
import { claimUnread, receive } from '../../store/record/journal.ts';
import { temporal, useDispatching } from './dispatching.ts';

const of = useDispatching();
/** A push of Qargo about one pallet. */
const scan = () => scanOf(of().organisation, 'the order', 'B1', 1).body.toString();

describe('a large message', () => {
  /** A push of Palletways with so many new consignments. */
  const many = (consignments: number) => manifest(of().organisation, consignments, 3_000_000);
  /** Its bytes are more than a message that is read at once may have. */
  const nonsense = `{"events":[${'1,'.repeat(400_000)}1]}`;

  test('holds up no other of its organisation, and is taken in whole', async () => {
    const { withOrder, pushed, dispatcher, told, allRead, store } = of();
    await withOrder('the order');
    const large = many(300);
    expect(large.body.length).toBeGreaterThan(128 * 1024);
    await receive(store.db, large);
    dispatcher(temporal().client);
    await until('it is begun', async () => ((await of().facts()).length > 0 ? true : undefined));
    const small = await pushed(scan());
    await told(1 + 300);
    await allRead(2);
    const { rows } = await store.db.query<{ id: number }>(
      'select id from journal where organisation = $1 order by read_at',
      [of().organisation],
    );
    expect(rows.map(({ id }) => id === small.id)).toEqual([true, false]);
  });

  test('of nonsense is read beside all else, and only its first problems are kept', async () => {
    const { withOrder, pushed, dispatcher, told, allRead } = of();
    await withOrder('the order');
    const row = await pushed(nonsense);
    await pushed(scan());
    const { lines } = dispatcher(temporal().client);
    await told(1);
    const kept = (await allRead(2)).find(({ id }) => id === row.id);
    expect(kept).toMatchObject({
      state: 'parked',
      problems: [{ field: 'events[0]', message: 'is no event' }, ...Array(199).fill({}), {}],
    });
    expect(kept?.problems.at(-1)).toEqual({ field: '$', message: 'and 399801 more that could not be read' });
    expect(lines.length).toBe(1);
  });

  test('is one of an organisation at a time', async () => {
    const { pushed, another, organisation, store } = of();
    const other = await another();
    for (let n = 0; n < 3; n++) await pushed(nonsense);
    await pushed(nonsense, other);
    const claimed = async () =>
      (await claimUnread(store.db, 3, 60_000, 'large')).map((row) => row.organisation).toSorted();
    expect(await claimed()).toEqual([organisation, other].toSorted());
    expect([await claimed(), await claimUnread(store.db, 3, 60_000)]).toEqual([[], []]);
    await store.db.query('delete from inbox');
  });

  test('whose reading passes a limit is said to, and takes nothing else along', async () => {
    const { installation, organisation } = of();
    const kept = await installation.organisations.cached(organisation);
    if (kept === undefined) throw new Error('no organisation');
    const row = { ...many(4_000), id: 1, receivedAt: '2026-11-23T06:00:00Z', context: {} };
    const apart = { row, organisation: kept, key: installation.digestKeyOf(organisation) };
    await expect(readApart(apart, { seconds: 0.01, megabytes: 2_000 })).rejects.toThrow(
      'reading it takes longer than 0.01 s',
    );
    await expect(readApart(apart, { seconds: 60, megabytes: 12 })).rejects.toThrow('reading it takes more than 12 MB');
    expect((await readApart(apart)).heard.length).toBe(4_000);
  });
});
