/** The network's side of the journey, on the real parts: what hubs and other depots say at Palletways is seen on Qargo's order. */
import { expect } from 'vitest';
import { amend, type Entered, enter, noted, notesOf, orderOf } from '../../../bench/people.ts';
import { until } from '../../../bench/until.ts';
import { defaultPolicy } from '../../../domain/policy/settings.ts';
import { call } from '../../../local/loopback.ts';
import { type House, onRealParts, sweep, useHouse } from '../house.ts';
import { nothingOutstanding } from '../lives.ts';
import { ago, bothRead } from './people.ts';
import { publish } from './publishing.ts';

const [on, off, shadow, other] = ['northgate', 'fenland', 'clydeside', 'liffey'] as const;
const house = useHouse({
  organisations: 4,
  pace: 20,
  policy: (organisation) =>
    organisation === off ? {} : { rows: { ...defaultPolicy.rows, network: organisation === shadow ? 'shadow' : 'on' } },
});

interface Told {
  readonly field: string | null;
  readonly partial: number;
  readonly delivery: {
    readonly date?: string;
    readonly time_window?: unknown;
    readonly planning_instructions?: string;
    readonly extras?: readonly { code: string }[];
  };
}

/** What Qargo holds of it: the custom field as its own read gives it, and the delivery stop. */
async function told(of: House, made: Entered): Promise<Told> {
  const { id } = await orderOf(of, made);
  const settings = await of.installation.organisations.get(made.organisation);
  if (settings === undefined) throw new Error('no such organisation');
  const { clientId, secret } = settings.qargo;
  bearers[made.organisation] ??= await token(of, clientId, secret);
  const answer = await fetch(`${of.qargo}/v1/orders/order/${id}/status`, {
    headers: { authorization: `Bearer ${bearers[made.organisation]}` },
  });
  const { consignments } = (await answer.json()) as { consignments: { custom_fields?: Record<string, string> }[] };
  // Counted after that read: what it showed was counted by then.
  const held = (await orderOf(of, made)) as unknown as {
    effects: { partial: number };
    stops: ({ type: string } & Told['delivery'])[];
  };
  const delivery = held.stops.find(({ type }) => type === 'DELIVERY') ?? { type: '' };
  return { field: consignments[0]?.custom_fields?.palletways_status ?? null, partial: held.effects.partial, delivery };
}

const bearers: Record<string, string> = {};
async function token(of: House, clientId: string, secret: string): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const answer = await fetch(`${of.qargo}/v1/auth/token`, { method: 'POST', headers });
  return ((await answer.json()) as { access_token: string }).access_token;
}

const note = (of: House, { responseId }: Entered, body: object) =>
  call('POST', `${of.palletways}/control/consignments/${responseId}/note`, body);
const says = (of: House, made: Entered, words: RegExp) =>
  until(`${String(words)} in Qargo`, async () => {
    const now = await told(of, made);
    return words.test(now.field ?? '') ? now : undefined;
  });

onRealParts(
  'hub scans, statuses, stock held and another depot’s delivery are seen on the order, the latest by its own time',
  120_000,
  async () => {
    const of = house();
    const made = await enter(of, on);
    await orderOf(of, made);
    await nothingOutstanding(of);
    await note(of, made, { group: 'HUB', type: 'SCN', statusCode: 500, text: 'Fradley bay 7', at: ago(90) });
    await sweep(of, on);
    await says(of, made, /^At the hub, \d{4}-\d\d-\d\d \d\d:\d\d: Fradley bay 7$/);
    // Three in one sweep, told in the wrong order: one call, and the latest stands.
    const before = (await told(of, made)).partial;
    await note(of, made, { group: 'HLD', type: 'STK', text: 'no space', at: ago(30) });
    await note(of, made, { group: 'HUB', type: 'SCN', statusCode: 550, at: ago(60) });
    await note(of, made, { group: 'HUB', type: 'SCN', statusCode: 700, at: ago(40) });
    await sweep(of, on);
    expect((await says(of, made, /^Stock held/)).partial - before).toBe(1);
    // The same said again, and a late one of before, are no news for Qargo.
    await note(of, made, { group: 'HUB', type: 'SCN', statusCode: 350, at: ago(100) });
    await note(of, made, { group: 'HLD', type: 'STK', text: 'no space', at: ago(20) });
    await sweep(of, on);
    await nothingOutstanding(of);
    expect((await told(of, made)).partial - before).toBe(1);
    await note(of, made, { group: 'POD', type: 'POD', customerName: 'Sam Reed', at: ago(5) });
    await sweep(of, on);
    await says(of, made, /^Delivered, .*signed by Sam Reed/);
    expect((await of.judged()).doubled).toEqual([]);
  },
);

