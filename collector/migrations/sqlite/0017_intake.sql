-- How much new evidence a host brought on a day, so that none fills the disk.
CREATE TABLE intake (
    host_id TEXT    NOT NULL PRIMARY KEY REFERENCES host (id),
    day     INTEGER NOT NULL,
    bytes   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
