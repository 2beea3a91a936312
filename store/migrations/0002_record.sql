-- The record: journal, consignments and their names, content, facts, decisions, deliveries.

create table journal (
  id            bigint generated always as identity primary key,
  organisation  text not null references organisation (id),
  channel       text not null,
  received_at   timestamptz not null default clock_timestamp(),
  content_type  text not null,
  body          bytea not null,
  context       jsonb not null default '{}',
  state         text not null default 'new' check (state in ('new', 'read', 'parked')),
  problems      jsonb not null default '[]',
  read_at       timestamptz
);
create index journal_new on journal (id) where state = 'new';
create index journal_parked on journal (organisation, id) where state = 'parked' or problems <> '[]';

create table consignment (
  id              text primary key,
  organisation    text not null references organisation (id),
  created_at      timestamptz not null default clock_timestamp(),
  -- Palletways reference as people type it
  reference       text,
  tracking_id     text,
  qargo           jsonb not null default '{}',
  generation      integer not null default 1,
  stage           text not null default 'announced',
  closed_at       timestamptz,
  dispatch_until  timestamptz,
  palletways_read_at timestamptz,
  qargo_read_at   timestamptz,
  qargo_digest    text,
  documents_read_at timestamptz
);
create index consignment_open on consignment (organisation, qargo_read_at) where closed_at is null;

-- Names under which a consignment is known. Strong ones are unique in an organisation while valid.
create table alias (
  organisation  text not null,
  kind          text not null,
  value         text not null,
  consignment   text not null references consignment (id),
  strong        boolean not null,
  valid_from    timestamptz not null default clock_timestamp(),
  valid_to      timestamptz
);
create unique index alias_strong on alias (organisation, kind, value) where strong and valid_to is null;
create unique index alias_weak on alias (organisation, kind, value, consignment) where not strong;
create index alias_consignment on alias (consignment);

-- Stored once and never changed (erasing leaves the row without its body).
create table content (
  id            bigint generated always as identity primary key,
  organisation  text not null,
  consignment   text,
  body          jsonb,
  erased_at     timestamptz
);

create table fact (
  seq           bigint generated always as identity primary key,
  organisation  text not null,
  consignment   text references consignment (id),
  id            text not null,
  kind          text not null,
  at            timestamptz not null,
  heard         timestamptz not null,
  envelope      jsonb not null,
  journal       bigint,
  state         text not null default 'new' check (state in ('new', 'dispatched', 'parked')),
  cause         text,
  dispatched_at timestamptz
);
create unique index fact_once on fact (consignment, id) where consignment is not null;
create unique index fact_parked_once on fact (organisation, id) where consignment is null;
create index fact_new on fact (consignment, seq) where state = 'new';
create index fact_kind on fact (consignment, kind, at desc);

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

-- One row an obligation: its latest intent or outcome.
create table delivery (
  consignment   text not null references consignment (id),
  key           text not null,
  organisation  text not null,
  counterpart   text not null,
  kind          text not null,
  digest        text not null,
  revision      integer not null,
  fact          text not null,
  -- intent: written before the call; waiting: joins the next call of its kind; sending: on the wire, leased
  state         text not null check (state in ('intent', 'waiting', 'sending', 'delivered', 'void', 'refused', 'unknown', 'erased', 'not yet')),
  ever          boolean not null default false,
  ref           text,
  payload       jsonb,
  progress      jsonb not null default '{}',
  proof         jsonb,
  cause         text,
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
create index delivery_waiting on delivery (organisation, counterpart, written_at) where state = 'waiting';
create index delivery_sending on delivery (organisation, lease_until) where state = 'sending';
create index delivery_stuck on delivery (organisation) where state in ('refused', 'unknown');

-- Every outcome there ever was, append only.
create table attempt (
  id            bigint generated always as identity primary key,
  consignment   text not null,
  key           text not null,
  kind          text not null,
  digest        text not null,
  revision      integer not null,
  outcome       text not null,
  cause         text,
  reason        text,
  proof         jsonb,
  at            timestamptz not null default clock_timestamp()
);
create index attempt_of on attempt (consignment, key, id);

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
