/** Configuration per organisation, on the real parts: what publishing wakes, what it leaves alone, and what switches hold back. */
import { expect } from 'vitest';
import {
  delivery,
  type Entered,
  enter,
  holds,
  label,
  notesOf,
  orderOf,
  ordersOf,
  plan,
  sync,
} from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import type { Policy } from '../../../domain/policy/settings.ts';
import { call } from '../../../local/loopback.ts';
import { type House, onRealParts, useHouse } from '../house.ts';
import { nothingOutstanding } from '../lives.ts';
import { ago } from './people.ts';
import { at, publish, type Shown, show } from './publishing.ts';

/** Without sweeps: what is counted is what publishing does. */
const house = useHouse({ organisations: 3, pace: 20 });

interface Piece {
  readonly cause: string;
  readonly field: string | null;
  readonly count: number;
  readonly examples: readonly string[];
}

const work = async (of: House, id: string) => (await call('GET', at(of, `work?organisation=${id}`))) as Piece[];
const serviced = (Code: string, Surcharge: string) => ({ Service: [{ Type: 'Delivery' as const, Code, Surcharge }] });
const withRows = (rows: Partial<Policy['rows']>) => (now: Shown['organisation']) => ({
  ...now,
  policy: { ...now.policy, rows: { ...now.policy.rows, ...rows } },
});

onRealParts(
  'an unknown service parks 37 consignments as one piece of work; mapping it over the API lets all 37 flow',
  240_000,
  async () => {
    const of = house();
    const [id = ''] = of.organisations;
    await publish(of, id, (now) => ({
      ...now,
      qargo: { ...now.qargo, serviceLevels: { 'A-A': 'NEXT_DAY' } },
      policy: { ...now.policy, unknownServices: 'park' },
    }));
    const many = (n: number, code: string, surcharge: string): Promise<Entered[]> =>
      Promise.all(Array.from({ length: n }, () => enter(of, id, serviced(code, surcharge))));
    const known = await many(3, 'A', 'A');
    const unknown = await many(37, 'Z', 'SAT');
    const pieces = await until(
      '37 parked',
      async () => {
        const found = await work(of, id);
        return found.some(({ count }) => count === 37) ? found : undefined;
      },
      90_000,
    );
    expect(pieces.map(({ cause, field, count }) => ({ cause, field, count }))).toEqual([
      { cause: 'service Z-SAT is in no mapping table', field: 'service_level.code', count: 37 },
    ]);
    for (const reference of pieces[0]?.examples ?? []) expect(unknown.map(({ conNo }) => conNo)).toContain(reference);
    await Promise.all(known.map((made) => orderOf(of, made)));
    expect((await Promise.all(unknown.map((made) => ordersOf(of, made)))).flat()).toEqual([]);

    // Tried before it goes live, against what was just told.
    const mapped = { 'A-A': 'NEXT_DAY', 'Z-SAT': 'SATURDAY' };
    const { version, organisation } = await show(of, id);
    const draft = { ...organisation, qargo: { ...organisation.qargo, serviceLevels: mapped } };
    const tried = (await call('POST', at(of, `organisations/${id}/try`), { organisation: draft })) as {
      orders: number;
      count: number;
      otherwise: { parked: unknown }[];
    };
    expect([tried.orders, tried.count]).toEqual([40, 37]);
    expect(tried.otherwise[0]?.parked).toEqual({ before: 'service Z-SAT is in no mapping table', after: null });
    expect((await show(of, id)).version).toBe(version);

    const published = await publish(of, id, () => draft);
    expect([published.looked, published.woken]).toEqual([40, 37]);
    const orders = await Promise.all(unknown.map((made) => orderOf(of, made)));
    expect(new Set(orders.map(({ effects }) => effects.created))).toEqual(new Set([1]));
    await nothingOutstanding(of, 120_000);
    expect(await work(of, id)).toEqual([]);
    expect((await Promise.all(unknown.map((made) => ordersOf(of, made)))).flat()).toHaveLength(37);
  },
);

