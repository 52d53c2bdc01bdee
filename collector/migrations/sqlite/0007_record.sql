-- The certificate as it was issued, so that signatures can be verified against the CA alone.
ALTER TABLE certificate ADD COLUMN der BLOB;
-- What program the agent says it runs.
ALTER TABLE host ADD COLUMN agent_binary_sha256 BLOB;

-- Who has looked at an event, and what was said of it. One that comes again is open again.
ALTER TABLE integrity_event ADD COLUMN acknowledged_at INTEGER;
ALTER TABLE integrity_event ADD COLUMN acknowledged_by TEXT;
ALTER TABLE integrity_event ADD COLUMN acknowledged_why TEXT;

-- One chain over everything that is to be proved later. Each row commits to rows of other tables, so
-- that its last hash, kept outside, vouches for all of them.
CREATE TABLE record (
    seq         INTEGER NOT NULL PRIMARY KEY,
    at          INTEGER NOT NULL,
    kind        TEXT    NOT NULL CHECK (kind IN ('audit', 'run', 'changes', 'certificate', 'revoked', 'event')),
    host_id     TEXT,
    subject     TEXT    NOT NULL,
    detail      TEXT    NOT NULL,
    prev_sha256 BLOB    NOT NULL,
    sha256      BLOB    NOT NULL
) STRICT;
CREATE INDEX record_by_host ON record (host_id, seq) WHERE host_id IS NOT NULL;
CREATE TRIGGER record_no_update BEFORE UPDATE ON record
BEGIN SELECT RAISE (ABORT, 'the record is append-only'); END;
CREATE TRIGGER record_no_delete BEFORE DELETE ON record
BEGIN SELECT RAISE (ABORT, 'the record is append-only'); END;

-- The programs of releases. Where there are none, an agent's program is compared with nothing.
CREATE TABLE release_binary (
    sha256   BLOB    NOT NULL PRIMARY KEY,
    release  TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    added_at INTEGER NOT NULL
) STRICT;
