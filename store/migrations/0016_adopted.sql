-- A consignment whose order at Qargo another link made: what happened until then is that link's, and is not told by us.
alter table consignment add column adopted_at timestamptz;
