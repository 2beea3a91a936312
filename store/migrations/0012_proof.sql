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
create index fact_exception on fact (organisation, heard) where kind = 'exception';
