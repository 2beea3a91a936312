/** Things told to Palletways by notes: plans, scans, milestones, failures, exceptions, proofs (wire-assumptions 2.3). */
import { z } from 'zod';
import type { EvidenceIndex } from './evidence.ts';
import type { HeldFile, Note, Pulled, Said } from './shapes.ts';
import { type Verdict, verdict, whyNever } from './verdict.ts';

const SCANS: Record<string, string> = { load: 'LOD', unload: 'UNL', 'cross-dock': 'XDK', delivery: 'DEL' };
const MILESTONES: Record<string, string> = { out: 'OFD', arrived: 'ARR', delivered: 'DLV' };
const COLLECTED = 'COL';
const OUTCOMES: ReadonlySet<string> = new Set([...Object.values(MILESTONES), COLLECTED, 'FLD']);
const EXCEPTIONS: Record<string, string> = {
  CARDED: 'CRD',
  ADDRESS: 'ADR',
  DAMAGE: 'DMG',
  SHORT: 'SHT',
  REFUSED: 'REF',
  CLOSED: 'CLO',
};
const NAME_LIMIT = 50;
const DESCRIPTION_LIMIT = 40;

const contents = {
  planned: z.object({ trip: z.string() }),
  'times changed': z.object({ stop: z.string(), start: z.string().nullish(), end: z.string().nullish() }),
  scan: z.object({ barcode: z.string().nullish(), scan: z.string() }),
  milestone: z.object({ milestone: z.string() }),
  exception: z.object({ code: z.string(), photos: z.array(z.string()).default([]) }),
  pod: z.object({
    name: z.string(),
    photos: z.array(z.string()).default([]),
    documents: z.array(z.string()).default([]),
    signature: z.string().nullish(),
  }),
};

const cut = (text: string | null | undefined, limit: number): string =>
  (text ?? '').normalize('NFC').trim().slice(0, limit);
/** Two instants are the same when they are in the same second: the exact one may have lost its fraction on the way. */
const second = (instant: string | null | undefined): string => {
  const ms = Date.parse(instant ?? '');
  return Number.isNaN(ms) ? '?' : String(Math.floor(ms / 1000));
};

/** What a note says, comparable with {@link saidWords}; null for a note that tells none of these things. */
function noteWords(note: Note, of: string): string | null {
  const late = /LATE (OFD|ARR|DLV|FLD)/.exec(`${note.description ?? ''} ${note.freeText ?? ''}`);
  switch (note.group) {
    case 'PLN':
      if (note.type === 'ALC') return `${of} PLN ALC ${cut(note.description, DESCRIPTION_LIMIT)}`;
      return note.type === 'UNA' ? `${of} PLN UNA` : null;
    case 'SCN':
      return `${of} SCN ${note.type} ${note.barcode ?? ''} ${second(note.instant)}`;
    case 'STS':
      if (!OUTCOMES.has(note.type)) return null; // an estimate has no row
      return `${of} STS ${note.type} ${second(note.instant)}`;
    case 'EXC':
      return `${of} EXC ${note.type}`;
    case 'POD':
      return `${of} POD ${cut(note.customerName, NAME_LIMIT)} ${second(note.instant)}`;
    case 'JIN':
      return late === null ? null : `${of} STS ${late[1]} ${second(note.instant)}`;
    default:
      return null;
  }
}

/** What a note must say to tell this. */
function saidWords(said: Said, of: string): string {
  switch (said.kind) {
    case 'planned':
      return `${of} PLN ALC ${cut(contents.planned.parse(said.content).trip, DESCRIPTION_LIMIT)}`;
    case 'unplanned':
      return `${of} PLN UNA`;
    case 'scan': {
      const { barcode, scan } = contents.scan.parse(said.content);
      return `${of} SCN ${SCANS[scan] ?? scan} ${barcode ?? said.subject.barcode ?? ''} ${second(said.at)}`;
    }
    case 'milestone': {
      const { milestone } = contents.milestone.parse(said.content);
      return `${of} STS ${MILESTONES[milestone] ?? milestone} ${second(said.at)}`;
    }
    case 'failed':
      return `${of} STS FLD ${second(said.at)}`;
    case 'exception':
      return `${of} EXC ${EXCEPTIONS[contents.exception.parse(said.content).code] ?? 'OTH'}`;
    case 'pod':
      return `${of} POD ${cut(contents.pod.parse(said.content).name, NAME_LIMIT)} ${second(said.at)}`;
    default:
      throw new Error(`${said.kind} is not told by a note`);
  }
}

