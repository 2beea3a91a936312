/**
 * Shapes of answers as a first contact wrote them (`shapes.json`): a twin that was given them answers with their elements, in their order,
 * and with the values that it has itself. What it does not know is printed as the shape shows it; what the shape does not have is left out.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const outcomes = z.partialRecord(z.enum(['api', 'portal']), z.string());
const schema = z.object({
  palletways: z.record(z.string(), z.object({ hosts: outcomes, row: z.unknown() })),
  qargo: z.record(z.string(), z.object({ status: z.number(), body: z.unknown() })),
});
export type Shapes = z.infer<typeof schema>;

/** @throws where the folder has no file of shapes that can be read */
export function readShapes(folder: string): Shapes {
  return schema.parse(JSON.parse(readFileSync(join(folder, 'shapes.json'), 'utf8')));
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The twin's own value in a shape. `known` is where an id of the shape (`{TrackingID}`) is looked up. */
export function reshaped(own: unknown, shape: unknown, known: unknown = own): unknown {
  if (Array.isArray(shape)) {
    const [member] = shape as unknown[];
    return Array.isArray(own) ? own.map((each) => reshaped(each, member, known)) : reshaped(own, member, known);
  }
  if (Array.isArray(own)) return own.map((each) => reshaped(each, shape, known));
  if (isObject(shape)) return isObject(own) ? shapedObject(own, shape, known) : own;
  return own ?? shape;
}

function shapedObject(own: Json, shape: Json, known: unknown): Json {
  const names = new Map(Object.keys(own).map((name) => [name.toLowerCase(), name]));
  const made: Json = {};
  for (const [asked, inner] of Object.entries(shape)) {
    const name = asked.replace(/\?$/, '');
    const here = names.get(name.toLowerCase());
    if (here !== undefined) made[name] = reshaped(own[here], inner, known);
    // Of a list there may be none.
    else if (name === asked && !Array.isArray(inner)) made[name] = blank(inner, known);
  }
  return made;
}

/** What the twin does not know: an id of its own where the shape says so, else as the shape shows it. */
function blank(shape: unknown, known: unknown): unknown {
  if (Array.isArray(shape)) return [];
  if (isObject(shape))
    return Object.fromEntries(
      Object.entries(shape).flatMap(([name, inner]) => (name.endsWith('?') ? [] : [[name, blank(inner, known)]])),
    );
  const id = typeof shape === 'string' ? /^\{(\w+)\}$/.exec(shape)?.[1] : undefined;
  return id === undefined ? shape : (found(known, id) ?? '');
}

/** The first value of that name, however deep. */
function found(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((each) => found(each, name)).find((each) => each !== undefined);
  if (!isObject(value)) return undefined;
  const [own] = Object.entries(value).filter(([each]) => each.toLowerCase() === name.toLowerCase());
  if (own !== undefined && typeof own[1] === 'string') return own[1];
  return Object.values(value)
    .map((each) => found(each, name))
    .find((each) => each !== undefined);
}
