-- Times are milliseconds since the Unix epoch, UTC. Ids are UUIDv7 text. Hashes are 32 raw bytes.

CREATE TABLE agency (
    id          TEXT    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL UNIQUE,
    kind        TEXT    NOT NULL CHECK (kind IN ('department', 'commune', 'party', 'mass', 'other')),
    created_at  INTEGER NOT NULL,
    archived_at INTEGER
) STRICT;

CREATE TABLE system (
    id             TEXT    NOT NULL PRIMARY KEY,
    agency_id      TEXT    NOT NULL REFERENCES agency (id),
    name           TEXT    NOT NULL,
    standard_id    TEXT    NOT NULL,
    proposed_level INTEGER NOT NULL CHECK (proposed_level BETWEEN 1 AND 5),
    approved_level INTEGER CHECK (approved_level BETWEEN 1 AND 5),
    dossier        TEXT    NOT NULL CHECK (dossier IN ('none', 'draft', 'submitted', 'approved')),
    declared_hosts INTEGER NOT NULL CHECK (declared_hosts BETWEEN 0 AND 100000),
    created_at     INTEGER NOT NULL,
    archived_at    INTEGER,
    UNIQUE (agency_id, name)
) STRICT;

CREATE TABLE host (
    id                TEXT    NOT NULL PRIMARY KEY,
    system_id         TEXT    NOT NULL REFERENCES system (id),
    hostname          TEXT    NOT NULL,
    machine_id_sha256 BLOB    NOT NULL,
    os_id             TEXT    NOT NULL,
    os_version        TEXT    NOT NULL,
    agent_version     TEXT    NOT NULL,
    state             TEXT    NOT NULL CHECK (state IN ('active', 'disabled', 'retired')),
    enrolled_at       INTEGER NOT NULL,
    last_seen_at      INTEGER,
    last_run_at       INTEGER,
    last_counter      INTEGER NOT NULL DEFAULT 0,
    state_sha256      BLOB,
    clock_drift_ms    INTEGER
) STRICT;
CREATE INDEX host_by_system ON host (system_id);

-- One-time enrolment tokens. Only the hash is kept.
CREATE TABLE token (
    id            TEXT    NOT NULL PRIMARY KEY,
    sha256        BLOB    NOT NULL UNIQUE,
    system_id     TEXT    NOT NULL REFERENCES system (id),
    created_by    TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    used_at       INTEGER,
    used_by_host  TEXT REFERENCES host (id),
    revoked_at    INTEGER
) STRICT;
CREATE INDEX token_by_system ON token (system_id);

CREATE TABLE certificate (
    serial     TEXT    NOT NULL PRIMARY KEY,
    host_id    TEXT    NOT NULL REFERENCES host (id),
    public_key BLOB    NOT NULL,
    issued_at  INTEGER NOT NULL,
    not_after  INTEGER NOT NULL,
    revoked_at INTEGER,
    revoked_why TEXT
) STRICT;
CREATE INDEX certificate_by_host ON certificate (host_id);

-- agency_id is null for a user who sees every agency.
CREATE TABLE user (
    id            TEXT    NOT NULL PRIMARY KEY,
    login         TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    role          TEXT    NOT NULL CHECK (role IN ('admin', 'officer', 'viewer', 'sysadmin')),
    agency_id     TEXT REFERENCES agency (id),
    password_hash TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    disabled_at   INTEGER,
    CHECK (role <> 'sysadmin' OR agency_id IS NOT NULL),
    CHECK (role NOT IN ('admin', 'officer') OR agency_id IS NULL)
) STRICT;

