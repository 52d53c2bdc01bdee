-- At which address of the endpoint a host is contradicted: what another one shows settles nothing there.
-- Rows of before name none.
CREATE TABLE contradiction_new (
    endpoint_id  TEXT    NOT NULL REFERENCES endpoint (id),
    host_id      TEXT    NOT NULL REFERENCES host (id),
    check_id     TEXT    NOT NULL,
    topic        TEXT    NOT NULL,
    claimed      TEXT    NOT NULL,
    seen         TEXT    NOT NULL,
    first_at     INTEGER NOT NULL,
    last_at      INTEGER NOT NULL,
    proved_at    INTEGER,
    counts_until INTEGER NOT NULL DEFAULT 0,
    address      TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (endpoint_id, host_id, check_id, topic, address)
) STRICT, WITHOUT ROWID;
INSERT INTO contradiction_new (endpoint_id, host_id, check_id, topic, claimed, seen, first_at, last_at,
    proved_at, counts_until)
SELECT endpoint_id, host_id, check_id, topic, claimed, seen, first_at, last_at, proved_at, counts_until
FROM contradiction;
DROP TABLE contradiction;
ALTER TABLE contradiction_new RENAME TO contradiction;
CREATE INDEX contradiction_by_host ON contradiction (host_id);

-- The record may also speak of rows of the log of probes.
CREATE TABLE record_new (
    seq         INTEGER NOT NULL PRIMARY KEY,
    at          INTEGER NOT NULL,
    kind        TEXT    NOT NULL CHECK (kind IN
        ('audit', 'run', 'changes', 'certificate', 'revoked', 'event', 'probe')),
    host_id     TEXT,
    subject     TEXT    NOT NULL,
    detail      TEXT    NOT NULL,
    prev_sha256 BLOB    NOT NULL,
    sha256      BLOB    NOT NULL
) STRICT;
INSERT INTO record_new (seq, at, kind, host_id, subject, detail, prev_sha256, sha256)
SELECT seq, at, kind, host_id, subject, detail, prev_sha256, sha256 FROM record;
DROP TABLE record;
ALTER TABLE record_new RENAME TO record;
CREATE INDEX record_by_host ON record (host_id, seq) WHERE host_id IS NOT NULL;
CREATE INDEX record_of_probes ON record (seq) WHERE kind = 'probe';
CREATE TRIGGER record_no_update BEFORE UPDATE ON record
BEGIN SELECT RAISE (ABORT, 'the record is append-only'); END;
CREATE TRIGGER record_no_delete BEFORE DELETE ON record
BEGIN SELECT RAISE (ABORT, 'the record is append-only'); END;
