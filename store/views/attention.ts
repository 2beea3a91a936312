/**
 * The one list of all that needs somebody, from columns and indexes alone: each place that can hold something is one source, one query of
 * what it holds now, and never of history. Sorted by when it is due, then by since when it waits; read page by page.
 */

import {
  describeTrouble,
  kindOf,
  kindOfStuck,
  type Trouble,
  type TroubleCause,
  type TroubleKind,
  troubleKinds,
  type Words,
} from '../../domain/words/attention.ts';
import { type Database, isoText } from '../postgres/database.ts';
import { AskedWrongly, cursorOf, type PageAsked, placeIn, rowsAtMost } from '../postgres/pages.ts';
import { toCause } from '../record/causes.ts';
import { sources as heldSources, type Source } from './attention-sources.ts';
import { wireSources } from './attention-wire.ts';

export interface AttentionLine extends Trouble, Words {
  /** Names the line: stays as long as it does. */
  readonly id: string;
}

export interface AttentionPage {
  readonly lines: readonly AttentionLine[];
  /**
   * Of everything, not of the page, and counted for the first page alone (later null). Of one place and organisation no more than
   * {@link countedAtMost} are counted.
   */
  readonly counts: Readonly<Partial<Record<TroubleKind, number>>> | null;
  readonly total: number | null;
  /** Where the next page begins; null: there is none. */
  readonly next: string | null;
}

const sources: readonly Source[] = [...heldSources, ...wireSources];

const linesUsual = 100;

/** Counted of one source and organisation at most. */
export const countedAtMost = 10_000;

/** The place of a line in the order: due, since (UTC ISO with microseconds; due may be infinity), id. */
type Place = readonly [due: string, since: string, id: string];

const beginning: Place = ['-infinity', '-infinity', ''];

interface Found {
  readonly organisation: string;
  readonly id: string;
  readonly consignment: string | null;
  readonly reference: string | null;
  readonly due: string;
  readonly since: string;
  readonly cause: TroubleCause;
  readonly count: number;
}

const instant = (column: string) => isoText(column, 'microseconds');

/** A page of what needs somebody: 100 lines where no limit is said, at most 500. @throws AskedWrongly */
export async function attention(db: Database, asked: PageAsked = {}): Promise<AttentionPage> {
  const limit = asked.limit ?? linesUsual;
  if (!Number.isInteger(limit) || limit < 1 || limit > rowsAtMost)
    throw new AskedWrongly(`a page has 1 to ${rowsAtMost} lines`);
  const from = asked.cursor === undefined ? beginning : attentionPlace(asked.cursor);
  const organisations = await organisationsOf(db, asked.organisation);
  const found = (await Promise.all(sources.map((source) => pageOf(db, source, organisations, from, limit + 1)))).flat();
  const sorted = found.sort(byPlace);
  const shown = sorted.slice(0, limit);
  const last = shown.at(-1);
  const counts = asked.cursor === undefined ? await countAll(db, organisations) : null;
  return {
    lines: shown.map(lineOf),
    counts,
    total: counts === null ? null : Object.values(counts).reduce((sum, n) => sum + n, 0),
    next: last === undefined || sorted.length <= limit ? null : cursorOf([last.due, last.since, last.id]),
  };
}

async function organisationsOf(db: Database, organisation: string | undefined): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>('select id from organisation order by id');
  const all = rows.map(({ id }) => id);
  if (organisation === undefined) return all;
  if (!all.includes(organisation))
    throw new AskedWrongly(`no organisation ${organisation}; there are: ${all.join(', ')}`);
  return [organisation];
}

/**
 * So many lines of a source after a place. A source by organisation is asked for each of these, so that its index tells the order; what has
 * no due-by begins at the place's since.
 */
async function pageOf(
  db: Database,
  source: Source,
  organisations: readonly string[],
  from: Place,
  limit: number,
): Promise<Found[]> {
  const [due, since] = from;
  const lowest = source.due || due !== 'infinity' ? '-infinity' : since;
  const after = `(s.due, s.since, s.id collate "C") > ($2::timestamptz, $3::timestamptz, $4::text collate "C") and s.since >= $5::timestamptz`;
  const order = `order by s.due, s.since, s.id collate "C" limit $6`;
  const { rows } = await db.query<Found>(
    `select s.organisation, s.id, s.consignment, s.reference, s.cause, s.count::int as count,
            case when s.due = 'infinity' then 'infinity' else ${instant('s.due')} end as due, ${instant('s.since')} as since
       from unnest($1::text[]) as org (id) cross join lateral (select * from (${source.sql}) s where ${after} ${order}) s ${order}`,
    [organisations, ...from, lowest, limit],
  );
  return rows;
}

async function countAll(db: Database, organisations: readonly string[]): Promise<Partial<Record<TroubleKind, number>>> {
  const all = await Promise.all(
    sources.map(async (source) => {
      const { rows } = await db.query<{ tag: TroubleCause; n: number }>(
        `select s.tag, count(*) as n from unnest($1::text[]) as org (id)
          cross join lateral (select s.tag from (${source.sql}) s limit ${countedAtMost}) s group by s.tag`,
        [organisations],
      );
      return rows;
    }),
  );
  const counts = new Map<TroubleKind, number>();
  for (const { tag, n } of all.flat()) {
    const kind = tag.code === 'stuck' ? kindOfStuck(readTrouble(tag)) : kindOf(tag);
    counts.set(kind, (counts.get(kind) ?? 0) + n);
  }
  return Object.fromEntries(troubleKinds.flatMap((kind) => (counts.has(kind) ? [[kind, counts.get(kind)]] : [])));
}

function byPlace(a: Found, b: Found): number {
  const [first, second] = [keyOf(a), keyOf(b)];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** Digits sort before letters: what has no due-by comes last. */
const keyOf = ({ due, since, id }: Found): string => `${due} ${since} ${id}`;

/** Checks the causes that a trouble carries, where the record is read. */
function readTrouble<T extends TroubleCause>(trouble: T): T {
  if ('because' in trouble) return { ...trouble, because: toCause(trouble.because) };
  return 'matches' in trouble ? { ...trouble, matches: toCause(trouble.matches) } : trouble;
}

function lineOf({ id, organisation, consignment, reference, due, since, cause, count }: Found): AttentionLine {
  const trouble: Trouble = {
    organisation,
    consignment,
    reference,
    cause: readTrouble(cause),
    since: milliseconds(since),
    dueBy: due === 'infinity' ? null : milliseconds(due),
    count,
  };
  return { id, ...trouble, ...describeTrouble(trouble) };
}

const milliseconds = (instantSaid: string): string => new Date(instantSaid).toISOString();

function attentionPlace(cursor: string): Place {
  const [due = '', since = '', id = ''] = placeIn(cursor, 3);
  const isInstant = (one: string) => !Number.isNaN(Date.parse(one));
  if ((due !== 'infinity' && !isInstant(due)) || !isInstant(since))
    throw new AskedWrongly('the cursor is none that a page named');
  return [due, since, id];
}
