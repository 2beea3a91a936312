/**
 * The places that can hold something that needs somebody. Each is one query over what it holds now, of the organisation `org.id`, by an
 * index, that answers: organisation, id, consignment, reference, due (`infinity` where it is not known), since, count, cause (as
 * domain/words/attention.ts has it), and `tag`, the part of the cause that decides its kind.
 */

import type { ObligationKind } from '../../domain/obligations/kinds.ts';
import { defaultPolicy } from '../../domain/policy/settings.ts';
import { isoText } from '../postgres/database.ts';
import { hasCode } from '../record/causes.ts';
import { rowIsOn, standards } from '../record/due.ts';

export interface Source {
  readonly sql: string;
  /** Whether it tells until when somebody should have acted; then it is what is grouped or single, and few. */
  readonly due: boolean;
}

/** How long something waits before it is anybody's work, as PostgreSQL intervals. */
const after = {
  /** Due, and taken by nobody; a message that was not read. */
  overdue: "interval '2 minutes'",
  /** A lane held by what passes by itself. */
  held: "interval '15 minutes'",
  /** Tried again and again. */
  retrying: "interval '1 hour'",
  /** Signed papers come minutes after the goods. */
  pod: "interval '15 minutes'",
  /** The consignments that a new configuration changes are all looked at by then. */
  publication: "interval '30 minutes'",
  /** A sweep that is late by less is none that fails. */
  sweep: "interval '5 minutes'",
} as const;

/** So many in a row are no chance. */
const fewest = 5;

/** What holds a lane and does not pass by itself. */
const notByItself = "('auth', 'not active')";

/** What is looked for over days, and is nobody's work meanwhile. */
const patient: readonly ObligationKind[] = ['proof'];

const isOn = rowIsOn('o', 'g', `'${standards}'`);
const called = 'coalesce(c.reference, c.tracking_id)';
export const never = "'infinity'::timestamptz";
const since = 'greatest(o.since, o.not_before, l.taken_at, l.until)';

/** Messages of which something could not be read; signals by hand are journaled as messages. */
const unreadable: Source = {
  due: false,
  sql: `select j.organisation, 'message ' || j.id as id, c.id as consignment, ${called} as reference, ${never} as due, j.received_at as since,
               1 as count, jsonb_build_object('code', 'not readable', 'channel', j.channel) as tag,
               jsonb_build_object('code', 'not readable', 'message', j.id, 'channel', j.channel, 'problems', jsonb_array_length(j.problems),
                 'field', coalesce(j.problems->0->>'field', ''), 'says', coalesce(j.problems->0->>'message', '')) as cause
          from journal j left join consignment c on c.id = j.context->>'consignment'
         where j.organisation = org.id and (j.state = 'parked' or j.problems <> '[]') and j.aside is null`,
};

/** Facts that belong to nobody, by the names they came with. A sign of a cancellation asks nothing of what is not ours. */
const unmatched: Source = {
  due: false,
  sql: `select f.organisation, 'fact ' || f.seq as id, f.consignment,
               (select string_agg(p.value, ', ' order by p.kind, p.value) from parked_alias p where p.fact = f.seq) as reference,
               ${never} as due, f.heard as since, 1 as count, jsonb_build_object('code', k.code) as tag,
               jsonb_build_object('code', k.code, 'fact', f.seq, 'of', f.kind, 'matches', f.cause) as cause
          from fact f cross join lateral (
            select case when ${hasCode('f.cause', 'ambiguous')} then 'ambiguous' else 'unmatched' end as code) k
         where f.organisation = org.id and f.state = 'parked' and f.kind <> 'presence' and f.aside is null`,
};

const ofObligation = `'key', o.key, 'obligation', o.kind, 'to', o.counterpart, 'because', o.cause, 'reason', d.reason`;

/** What was refused, may have arrived, or is our fault. What a question is open of is shown as that question. */
const stuck: Source = {
  due: false,
  sql: `select o.organisation, 'obligation ' || o.consignment || ' ' || o.key as id, o.consignment, ${called} as reference, ${never} as due,
               o.since, 1 as count,
               jsonb_build_object('code', 'stuck', 'obligation', o.kind, 'state', o.state, 'because', o.cause) as tag,
               jsonb_build_object('code', 'stuck', 'state', o.state, ${ofObligation}) as cause
          from obligation o join organisation g on g.id = o.organisation left join consignment c on c.id = o.consignment
          left join receipt d on d.consignment = o.consignment and d.key = o.key
         where o.organisation = org.id and o.state <> 'open' and ${isOn}
           and not ((${hasCode('o.cause', 'amendment undecided')} or ${hasCode('o.cause', 'cancellation undecided')})
                    and exists (select 1 from status s where s.consignment = o.consignment and s.question_since is not null))`,
};

