/** Whether a schema has a place by that path: a property of an object, or any key of a record. */
import { z } from 'zod';

/** The schema behind defaults, nulls and what is read another way. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodReadonly
  )
    return unwrapped(schema.def.innerType);
  if (schema instanceof z.ZodPipe) return unwrapped(schema.def.in);
  return schema;
}

export function hasPath(schema: z.core.$ZodType, path: readonly string[]): boolean {
  const [key, ...rest] = path;
  if (key === undefined) return true;
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodRecord) return hasPath(inner.def.valueType, rest);
  if (!(inner instanceof z.ZodObject)) return false;
  const next = inner.shape[key];
  return next !== undefined && hasPath(next, rest);
}
