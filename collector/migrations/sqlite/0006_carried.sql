-- A host of a one-way site: its runs come in files, and it may open no session.
ALTER TABLE host ADD COLUMN carried INTEGER NOT NULL DEFAULT 0 CHECK (carried IN (0, 1));
CREATE TRIGGER carried_standing AFTER UPDATE OF carried ON host
BEGIN UPDATE standing SET epoch = epoch + 1; END;

-- Files that were taken, by their SHA-256, and the receipt that was written for each.
CREATE TABLE carried_file (
    sha256       BLOB    NOT NULL PRIMARY KEY,
    host_id      TEXT    NOT NULL REFERENCES host (id),
    from_counter INTEGER NOT NULL,
    to_counter   INTEGER NOT NULL,
    taken        INTEGER NOT NULL,
    known        INTEGER NOT NULL,
    missing      INTEGER NOT NULL,
    made_at      INTEGER NOT NULL,
    imported_at  INTEGER NOT NULL,
    receipt      BLOB    NOT NULL,
    signature    BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX carried_file_by_host ON carried_file (host_id);

-- When this record was put in place from a backup, and when that was made.
CREATE TABLE restored (
    at        INTEGER NOT NULL,
    backup_at INTEGER NOT NULL
) STRICT;
