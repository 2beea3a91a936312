/**
 * What a person or a far side may do to the workflows and the messages of several consignments at once: each thing is found by who looks
 * at what needs somebody, or needs nobody; and everything beside it arrives.
 */
import { expect } from 'vitest';
import type { House } from '../../bench/house.ts';
import { noted, plan, sync } from '../../bench/people.ts';
import { until } from '../../bench/until.ts';
import { call } from '../../local/loopback.ts';
import { onRealParts, useHouse } from './house.ts';
import { type Life, labelled } from './lives.ts';

const house = useHouse({ pace: 20 });

interface Line {
  readonly kind: string;
  readonly reference: string | null;
  readonly what: string;
}

const attention = async (of: House) => (JSON.parse(await of.command('attention', '--json')) as { lines: Line[] }).lines;
const handleOf = async (of: House, { made }: Life) => of.temporal.workflow.getHandle(await of.workflowOf(made.conNo));

/** A push of Qargo about an order, as it comes. */
async function pushed(of: House, body: string): Promise<void> {
  const organisation = await of.installation.organisations.get('northgate');
  const login = organisation?.qargo.push;
  if (login === undefined) throw new Error('Qargo may not push');
  const authorization = `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const answer = await fetch(`${of.service}/qargo/northgate/visibility`, { method: 'POST', headers, body });
  expect(answer.status).toBe(200);
}

onRealParts(
  'a terminated workflow, a cancelled one, signals of nonsense, half an emoji, a NUL: everything beside them arrives, and what needs somebody is one line',
  240_000,
  async () => {
    const of = house();
    const [terminated, cancelled, signalled, odd] = (await Promise.all(
      [1, 2, 3, 4].map(() => labelled(of, 'northgate')),
    )) as [Life, Life, Life, Life];
    const lives = [terminated, cancelled, signalled, odd];
    await plan(
      of,
      'northgate',
      'R1',
      lives.map(({ orderId }) => orderId),
    );
    await of.settled(60_000);

    await (await handleOf(of, terminated)).terminate('by hand');
    await (await handleOf(of, cancelled)).cancel();
    await (await handleOf(of, signalled)).signal('scan', { barcode: 7 });
    const at = new Date(Date.now() - 3_600_000).toISOString();
    const event = (barcode: string, nth: number) => ({
      timestamp: at,
      update: {
        type: 'HandlingUnit',
        status: 'STORED',
        timestamp: at,
        barcode: { value: `${barcode}${nth}` },
        stop: { stop_type: 'CUSTOM' },
      },
    });
    const events = [event('B\u000000000ODD', 1), event('B00000ODD\ud83d', 2), event('B00000ODD', 3)];
    await pushed(of, JSON.stringify({ events, order: { id: odd.orderId } }));
    // And one that is no event at all.
    await pushed(of, JSON.stringify({ events: [7], order: { id: odd.orderId } }));
    for (const { deeds } of lives) await sync(of, deeds);
    await noted(of, odd.made, 'SCN/XDK');
    const table = await of.settled(120_000);
    expect([table.total.lost, table.doubled]).toEqual([0, []]);

    const lines = await until('both lines', async () => {
      const found = await attention(of);
      return found.length >= 2 ? found : undefined;
    });
    expect(lines.map(({ kind }) => kind).toSorted()).toEqual(['signal by hand', 'unreadable']);
    expect(lines.find(({ kind }) => kind === 'signal by hand')?.reference).toBe(signalled.made.conNo);
    expect(lines.find(({ kind }) => kind === 'unreadable')?.what).toContain('events[0]: is no event');
    // None is without a workflow that goes on.
    for (const life of lives) expect((await (await handleOf(of, life)).describe()).status.name).toBe('RUNNING');
    const { notes } = (await call('GET', `${of.palletways}/control/held`)) as {
      notes: { trackingId: string; barcode: string | null; type: string }[];
    };
    const barcodes = notes
      .filter(({ trackingId, type }) => trackingId === odd.made.trackingId && type === 'XDK')
      .map(({ barcode }) => barcode);
    expect(new Set(barcodes)).toEqual(new Set(['B00000ODD1', 'B00000ODD2', 'B00000ODD3']));
  },
);
