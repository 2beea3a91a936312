/**
 * A record at size, out of a few lives that were played once: SQL copies their rows, each copy with names, days and an organisation of its
 * own. What is derived of a copy is what is derived of its template, in its words.
 */
import type { Queryable } from '../../store/postgres/database.ts';
import { days } from './lives.ts';
import type { Template } from './templates.ts';

export interface Size {
  readonly consignments: number;
  readonly open: number;
  readonly organisations: number;
  readonly parked: number;
  /** Messages of the last days that the journal still has. */
  readonly messages: number;
}

/**
 * Tables with rows of a consignment, and the column that names it. `serial`: the column that numbers the rows. `place`: which of its
 * consignment's rows a row of another table refers to, counted from 0.
 */
const tables: readonly {
  readonly name: string;
  readonly of: string;
  readonly serial?: string;
  readonly place?: string;
}[] = [
  { name: 'consignment', of: 'id' },
  { name: 'alias', of: 'consignment' },
  { name: 'content', of: 'consignment', serial: 'id' },
  {
    name: 'fact',
    of: 'consignment',
    serial: 'seq',
    place: `(select count(*) from content k where k.consignment = t.consignment and k.id < (t.envelope->>'content')::bigint)`,
  },
  { name: 'decision', of: 'consignment' },
  { name: 'receipt', of: 'consignment' },
  { name: 'attempt', of: 'consignment', serial: 'id' },
  {
    name: 'standing',
    of: 'consignment',
    place: `(select count(*) from fact f where f.consignment = t.consignment and f.seq < t.fact)`,
  },
  { name: 'obligation', of: 'consignment' },
  { name: 'status', of: 'consignment' },
  { name: 'wake', of: 'consignment' },
  { name: 'close_out', of: 'consignment', serial: 'seq' },
];

/** Fills a record in which nothing is but the templates. Its indexes are made when all rows are there. */
export async function copyLives(
  db: Queryable,
  templates: readonly Template[],
  size: Size,
  note: (what: string) => void,
): Promise<void> {
  await db.query(`set synchronous_commit = off; set work_mem = '256MB'; set maintenance_work_mem = '512MB'; set statement_timeout = 0;
    set session_replication_role = replica`);
  await tellTimes(db);
  await planCopies(db, templates, size);
  for (const { name, of, serial = 'ctid', place = '0' } of tables)
    await db.query(
      `create temp table template_${name} as
       select t.*, row_number() over (partition by t.${of} order by t.${serial}) - 1 as row_nth, ${place} as place_nth from ${name} t`,
    );
  const columns = await columnsOf(db);
  const indexes = await dropIndexes(db);
  for (const table of tables) {
    for (const { consignment } of templates)
      await db.query(copyStatement(table, columns.get(table.name) ?? [], consignment));
    note(`${table.name}: ${(await countOf(db, table.name)).toLocaleString('en')}`);
  }
  for (const { name, serial } of tables)
    if (serial !== undefined)
      await db.query(
        `select setval(pg_get_serial_sequence('${name}', '${serial}'), coalesce((select max(${serial}) from ${name}), 1))`,
      );
  // In the order of time, as they lie in a record that has grown: what is found by block range needs that.
  for (const [name, at] of [
    ['fact', 'heard'],
    ['receipt', 'written_at'],
    ['attempt', 'at'],
  ] as const) {
    await db.query(`create index by_time on ${name} (${at}); cluster ${name} using by_time; drop index by_time`);
    note(`${name} in the order of time`);
  }
  await parkSome(db, size);
  await fillJournal(db, size);
  await db.query(
    `insert into sweep (organisation, started_at, ended_at, found)
    select o.id, now() - n * interval '2 minutes', now() - n * interval '2 minutes' + interval '20 s', 3
      from organisation o, generate_series(1, $1::int) n order by n desc`,
    [Math.ceil(size.consignments / 40)],
  );
  for (const index of indexes) await db.query(index);
  note(`${indexes.length} indexes`);
}

