-- The record. Names are resolved in the schema being migrated. Primary tables hold what was said, decided, sent and answered; derived
-- ones (standing, obligation, status) hold what follows, and can be made again from the primary ones at any time.

-- === Organisations ==============================================================================================

create table organisation (
  id            text primary key check (id ~ '^[a-z0-9-]{2,40}$'),
  name          text not null,
  active        boolean not null default true,
  -- Everything but secrets, as domain/policy/organisation.ts shapes it.
  settings      jsonb not null,
  -- Keys and passwords: one sealed JSON object, field path to value.
  secrets       bytea not null,
  -- Counts the changes; who edits names the version they saw.
  version       integer not null default 1,
  made_by       text not null,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now()
);

-- Every version of an organisation's configuration, with who made it and when; none is deleted. The secrets are sealed as ever.
create table organisation_version (
  organisation  text not null references organisation (id) on delete cascade,
  version       integer not null,
  settings      jsonb not null,
  secrets       bytea not null,
  made_by       text not null,
  why           text not null default '',
  made_at       timestamptz not null default clock_timestamp(),
  primary key (organisation, version)
);

-- A version that is to be published: the consignments that it changes are woken, and nobody else. Written with the version itself.
create table publication (
  organisation  text not null,
  version       integer not null,
  -- The version before, which it is compared with.
  before        integer not null,
  asked_at      timestamptz not null default clock_timestamp(),
  started_at    timestamptz,
  ended_at      timestamptz,
  -- Consignments looked at, and of those woken.
  looked        integer not null default 0,
  woken         integer not null default 0,
  primary key (organisation, version),
  foreign key (organisation, version) references organisation_version (organisation, version) on delete cascade
);
create index publication_open on publication (asked_at) where ended_at is null;

-- First contacts: which wire assumptions were seen to hold for an organisation. Nothing personal is in a finding.
create table contact (
  id            bigint generated always as identity primary key,
  organisation  text not null references organisation (id) on delete cascade,
  -- Of the configuration that was tried.
  version       integer not null,
  passed        boolean not null,
  who           text not null,
  -- Why it is taken as passed where nothing was asked: a person vouches for it.
  why           text not null default '',
  -- Assumptions that are contradicted, and a person accepted it.
  accepted      jsonb not null default '[]',
  findings      jsonb not null,
  made_at       timestamptz not null default clock_timestamp()
);
create index contact_by_organisation on contact (organisation, made_at desc);

-- Rows of the integration that somebody switched on from then on: what was heard before is not sent.
create table row_begun (
  organisation  text not null references organisation (id) on delete cascade,
  row           text not null,
  begun_at      timestamptz not null default clock_timestamp(),
  -- Of the configuration that switched it on.
  version       integer not null,
  who           text not null,
  why           text not null,
  primary key (organisation, row)
);

-- One row for each address and credential with a limit of its own; `state` as domain/calls/budget.ts shapes it.
create table budget (
  id            text primary key,
  state         jsonb not null,
  updated_at    timestamptz not null default now()
);

create table qargo_token (
  organisation  text primary key references organisation (id) on delete cascade,
  -- Null: none is held, or the last one was refused.
  sealed        bytea,
  expires_at    timestamptz,
  -- From then on the next one is fetched, while this one is still used.
  refresh_at    timestamptz,
  -- A worker is fetching; if nothing came of it by then, another may.
  fetching_until timestamptz,
  -- Every fetch begun within the last hour, whether it brought a token or not.
  fetched       timestamptz[] not null default '{}',
  updated_at    timestamptz not null default now(),
  check ((sealed is null) = (expires_at is null)),
  check ((sealed is null) = (refresh_at is null))
);

-- === What came in ===============================================================================================

create sequence journal_id;

