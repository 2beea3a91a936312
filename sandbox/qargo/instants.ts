/** How instants are written: in UTC with a Z, as the description's examples; other forms of ISO 8601 are valid too. */
import type { FlipId } from './flips.ts';

const INSTANT = /"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?)Z"/g;
const OFFSET_MS = 2 * 3_600_000;

/** Instants within a text of JSON, in the form that the twin's character has. */
export function rewriteInstants(plays: (flip: FlipId) => boolean, json: string): string {
  if (plays('104a'))
    return json.replace(INSTANT, (_, local: string) => {
      const moved = new Date(Date.parse(`${local}Z`) + OFFSET_MS).toISOString();
      return `"${moved.slice(0, -1)}+02:00"`;
    });
  if (plays('104b')) return json.replace(INSTANT, (_, local: string) => `"${local.padEnd(23, '.000')}417Z"`);
  return json;
}
