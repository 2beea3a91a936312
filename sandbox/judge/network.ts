/** What the network itself says in notes, told to Qargo: where a consignment is, a book-in, what went wrong, what is charged for. */
import { z } from 'zod';
import type { EvidenceIndex } from './evidence.ts';
import type { Order, Said, StoryRow } from './shapes.ts';
import { type Verdict, verdict } from './verdict.ts';

const noteSchema = z.object({
  group: z.string(),
  type: z.string(),
  text: z.string().default(''),
  statusCode: z.number().default(0),
  bookIn: z.object({ date: z.string(), time: z.string() }).nullish(),
});
type NetworkNote = z.output<typeof noteSchema>;
const noteOf = (said: Said): NetworkNote => noteSchema.parse(said.content);

/** Groups of notes that tell that something went wrong (wire-assumptions 4.1), and what their document is called. */
const TROUBLES: Readonly<Record<string, RegExp>> = { REJ: /reject/i, HLD: /held/i };
const isNews = ({ group, statusCode }: NetworkNote): boolean => statusCode > 0 || group in TROUBLES;

const squeezed = (value: unknown): string => JSON.stringify(value).replace(/\s+/g, ' ').toLowerCase();
const firstPartial = (order: Order, from: number): number | null =>
  order.history.find(({ at, what }) => what === 'partial' && at >= from)?.at ?? null;

/** The latest news stands on the order; whatever was said before it is old. */
function judgeNews(index: EvidenceIndex, said: Said, order: Order): Verdict {
  const later = index.of(said, 'network').filter((one) => isNews(noteOf(one)) && one.at >= said.at);
  const shown = squeezed(order.customFields ?? {});
  const stands = later.find((one) => shown.includes(noteOf(one).text.toLowerCase()));
  if (stands === undefined) return verdict(said, 'lost', { why: `the order says ${shown}` });
  return verdict(said, 'arrived', { arrivedAt: stands === said ? firstPartial(order, said.saidAt) : null });
}

const windowSchema = z.looseObject({
  date: z.string().nullish(),
  time_window: z.looseObject({ start_time: z.string().nullish() }).nullish(),
});

function judgeBookIn(said: Said, order: Order, { date, time }: NonNullable<NetworkNote['bookIn']>): Verdict {
  const stop = windowSchema.parse(order.stops.findLast(({ type }) => type === 'DELIVERY') ?? {});
  const start = stop.time_window?.start_time ?? '';
  if (stop.date !== date || !start.startsWith(time.slice(0, 5)))
    return verdict(said, 'lost', { why: `the stop is on ${stop.date ?? '-'} at ${start}` });
  const when = order.history.find(({ at, what }) => at >= said.saidAt && (what === 'partial' || what === 'updated'));
  return verdict(said, 'arrived', { arrivedAt: when?.at ?? null });
}

function judgeTrouble(index: EvidenceIndex, said: Said, order: Order, words: RegExp): Verdict {
  const all = index.of(said, 'network').filter((one) => noteOf(one).group === noteOf(said).group);
  const told = order.documents
    .filter(({ name }) => words.test(name ?? ''))
    .sort((one, other) => (one.at ?? 0) - (other.at ?? 0));
  const own = told[all.indexOf(said)];
  if (own === undefined) return verdict(said, 'lost', { why: 'no document' });
  const extra = said === all.at(-1) ? Math.max(0, told.length - all.length) : 0;
  return verdict(said, 'arrived', { arrivedAt: own.at ?? null, extra, why: extra > 0 ? 'more than one document' : '' });
}

const last = (text: string, pattern: RegExp): string => [...text.matchAll(pattern)].at(-1)?.[1] ?? '';
const near = (one: number, other: number): boolean => Math.abs(one - other) < 0.02;

/** Whether the order says what a note of the network measured or charged. */
const CHARGES: Readonly<Record<string, (text: string, order: Order) => boolean>> = {
  WGT: (text, { goods }) =>
    near(
      goods.reduce((sum, good) => sum + (good.total_weight_kg ?? 0), 0),
      Number(last(text, /([\d.]+) KG/g)),
    ),
  DIM: (text, { goods }) => {
    const metres = last(text, /([\d.]+ x [\d.]+ x [\d.]+) m/g)
      .split(' x ')
      .map(Number);
    return goods.every((good) =>
      ['unit_length_m', 'unit_width_m', 'unit_height_m'].every((name, at) =>
        near(Number(Reflect.get(good, name)), metres[at] ?? -1),
      ),
    );
  },
  // a person types it in
  SUR: (text, { charges }) => squeezed(charges ?? []).includes(last(text, /GBP ([\d.]+)/g)),
};

function judgeCharge(index: EvidenceIndex, said: Said, order: Order, { type, text }: NetworkNote): Verdict {
  const { charges } = index.way(said);
  if (charges === 'off' || charges === 'to palletways') return verdict(said, 'void', { why: 'not to be told' });
  if (CHARGES[type]?.(text, order) !== true) return verdict(said, 'lost', { why: `the order does not say ${text}` });
  return verdict(said, 'arrived', { arrivedAt: firstPartial(order, said.saidAt) });
}

/** One note can be news and trouble at once: then it has a verdict in each row. */
export function judgeNetwork(index: EvidenceIndex, said: Said): Verdict[] {
  const note = noteOf(said);
  const order = index.orderOf(said);
  const as = (row: StoryRow, judged: (order: Order) => Verdict): Verdict => {
    if (order === null || order.status === 'CANCELLED')
      return { ...verdict(said, index.isCancelled(said) ? 'void' : 'lost', { why: 'no order' }), row };
    return { ...judged(order), row };
  };
  const trouble = TROUBLES[note.group];
  const { bookIn } = note;
  return [
    ...(isNews(note) ? [as('network', (found) => judgeNews(index, said, found))] : []),
    ...(bookIn ? [as('book-in', (found) => judgeBookIn(said, found, bookIn))] : []),
    ...(trouble === undefined ? [] : [as('notice', (found) => judgeTrouble(index, said, found, trouble))]),
    ...(note.group === 'CHG' ? [as('charge to Q', (found) => judgeCharge(index, said, found, note))] : []),
  ];
}
