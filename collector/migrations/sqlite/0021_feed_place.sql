-- Whose word on an advisory holds: the latest feed's, by its id, or by the id that stands here. A file that is read
-- anew after an upgrade (`without_days`) says what it said then, so it has the place that it had.
ALTER TABLE feed ADD COLUMN place INTEGER;