/** When was what of the templates written: as if it had been heard and told on its days. */
async function tellTimes(db: Queryable): Promise<void> {
  const heard = (of: string) => `coalesce((select max(f.heard) from fact f where f.consignment = ${of}), now())`;
  const first = (of: string) => `coalesce((select min(f.heard) from fact f where f.consignment = ${of}), now())`;
  const facts = (of: string) =>
    `coalesce((select f.heard from fact f where f.consignment = ${of}.consignment and f.id = ${of}.fact), ${first(`${of}.consignment`)})`;
  await db.query(
    `delete from wake where consignment not in (select consignment from obligation where kind = 'order' and state = 'open')`,
  );
  await db.query(`delete from lane`);
  await db.query(`update consignment c set created_at = ${first('c.id')}, closed_at = case when closed_at is not null then ${heard('c.id')} + interval '3 days' end,
    close_out_looked_at = case when close_out_looked_at is not null then ${heard('c.id')} + interval '3 days 1 hour' end,
    close_out_at = case when close_out_at is not null then ${heard('c.id')} + interval '1 hour' end,
    qargo_read_at = ${heard('c.id')} + interval '1 minute', palletways_read_at = ${heard('c.id')}`);
  await db.query(`update alias a set valid_from = ${first('a.consignment')}, said_at = ${heard('a.consignment')}`);
  await db.query(
    `update receipt d set written_at = ${facts('d')}, sent_at = ${facts('d')} + interval '0.2 s', settled_at = ${facts('d')} + interval '0.4 s', waited_ms = 12`,
  );
  // The desk writes down each note that it is handed; the sends of these lives have no desk.
  await db.query(
    `update receipt set payload = jsonb_build_object('what', kind, 'at', written_at, 'description', repeat('x', 80))
      where counterpart = 'palletways' and kind <> 'file'`,
  );
  await db.query(`update attempt a set at = ${facts('a')} + interval '0.4 s'`);
  await db.query(`update obligation o set since = ${facts('o')}`);
  await db.query(`update close_out k set made_at = ${heard('k.consignment')} + interval '1 hour'`);
  await db.query(`update status s set quiet_at = ${heard('s.consignment')}, changed_at = ${heard('s.consignment')}`);
}

/** Which copies there are: of what, under which names, of whom, and when. */
async function planCopies(db: Queryable, templates: readonly Template[], size: Size): Promise<void> {
  await db.query(`create temp table copies (template text, mark text, nth bigint, of_all bigint, number text, id text, organisation text,
    shift interval, first_day text, second_day text, content_base bigint, fact_base bigint, attempt_base bigint, close_out_base bigint)`);
  let made = 0;
  for (const closed of [true, false]) {
    const mine = templates.filter(({ shape }) => (shape.closed === true) === closed);
    const wanted = closed ? size.consignments - size.open : size.open;
    const shares = mine.reduce((sum, { shape }) => sum + shape.share, 0);
    for (const { consignment, mark, shape } of mine) {
      const count = Math.round((wanted * shape.share) / shares);
      await db.query(
        `insert into copies (template, mark, nth, of_all, number, id, organisation, shift, first_day, second_day)
         select $1, $2, n, $3::bigint, lpad(($4::bigint + n)::text, 7, '0'), 'b' || lpad(($4::bigint + n)::text, 11, '0'),
                'bench-' || n % $5::bigint, (d - $6::date) * interval '1 day', to_char(d, 'YYYY-MM-DD'), to_char(d + 1, 'YYYY-MM-DD')
           from (select n, current_date - case when $7 then 396 - (n * 390 / $3::bigint)::int else 2 + (n % 2)::int end as d
                   from generate_series(0, $3::bigint - 1) n) as each`,
        [consignment, mark, count, made, size.organisations, days[0], closed],
      );
      made += count;
    }
  }
  for (const { name, serial } of tables) if (serial !== undefined) await giveNumbers(db, name, serial);
  await db.query('create index on copies (template)');
  await db.query('analyze copies');
}

/** From which number on the rows of a template's copies are numbered: the first rows of all, then the second ones. */
async function giveNumbers(db: Queryable, table: string, serial: string): Promise<void> {
  await db.query(
    `with each as (select c.template, c.of_all, (select count(*) from ${table} t where t.consignment = c.template) as rows
                     from copies c where c.nth = 0),
          based as (select template, (select coalesce(max(${serial}), 0) from ${table}) + 1 + coalesce(sum(rows * of_all) over (
                             order by template rows between unbounded preceding and 1 preceding), 0) as base from each)
     update copies c set ${table}_base = b.base from based b where b.template = c.template`,
  );
}

/** Drops indexes and keys, but those that others refer to; answers how they are made again. */
async function dropIndexes(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ name: string; made: string }>(
    `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as made
       from pg_index i join pg_class t on t.oid = i.indrelid
      where t.relnamespace = current_schema()::regnamespace and t.relname = any($1)
        and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid)`,
    [tables.map(({ name }) => name)],
  );
  for (const { name } of rows) await db.query(`drop index ${name}`);
  const keys = await db.query<{ name: string; of: string; made: string }>(
    `select k.conname as name, k.conrelid::regclass::text as of, pg_get_constraintdef(k.oid) as made from pg_constraint k join pg_class t on t.oid = k.conrelid
      where k.contype in ('p', 'u') and t.relnamespace = current_schema()::regnamespace and t.relname = any($1)
        and not exists (select 1 from pg_constraint other where other.contype = 'f' and other.confrelid = k.conrelid)`,
    [tables.map(({ name }) => name)],
  );
  for (const { name, of } of keys.rows) await db.query(`alter table ${of} drop constraint ${name}`);
  return [
    ...keys.rows.map(({ name, of, made }) => `alter table ${of} add constraint ${name} ${made}`),
    ...rows.map(({ made }) => made),
  ];
}

