/** Gathers what a message or read says: facts by order, and the parts that could not be read. */
import type { z } from 'zod';
import type { DocumentRole } from '../../domain/facts/facts.ts';
import type { NewFactFrom } from '../../domain/facts/kinds.ts';
import { Problems } from '../../domain/facts/problems.ts';
import type { Aliases, Message, Reading, ReadingContext, Unused } from '../../domain/facts/reading.ts';
import { cutText } from '../../domain/facts/text.ts';
import { possibleProofs, type ReadingTables } from './config.ts';
import { isNoInstant, momentOf, readInstant, type WrittenInstant } from './instant.ts';

/** Different unused words of one message that are counted. */
const mostUnused = 100;

/** Facts and problems of one message. Its members report under the path they were found at. */
export class Gathering {
  readonly #problems = new Problems();
  readonly #unused = new Map<string, Unused>();
  readonly #heard = new Map<string, { aliases: Aliases; facts: Map<string, NewFactFrom<'qargo'>> }>();

  /** The member in the form that is needed, or null and a problem for each field that is not. */
  part<S extends z.ZodType>(schema: S, value: unknown, path: string): z.output<S> | null {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) this.problem(joined(path, issue.path), issue.message);
    return null;
  }

  /** The instant, or null: without a problem where none is said, with one where it cannot be read. */
  instant(text: string | null | undefined, path: string): WrittenInstant | null {
    if (text === null || text === undefined || isNoInstant(text)) return null;
    const said = readInstant(text);
    if (said === null) this.problem(path, 'not an instant with an offset');
    return said === null ? null : { ...said, said: text };
  }

  /** `$` is the message itself. */
  problem(path: string, message: string): void {
    this.#problems.push({ field: path === '' ? '$' : path, message });
  }

  /** Counts a word that nothing follows from. */
  unused(what: string, code: string): void {
    const key = `${what}\n${code}`;
    const known = this.#unused.get(key);
    if (known === undefined && this.#unused.size >= mostUnused) return;
    this.#unused.set(key, { what, code: cutText(code, 80), count: (known?.count ?? 0) + 1 });
  }

  /** Of one consignment; a fact said twice in one message is one. */
  add(aliases: Aliases, ...facts: readonly NewFactFrom<'qargo'>[]): void {
    const key =
      aliases.ownNumber === undefined ? (aliases.qargoOrderId ?? JSON.stringify(aliases)) : JSON.stringify(aliases);
    const heard = this.#heard.get(key) ?? { aliases, facts: new Map<string, NewFactFrom<'qargo'>>() };
    heard.aliases = { ...heard.aliases, ...aliases };
    for (const fact of facts) heard.facts.set(fact.id, fact);
    this.#heard.set(key, heard);
  }

  /** @param untimed the message has no time of its own. */
  reading(untimed = false): Reading {
    const heard = [...this.#heard.values()].map(
      ({ aliases, facts }): Message => ({
        aliases,
        facts: [...facts.values()],
        ...(untimed ? { untimed: true as const } : {}),
      }),
    );
    const unused = [...this.#unused.values()];
    return { heard, problems: this.#problems.list, ...(unused.length === 0 ? {} : { unused }) };
  }
}

/** `events[0].update.stop`. */
export function joined(path: string, keys: readonly PropertyKey[]): string {
  return keys.reduce<string>(
    (so, key) => (typeof key === 'number' ? `${so}[${key}]` : so === '' ? String(key) : `${so}.${String(key)}`),
    path,
  );
}

export function orderAliases(order: {
  readonly id: string;
  readonly customer_reference_number?: string | null | undefined;
}): Aliases {
  return { qargoOrderId: order.id, ...numberAlias(order.customer_reference_number) };
}

/** Longest consignment number at Palletways; what is longer is a reference of another kind, and no name can be that long. */
const longestNumber = 40;

/** The first of these references that is said, as the consignment number that it may be. */
export function numberAlias(...said: readonly (string | null | undefined)[]): Pick<Aliases, 'conNo'> {
  const conNo = said.map((each) => each?.trim() ?? '').find((each) => each !== '') ?? '';
  return conNo === '' || conNo.length > longestNumber ? {} : { conNo };
}

/** A snapshot: planned on a trip with a vehicle (either may be unknown), or not planned (`trip: null`). */
export function planFact(
  trip: { readonly id: string; readonly name: string } | null,
  vehicle: string,
  said: WrittenInstant,
  context: ReadingContext,
): NewFactFrom<'qargo'> {
  const digest = vehicle === '' ? '' : context.digest(vehicle);
  return {
    kind: 'plan',
    id: `qg:plan:${trip?.id ?? '-'}:${digest || '-'}:${said.at}`,
    ...momentOf(said),
    source: 'qargo',
    trip: trip?.id ?? null,
    vehicle: digest,
    body: { tripName: trip?.name ?? '', vehicle },
  };
}

export function documentFact(
  document: { readonly id: string; readonly name: string; readonly type: string; readonly contentType: string },
  role: DocumentRole,
  said: WrittenInstant,
): NewFactFrom<'qargo'> {
  const { id, name, type, contentType } = document;
  return {
    kind: 'document',
    id: `qg:document:${id}`,
    ...momentOf(said),
    source: 'qargo',
    document: id,
    role,
    body: { name, type, contentType },
  };
}

/** Role of a document type, or null for what Palletways is not owed. */
export function documentRole(type: string, tables: ReadingTables): DocumentRole | null {
  const role = roleNamed(type, tables);
  return role === 'none' ? null : (role ?? null);
}

/** Counts a document that Palletways is not owed, but where the table says so. */
export function countDocument(gathering: Gathering, type: string, tables: ReadingTables): void {
  if (roleNamed(type, tables) === 'none') return;
  gathering.unused(possibleProofs.includes(type) ? 'possible proof' : 'document type', type);
}

function roleNamed(type: string, { documentTypes }: ReadingTables): DocumentRole | 'none' | undefined {
  if (Object.hasOwn(documentTypes, type)) return documentTypes[type];
  return Object.entries(documentTypes).find(([name]) => name.endsWith('*') && type.startsWith(name.slice(0, -1)))?.[1];
}

interface Resource {
  readonly type: string;
  readonly name?: string | null | undefined;
  readonly code?: string | null | undefined;
  readonly license_plate?: string | null | undefined;
}

const drawing = ['RIGID', 'VAN', 'TRACTOR'];

/** Types of Qargo's resources that carry goods on the road (QG `ResourceType`, `ResourceTypeEnum`); the type of a resource may be left out. */
const vehicles = [...drawing, 'TRAILER', 'FULL_TRAILER', 'CONTAINER', 'CHASSIS', ''];

/**
 * The vehicle of a trip (never a driver, a subcontractor, a train or a ferry): its code, else name, else plate; of several, the one that drives, so that a push that
 * names the tractor and a read that lists tractor and trailer say the same. Empty where there is none.
 */
export function vehicleOf(resources: readonly Resource[]): string {
  const found = resources
    .filter((resource) => vehicles.includes(resource.type))
    .map(({ type, code, name, license_plate }) => ({
      type,
      text: code?.trim() || name?.trim() || license_plate?.trim() || '',
    }))
    .filter((vehicle) => vehicle.text !== '')
    .sort((a, b) => (a.text < b.text ? -1 : 1));
  return (found.find((vehicle) => drawing.includes(vehicle.type)) ?? found[0])?.text ?? '';
}
