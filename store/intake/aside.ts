/** Puts aside what cannot be mended: a person says why, and it is nobody's work any more. Nothing is deleted by it. */
import type { Queryable } from '../postgres/database.ts';
import { storableJson } from '../postgres/door.ts';

/** Lines that can be put aside: all others end where their cause does. */
const tables = {
  message: `update journal set aside = $2 || jsonb_build_object('at', clock_timestamp())
             where id = $1 and (state = 'parked' or problems <> '[]') and aside is null returning 1`,
  fact: `update fact set aside = $2 || jsonb_build_object('at', clock_timestamp())
          where seq = $1 and (state = 'parked' or kind = 'ending') and aside is null returning 1`,
} as const;

/**
 * Puts a line of the list aside, by its id (`message 12`, `fact 34`). Answers false where there is no such line, null where it is one that
 * cannot be put aside.
 */
export async function putAside(
  db: Queryable,
  line: string,
  by: { readonly who: string; readonly why: string },
): Promise<boolean | null> {
  const [, what, number] = /^(message|fact) (\d{1,15})$/.exec(line) ?? [];
  if (what !== 'message' && what !== 'fact') return null;
  const { rows } = await db.query(tables[what], [Number(number), storableJson({ who: by.who, why: by.why })]);
  return rows.length > 0;
}

export const canBePutAside =
  'messages (`message 12`) and news that belongs to nobody or shows how an order stands at Qargo (`fact 34`) can be put aside; all else ends where its cause does';