const openCases: Source = {
  due: false,
  sql: `select s.organisation, 'cases ' || s.consignment as id, s.consignment, ${called} as reference, ${never} as due, s.case_since as since,
               s.case_count as count, '{"code": "exception"}'::jsonb as tag,
               jsonb_build_object('code', 'exception', 'case', f.seq, 'exception', s.case_first->>'code', 'next', s.case_first->>'next') as cause
          from status s left join consignment c on c.id = s.consignment
          left join fact f on f.consignment = s.consignment and f.id = s.case_first->>'exception'
         where s.organisation = org.id and s.case_count > 0`,
};

/** Orders that end or stand still at Qargo otherwise than agreed. One that we took back is expected to be cancelled. */
const endings: Source = {
  due: false,
  sql: `select f.organisation, 'fact ' || f.seq as id, c.id as consignment, ${called} as reference, ${never} as due, f.heard as since, 1 as count,
               '{"code": "ending"}'::jsonb as tag, jsonb_build_object('code', 'ending', 'how', f.envelope->>'how') as cause
          from standing b join fact f on f.seq = b.fact join consignment c on c.id = b.consignment join status s on s.consignment = b.consignment
         where b.subject = 'ending' and f.organisation = org.id and f.envelope->>'how' <> 'none' and f.aside is null
           and c.closed_at is null and c.merged_into is null and (f.envelope->>'how' = 'lives on') = s.ended`,
};

/** Delivered and not signed for. What was looked for in vain is an obligation that ended unmet, and shown as that. */
const podOutstanding: Source = {
  due: false,
  sql: `select s.organisation, 'POD ' || s.consignment as id, s.consignment, ${called} as reference, ${never} as due, s.delivered_at as since,
               1 as count, '{"code": "no POD"}'::jsonb as tag, '{"code": "no POD"}'::jsonb as cause
          from status s left join consignment c on c.id = s.consignment
         where s.organisation = org.id and s.delivered_at is not null and not s.over and s.delivered_at < clock_timestamp() - ${after.pod}
           and not exists (select 1 from obligation o where o.consignment = s.consignment and o.kind = 'proof' and o.state <> 'open')`,
};

/** Documents that may be proofs, and that nobody said what they are. */
const possibleProofs: Source = {
  due: false,
  sql: `select w.organisation, 'document type ' || w.code as id, null::text as consignment, null::text as reference, ${never} as due,
               min(w.first_at) as since, 1 as count, '{"code": "possible proof"}'::jsonb as tag,
               jsonb_build_object('code', 'possible proof', 'type', w.code) as cause
          from unused_word w join organisation g on g.id = w.organisation
         where w.organisation = org.id and w.what = 'possible proof'
           and not coalesce(g.settings->'wire'->'qargo'->'documentTypes' ? w.code, false)
         group by w.organisation, w.code`,
};

/** Completed stops whose times somebody entered later, all at once. */
const timesAtOnce: Source = {
  due: false,
  sql: `select w.organisation, 'times ' || w.organisation as id, null::text as consignment, null::text as reference, ${never} as due,
               min(w.first_at) as since, 1 as count, '{"code": "times at once"}'::jsonb as tag, '{"code": "times at once"}'::jsonb as cause
          from unused_word w where w.organisation = org.id and w.what = 'times of stops' and w.code = 'all at once'
         group by w.organisation`,
};

const questions: Source = {
  due: false,
  sql: `select s.organisation, 'question ' || s.consignment as id, s.consignment, ${called} as reference, ${never} as due,
               s.question_since as since, jsonb_array_length(s.questions) as count, jsonb_build_object('code', q.first->>'code') as tag, q.first as cause
          from status s join consignment c on c.id = s.consignment cross join lateral (
            select case e->>'edit' when 'missing' then '{"code": "missing at Palletways"}'::jsonb
                   when 'sign' then jsonb_build_object('code', 'may be cancelled', 'sign', e->'sign')
                   else jsonb_build_object('code', 'asked', 'edit', e->'edit', 'stage', e->'stage', 'fields', e->'fields') end as first
              from jsonb_array_elements(s.questions) e order by e->>'since' limit 1) q
         where s.organisation = org.id and s.question_since is not null and c.closed_at is null and c.merged_into is null`,
};