-- Every message as it came, for as long as it is kept: a partition a day (store/record/journal.ts), so that old days go at once.
create table journal (
  id            bigint not null default nextval('journal_id'),
  organisation  text not null,
  channel       text not null,
  received_at   timestamptz not null default clock_timestamp(),
  content_type  text not null,
  body          bytea not null,
  context       jsonb not null default '{}',
  state         text not null default 'new' check (state in ('new', 'read', 'parked')),
  problems      jsonb not null default '[]',
  read_at       timestamptz,
  -- Who put it aside as nobody's work, why and when: what could not be read of it cannot be mended.
  aside         jsonb,
  primary key (id, received_at)
) partition by range (received_at);
create index journal_parked on journal (organisation, received_at, id) where (state = 'parked' or problems <> '[]') and aside is null;
create table journal_default partition of journal default;

-- Messages that are still to be taken in. A row goes when its message is read or parked.
create table inbox (
  journal       bigint primary key,
  -- When the message came, by which its day's partition is found.
  received_at   timestamptz not null,
  organisation  text not null,
  -- One that takes long (store/record/journal.ts): small ones never wait for it.
  large         boolean not null default false,
  -- Tries that began; one that ended without a word counts too.
  tries         integer not null default 0,
  -- Whoever takes it in has it until then.
  lease_until   timestamptz
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_insert_threshold = -1);
-- Of each organisation the next few, however many wait.
create index inbox_turn on inbox (organisation, large, tries, journal);

-- Words of valid messages that nothing follows from (store/intake/unused.ts).
create table unused_word (
  organisation  text not null,
  channel       text not null,
  what          text not null,
  code          text not null,
  count         bigint not null,
  first_at      timestamptz not null default clock_timestamp(),
  last_at       timestamptz not null default clock_timestamp(),
  -- The journal's latest message with it; null where a read found it.
  message       bigint,
  primary key (organisation, channel, what, code)
);

create table blob (
  key           text primary key,
  sha256        text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  size          bigint not null check (size >= 0),
  media_type    text not null,
  created_at    timestamptz not null default now()
);

-- === Primary: consignments, their names, facts, decisions ========================================================

-- Its row is the lock under which all of a consignment is written.
create table consignment (
  id            text primary key,
  organisation  text not null references organisation (id),
  created_at    timestamptz not null default clock_timestamp(),
  -- Palletways reference as people type it
  reference     text,
  tracking_id   text,
  -- The id of its Temporal workflow: organisation, the reference known when it began, internal id. Never changed.
  workflow      text,
  qargo         jsonb not null default '{}',
  generation    integer not null default 1,
  closed_at     timestamptz,
  -- Two identities that proved to be one: the younger names the older that goes on (never one that was merged itself).
  merged_into   text references consignment (id),
  -- An order at Qargo that another link made: what happened until then is that link's, and is not told by us.
  adopted_at    timestamptz,
  -- Of each snapshot the latest instant at which it was said, though it was no news: of order and labels what stands, of the plan any
  -- that Qargo pushed. What says something else and is older came late.
  said          jsonb not null default '{}',
  palletways_read_at timestamptz,
  -- When its status there was last asked for.
  palletways_status_at timestamptz,
  -- When its order was last read alone, and when a read of another order last told all of it.
  qargo_read_at timestamptz,
  qargo_seen_at timestamptz,
  qargo_digest  text,
  -- Since when all its deliveries have ended and no signature is known.
  qargo_ended_at timestamptz,
  -- Why its order is to be read alone at once, and since when: it stands until that read is done.
  qargo_wanted  text,
  qargo_wanted_at timestamptz,
  documents_read_at timestamptz,
  -- When it was last looked at whether it can be closed out; what has ended and was looked at since is not looked at again.
  close_out_looked_at timestamptz,
  -- When it was closed out.
  close_out_at  timestamptz,
  unique (organisation, id)
);
create index consignment_open on consignment (organisation, qargo_read_at) where closed_at is null;
create index consignment_open_page on consignment (id) where closed_at is null;
create index consignment_merged on consignment (merged_into) where merged_into is not null;
create index consignment_close_out on consignment (organisation)
  where merged_into is null and (closed_at is null or close_out_looked_at is null or close_out_looked_at < closed_at);
