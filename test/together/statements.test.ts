/** What one thing costs at PostgreSQL: counted, from the door to the proof, by what the product does step by step. */
import pg from 'pg';
import { expect, test } from 'vitest';
import { readMessage } from '../../client/dispatch/read.ts';
import { ingestParts } from '../../store/intake/parts.ts';
import { claimUnread, markRead, receive } from '../../store/record/journal.ts';
import { planOf } from '../../store/record/plan.ts';
import { claimWakes, markSignalled } from '../../store/record/wake.ts';
import { make, notesOf, plan, scan } from './deeds.ts';
import { useGround } from './ground.ts';

const ground = useGround({});

/** Statements that were sent while `run` ran, in their order. */
async function statementsOf(run: () => Promise<void>): Promise<string[]> {
  const sent: string[] = [];
  const prototype: { query: (this: pg.Client, ...args: never[]) => unknown } = pg.Client.prototype;
  const { query } = prototype;
  prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [first] = args as [string | { text: string }];
    sent.push((typeof first === 'string' ? first : first.text).replaceAll(/\s+/g, ' ').trim());
    return Reflect.apply(query, this, args);
  };
  try {
    await run();
  } finally {
    prototype.query = query;
  }
  return sent;
}

test('a pushed scan costs at most 30 statements from the door to its proof', async () => {
  const of = ground();
  const made = await make(of, of.organisations[0] ?? '');
  await plan(made, 'R12', 300);
  await of.hear(made.id);
  const { db, organisations } = of.installation;
  const digest = of.installation.digestOf(made.id.organisation);
  await db.query(`update wake set lease_until = null, pending = false`);
  // Everything that is read once and then kept is there.
  const organisation = await organisations.cached(made.id.organisation);
  if (organisation === undefined) throw new Error('no organisation');
  const before = (await notesOf(made)).length;
  await scan(made, 'PICKUP', 5, made.barcodes.slice(0, 1));
  const [letter, ...more] = await of.letters(made.orderId);
  if (letter === undefined) throw new Error('nothing was pushed');
  expect(more).toEqual([]);
  const sent = await statementsOf(async () => {
    await receive(db, letter);
    for (const row of await claimUnread(db, 4, 20_000)) {
      const reading = readMessage(row, organisation, digest);
      const context = {
        organisation: organisation.id,
        journal: row.id,
        heard: row.receivedAt,
        via: 'push',
        staleMs: 3_600_000,
      } as const;
      const { problems } = await ingestParts(db, reading.heard, context);
      await markRead(db, row.id, problems, false);
    }
    for (const wake of await claimWakes(db, 24, 20_000)) {
      const { version } = await planOf(db, wake.consignment);
      await markSignalled(db, wake, version, 120);
    }
    await of.send(made.id, 'palletways');
    await planOf(db, made.id.consignment);
  });
  expect((await notesOf(made)).length - before).toBe(1);
  expect(sent.length, sent.map((text, nth) => `${nth + 1} ${text.slice(0, 110)}`).join('\n')).toBeLessThanOrEqual(30);
});