onRealParts(
  'a book-in becomes the window of the delivery and stays over a later edit; an edit of the date itself wins',
  120_000,
  async () => {
    const of = house();
    const made = await enter(of, on);
    await orderOf(of, made);
    await nothingOutstanding(of);
    const bookIn = { date: '2026-12-03', time: '10:30', contact: 'Goods-in office', reference: 'SLOT-4471' };
    await note(of, made, { group: 'BIN', type: 'BIN', bookIn, at: ago(5) });
    await sweep(of, on);
    const booked = await until('the window', async () => {
      const { delivery } = await told(of, made);
      return delivery.date === '2026-12-03' ? delivery : undefined;
    });
    expect(booked.time_window).toEqual({ start_time: '10:30', end_time: '11:30', is_enforced: true });
    expect(booked.planning_instructions).toContain('Booked in');
    expect(booked.planning_instructions).toContain('Book-in contact: Goods-in office');
    expect(booked.planning_instructions).toContain('Book-in reference: SLOT-4471');
    expect(booked.extras?.map(({ code }) => code)).toContain('BOOK_IN');
    const amend = (changes: object) =>
      call('POST', `${of.palletways}/control/consignments/${made.responseId}/amend`, { changes, push: true });
    const held = () => orderOf(of, made) as Promise<unknown> as Promise<{ body: { planning_instructions?: string } }>;
    await amend({ ManifestNote: 'Use the north gate' });
    await until('the edit', async () =>
      (await held()).body.planning_instructions === 'Use the north gate' ? true : undefined,
    );
    await nothingOutstanding(of);
    expect((await told(of, made)).delivery).toMatchObject({ date: '2026-12-03', time_window: { start_time: '10:30' } });
    await amend({ DueDate: '2026-12-07', DueTime: '14:00' });
    await until('the new date', async () => ((await told(of, made)).delivery.date === '2026-12-07' ? true : undefined));
    // A due time is a deadline; only a book-in is an appointment.
    expect((await told(of, made)).delivery.time_window).toMatchObject({ start_time: '00:00', end_time: '14:00' });
    await nothingOutstanding(of);
    expect((await of.owed()).stuck).toBe(0);
  },
);

onRealParts('switched off nothing of it is heard; in shadow it is heard, shown and not sent', 120_000, async () => {
  const of = house();
  const [silent, watched] = [await enter(of, off), await enter(of, shadow)];
  for (const made of [silent, watched]) {
    await orderOf(of, made);
    await nothingOutstanding(of);
    const before = await told(of, made);
    await note(of, made, { group: 'HUB', type: 'SCN', statusCode: 500, at: ago(10) });
    await note(of, made, { group: 'BIN', type: 'BIN', bookIn: { date: '2026-12-03', time: '10:30' }, at: ago(5) });
    await sweep(of, made.organisation);
    await nothingOutstanding(of);
    expect(await told(of, made)).toEqual(before);
  }
  const heard = async ({ trackingId }: Entered) => {
    const [story] = (await call('GET', `${of.service}/operations/consignments/${trackingId}`)) as {
      facts: { kind: string }[];
    }[];
    return story?.facts.filter(({ kind }) => kind === 'network').length;
  };
  expect([await heard(silent), await heard(watched)]).toEqual([0, 2]);
  const shown = (await call(
    'GET',
    `${of.service}/operations/consignments/${watched.trackingId}/shadow`,
    undefined,
    40_000,
  )) as {
    row: string;
    message: unknown;
  }[];
  expect(shown.map(({ row }) => row)).toEqual(['network', 'network']);
  expect(JSON.stringify(shown)).toContain('At the hub');
  expect(JSON.stringify(shown)).toContain('10:30');
});