onRealParts(
  'an exception whose code no table has is parked with its code; mapped in either table all of it flow, each once',
  240_000,
  async () => {
    const of = house();
    const [, id = ''] = of.organisations;
    await publish(of, id, (now) => ({ ...now, policy: { ...now.policy, unknownReasons: 'park' } }));
    const trouble = async (code: string) => {
      const made = await enter(of, id);
      const { id: orderId } = await orderOf(of, made);
      await plan(of, id, `TRIP-${made.conNo}`, [orderId]);
      const incident = { code, name: `Word of ${code}`, description: 'at the gate' };
      await call('POST', `${of.qargo}/control/orders/${orderId}/stop`, {
        stop: 'DELIVERY',
        status: 'FAILED',
        at: ago(60),
        incident,
      });
      await readAgain(made);
      return made;
    };
    const readAgain = ({ trackingId }: Entered) =>
      call('POST', at(of, `consignments/${trackingId}/refresh`), { who: 'test' });
    const fragile = [await trouble('Fragile'), await trouble('FRAGILE')];
    const [flooded, known] = [await trouble('HIGHWATER'), await trouble('CLOSED')];
    const parked = await until('both parked', async () => {
      const found = (await work(of, id)).map(({ cause, count }) => `${cause}: ${count}`).sort();
      return found.length === 2 && found[0]?.endsWith(': 2') ? found : undefined;
    });
    expect(parked).toEqual(['reason FRAGILE is in no mapping table: 2', 'reason HIGHWATER is in no mapping table: 1']);
    const notes = async (made: Entered) =>
      (await notesOf(of, made)).filter(({ group }) => group === 'EXC').map(({ type }) => type);
    await until('the one that is known', async () => ((await notes(known)).join() === 'CLO' ? true : undefined));
    const [story] = (await call('GET', at(of, `consignments/${flooded.trackingId}`))) as { why: string[] }[];
    expect(story?.why.filter((each) => each.includes('reason HIGHWATER is in no mapping table'))).toHaveLength(1);

    // Beside its note it is another one, as long as nobody knows it.
    const failed = (await notesOf(of, flooded))
      .filter(({ type }) => type === 'FLD')
      .map(({ description }) => description);
    expect(failed).toEqual(['OTHER']);

    const types = { CARDED: 'CRD', DAMAGE: 'DMG', CLOSED: 'CLO', OTHER: 'OTH', FRAGILE: 'REF' };
    const mapped = (now: Shown['organisation']) => ({
      ...now,
      wire: {
        palletways: { ...now.wire.palletways, codes: { exception: { types } } },
        qargo: { ...now.wire.qargo, incidentCodes: { CLOSED: 'CLOSED', HIGHWATER: 'DAMAGE' } },
      },
    });
    const draft = mapped((await show(of, id)).organisation);
    const tried = (await call('POST', at(of, `organisations/${id}/try`), { organisation: draft })) as {
      otherwise: { what: string; parked: { before: string | null; after: string | null } }[];
    };
    expect(tried.otherwise.map(({ parked }) => parked.after)).toEqual([null, null, null]);
    expect(tried.otherwise.map(({ parked }) => parked.before ?? '').sort()).toEqual([
      'reason FRAGILE is in no mapping table',
      'reason FRAGILE is in no mapping table',
      'reason HIGHWATER is in no mapping table',
    ]);
    // Where exceptions are fetched no note is sent for them.
    const fetched = await publish(of, id, (now) => ({ ...mapped(now), policy: { ...now.policy, exceptions: 'pull' } }));
    expect(fetched.woken).toBe(0);
    const published = await publish(of, id, (now) => ({ ...now, policy: { ...now.policy, exceptions: 'push' } }));
    expect([published.looked, published.woken]).toEqual([4, 3]);
    await nothingOutstanding(of, 120_000);
    expect(await work(of, id)).toEqual([]);
    // What Qargo still shows of it, read with the new tables, is the same exception.
    for (const made of [...fragile, flooded, known]) await readAgain(made);
    await nothingOutstanding(of, 120_000);
    expect(await Promise.all([...fragile, flooded, known].map(notes))).toEqual([['REF'], ['REF'], ['DMG'], ['CLO']]);
  },
);