create index consignment_not_closed_out on consignment (organisation, created_at, id) where close_out_at is null and merged_into is null;

-- Names under which a consignment is known. Strong ones are unique in an organisation while valid.
create table alias (
  organisation  text not null,
  kind          text not null,
  value         text not null,
  consignment   text not null references consignment (id),
  strong        boolean not null,
  valid_from    timestamptz not null default clock_timestamp(),
  valid_to      timestamptz,
  -- When it was last said to us; weak names count for a time only.
  said_at       timestamptz not null default clock_timestamp()
);
create unique index alias_strong on alias (organisation, kind, value) where strong and valid_to is null;
create unique index alias_weak on alias (organisation, kind, value, consignment) where not strong;
create index alias_consignment on alias (consignment);
create index alias_value on alias (value);

-- Stored once and never changed (erasing leaves the row without its body).
create table content (
  id            bigint generated always as identity primary key,
  organisation  text not null,
  consignment   text,
  body          jsonb,
  erased_at     timestamptz
);
create index content_consignment on content (consignment);

create table fact (
  seq           bigint generated always as identity primary key,
  organisation  text not null,
  consignment   text references consignment (id),
  id            text not null,
  kind          text not null,
  -- What it is about, as `subjectOf` in domain/state/state.ts names it.
  subject       text not null,
  -- Both in one, for one index.
  about         text generated always as (consignment || ' ' || subject) stored,
  at            timestamptz not null,
  heard         timestamptz not null,
  envelope      jsonb not null,
  journal       bigint,
  -- parked: nobody knows yet whose it is, or a person took it away.
  state         text not null default 'kept' check (state in ('kept', 'parked')),
  -- A code with its data (domain/obligations/causes.ts), here and in the tables below.
  cause         jsonb,
  -- Parked, and put aside as nobody's work: who, why and when. It is still given to its consignment, should one be known.
  aside         jsonb,
  -- The text that `at` was read from, as the far side wrote it. Null where no text said it.
  said          text
);
create unique index fact_once on fact (consignment, id) where consignment is not null;
create unique index fact_parked_once on fact (organisation, id) where consignment is null;
-- Only one index of a table begins with the consignment: else, of a life that is longer than all others, no statistics tell which to take.
create index fact_kind on fact (kind, consignment, at desc);
create index fact_about on fact (about);
create index fact_parked on fact (organisation, seq) where state = 'parked';
create index fact_parked_since on fact (organisation, heard, seq) where state = 'parked' and aside is null;
create index fact_exception on fact (organisation, heard, seq) include (consignment) where kind = 'exception';
create index fact_order on fact (organisation, seq) where kind = 'order';
create index fact_scan on fact (seq) where kind = 'scan';
-- Rows lie in the order in which they were heard: what is of the last days is found without an entry for each.
create index fact_heard on fact using brin (heard) with (pages_per_range = 32, autosummarize = on);

-- The names a parked fact could be found by.
create table parked_alias (
  fact          bigint not null references fact (seq) on delete cascade,
  organisation  text not null,
  kind          text not null,
  value         text not null,
  primary key (fact, kind, value)
);
create index parked_alias_name on parked_alias (organisation, kind, value);

-- What was decided at a moment and cannot be taken back; the first recorded stands.
create table decision (
  consignment   text not null references consignment (id),
  key           text not null,
  value         jsonb not null,
  at            timestamptz not null default clock_timestamp(),
  primary key (consignment, key)
);

-- === Primary: what was sent, and what came of it =================================================================

