/** Rows that were in shadow or off for a while, and are switched on: what reaches the far side, exactly. */
import { expect, test } from 'vitest';
import { type Putting, putOrganisation, UndecidedOpen } from '../../client/operations/organisation-put.ts';
import type { Organisation } from '../../domain/policy/organisation.ts';
import type { OpenChoice, Row, Switch } from '../../domain/policy/rows.ts';
import { call } from '../../local/loopback.ts';
import { type OrganisationDraft, withoutSecrets } from '../../store/organisations/organisations.ts';
import { findByReference } from '../../store/record/consignments.ts';
import { loadTimeline } from '../../store/views/overview.ts';
import { ago, atQargo, type Made, make, notesOf, plan, scan } from './deeds.ts';
import { useGround } from './ground.ts';

const quiet = (at: Switch): Partial<Record<Row, Switch>> => ({ planning: at, milestones: at, scans: at });
const ground = useGround(...['shadow', 'shadow', 'off', 'off'].map((at) => ({ rows: quiet(at as Switch) as never })));

async function switchTo(place: number, at: Switch, more: Partial<Putting> = {}) {
  const of = ground();
  const id = of.organisations[place] ?? '';
  const organisation = await of.installation.organisations.get(id);
  if (organisation === undefined) throw new Error(`no organisation ${id}`);
  const { policy, ...rest } = withoutSecrets(organisation) as unknown as Organisation;
  const draft = { ...rest, policy: { ...policy, rows: { ...policy.rows, ...quiet(at) } } } as OrganisationDraft;
  const done = await putOrganisation(of.installation, draft, { madeBy: 'Ana', why: 'the week is over', ...more });
  // What is cached of an organisation may be two seconds old; here nobody waits for that.
  await of.installation.organisations.put(draft, 'test');
  return done;
}

const told = async (made: Made) => (await notesOf(made)).map(({ group, type }) => `${group}/${type}`).sort();

async function story({ id }: Made) {
  const [row] = await findByReference(ground().installation.db, id.consignment);
  if (row === undefined) throw new Error('it is known');
  return loadTimeline(ground().installation.db, row);
}

async function onTheRoad(place: number): Promise<Made> {
  const of = ground();
  const made = await make(of, of.organisations[place] ?? '');
  await plan(made, 'R12', 300);
  await of.hear(made.id);
  await scan(made, 'PICKUP', 250);
  await atQargo(made, 'stop', { stop: 'PICKUP', status: 'COMPLETED', at: ago(230), startedAt: ago(250) });
  await of.hear(made.id);
  return made;
}

const delivered = async (made: Made) => {
  await atQargo(made, 'stop', { stop: 'DELIVERY', status: 'COMPLETED', at: ago(20), startedAt: ago(40) });
  await ground().hear(made.id);
};

const before = ['PLN/ALC', 'SCN/LOD', 'SCN/LOD', 'STS/OFD'];
const after = ['STS/ARR', 'STS/DLV'];
const cases: readonly [Switch, OpenChoice, number][] = [
  ['shadow', 'from-now-on', 0],
  ['shadow', 'all', 1],
  ['off', 'from-now-on', 2],
  ['off', 'all', 3],
];

test.each(cases)('from %s to on, %s: what is open then and what comes after', async (_from, choice, place) => {
  const made = await onTheRoad(place);
  expect(await told(made)).toEqual([]);
  const refused = await switchTo(place, 'on').catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(UndecidedOpen);
  expect(String(refused)).toMatch(
    /plans, milestones and scans, in which 4 updates are open: say from-now-on, .+ or all/,
  );
  await ground().drive(made.id);
  expect(await told(made)).toEqual([]);

  const { said } = await switchTo(place, 'on', { open: choice });
  await ground().drive(made.id);
  expect(await told(made)).toEqual(choice === 'all' ? before : []);
  expect(said).toEqual(choice === 'all' ? [] : ['4 updates that were open will not be sent.']);

  await delivered(made);
  expect(await told(made)).toEqual(choice === 'all' ? [...before, ...after].sort() : after);
  const { why, remarks, receipts } = await story(made);
  expect(why.join()).not.toMatch(/planned|scan|out/i);
  const withheld = receipts.filter(({ proof }) => JSON.stringify(proof)?.includes('the week is over'));
  if (choice === 'all') expect([withheld, remarks.join()]).toEqual([[], expect.not.stringMatching(/switched/)]);
  else {
    expect(withheld.map(({ state }) => state)).toEqual(['void', 'void', 'void', 'void']);
    expect(remarks.join()).toMatch(
      /4 updates of before .+ because Ana switched the row on from then on \(the week is over\)/,
    );
  }
});

test('from now on: what a person asks to have sent again is sent', async () => {
  const made = await onTheRoad(0);
  await switchTo(0, 'shadow');
  const another = await onTheRoad(0);
  await switchTo(0, 'on', { open: 'from-now-on' });
  await ground().drive(another.id);
  expect([await told(made), await told(another)]).toEqual([before, []]);
  await ground().resend(another.id, 'plan');
  expect(await told(another)).toEqual(['PLN/ALC']);
});

test('from now on: what was closed, and is opened again by news, tells the news alone', async () => {
  await switchTo(1, 'shadow');
  const made = await onTheRoad(1);
  const { db } = ground().installation;
  // Closed as its workflow closes it.
  await db.query('delete from obligation where consignment = $1', [made.id.consignment]);
  await db.query('update status set stale = true where consignment = $1', [made.id.consignment]);
  await db.query('update consignment set closed_at = clock_timestamp() where id = $1', [made.id.consignment]);
  await switchTo(1, 'on', { open: 'from-now-on' });
  await delivered(made);
  expect(await told(made)).toEqual(after);
});

test('from now on: a plan that was never told of is not taken back', async () => {
  await switchTo(2, 'shadow');
  const of = ground();
  const made = await make(of, of.organisations[2] ?? '');
  const trip = await plan(made, 'R14', 300);
  await of.hear(made.id);
  await switchTo(2, 'on', { open: 'from-now-on' });
  await call('POST', `${of.qargo}/control/trips/${trip}/remove`, { orders: [made.orderId], at: ago(5) });
  await of.refresh(made.id);
  expect(await told(made)).toEqual([]);
});

test('until a first contact has passed nothing goes on, and what is on stays on', async () => {
  const of = ground();
  const id = of.organisations[3] ?? '';
  await switchTo(3, 'shadow');
  await of.installation.db.query('delete from contact where organisation = $1', [id]);
  const { said } = await switchTo(3, 'on', { open: 'all' }).catch(() => ({ said: [] as readonly string[] }));
  expect(said.join()).toMatch(/In shadow until a first contact has passed .+: plans, milestones and scans/);
});