/** What could be sent, and nobody has taken it: a workflow, a worker or Temporal is away (store/record/wake.ts wakes it). */
const overdue: Source = {
  due: true,
  sql: `select o.organisation, 'due ' || o.consignment || ' ' || o.lane as id, o.consignment, min(${called}) as reference, min(${since}) as due,
               min(${since}) as since, count(*) as count, '{"code": "taken by nobody"}'::jsonb as tag,
               jsonb_build_object('code', 'taken by nobody', 'lane', o.lane) as cause
          from obligation o join organisation g on g.id = o.organisation left join consignment c on c.id = o.consignment
          join status s on s.consignment = o.consignment left join lane l on l.consignment = o.consignment and l.lane = o.lane
         where o.organisation = org.id and o.state = 'open' and g.active and c.closed_at is null and o.needs <@ s.has and ${isOn}
           and ${since} < clock_timestamp() - ${after.overdue}
         group by o.organisation, o.consignment, o.lane`,
};

const unread: Source = {
  due: true,
  sql: `select i.organisation, 'messages ' || i.organisation as id, null::text as consignment, null::text as reference,
               min(j.received_at) + ${after.overdue} as due, min(j.received_at) as since, count(*) as count,
               '{"code": "not taken in"}'::jsonb as tag, '{"code": "not taken in"}'::jsonb as cause
          from inbox i join journal j on j.id = i.journal
         where i.organisation = org.id and j.received_at < clock_timestamp() - ${after.overdue} group by i.organisation`,
};

/** Lanes that one thing holds alike, for however many consignments: the far side is away, our login is wrong. */
const held: Source = {
  due: true,
  sql: `select o.organisation, 'lane ' || o.organisation || ' ' || o.lane || ' ' || l.cause as id,
               (array_agg(o.consignment order by o.since, o.consignment))[1] as consignment,
               (array_agg(${called} order by o.since, o.consignment))[1] as reference, ${never} as due,
               min(greatest(o.since, o.not_before)) as since, count(distinct o.consignment) as count, '{"code": "lane held"}'::jsonb as tag,
               jsonb_build_object('code', 'lane held', 'lane', o.lane, 'by', l.cause, 'until', ${isoText('max(l.until)')},
                 'reason', (array_agg(d.reason order by d.written_at desc) filter (where d.reason is not null))[1]) as cause
          from obligation o join organisation g on g.id = o.organisation left join consignment c on c.id = o.consignment
          join status s on s.consignment = o.consignment join lane l on l.consignment = o.consignment and l.lane = o.lane
          left join receipt d on d.consignment = o.consignment and d.key = o.key
         where o.organisation = org.id and o.state = 'open' and l.cause is not null and c.closed_at is null and o.needs <@ s.has and ${isOn}
           and greatest(o.since, o.not_before) < clock_timestamp() - case when l.cause in ${notByItself} then ${after.overdue} else ${after.held} end
         group by o.organisation, o.lane, l.cause`,
};

/** What holds one thing alone, again and again. */
const retrying: Source = {
  due: false,
  sql: `select o.organisation, 'again ' || o.consignment || ' ' || o.key as id, o.consignment, ${called} as reference, ${never} as due,
               o.since, 1 as count, '{"code": "tried again"}'::jsonb as tag,
               jsonb_build_object('code', 'tried again', 'until', ${isoText('o.not_before')}, ${ofObligation}) as cause
          from obligation o join organisation g on g.id = o.organisation left join consignment c on c.id = o.consignment
          left join receipt d on d.consignment = o.consignment and d.key = o.key
         where o.organisation = org.id and o.state = 'open' and o.cause is not null and o.since < clock_timestamp() - ${after.retrying}
           and not o.kind = any('{${patient.join(',')}}') and c.closed_at is null and ${isOn}`,
};

/** Sweeps that do not end, or that nobody begins. */
const sweeps: Source = {
  due: true,
  sql: `select g.id as organisation, 'sweep ' || g.id as id, null::text as consignment, null::text as reference,
               coalesce(last.ended_at, g.created_at) + e.every as due, coalesce(last.ended_at, g.created_at) as since, 1 as count,
               '{"code": "no sweep"}'::jsonb as tag,
               jsonb_build_object('code', 'no sweep', 'lastEnded', ${isoText('last.ended_at')}, 'everySeconds', extract(epoch from e.every)::int) as cause
          from organisation g
          cross join lateral (select coalesce((g.settings->'policy'->>'sweepSeconds')::int, ${defaultPolicy.sweepSeconds}) * interval '1 second' as every) e
          left join lateral (
            select w.ended_at from sweep w where w.organisation = g.id and w.ended_at is not null order by w.id desc limit 1) last on true
         where g.id = org.id and g.active and coalesce(last.ended_at, g.created_at) < clock_timestamp() - greatest(3 * e.every, ${after.sweep})`,
};

