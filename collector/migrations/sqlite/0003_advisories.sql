-- What is installed on each host, as its agent last sent it.
CREATE TABLE inventory (
    host_id      TEXT    NOT NULL PRIMARY KEY REFERENCES host (id),
    sha256       BLOB    NOT NULL,
    scheme       TEXT    NOT NULL,
    os           TEXT    NOT NULL,
    os_version   TEXT    NOT NULL,
    kernel       TEXT    NOT NULL,
    kernel_build TEXT    NOT NULL,
    channels     TEXT    NOT NULL,
    packages     INTEGER NOT NULL,
    received_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE package (
    host_id        TEXT NOT NULL REFERENCES host (id),
    name           TEXT NOT NULL,
    arch           TEXT NOT NULL,
    version        TEXT NOT NULL,
    source         TEXT NOT NULL,
    source_version TEXT NOT NULL,
    vendor         TEXT NOT NULL,
    module         TEXT NOT NULL,
    PRIMARY KEY (host_id, name, arch, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX package_by_name ON package (name);
CREATE INDEX package_by_source ON package (source);

-- Imported files. Only what belongs to a complete one is ever compared with anything.
CREATE TABLE feed (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind        TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    sha256      BLOB    NOT NULL,
    bytes       INTEGER NOT NULL,
    whole       INTEGER NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('importing', 'complete', 'replaced')),
    position    INTEGER NOT NULL,
    records     INTEGER NOT NULL,
    skipped     INTEGER NOT NULL,
    dated_at    INTEGER,
    started_at  INTEGER NOT NULL,
    imported_at INTEGER
) STRICT;
CREATE INDEX feed_by_sha256 ON feed (sha256);

CREATE TABLE advisory (
    feed_id   INTEGER NOT NULL REFERENCES feed (id),
    distro    TEXT    NOT NULL,
    id        TEXT    NOT NULL,
    severity  TEXT,
    published INTEGER,
    cves      TEXT    NOT NULL,
    PRIMARY KEY (feed_id, distro, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX advisory_by_id ON advisory (distro, id, feed_id);

CREATE TABLE advisory_fix (
    feed_id    INTEGER NOT NULL REFERENCES feed (id),
    distro     TEXT    NOT NULL,
    release    TEXT    NOT NULL,
    package    TEXT    NOT NULL,
    advisory   TEXT    NOT NULL,
    by_source  INTEGER NOT NULL,
    introduced TEXT    NOT NULL,
    fixed      TEXT    NOT NULL,
    arch       TEXT    NOT NULL,
    module     TEXT    NOT NULL,
    channel    TEXT    NOT NULL,
    PRIMARY KEY (feed_id, distro, release, package, advisory, introduced, fixed, arch, module, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX advisory_fix_by_package ON advisory_fix (distro, release, package);

-- Which releases a complete feed speaks about, and with how many fixes.
CREATE TABLE feed_scope (
    feed_id INTEGER NOT NULL REFERENCES feed (id),
    distro  TEXT    NOT NULL,
    release TEXT    NOT NULL,
    fixes   INTEGER NOT NULL,
    PRIMARY KEY (feed_id, distro, release)
) STRICT, WITHOUT ROWID;

-- When an advisory was first heard of: for those whose feed tells no date.
CREATE TABLE advisory_first (
    distro   TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    first_at INTEGER NOT NULL,
    PRIMARY KEY (distro, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE kev (
    feed_id INTEGER NOT NULL REFERENCES feed (id),
    cve     TEXT    NOT NULL,
    added   INTEGER,
    PRIMARY KEY (feed_id, cve)
) STRICT, WITHOUT ROWID;

CREATE TABLE epss (
    feed_id        INTEGER NOT NULL REFERENCES feed (id),
    cve            TEXT    NOT NULL,
    probability_bp INTEGER NOT NULL,
    PRIMARY KEY (feed_id, cve)
) STRICT, WITHOUT ROWID;