onRealParts(
  'the window that a planner sets goes to Palletways as a book-in, once; what the network booked does not come back',
  120_000,
  async () => {
    const of = house();
    const bookings = async (made: Entered) =>
      (await notesOf(of, made)).filter(({ group }) => group === 'BIN').map(({ description }) => description);
    const set = async (made: Entered, deliveryDate: string, start: string, end: string) => {
      const { id } = await orderOf(of, made);
      const deliveryWindow = { start_time: start, end_time: end, is_enforced: true };
      await call('POST', `${of.qargo}/control/orders/${id}/edit`, { changes: { deliveryDate, deliveryWindow } });
      await call('POST', `${of.service}/operations/consignments/${made.trackingId}/refresh`, { who: 'test' });
    };
    const made = await enter(of, on);
    await orderOf(of, made);
    await nothingOutstanding(of);
    await set(made, '2026-12-04', '09:00', '11:30');
    const [first] = await noted(of, made, 'BIN/BIN');
    expect(first?.description).toBe('2026-12-04 09:00');
    // Our note is seen in the delta, and read again nothing has changed.
    await sweep(of, on);
    await call('POST', `${of.service}/operations/consignments/${made.trackingId}/refresh`, { who: 'test' });
    await nothingOutstanding(of);
    expect(await bookings(made)).toEqual(['2026-12-04 09:00']);
    // An edit of something else leaves the window as the planner set it.
    await amend(of, made, { ManifestNote: 'Ring first' });
    await until('the edit', async () =>
      ((await orderOf(of, made)) as unknown as { body: { planning_instructions?: string } }).body
        .planning_instructions === 'Ring first'
        ? true
        : undefined,
    );
    await nothingOutstanding(of);
    expect((await told(of, made)).delivery).toMatchObject({
      date: '2026-12-04',
      time_window: { start_time: '09:00', end_time: '11:30' },
    });
    // The network books another one: it counts, and is not told back.
    await note(of, made, { group: 'BIN', type: 'BIN', bookIn: { date: '2026-12-05', time: '14:00' } });
    await sweep(of, on);
    await until('the network’s', async () =>
      (await told(of, made)).delivery.date === '2026-12-05' ? true : undefined,
    );
    await call('POST', `${of.service}/operations/consignments/${made.trackingId}/refresh`, { who: 'test' });
    await nothingOutstanding(of);
    expect(await bookings(made)).toEqual(['2026-12-04 09:00']);
    // Back to the first: said again, since another stood between.
    await set(made, '2026-12-04', '09:00', '11:30');
    await noted(of, made, 'BIN/BIN', 2);
    await nothingOutstanding(of);
    expect((await of.owed()).stuck).toBe(0);

    // Switched off nobody is told.
    const silent = await enter(of, off);
    await orderOf(of, silent);
    await nothingOutstanding(of);
    await set(silent, '2026-12-04', '09:00', '11:30');
    await sweep(of, off);
    await nothingOutstanding(of);
    expect(await bookings(silent)).toEqual([]);
  },
);

const fieldsOf = async (of: House, made: Entered) =>
  ((await orderOf(of, made)) as unknown as { customFields: Record<string, string> }).customFields;
const papersOf = async (of: House, made: Entered) => {
  const { documents } = (await orderOf(of, made)) as unknown as { documents: { type: string; name: string }[] };
  return documents.map(({ type, name }) => `${type} ${name.replace(/ [0-9a-z]{10}$/, '')}`);
};

onRealParts(
  'an estimate, out for delivery, failed and rejected of the network are seen on the order, each in its turn',
  120_000,
  async () => {
    const of = house();
    const made = await enter(of, on);
    await orderOf(of, made);
    await nothingOutstanding(of);
    const said = [
      {
        note: { group: 'ETA', type: 'ETA', text: 'between 10:00 and 12:00' },
        words: /^Expected, [^:]+:\d\d: between 10:00 and 12:00$/,
      },
      { note: { group: 'STS', type: 'OFD', text: 'round 7' }, words: /^Out for delivery, [^:]+:\d\d: round 7$/ },
      { note: { group: 'STS', type: 'FLD', text: 'closed' }, words: /^Delivery failed, [^:]+:\d\d: closed$/ },
      {
        note: { group: 'REJ', type: 'REJ', text: 'overhanging' },
        words: /^Rejected by the network, [^:]+:\d\d: overhanging$/,
      },
    ];
    for (const [nth, { note: about, words }] of said.entries()) {
      await note(of, made, { ...about, at: ago(40 - nth) });
      await sweep(of, on);
      await says(of, made, words);
    }
    await nothingOutstanding(of);
    // What went wrong is a paper on the order besides; nothing of it comes back to Palletways.
    const type = 'OTHER_ADMINISTRATION Palletways:';
    expect((await papersOf(of, made)).sort()).toEqual([`${type} delivery failed`, `${type} rejected`]);
    expect(await notesOf(of, made)).toEqual([]);
  },
);

