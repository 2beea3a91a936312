/** A day is played whole on the published Qargo twin: what planners and drivers do is refused by no flip. */
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { plan } from '../../sandbox/day/plan.ts';
import { Player } from '../../sandbox/day/play.ts';
import { Twins } from '../../sandbox/day/twins.ts';
import { orderBody, Palletways, Qargo } from './twins-under-test.ts';

const PACE = 100;
const palletways = new Palletways();
const qargo = new Qargo();

const heldSchema = z.object({ identities: z.array(z.looseObject({ responseId: z.string(), conNo: z.string() })) });
const viewSchema = z.looseObject({ barcodes: z.array(z.string()) });

/** Stands for the product: every labelled consignment becomes an order with its barcodes, once. */
async function bringOver(done: Set<string>): Promise<void> {
  const { identities } = heldSchema.parse(await palletways.control('GET', 'held'));
  for (const { responseId, conNo } of identities) {
    if (done.has(responseId)) continue;
    const { barcodes } = viewSchema.parse(await palletways.control('GET', `consignments/${responseId}`));
    if (barcodes.length === 0) continue;
    done.add(responseId);
    const order = { order_identifier: responseId, customer_reference_number: conNo, operation: 'CREATE' };
    await qargo.webhook('', { ...orderBody(barcodes), ...order });
  }
}

afterEach(async () => {
  await Promise.all([palletways.stop(), qargo.stop()]);
});

/** Flips that change ids, stops, trips or when a thing is done: the day must not trip over them. */
const sets: readonly (readonly string[])[] = [
  [],
  ['38a', '45b', '50c'],
  ['39c', '40d', '47b', '50a'],
  ['39d', '40b', '40c', '46d', '50b', '102a'],
];

test.for(sets)('with %j', { timeout: 90_000 }, async (flips) => {
  await palletways.start({ pace: PACE });
  await qargo.start({ pace: PACE, character: { character: 'published', flips: [...flips] } });
  const day = plan({ consignments: 12, seed: 3, organisations: ['north'], pace: PACE, now: Date.now() });
  const twins = new Twins({ palletways: palletways.base, qargo: qargo.base });
  const player = new Player(day, { twins, pace: PACE, orderWithinMs: 20_000 });
  const done = new Set<string>();
  let isOver = false;
  const product = (async () => {
    while (!isOver) {
      await bringOver(done);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  await player.play();
  isOver = true;
  await product;
  await twins.close();
  expect(player.troubles).toEqual([]);
  expect(done.size).toBeGreaterThan(5);
});
