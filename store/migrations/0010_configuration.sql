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
insert into organisation_version (organisation, version, settings, secrets, made_by, made_at)
  select id, version, settings, secrets, made_by, updated_at from organisation;

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
