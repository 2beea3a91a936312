/** Documents that we put on an order at Qargo: an answer of 200 proves nothing (assumption 52), so each is read back, and one that is not there is work. */
import { expect, test } from 'vitest';
import type { Organisation } from '../../domain/policy/organisation.ts';
import { call } from '../../local/loopback.ts';
import { type OrganisationDraft, withoutSecrets } from '../../store/organisations/organisations.ts';
import { attention } from '../../store/views/attention.ts';
import { held, type Made, make } from './deeds.ts';
import { useGround } from './ground.ts';

const ground = useGround({});

async function made(...flips: readonly string[]): Promise<Made> {
  const of = ground();
  await call('PUT', `${of.qargo}/control/character`, { character: 'published', flips });
  return make(of, of.organisations[0] ?? '');
}
const lines = async ({ of, id }: Made) =>
  (await attention(of.installation.db, {})).lines.filter((line) => line.consignment === id.consignment);
const labels = async (one: Made) =>
  (await held(one)).documents.filter(({ type }) => type === 'PALLET_LABEL_EXTERNAL').length;
const imports = async ({ of }: Made) => {
  const { items } = (await call('GET', `${of.qargo}/control/calls`)) as { items: { method: string }[] };
  return items.filter(({ method }) => method === 'documentImport').length;
};

for (const [flip, what] of [
  ['52a', 'are matched by other parameters'],
  ['52b', 'are matched by the name of the order alone'],
  ['52d', 'are answered 200 with null and not stored'],
] as const)
  test(`labels that ${what} are told as not stored, with the setting and what to ask of Qargo, and are sent once`, async () => {
    const before = await imports(await made());
    const one = await made(flip);
    expect(await labels(one)).toBe(0);
    expect(await imports(one)).toBe(before + 1);
    const [line, ...more] = await lines(one);
    expect(more).toEqual([]);
    expect(line?.what).toContain('assumption 52');
    expect(line?.next).toContain('wire.qargo.documentImport');
    expect(line?.next).toContain('palletways-qargo resend');
  });

test('labels arrive where the tenant has other names for the parameters, once the setting says so', async () => {
  const one = await made('52a');
  const { of, id } = one;
  const organisation = await of.installation.organisations.get(id.organisation);
  if (organisation === undefined) throw new Error('it is known');
  const draft = withoutSecrets(organisation) as unknown as Organisation;
  const names = { id: 'order', document_type: 'type', document_name: 'title' };
  const wire = { ...draft.wire, qargo: { documentImport: names } };
  await of.installation.organisations.put({ ...draft, wire } as OrganisationDraft, 'test');
  await of.resend(id, 'labels');
  expect(await labels(one)).toBe(1);
  expect(await lines(one)).toEqual([]);
  await of.installation.organisations.put(draft as OrganisationDraft, 'test');
});

test('labels whose order is shown without them for a while are read again, not sent again', async () => {
  const of = ground();
  const empty = { match: { method: 'orderDocuments' }, times: 2, do: { status: 200, body: '[]' } };
  await call('PUT', `${of.qargo}/control/faults`, { faults: [empty] });
  const one = await made();
  expect(await labels(one)).toBe(1);
  expect(await lines(one)).toEqual([]);
});
