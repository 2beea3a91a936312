/**
 * The door of the record: whatever is written, no value that PostgreSQL cannot hold reaches it. What is foreign is cleaned where it is
 * heard ({@link storableJson}, domain/facts/text.ts); this stands behind it for all that is not, whoever writes it.
 */
import { cleanValue, storableText } from '../../domain/facts/text.ts';

/** JSON for a `jsonb` column, every text in it clean. */
export const storableJson = (value: unknown): string => JSON.stringify(cleanValue(value));

/** How `JSON.stringify` writes a NUL and half a character: `jsonb` refuses both. */
const harmfulInJson = /\\u(?:0000|d[89a-f])/i;

/** A query's parameter as PostgreSQL can hold it: texts, lists of them, JSON as text, and objects that become JSON. */
export function storableParameter(value: unknown): unknown {
  if (typeof value === 'string') return storableString(value);
  if (Array.isArray(value)) return value.map(storableParameter);
  return cleanValue(value, storableText);
}

function storableString(text: string): string {
  const said = storableText(text);
  if (!harmfulInJson.test(said)) return said;
  try {
    return JSON.stringify(cleanValue(JSON.parse(said) as unknown, storableText));
  } catch {
    // It only looks like JSON: as text it can be held.
    return said;
  }
}
