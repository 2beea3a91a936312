import { test } from 'vitest';
import { call } from '../../local/loopback.ts';
import { makeConsignment } from '../../sandbox/day/consignments.ts';
import { Random } from '../../sandbox/day/random.ts';
import { useGround } from './ground.ts';
const ground = useGround({});
test('probe', async () => {
  const of = ground();
  for (let i = 0; i < 3; i++) {
    const t0 = performance.now();
    const [organisation] = of.organisations;
    const made = makeConsignment({ random: new Random('t'), now: Date.now(), number: `${7001 + i}`, type: 'D', lifts: 2 });
    const c = (await call('POST', `${of.palletways}/control/consignments`, { organisation, consignment: made })) as any;
    await of.open(await of.letters());
    const id = await of.find(c.trackingId);
    await of.drive(id);
    const t1 = performance.now();
    await call('POST', `${of.palletways}/control/consignments/${c.responseId}/label`, {});
    await of.hear(id);
    const t2 = performance.now();
    await call('POST', `${of.palletways}/control/consignments/${c.responseId}/amend`, { changes: { Weight: '999' } });
    await of.hear(id);
    console.log(t1 - t0, t2 - t1, performance.now() - t2);
  }
  console.log(JSON.stringify(await call('GET', `${of.qargo}/control/held`)).slice(0, 6000));
});
