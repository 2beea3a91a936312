/**
 * Qargo's API description as a judge of traffic: every body either side sends is checked against it, and may hold
 * nothing that it does not name. The description is not part of this project: whoever has it names its file.
 *
 * Schemas that list properties are closed: a property written `phone` for `phone_number` would otherwise pass, for
 * nearly all of Qargo's are optional. Free dictionaries (`custom_fields`, `question_answers`: objects that list no
 * property) stay free, and what the description itself opens (`additionalProperties: true`) stays open.
 */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Json = Readonly<Record<string, unknown>>;

const methods = ['get', 'put', 'post', 'delete', 'patch'];

export class Description {
  readonly #document: Json;
  readonly #ajv: Ajv2020;
  readonly #compiled = new Map<string, ValidateFunction | null>();

  /** @param document an OpenAPI 3.1 document. */
  constructor(document: Json) {
    this.#document = document;
    this.#ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(this.#ajv);
    // Qargo's times of day are `HH:mm` (its own examples), which RFC 3339's `time` is not.
    this.#ajv.addFormat('time', /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/);
    this.#ajv.addFormat('binary', true);
    this.#ajv.addSchema({ $id: 'description', components: close(document.components) });
  }

  /** The schemas that it names (`components.schemas`). */
  get schemas(): Json {
    return object(object(this.#document.components).schemas);
  }

  /**
   * @param target a JSON pointer (`#/components/schemas/OrderInput`), a schema's name (`OrderInput`), or an operation:
   *   `POST /v1/orders/order/upload` for its request body, followed by a status (`... 200`) for that answer. The path
   *   may be a template of the description or a path as sent, query included.
   * @returns what is wrong, one line each with its path; empty where all is well. What is not described is wrong.
   */
  check(target: string, value: unknown): string[] {
    const validate = this.#validator(target);
    if (validate === null) return [`${target} is not described`];
    return validate(value) ? [] : complaints(validate.errors ?? []);
  }

  /** The template of a path as sent (`/v1/orders/order/{order_id}`), or null where no operation has it. */
  template(method: string, pathAsSent: string): string | null {
    const path = pathAsSent.split('?')[0] ?? '';
    const paths = object(this.#document.paths);
    const described = Object.keys(paths).filter((one) => object(paths[one])[method.toLowerCase()] !== undefined);
    if (described.includes(path)) return path;
    return (
      described.find((one) =>
        new RegExp(`^${one.replaceAll(/[.*+?^$()[\]\\|]/g, '\\$&').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(path),
      ) ?? null
    );
  }

  /** What is wrong with the query of a path as sent: parameters that are required and not there. */
  checkQuery(method: string, pathAsSent: string): string[] {
    const template = this.template(method, pathAsSent);
    if (template === null) return [`${method} ${pathAsSent} is not described`];
    const operation = object(object(object(this.#document.paths)[template])[method.toLowerCase()]);
    const query = new URL(pathAsSent, 'http://none').searchParams;
    return array(operation.parameters)
      .map(object)
      .filter(
        (parameter) => parameter.in === 'query' && parameter.required === true && !query.has(String(parameter.name)),
      )
      .map((parameter) => `query parameter ${String(parameter.name)} is missing`);
  }

  /**
   * Query parameters of a path as sent that the description names nowhere: not among the operation's parameters, and not
   * as code in its prose (the parameters of a document import are listed only there).
   */
  strangers(method: string, pathAsSent: string): string[] {
    const template = this.template(method, pathAsSent);
    if (template === null) return [`${method} ${pathAsSent} is not described`];
    const operation = object(object(object(this.#document.paths)[template])[method.toLowerCase()]);
    const listed = array(operation.parameters).map((parameter) => String(object(parameter).name));
    const prose = typeof operation.description === 'string' ? operation.description : '';
    return [...new URL(pathAsSent, 'http://none').searchParams.keys()]
      .filter((name) => !listed.includes(name) && !prose.includes(`\`${name}\``))
      .map((name) => `query parameter ${name} is not described`);
  }

  /** Whether the description says what a body is made of: `POST <path>` or, for an answer, `POST <path> 200`. */
  structured(target: string): boolean {
    const schema = this.#schema(target);
    return schema !== null && Object.keys(schema).some((key) => key !== 'title' && key !== 'description');
  }

  /** Whether the description has this status among an operation's answers. */
  answers(method: string, pathAsSent: string, status: number): boolean {
    const template = this.template(method, pathAsSent);
    if (template === null) return false;
    return (
      object(object(object(object(this.#document.paths)[template])[method.toLowerCase()]).responses)[String(status)] !==
      undefined
    );
  }

  #validator(target: string): ValidateFunction | null {
    const known = this.#compiled.get(target);
    if (known !== undefined) return known;
    const schema = this.#schema(target);
    const compiled = schema === null ? null : this.#ajv.compile(schema);
    this.#compiled.set(target, compiled);
    return compiled;
  }

  #schema(target: string): Json | null {
    const operation = /^([A-Z]+) (\S+)(?: (\d{3}))?$/.exec(target);
    if (operation === null) {
      const name = target.startsWith('#/components/schemas/') ? target.slice('#/components/schemas/'.length) : target;
      const schemas = object(object(this.#document.components).schemas);
      return schemas[name] === undefined ? null : { $ref: `description#/components/schemas/${name}` };
    }
    const [, method = '', path = '', status] = operation;
    const template = methods.includes(method.toLowerCase()) ? this.template(method, path) : null;
    if (template === null) return null;
    const described = object(object(object(this.#document.paths)[template])[method.toLowerCase()]);
    const holder = status === undefined ? described.requestBody : object(described.responses)[status];
    const schema = object(object(object(holder).content)['application/json']).schema;
    return schema === undefined ? null : (outward(close(schema)) as Json);
  }
}

/** A copy in which every schema that lists properties takes no others. */
export function close(schema: unknown): unknown {
  return closed(schema, false);
}

/**
 * @param part a branch of `allOf`, or a branch beside properties: there a property of a sibling is no stranger, so
 *   the schema that holds the branches is closed over all of them instead (`unevaluatedProperties`).
 */
function closed(schema: unknown, part: boolean): unknown {
  if (Array.isArray(schema)) return schema.map((one) => closed(one, part));
  if (typeof schema !== 'object' || schema === null) return schema;
  const node = schema as Json;
  const lists = isSchema(node) && node.properties !== undefined;
  const composed = node.allOf !== undefined || (lists && (node.anyOf !== undefined || node.oneOf !== undefined));
  if (composed && JSON.stringify([node.allOf, node.anyOf, node.oneOf]).includes('"$ref"')) {
    throw new Error('a referenced schema beside others cannot be closed: teach this file to');
  }
  const copy = Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      if (key === 'properties')
        return [
          key,
          Object.fromEntries(Object.entries(object(value)).map(([name, one]) => [name, closed(one, false)])),
        ];
      const branch = key === 'allOf' || ((key === 'anyOf' || key === 'oneOf') && (composed || part));
      if (key === 'examples' || key === 'example' || key === 'default' || key === 'enum' || key === 'const')
        return [key, value];
      return [key, closed(value, branch)];
    }),
  );
  if (part || (node.additionalProperties !== undefined && lists)) return copy;
  if (composed) return { ...copy, unevaluatedProperties: false };
  return lists ? { ...copy, additionalProperties: false } : copy;
}

/** Not a map of properties that happens to have one named `properties`. */
function isSchema(node: Json): boolean {
  return typeof node.properties === 'object' && (node.type === 'object' || node.type === undefined);
}

/** References of a schema that stands outside the components, made to find them. */
function outward(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(outward);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) =>
      key === '$ref' && typeof value === 'string' ? [key, `description${value}`] : [key, outward(value)],
    ),
  );
}

function complaints(errors: readonly ErrorObject[]): string[] {
  const lines = errors
    .filter((error) => error.keyword !== 'anyOf' || errors.length === 1)
    .map((error) => {
      const params = error.params as Readonly<Record<string, unknown>>;
      const property = params.additionalProperty ?? params.unevaluatedProperty;
      return `${error.instancePath || '/'} ${error.message ?? 'is wrong'}${typeof property === 'string' ? `: ${property}` : ''}`;
    });
  return [...new Set(lines)];
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
