/** How Qargo refuses (apis 2.4): 400 with paths, 422 in FastAPI's style, 429 with Retry-After. */
import { z } from 'zod';

/** Thrown by a handler, answered by the call wrapper. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Record<string, string>;

  constructor(status: number, body: unknown, headers: Record<string, string> = {}) {
    super(`refused with ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** `$.consignments[0].delivery_stop.location.country`, the form of the example in the description. */
function jsonPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`),
    '$',
  );
}

/** An unknown property is named itself, so that a misspelt field is seen. */
function details(error: z.ZodError): { message: string; field: string | null; path: string; detail: null }[] {
  return error.issues.flatMap((issue) => {
    const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    return paths.map((path) => ({
      message: issue.code === 'unrecognized_keys' ? 'Extra inputs are not permitted' : issue.message,
      field: path.length === 0 ? null : String(path[path.length - 1]),
      path: jsonPath(path),
      detail: null,
    }));
  });
}

/** 400 in the shape since 2026-07-06: `errors` is always there and never empty. */
export function invalidBody(error: z.ZodError): Refusal {
  return new Refusal(400, { message: 'Validation error', errors: details(error) });
}

export function badRequest(message: string): Refusal {
  return new Refusal(400, { message, errors: [{ message, field: null, path: null, detail: null }] });
}

export function unprocessable(location: (string | number)[], message: string, type: string): Refusal {
  return new Refusal(422, { detail: [{ loc: location, msg: message, type }] });
}

/** Not in the description, which lists no 404 (assumed): both shapes' readers find their words. */
export function notFound(what: string): Refusal {
  const message = `${what} not found`;
  return new Refusal(404, { message, errors: [{ message, field: null, path: null, detail: null }] });
}

/** The bodies of 401 and 403 are not documented (apis 2.15). */
export function unauthorised(scheme: 'Basic' | 'Bearer'): Refusal {
  return new Refusal(401, { message: 'Unauthorized' }, { 'www-authenticate': scheme });
}

export function forbidden(): Refusal {
  return new Refusal(403, { message: 'Forbidden' });
}

const shapeSchema = z.object({
  message: z.string(),
  errors: z.array(z.object({ field: z.string().nullable(), path: z.string().nullable() })),
});

/** The shape of a 400 before July 2026: one error, and nothing around it. */
export function flat(body: unknown): unknown {
  const parsed = shapeSchema.safeParse(body);
  if (!parsed.success) return body;
  const [first] = parsed.data.errors;
  return { detail: parsed.data.message, field: first?.field ?? null, path: first?.path ?? null };
}

/** Apis 2.3; null: without a word on when to come again. */
export function tooMany(retryAfterSeconds: number | null): Refusal {
  const headers: Record<string, string> =
    retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
  return new Refusal(429, { error: 'Rate limit exceeded' }, headers);
}

/** A body as JSON of this schema, or 422 where it is no JSON and 400 where it is not of the schema. */
export function parseBody<S extends z.ZodType>(schema: S, body: Buffer): z.infer<S> {
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    throw unprocessable(['body', 0], 'JSON decode error', 'json_invalid');
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw invalidBody(parsed.error);
  return parsed.data;
}

const uuid = z.guid();

export function uuidOf(place: 'path' | 'query', name: string, value: string | undefined): string {
  if (value === undefined || value === '') throw unprocessable([place, name], 'Field required', 'missing');
  if (!uuid.safeParse(value).success)
    throw unprocessable([place, name], 'Input should be a valid UUID', 'uuid_parsing');
  return value.toLowerCase();
}