/** At our own depot, where a collection ends: Palletways is told that it was collected, and nothing of this. */
const isAtOurDepot = ({ kind, content }: Said): boolean =>
  kind === 'pod' || (kind === 'milestone' && contents.milestone.parse(content).milestone !== 'out');

/** The files that belong to it, by sha256. */
function filesOf(said: Said): string[] {
  if (said.kind === 'exception') return [...new Set(contents.exception.parse(said.content).photos)];
  if (said.kind !== 'pod') return [];
  const { photos, documents, signature } = contents.pod.parse(said.content);
  return [...new Set([...photos, ...documents, ...(signature ? [signature] : [])])];
}

export const NOTED: ReadonlySet<Said['kind']> = new Set([
  'planned',
  'unplanned',
  'scan',
  'milestone',
  'failed',
  'exception',
  'pod',
]);

function judgeOne(index: EvidenceIndex, said: Said, note: Note | undefined, extraNotes: number): Verdict {
  const files = filesOf(said).map((sha256) => ({ sha256, held: index.filesOf(said, sha256) }));
  const missing = files.filter(({ held }) => held.length === 0);
  const arrivals = (held: HeldFile[]) => held.reduce((sum, { copies }) => sum + (copies ?? 1), 0);
  const extra = extraNotes + files.reduce((sum, { held }) => sum + Math.max(0, arrivals(held) - 1), 0);
  if (note !== undefined && missing.length === 0) {
    const arrivedAt = Math.max(note.at, ...files.map(({ held }) => held[0]?.at ?? 0));
    return verdict(said, 'arrived', {
      arrivedAt,
      extra,
      lateAsNote: note.group === 'JIN',
      why: extra > 0 ? 'more than one note or file' : '',
    });
  }
  if (index.isCancelled(said)) return verdict(said, 'void', { extra });
  if (index.isNeverHeard(said)) return verdict(said, 'never heard', { extra, why: whyNever(said) });
  const untracked = index.trackingIdOf(said) === null ? ', tracking id unknown' : '';
  const why = note === undefined ? `no note${untracked}` : `${missing.length} of ${files.length} files missing`;
  return verdict(said, 'lost', { extra, why });
}

/** An exception that Palletways fetches: one item with its photos. Where both ways are wanted, the note is looked at besides. */
function judgeFetched(index: EvidenceIndex, said: Said, item: Pulled | undefined, extra: number): Verdict {
  if (item === undefined) {
    if (index.isCancelled(said)) return verdict(said, 'void');
    if (index.isNeverHeard(said)) return verdict(said, 'never heard', { why: whyNever(said) });
    return verdict(said, 'lost', { why: 'not fetched' });
  }
  const photos = new Set(item.photos.map(({ sha256 }) => sha256));
  const missing = filesOf(said).filter((sha256) => !photos.has(sha256));
  if (missing.length > 0)
    return verdict(said, index.isCancelled(said) ? 'void' : 'lost', {
      extra,
      why: `${missing.length} photos are not in what was fetched`,
    });
  return verdict(said, 'arrived', { extra, why: extra > 0 ? 'fetched as more than one item' : '' });
}

/** Each exception that Palletways is to fetch, with its own item. */
function fetchedOf(index: EvidenceIndex, group: readonly Said[]): Map<Said, Verdict> {
  const wanted = group.filter((said) => said.kind === 'exception' && index.way(said).exceptions !== 'push');
  return new Map(
    wanted.map((said, nth) => {
      const { code } = contents.exception.parse(said.content);
      const items = index.pulledOf(said).filter(({ item }) => item.code === code);
      const extra = nth === wanted.length - 1 ? Math.max(0, items.length - wanted.length) : 0;
      return [said, judgeFetched(index, said, items[nth], extra)];
    }),
  );
}

/**
 * A plan or un-planning that was not told is old news once a later one was. A plan that nobody was told, and that was taken back before
 * anybody was, is void with its taking back.
 */