/** Things that several sweeps in a row could not read, while they read others. */
const notRead: Source = {
  due: false,
  sql: `select u.organisation, 'not read ' || u.item || ' ' || u.id as id, u.consignment, ${called} as reference, ${never} as due, u.since,
               1 as count, '{"code": "not read"}'::jsonb as tag,
               jsonb_build_object('code', 'not read', 'item', u.item, 'of', u.id, 'reason', u.reason, 'tries', u.tries, 'until', ${isoText('u.again_at')}) as cause
          from unread_item u left join consignment c on c.id = u.consignment
         where u.organisation = org.id and u.tries > 1 and c.closed_at is null and c.merged_into is null
           and (u.item <> 'trip' or exists (select 1 from order_stop s where s.organisation = org.id and s.trip = u.id))`,
};

/** Trips that Qargo does not let us read, while some are to be read. */
const tripsRefused: Source = {
  due: false,
  sql: `select a.organisation, 'trips ' || a.organisation as id, null::text as consignment, null::text as reference, ${never} as due,
               a.refused_at as since, n.orders::int as count, '{"code": "trips refused"}'::jsonb as tag,
               jsonb_build_object('code', 'trips refused', 'status', a.status, 'until', ${isoText('a.again_at')}) as cause
          from trip_access a join organisation g on g.id = a.organisation
          cross join lateral (select count(distinct s.consignment) as orders from order_stop s
                               where s.organisation = org.id and s.trip is not null and s.phase <> 'ended') n
         where a.organisation = org.id and a.refused_at is not null and n.orders > 0
           and coalesce(g.settings->'wire'->'qargo'->>'tripReads', 'true') <> 'false'`,
};

/** A new version of an organisation's configuration whose consignments were not all looked at. */
const unpublished: Source = {
  due: true,
  sql: `select p.organisation, 'version ' || p.organisation || ' ' || p.version as id, null::text as consignment, null::text as reference,
               p.asked_at + ${after.publication} as due, p.asked_at as since, 1 as count, '{"code": "not published"}'::jsonb as tag,
               jsonb_build_object('code', 'not published', 'version', p.version) as cause
          from publication p
         where p.organisation = org.id and p.ended_at is null and p.asked_at < clock_timestamp() - ${after.publication}`,
};

/** Rows in shadow of an organisation of which no first contact has passed. */
const noContact: Source = {
  due: false,
  sql: `select g.id as organisation, 'contact ' || g.id as id, null::text as consignment, null::text as reference, ${never} as due,
               g.created_at as since, n.held::int as count, '{"code": "no first contact"}'::jsonb as tag,
               '{"code": "no first contact"}'::jsonb as cause
          from organisation g
          cross join lateral (select count(*) as held from jsonb_each_text(coalesce(g.settings->'policy'->'rows', '{}')) r where r.value = 'shadow') n
         where g.id = org.id and g.active and n.held > 0
           and not exists (select 1 from contact c where c.organisation = g.id and c.passed)`,
};

/** Consignments of which the last that were heard of have no part of ours: our depot goes by another name (wire assumption 25). */
const noneOfOurs: Source = {
  due: false,
  sql: `select g.id as organisation, 'depots ' || g.id as id, null::text as consignment, null::text as reference, ${never} as due, n.since,
               n.count, '{"code": "none of ours"}'::jsonb as tag,
               jsonb_build_object('code', 'none of ours', 'depots', n.depots) as cause
          from organisation g
          cross join lateral (
            select count(*)::int as count, min(l.created_at) as since, bool_and(l.roles = '{"third party"}') as none,
                   (select jsonb_agg(distinct d.named order by d.named) from unnest(array_agg(l.depots)) as d (named) where d.named <> '') as depots
              from (select c.created_at, s.roles, k.body->>'collectionDepot' || ' to ' || (k.body->>'deliveryDepot') as depots
                      from consignment c join status s on s.consignment = c.id
                      join standing t on t.consignment = c.id and t.subject = 'order'
                      join fact f on f.seq = t.fact join content k on k.id = (f.envelope->>'content')::bigint
                     where c.organisation = org.id order by c.id desc limit ${fewest}) l) n
         where g.id = org.id and g.active and n.count = ${fewest} and n.none`,
};

export const sources: readonly Source[] = [
  unreadable,
  unmatched,
  stuck,
  openCases,
  endings,
  podOutstanding,
  possibleProofs,
  timesAtOnce,
  questions,
  overdue,
  unread,
  held,
  retrying,
  sweeps,
  notRead,
  tripsRefused,
  unpublished,
  noContact,
  noneOfOurs,
];