-- One row an obligation: its latest intent or outcome, and the fact that it tells.
create table receipt (
  consignment   text not null references consignment (id),
  key           text not null,
  organisation  text not null,
  counterpart   text not null check (counterpart in ('palletways', 'qargo')),
  kind          text not null,
  revision      integer not null,
  -- Of the order at Qargo.
  generation    integer not null default 1,
  fact          text not null,
  -- intent: written before the call; waiting: joins the next call of its kind; sending: on the wire, leased
  state         text not null check (state in ('intent', 'waiting', 'sending', 'met', 'void', 'refused', 'unknown', 'erased', 'not yet')),
  ever          boolean not null default false,
  ref           text,
  payload       jsonb,
  progress      jsonb not null default '{}',
  proof         jsonb,
  cause         jsonb,
  reason        text,
  until         timestamptz,
  sender        text,
  sent_at       timestamptz,
  lease_until   timestamptz,
  -- ms spent waiting for a call budget since it was first due
  waited_ms     double precision not null default 0,
  written_at    timestamptz not null default clock_timestamp(),
  settled_at    timestamptz,
  primary key (consignment, key)
);
create index receipt_waiting on receipt (organisation, counterpart, written_at) where state = 'waiting';
create index receipt_sending on receipt (organisation, lease_until) where state = 'sending';
create index receipt_fact on receipt (fact, consignment);
-- Notes as they were handed over, for trying a configuration on the latest.
create index receipt_note on receipt (organisation, settled_at)
  where counterpart = 'palletways' and payload is not null and state in ('met', 'refused');
create index receipt_written on receipt using brin (written_at) with (pages_per_range = 32, autosummarize = on);
create index receipt_charge on receipt (organisation, written_at) where kind = 'charge' and state not in ('met', 'void');

-- Who works in a lane of a consignment: written by each try to send. What has been due for long in a lane that nobody took is woken.
create table lane (
  consignment   text not null,
  lane          text not null,
  taken_at      timestamptz not null default clock_timestamp(),
  -- What holds the whole lane, and when it is tried again; null where nothing does.
  cause         text,
  until         timestamptz,
  primary key (consignment, lane)
) with (fillfactor = 50);

-- An older back-up of the record was put in its place: what was sent since that was made the far sides alone know (store/outbox/restored.ts).
create table restoration (
  id            bigint generated always as identity primary key,
  -- The latest instant of which the back-up knows anything.
  known_until   timestamptz not null,
  noted_at      timestamptz not null default clock_timestamp(),
  -- What was on the wire when the processes were stopped cannot act any more.
  quiet_until   timestamptz not null
);

-- Every outcome there ever was, append only.
create table attempt (
  id            bigint generated always as identity primary key,
  consignment   text not null,
  key           text not null,
  kind          text not null,
  fact          text not null,
  revision      integer not null,
  generation    integer not null default 1,
  outcome       text not null,
  cause         jsonb,
  reason        text,
  proof         jsonb,
  at            timestamptz not null default clock_timestamp()
);
create index attempt_of on attempt (consignment, key, id);
create index attempt_at on attempt using brin (at) with (pages_per_range = 32, autosummarize = on);

-- === Derived: what follows (domain/receipts/projection.ts makes it, store/record/projection.ts writes it) ========================

-- The facts that the state of a consignment is told from; every other owes what it owes by itself.
create table standing (
  consignment   text not null,
  subject       text not null,
  fact          bigint not null,
  primary key (consignment, subject)
);

create index standing_ending on standing (consignment) where subject = 'ending';