function superseded(index: EvidenceIndex, verdicts: Verdict[]): Verdict[] {
  const isPlan = (said: Said) => said.kind === 'planned' || said.kind === 'unplanned';
  const isUntold = (one: Verdict) => one.outcome === 'lost' || (one.outcome === 'never heard' && !one.said.event);
  const plans = verdicts.filter(({ said }) => isPlan(said)).sort((a, b) => a.said.saidAt - b.said.saidAt);
  return verdicts.map((one) => {
    if (!isPlan(one.said) || !isUntold(one)) return one;
    const of = plans.filter(({ said }) => index.keyOf(said) === index.keyOf(one.said));
    const nth = of.indexOf(one);
    if (of.some(({ outcome }, n) => n > nth && outcome === 'arrived'))
      return { ...one, outcome: 'arrived', why: 'a later plan was told' };
    const [plan, end] = one.said.kind === 'planned' ? [one, of[nth + 1]] : [of[nth - 1], one];
    const isTakenBack =
      plan?.said.kind === 'planned' && end?.said.kind === 'unplanned' && isUntold(plan) && isUntold(end);
    return isTakenBack ? { ...one, outcome: 'void', why: 'taken back before it was told' } : one;
  });
}

/** As {@link saidWords}; of a failure whose time Qargo shows to nobody, with the time of the first note after it that nobody else said. */
function wordsShown(index: EvidenceIndex, said: Said, notes: ReadonlyMap<string, readonly Note[]>): string {
  const of = index.keyOf(said);
  const words = saidWords(said, of);
  if (said.kind === 'milestone' && index.isCollected(said)) return words.replace(' STS OFD ', ` STS ${COLLECTED} `);
  if (said.kind !== 'failed' || said.content.isTimeHidden !== true || notes.has(words)) return words;
  const others = new Set(
    index
      .of(said, 'failed')
      .filter((other) => other !== said)
      .map((other) => saidWords(other, of)),
  );
  const found = [...notes].find(
    ([told, [note]]) =>
      told.startsWith(`${of} STS FLD `) && !others.has(told) && Date.parse(note?.instant ?? '') >= Date.parse(said.at),
  );
  return found?.[0] ?? words;
}

/** What may be told once more, with another time, since the times of a stop were changed after it was left. */
function correctionsOf(index: EvidenceIndex): ReadonlySet<string> {
  return new Set(
    index.said
      .filter(({ kind }) => kind === 'times changed')
      .flatMap((said) => {
        const { stop, start, end } = contents['times changed'].parse(said.content);
        const of = index.keyOf(said);
        if (stop === 'PICKUP') return [`${of} STS OFD ${second(end)}`];
        return [`${of} STS ARR ${second(start)}`, `${of} STS DLV ${second(end)}`];
      }),
  );
}

/** Verdicts of all things told by notes, and the notes that tell what nobody said. */
export function judgeNotes(index: EvidenceIndex): { verdicts: Verdict[]; unsaid: Note[] } {
  const notes = new Map<string, Note[]>();
  for (const note of index.notes) {
    const words = noteWords(note, index.keyOfNote(note));
    if (words !== null) notes.set(words, [...(notes.get(words) ?? []), note]);
  }
  const groups = new Map<string, Said[]>();
  const atDepot: Verdict[] = [];
  for (const said of index.said) {
    if (!NOTED.has(said.kind)) continue;
    if (isAtOurDepot(said) && index.isCollected(said)) {
      atDepot.push(verdict(said, 'withheld', { why: 'a collection is told as collected' }));
      continue;
    }
    const words = wordsShown(index, said, notes);
    groups.set(words, [...(groups.get(words) ?? []), said]);
  }
  const verdicts: Verdict[] = [];
  for (const [words, group] of groups) {
    const told = notes.get(words) ?? [];
    notes.delete(words);
    const fetched = fetchedOf(index, group);
    group.forEach((said, nth) => {
      const own = fetched.get(said);
      if (own !== undefined && (index.way(said).exceptions === 'pull' || own.outcome !== 'arrived')) {
        // a note besides is one too many where nobody asked for it
        const besides = index.way(said).exceptions === 'pull' && nth === group.length - 1 ? told.length : 0;
        verdicts.push({ ...own, extra: own.extra + besides });
        return;
      }
      const extra = nth === group.length - 1 ? Math.max(0, told.length - group.length) : 0;
      verdicts.push(judgeOne(index, said, told[nth], extra + (own?.extra ?? 0)));
    });
  }
  const corrections = correctionsOf(index);
  const unsaid = [...notes].flatMap(([words, told]) => (corrections.has(words) ? told.slice(1) : told));
  return { verdicts: superseded(index, [...verdicts, ...atDepot]), unsaid };
}
