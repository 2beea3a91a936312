-- Of each snapshot the latest instant at which it was said, though it was no news: of order and labels what stands, of the plan
-- any that Qargo pushed. What says something else and is older came late.
alter table consignment add column said jsonb not null default '{}';