CREATE TABLE session (
    sha256     BLOB    NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL REFERENCES user (id),
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX session_by_user ON session (user_id);

-- What a host was told to measure against, and the nonce that its runs must echo.
CREATE TABLE assignment (
    host_id     TEXT    NOT NULL REFERENCES host (id),
    revision    INTEGER NOT NULL,
    nonce       BLOB    NOT NULL,
    standard_id TEXT    NOT NULL,
    level       INTEGER NOT NULL,
    issued_at   INTEGER NOT NULL,
    PRIMARY KEY (host_id, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
    id               TEXT    NOT NULL PRIMARY KEY,
    host_id          TEXT    NOT NULL REFERENCES host (id),
    counter          INTEGER NOT NULL,
    revision         INTEGER NOT NULL,
    nonce            BLOB    NOT NULL,
    catalogue_sha256 BLOB    NOT NULL,
    checks           TEXT    NOT NULL,
    state            TEXT    NOT NULL CHECK (state IN ('open', 'resync', 'finished', 'refused', 'abandoned')),
    received_at      INTEGER NOT NULL,
    started_at       INTEGER NOT NULL,
    finished_at      INTEGER,
    state_sha256     BLOB,
    state_findings   INTEGER,
    unchanged        INTEGER,
    cpu_ms           INTEGER,
    peak_rss_kib     INTEGER,
    signature        BLOB,
    refused_why      TEXT
) STRICT;
CREATE INDEX run_by_host ON run (host_id, counter);

-- Batches that are durable, and their findings until the run's signature and digest verify.
CREATE TABLE run_batch (
    run_id   TEXT    NOT NULL REFERENCES run (id),
    sequence INTEGER NOT NULL,
    resync   INTEGER NOT NULL,
    sha256   BLOB    NOT NULL,
    findings INTEGER NOT NULL,
    bytes    INTEGER NOT NULL,
    PRIMARY KEY (run_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE staged_finding (
    run_id             TEXT    NOT NULL REFERENCES run (id),
    sequence           INTEGER NOT NULL,
    check_id           TEXT    NOT NULL,
    subject_kind       INTEGER NOT NULL,
    subject_name       TEXT    NOT NULL,
    observation_sha256 BLOB,
    claimed_verdict    TEXT,
    claim_mismatch     INTEGER NOT NULL,
    observed_at        INTEGER NOT NULL,
    PRIMARY KEY (run_id, sequence, check_id, subject_kind, subject_name)
) STRICT, WITHOUT ROWID;

-- The evidence, once per content, kept for as long as anything refers to it.
CREATE TABLE observation (
    sha256     BLOB    NOT NULL PRIMARY KEY,
    bytes      BLOB    NOT NULL,
    first_at   INTEGER NOT NULL
) STRICT;

-- What holds now. The key puts a host's findings side by side.
CREATE TABLE finding (
    host_id            TEXT    NOT NULL REFERENCES host (id),
    check_id           TEXT    NOT NULL,
    subject_kind       INTEGER NOT NULL,
    subject_name       TEXT    NOT NULL,
    observation_sha256 BLOB    NOT NULL REFERENCES observation (sha256),
    verdict            TEXT    NOT NULL,
    reason             TEXT    NOT NULL,
    claimed_verdict    TEXT    NOT NULL,
    claim_mismatch     INTEGER NOT NULL,
    observed_at        INTEGER NOT NULL,
    confirmed_at       INTEGER NOT NULL,
    since              INTEGER NOT NULL,
    PRIMARY KEY (host_id, check_id, subject_kind, subject_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_by_check ON finding (check_id, verdict);

-- Every change of the above, never updated, hash-chained per host.
CREATE TABLE finding_change (
    host_id            TEXT    NOT NULL REFERENCES host (id),
    seq                INTEGER NOT NULL,
    at                 INTEGER NOT NULL,
    run_id             TEXT    NOT NULL,
    kind               TEXT    NOT NULL CHECK (kind IN ('appeared', 'changed', 'judged', 'gone')),
    check_id           TEXT    NOT NULL,
    subject_kind       INTEGER NOT NULL,
    subject_name       TEXT    NOT NULL,
    observation_sha256 BLOB,
    verdict            TEXT,
    reason             TEXT,
    confirmed_at       INTEGER NOT NULL,
    prev_sha256        BLOB    NOT NULL,
    sha256             BLOB    NOT NULL,
    PRIMARY KEY (host_id, seq)
) STRICT, WITHOUT ROWID;

-- What speaks against a host's honesty. One row per kind and subject, so that it cannot be flooded.
CREATE TABLE integrity_event (
    host_id  TEXT    NOT NULL REFERENCES host (id),
    kind     TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    detail   TEXT    NOT NULL,
    count    INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    PRIMARY KEY (host_id, kind, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE score_system (
    system_id         TEXT    NOT NULL PRIMARY KEY REFERENCES system (id),
    at                INTEGER NOT NULL,
    level             INTEGER NOT NULL,
    standard_id       TEXT    NOT NULL,
    score_bp          INTEGER NOT NULL,
    coverage_bp       INTEGER NOT NULL,
    exempt_bp         INTEGER NOT NULL,
    before_waivers_bp INTEGER NOT NULL,
    attained          INTEGER,
    card              TEXT    NOT NULL
) STRICT;

CREATE TABLE score_day (
    system_id         TEXT    NOT NULL REFERENCES system (id),
    day               TEXT    NOT NULL,
    at                INTEGER NOT NULL,
    level             INTEGER NOT NULL,
    standard_id       TEXT    NOT NULL,
    score_bp          INTEGER NOT NULL,
    coverage_bp       INTEGER NOT NULL,
    exempt_bp         INTEGER NOT NULL,
    before_waivers_bp INTEGER NOT NULL,
    attained          INTEGER,
    PRIMARY KEY (system_id, day)
) STRICT, WITHOUT ROWID;

-- No foreign keys: the log stays when what it speaks of goes.
CREATE TABLE audit (
    seq         INTEGER NOT NULL PRIMARY KEY,
    at          INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    action      TEXT    NOT NULL,
    agency_id   TEXT,
    target      TEXT    NOT NULL,
    detail      TEXT    NOT NULL,
    prev_sha256 BLOB    NOT NULL,
    sha256      BLOB    NOT NULL
) STRICT;

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE (ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE (ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER finding_change_no_update BEFORE UPDATE ON finding_change
BEGIN SELECT RAISE (ABORT, 'the history of findings is append-only'); END;
CREATE TRIGGER finding_change_no_delete BEFORE DELETE ON finding_change
BEGIN SELECT RAISE (ABORT, 'the history of findings is append-only'); END;