interface Column {
  readonly name: string;
  readonly type: string;
  /** Whether it holds names or days of the template anywhere. */
  readonly worded: boolean;
}

async function columnsOf(db: Queryable): Promise<Map<string, Column[]>> {
  const found = new Map<string, Column[]>();
  for (const { name } of tables) {
    const { rows } = await db.query<Omit<Column, 'worded'>>(
      `select column_name as name, data_type as type from information_schema.columns
        where table_schema = current_schema() and table_name = $1 and is_generated = 'NEVER' order by ordinal_position`,
      [name],
    );
    const columns: Column[] = [];
    for (const column of rows) {
      const worded = await db.query(
        `select 1 from template_${name} where "${column.name}"::text ~ 'zq\\d\\dqz|${days.join('|')}' limit 1`,
      );
      columns.push({ ...column, worded: worded.rows.length > 0 });
    }
    found.set(name, columns);
  }
  return found;
}

/** Text in a copy's own words: its number for the mark, its days for the two days. */
const inItsWords = (text: string): string =>
  `replace(replace(replace(${text}, c.mark, c.number), '${days[1]}', c.second_day), '${days[0]}', c.first_day)`;

function copyStatement(table: (typeof tables)[number], columns: readonly Column[], template: string): string {
  const { name, of } = table;
  const values = columns.map((column) => copied(table, column));
  return `insert into ${name} (${columns.map((column) => `"${column.name}"`).join(', ')}) overriding system value
    select ${values.join(', ')}
      from (select * from template_${name} where ${of} = '${template}') t
      cross join (select * from copies where template = '${template}') c order by t.row_nth, c.nth`;
}

function copied({ name, of, serial }: (typeof tables)[number], column: Column): string {
  const own = `t."${column.name}"`;
  if (column.name === of) return 'c.id';
  if (column.name === 'organisation') return 'c.organisation';
  if (column.name === serial) return `c.${name}_base + t.row_nth * c.of_all + c.nth`;
  if (name === 'standing' && column.name === 'fact') return 'c.fact_base + t.place_nth * c.of_all + c.nth';
  if (name === 'wake' && column.type === 'timestamp with time zone') return own;
  if (name === 'obligation' && column.name === 'since')
    return `case when t.state = 'open' then now() else ${own} + c.shift end`;
  if (column.type === 'timestamp with time zone') return `${own} + c.shift`;
  if (name === 'fact' && column.name === 'envelope') return envelope;
  if (!column.worded) return own;
  if (column.type === 'jsonb') return `${inItsWords(`${own}::text`)}::jsonb`;
  return column.type === 'text' ? inItsWords(own) : own;
}

const envelope = `case when t.envelope ? 'content'
  then jsonb_set(${inItsWords('t.envelope::text')}::jsonb, '{content}', to_jsonb((c.content_base + t.place_nth * c.of_all + c.nth)::text))
  else ${inItsWords('t.envelope::text')}::jsonb end`;

/** Scans and proofs of consignments that nobody knows. */
async function parkSome(db: Queryable, { parked, organisations }: Size): Promise<void> {
  await db.query(
    `with parked as (
       insert into fact (organisation, consignment, id, kind, subject, at, heard, envelope, state, cause)
         select 'bench-' || n % $2::int, null, f.id || '|qargoOrderId=lost' || n, f.kind, f.subject, now() - n * interval '1 minute', now() - n * interval '1 minute',
                f.envelope || jsonb_build_object('at', to_char(now() - n * interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')), 'parked', '{"code": "unmatched"}'::jsonb
           from generate_series(1, $1::int) n
           join lateral (select * from template_fact where kind = (array['scan', 'milestone', 'pod', 'document'])[1 + n / $2::int % 4]
                          order by seq limit 1) f on true
       returning seq, organisation, id)
     insert into parked_alias (fact, organisation, kind, value) select seq, organisation, 'qargoOrderId', split_part(id, '=', 2) from parked`,
    [parked, organisations],
  );
}

/** Messages as they came, all of them read. */
async function fillJournal(db: Queryable, { messages, organisations }: Size): Promise<void> {
  await db.query(
    `insert into journal (organisation, channel, received_at, content_type, body, context, state, read_at)
     select 'bench-' || n % $2::int, 'qargo visibility', now() - n * interval '5 seconds', 'application/json',
            convert_to(json_build_object('number', n, 'text', repeat(md5(n::text), 20))::text, 'UTF8'), '{}', 'read', now() - n * interval '5 seconds'
       from generate_series($1::int, 1, -1) n`,
    [messages, organisations],
  );
}

async function countOf(db: Queryable, table: string): Promise<number> {
  const { rows } = await db.query<{ n: number }>(`select count(*)::int as n from ${table}`);
  return rows[0]?.n ?? 0;
}
