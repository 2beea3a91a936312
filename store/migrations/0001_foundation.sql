-- Who works with us, what they may call, and what files they have. Names are resolved in the schema being migrated.

create table organisation (
  id text primary key check (id ~ '^[a-z0-9-]{2,40}$'),
  name text not null,
  active boolean not null default true,
  -- Everything but secrets, as domain/organisation.ts shapes it.
  settings jsonb not null,
  -- Keys and passwords: one sealed JSON object, field path to value.
  secrets bytea not null,
  -- Counts the changes; who edits names the version they saw.
  version integer not null default 1,
  made_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- One row for each address and credential with a limit of its own; `state` as domain/budget.ts shapes it.
create table budget (
  id text primary key,
  state jsonb not null,
  updated_at timestamptz not null default now()
);

create table qargo_token (
  organisation text primary key references organisation (id) on delete cascade,
  -- Null: none is held, or the last one was refused.
  sealed bytea,
  expires_at timestamptz,
  -- From then on the next one is fetched, while this one is still used.
  refresh_at timestamptz,
  -- A worker is fetching; if nothing came of it by then, another may.
  fetching_until timestamptz,
  -- Every fetch begun within the last hour, whether it brought a token or not.
  fetched timestamptz[] not null default '{}',
  updated_at timestamptz not null default now(),
  check ((sealed is null) = (expires_at is null)),
  check ((sealed is null) = (refresh_at is null))
);

create table blob (
  key text primary key,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  size bigint not null check (size >= 0),
  media_type text not null,
  created_at timestamptz not null default now()
);