onRealParts(
  'a row in shadow sends nothing and shows what it would; switched on, what stands is told with its true time',
  240_000,
  async () => {
    const of = house();
    const [, , id = ''] = of.organisations;
    await publish(of, id, withRows({ scans: 'shadow', pod: 'off' }));
    const made = await enter(of, id);
    const barcodes = await label(of, made);
    const { id: orderId } = await orderOf(of, made, holds(barcodes));
    await plan(of, id, 'SHADOW-1', [orderId]);
    await sync(of, delivery(orderId, barcodes));
    await until(
      'the milestones',
      async () => ((await notesOf(of, made)).some(({ type }) => type === 'DLV') ? true : undefined),
      60_000,
    );
    await nothingOutstanding(of, 120_000);
    const kinds = async () => (await notesOf(of, made)).map(({ group }) => group);
    expect(await kinds()).not.toContain('SCN');
    expect(await kinds()).not.toContain('POD');

    const [story] = (await call('GET', at(of, `consignments/${made.trackingId}`))) as { why: string[] }[];
    expect(story?.why.filter((each) => /scans to Palletways are in shadow/.test(each))).toHaveLength(
      2 * barcodes.length,
    );
    expect(
      story?.why.some((each) => /PODs and photos to Palletways are switched off for this organisation/.test(each)),
    ).toBe(true);
    const shadow = (await call('GET', at(of, `consignments/${made.trackingId}/shadow`), undefined, 40_000)) as {
      row: string;
      message: Record<string, string>;
    }[];
    expect(new Set(shadow.map(({ row }) => row))).toEqual(new Set(['scans']));
    expect(shadow.map(({ message }) => message.barcode).sort()).toEqual([...barcodes, ...barcodes].sort());
    expect(new Set(shadow.map(({ message }) => message.note_group))).toEqual(new Set(['SCN']));
    expect(await kinds()).not.toContain('SCN');

    await publish(of, id, withRows({ scans: 'on', pod: 'off' }));
    const told = await until(
      'the scans',
      async () => {
        const scans = (await notesOf(of, made)).filter(({ group }) => group === 'SCN');
        return scans.length === 2 * barcodes.length ? scans : undefined;
      },
      60_000,
    );
    // Notes name minutes in their own fields and the instant in their text: what shadow showed is what was sent.
    const words = shadow.map(({ message }) => (message.free_text ?? '').split(' #')[0]).sort();
    expect(
      told
        .map(({ instant }) => instant)
        .sort()
        .map(Date.parse),
    ).toEqual(words.map((text) => Date.parse(text?.split(' ').at(-1) ?? '')).sort((a, b) => a - b));
    expect(await kinds()).not.toContain('POD');
    await publish(of, id, withRows({ pod: 'on' }));
    await until('the POD', async () => ((await kinds()).includes('POD') ? true : undefined), 60_000);
    expect((await of.judged()).doubled).toEqual([]);
  },
);

onRealParts(
  'not active, it hears and sends nothing, and says so; active again, all that was told in between goes out',
  120_000,
  async () => {
    const of = house();
    const [, id = ''] = of.organisations;
    const before = await enter(of, id);
    const { id: orderId } = await orderOf(of, before);
    await nothingOutstanding(of, 120_000);
    await publish(of, id, (now) => ({ ...now, active: false }));
    await plan(of, id, 'RESTING-1', [orderId]);
    const made = await enter(of, id);
    const why = async ({ trackingId }: Entered) =>
      ((await call('GET', at(of, `consignments/${trackingId}`)).catch(() => [])) as { why: string[] }[])[0]?.why ?? [];
    for (const one of [before, made])
      await until(
        'why',
        async () => ((await why(one)).some((each) => /not active/.test(each)) ? true : undefined),
        40_000,
      );
    expect([await ordersOf(of, made), await notesOf(of, before)]).toEqual([[], []]);
    await publish(of, id, (now) => ({ ...now, active: true }));
    await orderOf(of, made);
    await until(
      'the round',
      async () => ((await notesOf(of, before)).some(({ group }) => group === 'PLN') ? true : undefined),
      60_000,
    );
    await nothingOutstanding(of, 120_000);
    expect((await of.judged()).doubled).toEqual([]);
  },
);

onRealParts(
  'one made from a version that was overtaken is refused, and a version can be taken back',
  60_000,
  async () => {
    const of = house();
    const [id = ''] = of.organisations;
    const { version, organisation } = await show(of, id);
    const body = { who: 'ben', version: version - 1, organisation };
    await expect(call('PUT', at(of, `organisations/${id}`), body)).rejects.toThrow(/: 409 /);
    expect(JSON.stringify(organisation)).not.toContain('apiKey');
    const back = (await call('POST', at(of, `organisations/${id}/rollback`), {
      who: 'ben',
      version,
      to: version - 1,
    })) as Shown;
    expect(back.version).toBe(version + 1);
    const { changed } = (await call('GET', at(of, `organisations/${id}/diff?from=${version}&to=${version + 1}`))) as {
      changed: object[];
    };
    expect(changed).not.toEqual([]);
  },
);
