/**
 * Where Palletways behaves otherwise than the settings of an organisation say: each is one line that names the setting. They are told by
 * what came last, a few facts by an index.
 */
import { never, type Source } from './attention-sources.ts';

/** So many in a row are no chance. */
const fewest = 5;
/** Of the orders that came last so many are looked at for pushes. */
const looked = 200;
/** A push may come behind the read that found its consignment. */
const pushLate = "interval '10 minutes'";
/** An organisation of which nothing was ever heard asks after a day, one that was busy after a week without a new word. */
const quietAtFirst = "interval '1 day'";
const quiet = "interval '7 days'";

const line = (id: string, since: string, count: string) =>
  `g.id as organisation, '${id} ' || g.id as id, null::text as consignment, null::text as reference, ${never} as due, ${since} as since, ${count} as count`;

/** Seconds from the local time that a push said, in the zone of the account, to when it came; null where nobody can read it. */
const lag = `case when o.said ~ '^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d(:\\d\\d)?$'
                  then extract(epoch from o.heard - (o.said::timestamp at time zone (g.settings->'palletways'->>'zone'))) end`;

/**
 * The last pushes all say a time that is the same half hours off, to within two minutes: a wrong zone. What only comes late is late by
 * this and that.
 */
const otherZone: Source = {
  due: false,
  sql: `select ${line('zone', 'p.since', `${fewest}`)}, '{"code": "other zone"}'::jsonb as tag,
               jsonb_build_object('code', 'other zone', 'zone', g.settings->'palletways'->>'zone', 'minutes', p.least * 30) as cause
          from organisation g
          cross join lateral (
            select min(l.heard) as since, min(round(l.lag / 1800))::int as least, max(round(l.lag / 1800))::int as most,
                   count(l.lag) as n, max(abs(l.lag - 1800 * round(l.lag / 1800))) as off
              from (select o.heard, ${lag} as lag
                      from (select f.heard, f.said, f.envelope->>'via' as via, f.seq from fact f
                             where f.organisation = org.id and f.kind = 'order' order by f.seq desc limit ${looked}) o
                     where o.via = 'push' and o.said is not null order by o.seq desc limit ${fewest}) l) p
         where g.id = org.id and g.active and p.n = ${fewest} and p.least = p.most and p.least <> 0 and abs(p.least) <= 28 and p.off < 120`,
};

/** The consignments that came last were all found by reads, and no push told anything of them. */
const nonePushed: Source = {
  due: false,
  sql: `select ${line('pushes', 'n.since', 'n.count')}, '{"code": "none pushed"}'::jsonb as tag, '{"code": "none pushed"}'::jsonb as cause
          from organisation g
          cross join lateral (
            select count(*)::int as count, min(l.created_at) as since, bool_or(l.pushed) as pushed
              from (select c.created_at,
                           exists (select 1 from fact f where f.consignment = c.id and f.envelope->>'source' = 'palletways'
                                      and f.envelope->>'via' = 'push') as pushed
                      from consignment c
                     where c.organisation = org.id and c.merged_into is null and c.created_at < clock_timestamp() - ${pushLate}
                     order by c.id desc limit ${fewest}) l) n
         where g.id = org.id and g.active and n.count = ${fewest} and not n.pushed
           and coalesce(g.settings->'wire'->'palletways'->>'pushes', 'true') <> 'false'`,
};

/** Neither push nor read has told of an order: for a day after the organisation was made, later for a week. */
const nothingHeard: Source = {
  due: false,
  sql: `select ${line('silence', 'coalesce(l.heard, b.begun)', '1')}, '{"code": "nothing heard"}'::jsonb as tag,
               jsonb_build_object('code', 'nothing heard', 'ever', l.heard is not null) as cause
          from organisation g
          cross join lateral (select max(c.made_at) as begun from contact c where c.organisation = g.id and c.passed) b
          left join lateral (select f.heard from fact f where f.organisation = g.id and f.kind = 'order' order by f.seq desc limit 1) l on true
         where g.id = org.id and g.active and b.begun is not null
           and coalesce(l.heard, b.begun) < clock_timestamp() - case when l.heard is null then ${quietAtFirst} else ${quiet} end`,
};

/** Amendments that contradict each other at one instant, in what no read shows. After a week nobody can do anything about them. */
const toldAtOnce: Source = {
  due: false,
  sql: `select w.organisation, 'told at once ' || w.code as id, null::text as consignment, null::text as reference, ${never} as due,
               w.first_at as since, w.count::int as count, '{"code": "told at once"}'::jsonb as tag,
               jsonb_build_object('code', 'told at once', 'parts', w.code, 'message', w.message) as cause
          from unused_word w
         where w.organisation = org.id and w.what = 'told at once' and w.last_at > clock_timestamp() - ${quiet}`,
};

/** Amendments of which nothing was seen, while messages leave out what nobody said is of no matter. */
const amendedUnseen: Source = {
  due: false,
  sql: `select w.organisation, 'amended unseen ' || w.code as id, null::text as consignment, null::text as reference, ${never} as due,
               w.first_at as since, w.count::int as count, '{"code": "amended unseen"}'::jsonb as tag,
               jsonb_build_object('code', 'amended unseen', 'parts', w.code, 'message', w.message) as cause
          from unused_word w join organisation g on g.id = w.organisation
         where w.organisation = org.id and w.what = 'amended unseen' and w.last_at > clock_timestamp() - ${quiet}
           and exists (select 1 from unnest(string_to_array(w.code, ', ')) as part
                        where not coalesce(g.settings->'wire'->'palletways'->'notCarried' ? part, false))`,
};

export const wireSources: readonly Source[] = [otherZone, nonePushed, nothingHeard, toldAtOnce, amendedUnseen];
