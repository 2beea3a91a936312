/**
 * Turns the answers of a first contact into shapes that a twin replays (`sandbox/server/shapes.ts`): they tell which elements came, in which
 * order, how often, and how their values are written. Names, addresses, references and numbers are put out of sight: a letter is `a` or `A`,
 * a digit `9`. Pure.
 */
import type { Node } from '../../connectors/palletways/node.ts';
import type { ProbeOutcome } from '../../connectors/palletways/probe.ts';
import type { Contact } from './contact.ts';

/** An element that not every sample has ends with `?`. A list has the shape of one of its members. */
export type Shape = string | number | boolean | null | readonly Shape[] | { readonly [name: string]: Shape };

export interface PalletwaysShape {
  /** This tells how each host that was asked answered the method. */
  readonly hosts: Readonly<Partial<Record<'api' | 'portal', ProbeOutcome>>>;
  /** This is the shape of one row; it is null if no row came. */
  readonly row: Shape;
}

export interface QargoShape {
  readonly status: number;
  /** This is the shape of the body; it is null if the body came with an error or was no JSON. */
  readonly body: Shape;
}

export interface Shapes {
  readonly palletways: Readonly<Record<string, PalletwaysShape>>;
  readonly qargo: Readonly<Record<string, QargoShape>>;
}

/** Elements whose values are words of the wire and of nobody. Every other value is put out of sight. */
const words = new Set(
  `type code surcharge notegroup notetype notecodeid statuscode classification amount lifts bookedin bookinrequest handball taillift
   adrgoods limitedquantitygoods country status phase document_type transport_type source_status packaging_type update_type operation`.split(
    /\s+/,
  ),
);

/** A twin puts its own id where a shape has `{TrackingID}` or `{ConNo}`, so that an element of another name has the right one too. */
const ids: readonly (readonly [RegExp, string])[] = [
  [/^\d{11}$/, '{TrackingID}'],
  [/^\d{4,9}-\d{3}$/, '{ConNo}'],
];

/** `answers` of a contact, by method and by path. */
export function shapesOf({ palletways, qargo }: Contact['seen']): Shapes {
  const methods = [...new Set(palletways.answers.map(({ question }) => question.method))];
  const paths = [...new Set(qargo.answers.map(({ path }) => path))];
  return {
    palletways: Object.fromEntries(
      methods.map((method) => {
        const own = palletways.answers.filter(({ question }) => question.method === method);
        const hosts: Record<string, ProbeOutcome> = {};
        // A host that gave an answer once can answer; a refusal is kept only if nothing else came from it.
        for (const { question, outcome } of own)
          if (hosts[question.host] === undefined || !isRefusal(outcome)) hosts[question.host] = outcome;
        return [method, { hosts, row: shapeOf(own.flatMap(({ data }) => data.map(jsonOf))) }];
      }),
    ),
    qargo: Object.fromEntries(
      paths.flatMap((path) => {
        const own = qargo.answers.filter((answer) => answer.path === path);
        const good = own.filter(({ status }) => status >= 200 && status < 300);
        const status = good[0]?.status ?? own.find((answer) => answer.status === 403)?.status;
        if (status === undefined) return [];
        return [[path, { status, body: shapeOf(good.map(({ json }) => json).filter((json) => json !== undefined)) }]];
      }),
    ),
  };
}

const isRefusal = (outcome: ProbeOutcome): boolean => outcome === 'refused' || outcome === 'away';

/** An element as JSON has it: a text, or its children by name, repeated ones as a list. */
function jsonOf(node: Node): unknown {
  if (node.children.length === 0) return node.text;
  const named = new Map<string, unknown[]>();
  for (const child of node.children) named.set(child.name, [...(named.get(child.name) ?? []), jsonOf(child)]);
  return Object.fromEntries([...named].map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}

/** The shape that fits all samples; null where there are none. */
export function shapeOf(samples: readonly unknown[], name = ''): Shape {
  const lists = samples.filter((sample) => Array.isArray(sample));
  const single = samples.filter((sample) => !Array.isArray(sample));
  if (lists.length > 0) return [shapeOf([...lists.flat(), ...single], name)];
  const objects = single.filter((sample) => typeof sample === 'object' && sample !== null) as Record<string, unknown>[];
  if (objects.length === 0) return redacted(single, name);
  const names = [...new Set(objects.flatMap((each) => Object.keys(each)))];
  return Object.fromEntries(
    names.map((each) => {
      const own = objects.filter((object) => Object.hasOwn(object, each)).map((object) => object[each]);
      return [own.length < objects.length ? `${each}?` : each, shapeOf(own, each)];
    }),
  );
}

function redacted(values: readonly unknown[], name: string): Shape {
  const said = values.find((value) => value !== null && value !== undefined && value !== '') ?? values[0] ?? null;
  if (typeof said === 'number') return words.has(name.toLowerCase()) ? said : 9;
  if (typeof said === 'boolean') return said;
  if (typeof said !== 'string') return null;
  const id = ids.find(([like]) => like.test(said.trim()))?.[1];
  if (id !== undefined) return id;
  if (words.has(name.toLowerCase()) && /^[\w -]{0,40}$/.test(said)) return said;
  return said
    .slice(0, 60)
    .replace(/\p{Lu}/gu, 'A')
    .replace(/\p{L}/gu, (letter) => (letter === 'A' ? letter : 'a'))
    .replace(/\p{N}/gu, '9');
}
