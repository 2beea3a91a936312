/** Random values of a schema of Qargo's description: every property that it names, there or left out or null where it may be. */
import fc from 'fast-check';

/** The parts of JSON Schema that the description uses. */
export interface Schema {
  readonly $ref?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly type?: string;
  readonly format?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly minItems?: number;
}

/** Below this depth only what is required is made. */
const deepest = 7;

const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const uuid = fc.tuple(hex(8), hex(4), hex(4), hex(4), hex(12)).map((parts) => parts.join('-'));
const instant = fc
  .tuple(
    fc.date({ min: new Date('2024-01-01'), max: new Date('2028-01-01'), noInvalidDate: true }),
    fc.constantFrom('Z', '+00:00', '+02:00', '-05:30'),
  )
  .map(([date, offset]) => date.toISOString().replace('Z', offset));
const texts = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom('', ' ', '2557391-564', 'B00432B6FE', 'Łódź', '\u0000', 'a'.repeat(300)),
);
const formats: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  uuid,
  'date-time': instant,
  date: instant.map((text) => text.slice(0, 10)),
};

export type Schemas = Readonly<Record<string, Schema>>;

/** Of each schema and depth what was made of it: the description names most of them many times. */
const made = new Map<string, fc.Arbitrary<unknown>>();

/** Any value of the schema of that name. */
export function anyNamed(name: string, schemas: Schemas, depth = 0): fc.Arbitrary<unknown> {
  const key = `${name} ${depth}`;
  const known = made.get(key) ?? anyOf(schemas[name] ?? {}, schemas, depth);
  made.set(key, known);
  return known;
}

function anyOf(schema: Schema, schemas: Schemas, depth: number): fc.Arbitrary<unknown> {
  const of = (each: Schema) => anyOf(each, schemas, depth + 1);
  if (schema.$ref !== undefined) return anyNamed(schema.$ref.split('/').at(-1) ?? '', schemas, depth + 1);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) {
    const shallow = depth > deepest ? choices.filter(({ type }) => type === 'null') : choices;
    return fc.oneof(...(shallow.length > 0 ? shallow : choices).map(of));
  }
  if (schema.type === 'array')
    return fc.array(of(schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: depth > deepest ? 0 : 3 });
  if (schema.type === 'string') return formats[schema.format ?? ''] ?? texts;
  if (schema.type === 'integer') return fc.integer({ min: 0, max: 1_000 });
  if (schema.type === 'number') return fc.double({ min: 0, max: 1_000, noNaN: true });
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'null') return fc.constant(null);
  return anyObject(schema, of, depth);
}

function anyObject(schema: Schema, of: (each: Schema) => fc.Arbitrary<unknown>, depth: number): fc.Arbitrary<unknown> {
  const required = schema.required ?? [];
  const names = Object.keys(schema.properties ?? {}).filter((name) => depth <= deepest || required.includes(name));
  const members = Object.fromEntries(names.map((name) => [name, of(schema.properties?.[name] ?? {})]));
  return fc.record(members, { requiredKeys: names.filter((name) => required.includes(name)) });
}
