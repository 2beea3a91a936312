-- The text that a fact's instant was read from, as the far side wrote it: `2026-10-25 01:30:00`, `2026-10-25T02:30:00+02:00`. With the
-- zone of its envelope it tells how the instant was found. Null where no text said it (a read's own time, a person's signal).
alter table fact add column said text;
