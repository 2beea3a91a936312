/** What the desk does in Qargo beside planning, told to Palletways: an edit, goods measured, an event that asks for a read, an estimate. */
import { z } from 'zod';
import type { EvidenceIndex } from './evidence.ts';
import type { Note, Said } from './shapes.ts';
import { type Verdict, verdict } from './verdict.ts';

const editSchema = z.looseObject({
  changes: z.looseObject({
    goods: z.array(z.looseObject({ total_weight_kg: z.number().nullish() })).nullish(),
    deliveryWindow: z.looseObject({ start_time: z.string(), end_time: z.string() }).partial().nullish(),
  }),
});

const words = (note: Note): string => `${note.description ?? ''} ${note.freeText ?? ''}`;
const isGeneral = ({ group, type }: Note): boolean => group === 'JIN' && type === 'GIN';
const isOfEdit = (note: Note): boolean =>
  isGeneral(note) && /qargo/i.test(words(note)) && /edit|chang/i.test(words(note));

/** A window that a planner sets may be told as the book-in that it is: a note of its own, that names both its ends. */
const isOfWindow = (
  note: Note,
  { start_time: from, end_time: until }: { start_time?: string; end_time?: string },
): boolean =>
  note.group === 'BIN' &&
  note.type === 'BIN' &&
  [from, until].every((time) => time !== undefined && words(note).includes(time.slice(0, 5)));

/** Told by one of these notes, the first for each: as many as were said. */
function byNote(index: EvidenceIndex, said: Said, fits: (note: Note) => boolean, missing: string): Verdict {
  const told = index.notesSince(said).filter(fits);
  const [first] = told;
  if (first !== undefined) {
    const extra = told.length - 1;
    return verdict(said, 'arrived', { arrivedAt: first.at, extra, why: extra > 0 ? `${told.length} notes` : '' });
  }
  return verdict(said, index.isCancelled(said) ? 'void' : 'lost', { why: missing });
}

/** Goods that were measured are a change of what is charged for, anything else is an edit that somebody agrees to. */
export function judgeOrderEdited(index: EvidenceIndex, said: Said): Verdict {
  const way = index.way(said);
  const { goods, deliveryWindow: window } = editSchema.parse(said.content).changes;
  const [good] = goods ?? [];
  if (good?.total_weight_kg == null) {
    if (!way.planner) return { ...verdict(said, 'void', { why: 'not to be told' }), row: 'planner' };
    const tells = (note: Note) => isOfEdit(note) || (window != null && isOfWindow(note, window));
    return { ...byNote(index, said, tells, 'no note of the edit'), row: 'planner' };
  }
  if (way.charges === 'off' || way.charges === 'to qargo')
    return { ...verdict(said, 'void', { why: 'not to be told' }), row: 'charge to P' };
  const weight = new RegExp(`weight.* ${good.total_weight_kg} kg`, 'i');
  return {
    ...byNote(index, said, (note) => isGeneral(note) && weight.test(words(note)), 'no note of the weight'),
    row: 'charge to P',
  };
}

/** Asks for a read of the whole consignment. */
export function judgeCustom(index: EvidenceIndex, said: Said): Verdict {
  const arrivedAt = index.readSince(said);
  if (arrivedAt !== null) return { ...verdict(said, 'arrived', { arrivedAt }), row: 'refresh' };
  return {
    ...verdict(said, index.isCancelled(said) ? 'void' : 'lost', { why: 'not read at Palletways' }),
    row: 'refresh',
  };
}

const second = (instant: string | null | undefined): number => Math.floor(Date.parse(instant ?? '') / 1_000);

export function judgeEta(index: EvidenceIndex, said: Said): Verdict {
  if (!index.way(said).estimates) return { ...verdict(said, 'void', { why: 'not to be told' }), row: 'estimate' };
  const tells = (note: Note) => note.group === 'STS' && note.type === 'ETA' && second(note.instant) === second(said.at);
  const told = byNote(index, said, tells, 'no note of the estimate');
  // whoever is there is expected no more
  const there = index.isOvertaken(said, ({ content }) => content.milestone === 'arrived');
  return { ...(told.outcome === 'lost' && there ? { ...told, outcome: 'void' as const } : told), row: 'estimate' };
}
