/** Everything about persons and places in a life: what must never stand in Temporal history. */
import { createHash } from 'node:crypto';
import type { House } from '../../bench/house.ts';
import { call } from '../../local/loopback.ts';
import { type Evidence, makeEvidence } from '../../sandbox/day/evidence.ts';
import { type Life, lifeSteps } from '../../sandbox/day/life.ts';

/** Elements of a consignment whose text says who, where or what for. */
const telling =
  /^(ContactName|Telephone|CompanyName|Line|Town|County|PostCode|ManifestNote|Reference|ImportID|BookIn\w+|Collection(ContactName|ContactNumber|Reference))$/;

export interface PrivateThings {
  readonly texts: string[];
  readonly pictures: Buffer[];
}

/** As the twins know them: both versions of the consignment, the trip's people, the signature and the photos. */
export async function privateThings(house: House, life: Life, seed: number): Promise<PrivateThings> {
  const said = (await call('GET', `${house.palletways}/control/said?since=0`)) as {
    items: { subject: { conNo: string }; content: unknown }[];
  };
  const texts = new Set<string>();
  for (const { subject, content } of said.items) if (subject.conNo === life.conNo) collect(content, texts);
  const { plan, deeds } = lifeSteps('', seed, Date.now());
  if (plan.kind !== 'plan') throw new Error('a life has a plan');
  for (const text of [plan.driver, plan.vehicle.plate, plan.vehicle.name]) texts.add(text);
  for (const deed of deeds) if (deed.kind === 'pod') texts.add(deed.signedBy);
  return { texts: [...texts].filter((text) => text.length > 3), pictures: await picturesOf(house, life, seed) };
}

function collect(value: unknown, texts: Set<string>, key = ''): void {
  if (typeof value === 'string' || typeof value === 'number') {
    if (telling.test(key)) for (const spelling of spellings(String(value))) texts.add(spelling);
  } else if (Array.isArray(value)) for (const inner of value) collect(inner, texts, key);
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) collect(inner, texts, name);
}

/** `WS13 8RZ` is also `WS138RZ`, a telephone number also its digits alone. */
function spellings(text: string): string[] {
  const squeezed = text.replaceAll(/\s+/g, '');
  return /\d/.test(text) && squeezed.length > 4 ? [text, squeezed] : [text];
}

/** The signature and the photos as the driver made them; that they are the ones is seen by what Qargo holds. */
async function picturesOf({ qargo }: House, { conNo, orderId }: Life, seed: number): Promise<Buffer[]> {
  const order = (await call('GET', `${qargo}/control/orders/${orderId}`)) as { documents: { sha256: string }[] };
  const held = new Set(order.documents.map(({ sha256 }) => sha256));
  const number = conNo.split('-')[0] ?? '';
  const made = await Promise.all(
    lifeDocuments(seed).map(({ id, ...evidence }) =>
      makeEvidence(seed, { ...evidence, id: `${number}/${id.split('/')[1] ?? ''}` }),
    ),
  );
  return made.map(({ bytes }) => bytes).filter((bytes) => held.has(createHash('sha256').update(bytes).digest('hex')));
}

function lifeDocuments(seed: number): Evidence[] {
  return lifeSteps('', seed, Date.now()).deeds.flatMap((deed) => (deed.kind === 'pod' ? deed.documents : []));
}