onRealParts(
  'as configured: other codes and statuses of the network, other words in another field, another code of our book-ins, or none of them',
  180_000,
  async () => {
    const of = house();
    const bookings = 'BKD/OWN';
    const { palletways } = (await of.installation.organisations.get(other)) ?? {};
    await call('PUT', `${of.palletways}/control/organisations/${other}`, {
      apiKey: palletways?.apiKey,
      account: palletways?.account,
      depot: palletways?.depot.number,
      depotName: palletways?.depot.name,
      zone: palletways?.zone,
      push: { url: `${of.service}/palletways/${other}/push`, ...palletways?.push, format: palletways?.format },
      ftp: { user: palletways?.ftp?.user, password: palletways?.ftp?.password },
      moreCodes: [bookings],
    });
    await publish(of, other, (now) => ({
      ...now,
      policy: { ...now.policy, rows: { ...now.policy.rows, network: 'on' } },
      wire: {
        palletways: {
          ...now.wire.palletways,
          networkCodes: [{ group: 'YRD', type: '*', code: 'LEFT_HUB' }],
          networkStatuses: { '500': 'IN_QUEUE' },
          networkExceptions: [],
          codes: { booking: { group: 'BKD', type: 'OWN' } },
        },
        qargo: { ...now.wire.qargo, networkField: 'where_it_is', networkWords: { LEFT_HUB: 'On the road again' } },
      },
    }));
    const made = await enter(of, other);
    await orderOf(of, made);
    const shows = (words: RegExp) =>
      until(`${String(words)} in Qargo`, async () => {
        const fields = await fieldsOf(of, made);
        return words.test(fields.where_it_is ?? '') ? fields : undefined;
      });
    // A status alone; a code of its own before the status that it carries; what is not named any more is no news.
    await note(of, made, { group: 'HUB', type: 'SCN', statusCode: 500, text: 'bay 7', at: ago(50) });
    await bothRead(of, made);
    await shows(/^IN_QUEUE, .*: bay 7$/);
    await note(of, made, { group: 'YRD', type: 'OUT', statusCode: 500, text: 'gate 2', at: ago(40) });
    await bothRead(of, made);
    const fields = await shows(/^On the road again, .*: gate 2$/);
    expect(Object.keys(fields)).toEqual(['where_it_is']);
    await note(of, made, { group: 'REJ', type: 'REJ', statusCode: 15, text: 'overhanging', at: ago(30) });
    await note(of, made, { group: 'HUB', type: 'SCN', statusCode: 550, at: ago(20) });
    await bothRead(of, made);
    await nothingOutstanding(of);
    expect(await fieldsOf(of, made)).toEqual(fields);
    expect(await papersOf(of, made)).toEqual([]);

    const window = async (start: string, end: string) => {
      const { id } = await orderOf(of, made);
      const deliveryWindow = { start_time: start, end_time: end, is_enforced: true };
      await call('POST', `${of.qargo}/control/orders/${id}/edit`, {
        changes: { deliveryDate: '2026-12-04', deliveryWindow },
      });
      await bothRead(of, made);
      await nothingOutstanding(of);
    };
    const told = async () =>
      (await notesOf(of, made)).map(({ group, type, description }) => `${group}/${type} ${description}`);
    await window('09:00', '11:30');
    expect(await told()).toEqual([`${bookings} 2026-12-04 09:00`]);
    await publish(of, other, (now) => ({ ...now, policy: { ...now.policy, bookIns: 'in' } }));
    await window('13:00', '15:00');
    expect(await told()).toEqual([`${bookings} 2026-12-04 09:00`]);
  },
);
