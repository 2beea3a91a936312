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

create function close_out_is_final() returns trigger language plpgsql as $$
begin
  raise exception 'a close-out is never edited: a change is an adjustment';
end $$;
create trigger close_out_final before update or delete on close_out for each row execute function close_out_is_final();

-- When it was last looked at whether a consignment can be closed out; what has ended and was looked at since is not looked at again.
alter table consignment add column close_out_looked_at timestamptz;
create index consignment_close_out on consignment (organisation)
  where merged_into is null and (closed_at is null or close_out_looked_at is null or close_out_looked_at < closed_at);
