/** The table: what was said, and what the far side now holds. Pure: the same evidence gives the same table. */
import { EvidenceIndex, type JudgeOptions } from './evidence.ts';
import { judgeNotes } from './notes.ts';
import { judgeOrders } from './orders.ts';
import { type Held, KINDS, type Note, type Said, STORY_ROWS } from './shapes.ts';
import { judgeStory } from './story.ts';
import type { Verdict } from './verdict.ts';

export interface Row {
  kind: string;
  said: number;
  /** Includes `lateAsNote`. */
  arrived: number;
  lost: number;
  /** Effects beyond the one of each thing. */
  doubled: number;
  void: number;
  lateAsNote: number;
  withheld: number;
  /** Cancellations, of a story. */
  refused: number;
  neverHeard: number;
  /** Ms from said to arrived; null when nothing arrived with a time. */
  p50: number | null;
  p99: number | null;
}

/** One thing that is not as it should be. */
export interface Finding {
  id: string;
  kind: string;
  organisation: string;
  conNo: string | null;
  at: string;
  why: string;
}

export interface Table {
  rows: Row[];
  total: Row;
  lost: Finding[];
  doubled: Finding[];
  /** No push got through and no read could give it. */
  neverHeard: Finding[];
  /** Notes of ours that tell what nobody said. */
  unsaid: Pick<Note, 'sysNote' | 'trackingId' | 'group' | 'type' | 'instant'>[];
}

/** Nearest rank. */
export function percentile(sorted: number[], part: number): number | null {
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? null;
}

function rowOf(kind: string, verdicts: Verdict[]): Row {
  const count = (test: (one: Verdict) => boolean) => verdicts.filter(test).length;
  const waits = verdicts
    .flatMap(({ outcome, arrivedAt, said }) =>
      outcome === 'arrived' && arrivedAt !== null ? [Math.max(0, arrivedAt - said.saidAt)] : [],
    )
    .sort((one, other) => one - other);
  return {
    kind,
    said: verdicts.length,
    arrived: count((one) => one.outcome === 'arrived'),
    lost: count((one) => one.outcome === 'lost'),
    doubled: verdicts.reduce((sum, one) => sum + one.extra, 0),
    void: count((one) => one.outcome === 'void'),
    lateAsNote: count((one) => one.lateAsNote),
    withheld: count((one) => one.outcome === 'withheld'),
    refused: count((one) => one.outcome === 'refused'),
    neverHeard: count((one) => one.outcome === 'never heard'),
    p50: percentile(waits, 0.5),
    p99: percentile(waits, 0.99),
  };
}

function finding({ said, row, why }: Verdict): Finding {
  const { id, organisation, subject, at } = said;
  return { id, kind: row ?? said.kind, organisation, conNo: subject.conNo ?? null, at, why };
}

export function judge(said: Said[], held: Held, options: JudgeOptions = {}): Table {
  const index = new EvidenceIndex(said, held, options);
  const noted = judgeNotes(index);
  const story = options.story === true ? judgeStory(index) : [];
  const verdicts = [...judgeOrders(index), ...noted.verdicts, ...story].filter(
    (one) => one.said.saidAt >= (options.since ?? 0),
  );
  return {
    rows: [...KINDS, ...(options.story === true ? STORY_ROWS : [])].map((kind) =>
      rowOf(
        kind,
        verdicts.filter((one) => (one.row ?? one.said.kind) === kind),
      ),
    ),
    total: rowOf('all', verdicts),
    lost: verdicts.filter((one) => one.outcome === 'lost').map(finding),
    doubled: verdicts.filter((one) => one.extra > 0).map(finding),
    neverHeard: verdicts.filter((one) => one.outcome === 'never heard').map(finding),
    unsaid: noted.unsaid
      .filter((note) => note.at >= (options.since ?? 0))
      .map(({ sysNote, trackingId, group, type, instant }) => ({ sysNote, trackingId, group, type, instant })),
  };
}
