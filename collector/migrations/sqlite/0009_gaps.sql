-- What a run says about runs before it that never come: how many, and when the first and the last ended.
ALTER TABLE run ADD COLUMN missing_runs INTEGER;
ALTER TABLE run ADD COLUMN missing_first_at INTEGER;
ALTER TABLE run ADD COLUMN missing_last_at INTEGER;

-- Where a host's history is missing, by the run that said so and was taken. Kept like the history.
CREATE TABLE history_gap (
    host_id  TEXT    NOT NULL REFERENCES host (id),
    counter  INTEGER NOT NULL,
    runs     INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    told_at  INTEGER NOT NULL,
    PRIMARY KEY (host_id, counter)
) STRICT, WITHOUT ROWID;
