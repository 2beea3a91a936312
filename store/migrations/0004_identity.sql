-- Two identities that proved to be one: the younger names the older that goes on (never one that was merged itself).
alter table consignment add column merged_into text references consignment (id);
create index consignment_merged on consignment (merged_into) where merged_into is not null;

-- When a name was last said to us; weak names count for a time only.
alter table alias add column said_at timestamptz not null default clock_timestamp();
update alias set said_at = valid_from;

-- Whose it is to tell a consignment's workflow, and until when. Apart from the consignment, so that neither who hears nor who
-- tells waits for the other; the token tells one claim from the next.
create table dispatch_lease (
  consignment   text primary key,
  token         text not null,
  until         timestamptz not null
);
insert into dispatch_lease (consignment, token, until)
  select id, 'migrated', dispatch_until from consignment where dispatch_until is not null;
alter table consignment drop column dispatch_until;

create index fact_parked on fact (organisation, seq) where state = 'parked';
