-- Until when a contradiction counts in the score: by then the endpoint should have been looked at again.
-- Those of before count again once they are seen again.
ALTER TABLE contradiction ADD COLUMN counts_until INTEGER NOT NULL DEFAULT 0;
CREATE INDEX contradiction_by_host ON contradiction (host_id);
