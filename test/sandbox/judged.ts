/** What the judge is shown: what the twins reported, and notes that came of it. */
import type { Note, Said } from '../../sandbox/judge/shapes.ts';
import { conNo, trackingId } from '../cast.ts';

/** When the twins began to report, epoch ms. */
export const startedAt = Date.parse('2026-11-23T10:00:00Z');
/** When what they report happened, UTC ISO. */
export const happenedAt = '2026-11-23T08:15:30.000Z';

let n = 0;

export function reported(kind: Said['kind'], content: Record<string, unknown> = {}, more: Partial<Said> = {}): Said {
  n += 1;
  const subject = { conNo, trackingId, responseId: '3972953' };
  const when = { at: happenedAt, saidAt: startedAt + n };
  return { n, id: `s${n}`, organisation: 'a', kind, ...when, event: true, subject, content, ...more };
}

export function note(group: string, type: string, more: Partial<Note> = {}): Note {
  n += 1;
  const instant = happenedAt;
  return { sysNote: `${n}`, trackingId, group, type, instant, ref: '0123456789', at: startedAt + 1_000 + n, ...more };
}