-- Obligations that are not met. What is met is its receipt, and no row.
create table obligation (
  consignment   text not null,
  key           text not null,
  organisation  text not null,
  counterpart   text not null,
  kind          text not null,
  sort          text not null,
  -- The row of the integration that switches it; whether that is on is joined when work is taken.
  row           text,
  lane          text not null,
  change        text not null,
  rank          smallint not null,
  revision      integer not null,
  generation    integer not null,
  fact          text not null,
  needs         text[] not null,
  gives         text,
  happened_at   timestamptz not null,
  -- When it was first owed, by the database's clock; `version` is that of the projection that made it what it is.
  since         timestamptz not null default clock_timestamp(),
  version       bigint not null,
  -- Whether an earlier version of it was still open then.
  replaced      boolean not null default false,
  state         text not null check (state in ('open', 'refused', 'unknown')),
  cause         jsonb,
  not_before    timestamptz,
  primary key (consignment, key)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
create index obligation_due on obligation (lane, consignment, rank, since);
create index obligation_attention on obligation (organisation, since, consignment, key) where state <> 'open';
create index obligation_row on obligation (organisation, row);
create index obligation_since on obligation (since) where state = 'open';

-- One narrow row a consignment.
create table status (
  consignment   text primary key,
  organisation  text not null,
  version       bigint not null,
  -- Which rules made it (`rulesVersion`); `stale`: it is to be made again by who touches it next.
  rules         integer not null,
  stale         boolean not null default false,
  stage         text not null,
  edit_stage    text not null,
  ended         boolean not null,
  over          boolean not null,
  -- When it was last seen over or something outstanding went: the hold-open period counts from it.
  quiet_at      timestamptz not null,
  changed_at    timestamptz not null default clock_timestamp(),
  leg           text not null,
  roles         text[] not null,
  service       text not null,
  has           text[] not null,
  asked         text[] not null,
  questions     jsonb not null,
  -- Since when the first of them waits; null where none does.
  question_since timestamptz,
  -- Exceptions that nobody ended: how many, since when the first, and which that is.
  case_count    integer not null default 0,
  case_since    timestamptz,
  case_first    jsonb,
  -- When the last of those that are over was over.
  case_ended_at timestamptz,
  -- When it was delivered, while that is its stage.
  delivered_at  timestamptz,
  goods         jsonb,
  happened      jsonb not null
) with (fillfactor = 70);
create index status_questions on status (organisation, question_since, consignment) where question_since is not null;
create index status_cases on status (organisation, case_since, consignment) where case_count > 0;
create index status_cases_ended on status (organisation, case_ended_at, consignment) where case_ended_at is not null;
create index status_pod on status (organisation, delivered_at, consignment) where delivered_at is not null and not over;
create index status_over on status (quiet_at) where over and not stale;
create index status_asked on status (organisation) where asked <> '{}';

-- Consignments whose workflow is to be told that there is something new.
create table wake (
  consignment   text primary key,
  organisation  text not null,
  version       bigint not null,
  -- Kinds of the facts that are new: which signal carries it.
  kinds         text[] not null,
  urgent        boolean not null,
  first_at      timestamptz not null default clock_timestamp(),
  last_at       timestamptz not null default clock_timestamp(),
  -- False: told, and kept for a moment so that what follows rides together.
  pending       boolean not null default true,
  token         text,
  lease_until   timestamptz
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_insert_threshold = -1);
create index wake_pending on wake (first_at) where pending;

-- === Feeds, sweeps, exceptions, close-outs =======================================================================

-- Where each delta feed stands, and which notes were seen.
create table cursor (
  organisation  text not null,
  feed          text not null,
  position      text not null,
  at            timestamptz not null default clock_timestamp(),
  primary key (organisation, feed)
);
create table seen_note (
  organisation  text not null,
  note          text not null,
  seen_at       timestamptz not null default clock_timestamp(),
  primary key (organisation, note)
);

create table sweep (
  id            bigint generated always as identity primary key,
  organisation  text not null,
  started_at    timestamptz not null default clock_timestamp(),
  ended_at      timestamptz,
  found         integer
);
create index sweep_latest on sweep (organisation, id desc);
create index sweep_ended on sweep (organisation, id desc) where ended_at is not null;

-- The stops of an order as its last own read showed them. A read of a trip tells stops by their ids alone: this says whose they are.
create table order_stop (
  consignment   text not null references consignment (id),
  organisation  text not null,
  stop          text not null,
  type          text not null,
  -- Null: on none.
  trip          text,
  phase         text not null check (phase in ('open', 'under way', 'ended')),
  -- What of it makes an own read of the order worth a call (`markOf` in connectors/qargo/read-trip.ts).
  mark          text not null,
  -- The trip's read left it out, though the order's own names that trip.
  missed        boolean not null default false,
  primary key (consignment, stop)
);
create index order_stop_stop on order_stop (organisation, stop);
create index order_stop_trip on order_stop (organisation, trip) where trip is not null;

-- What the last read of a trip showed.
create table trip_look (
  organisation  text not null,
  trip          text not null,
  read_at       timestamptz,
  -- Of each of our stops on it the mark, of each of our orders a digest of all that it told: what is the same again brings nothing.
  seen          jsonb not null default '{"marks": {}, "orders": {}}',
  -- Orders and stops on it that were not known as its own; each is news once.
  strangers     text[] not null default '{}',
  -- Why it cannot be read (HTTP status, or a word), since when, and when it is tried again; null where it can.
  failure       text,
  failed_at     timestamptz,
  again_at      timestamptz,
  primary key (organisation, trip)
);

-- Whether an organisation's Qargo lets us read trips: learnt from its answers.
create table trip_access (
  organisation  text primary key references organisation (id) on delete cascade,
  -- The last read that was answered.
  read_at       timestamptz,
  refused_at    timestamptz,
  -- HTTP status of the refusal.
  status        integer,
  again_at      timestamptz
);

-- One thing that a sweep could not read while it read others: it goes with the next read that succeeds.
create table unread_item (
  organisation  text not null,
  -- `order`, `trip` or `consignment` (at Palletways), and which.
  item          text not null,
  id            text not null,
  consignment   text,
  reason        text not null,
  since         timestamptz not null default clock_timestamp(),
  tries         integer not null default 1,
  again_at      timestamptz not null,
  primary key (organisation, item, id)
);

-- A tracking id that a note of the feed names and no consignment of ours has: it is read, and remembered where it is no business of ours.
create table stranger (
  organisation  text not null,
  tracking_id   text not null,
  -- The tracking id of ours whose note names it, and whether that note tells a redirect in words; null where it is the note's own.
  old_id        text,
  redirect      boolean not null default false,
  met_at        timestamptz not null default clock_timestamp(),
  tries         integer not null default 0,
  -- When it may be read (again); null: not before a note names it again a day later.
  again_at      timestamptz default clock_timestamp(),
  read_at       timestamptz,
  primary key (organisation, tracking_id)
);
create index stranger_due on stranger (organisation, again_at);

-- Exceptions that Palletways fetches. A position is given under the organisation's lock by who reads, so that a cursor never
-- passes one that commits later; an exception whose photos came late takes a new position.
create table exception_offer (
  fact          bigint primary key references fact (seq) on delete cascade,
  organisation  text not null,
  position      bigint not null,
  photos        integer not null default 0,
  offered_at    timestamptz not null default clock_timestamp(),
  fetched_at    timestamptz,
  unique (organisation, position)
);

-- What is final of a consignment: frozen once (adjustment 0), and every later change as a row of its own. Never edited.
create table close_out (
  seq           bigint generated always as identity primary key,
  consignment   text not null references consignment (id),
  organisation  text not null,
  adjustment    integer not null,
  made_at       timestamptz not null default clock_timestamp(),
  final         jsonb not null,
  changes       jsonb not null default '[]',
  record        jsonb not null,
  unique (consignment, adjustment)
);
create index close_out_organisation on close_out (organisation, seq);
create index close_out_made on close_out (organisation, made_at) include (seq);

create function close_out_is_final() returns trigger language plpgsql as $$
begin
  raise exception 'a close-out is never edited: a change is an adjustment';
end $$;
create trigger close_out_final before update or delete on close_out for each row execute function close_out_is_final();
