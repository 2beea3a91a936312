/**
 * Orders that planners merged at Qargo (assumption 50): what is told of the one order is of the consignment whose stop it names, or whose
 * number it carries, and not of the consignment whose order it was.
 */
import type { Message } from '../../domain/facts/reading.ts';
import type { Queryable } from '../postgres/database.ts';
import type { IngestContext } from './ingest.ts';

/** What was heard of one consignment, and in which context it is taken in. */
export interface Part {
  readonly heard: Message;
  readonly context: IngestContext;
}

/** Parts of a push in which what belongs to another consignment than the order's stands apart. */
export async function partsByOwner(db: Queryable, all: readonly Message[], context: IngestContext): Promise<Part[]> {
  const parts: Part[] = [];
  for (const heard of all)
    parts.push(...(context.via === 'push' ? await partByOwner(db, heard, context) : [{ heard, context }]));
  return parts;
}

async function partByOwner(db: Queryable, heard: Message, context: IngestContext): Promise<Part[]> {
  const { ownNumber, ...aliases } = heard.aliases;
  const whole = { ...heard, aliases };
  const { qargoOrderId } = aliases;
  const stops = heard.facts.flatMap((fact) => ('stop' in fact ? [fact.stop] : []));
  if (qargoOrderId === undefined || (stops.length === 0 && ownNumber === undefined)) return [{ heard: whole, context }];
  const owners = await ownersElsewhere(db, context.organisation, qargoOrderId, stops, ownNumber);
  const ownerOf = (fact: Message['facts'][number]): string | undefined =>
    'stop' in fact ? owners.get(`stop ${fact.stop}`) : owners.get('number');
  const here = heard.facts.filter((fact) => ownerOf(fact) === undefined);
  const there = [...new Set(heard.facts.flatMap((fact) => ownerOf(fact) ?? []))];
  return [
    ...(here.length > 0 || there.length === 0 ? [{ heard: { ...whole, facts: here }, context }] : []),
    ...there.map((consignment) => ({
      heard: { ...whole, aliases: {}, facts: heard.facts.filter((fact) => ownerOf(fact) === consignment) },
      context: { ...context, consignment },
    })),
  ];
}

/** The one consignment that had each of these stops, or has the number, where it is not that of the order. */
async function ownersElsewhere(
  db: Queryable,
  organisation: string,
  order: string,
  stops: readonly string[],
  number: string | undefined,
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.query<{ name: string; consignment: string }>(
    `with own as (
       select consignment from alias where organisation = $1 and kind = 'qargoOrderId' and value = $2 and valid_to is null and strong),
     found as (
       select 'stop ' || s.stop as name, s.consignment from order_stop s where s.organisation = $1 and s.stop = any($3)
       union all
       select 'number', a.consignment from alias a join consignment c on c.id = a.consignment
        where a.organisation = $1 and a.kind = 'conNo' and a.value = $4 and c.merged_into is null and c.closed_at is null)
     select name, min(consignment) as consignment from found group by name
      having count(distinct consignment) = 1 and exists (select 1 from own)
         and not bool_or(consignment in (select consignment from own))`,
    [organisation, order, stops, number ?? null],
  );
  return new Map(rows.map(({ name, consignment }) => [name, consignment]));
}
