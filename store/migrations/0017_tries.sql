-- How often a message could not be taken in though the record was there: tries are counted, and end (client/dispatch).
alter table journal add column tries smallint not null default 0;

-- What was tried before waits behind what was not.
drop index journal_new;
create index journal_new on journal (tries, id) where state = 'new';
