-- Access points that systems declare, who permitted to look at them from outside, and what was seen.
-- Times and ids as in 0001.

-- host_id: the host that answers there, where an officer said so. port is 0 for a domain or zone.
CREATE TABLE endpoint (
    id          TEXT    NOT NULL PRIMARY KEY,
    system_id   TEXT    NOT NULL REFERENCES system (id),
    host_id     TEXT REFERENCES host (id),
    kind        TEXT    NOT NULL CHECK (kind IN
        ('http', 'https', 'tls', 'ssh', 'smtp', 'tcp', 'mail_domain', 'dns_zone')),
    host        TEXT    NOT NULL,
    port        INTEGER NOT NULL CHECK (port BETWEEN 0 AND 65535),
    sni         TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    archived_at INTEGER,
    state       TEXT    NOT NULL DEFAULT 'new' CHECK (state IN
        ('new', 'not_authorised', 'unresolved', 'elsewhere', 'looked_at', 'failed')),
    state_at    INTEGER,
    next_at     INTEGER,
    CHECK ((port = 0) = (kind IN ('mail_domain', 'dns_zone')))
) STRICT;
CREATE UNIQUE INDEX endpoint_once ON endpoint (system_id, kind, host, port, sni)
    WHERE archived_at IS NULL;

-- The documents behind authorisations, as they were handed in.
CREATE TABLE document (
    sha256 BLOB    NOT NULL PRIMARY KEY,
    bytes  BLOB    NOT NULL,
    added_at INTEGER NOT NULL
) STRICT;

-- Written permission to look at an agency's endpoints, or at one system's. targets: one a line.
CREATE TABLE authorisation (
    id              TEXT    NOT NULL PRIMARY KEY,
    agency_id       TEXT    NOT NULL REFERENCES agency (id),
    system_id       TEXT REFERENCES system (id),
    number          TEXT    NOT NULL,
    dated           TEXT    NOT NULL,
    signed_by       TEXT    NOT NULL,
    targets         TEXT    NOT NULL,
    valid_from      INTEGER NOT NULL,
    valid_until     INTEGER NOT NULL,
    document_sha256 BLOB    NOT NULL REFERENCES document (sha256),
    recorded_by     TEXT    NOT NULL,
    recorded_at     INTEGER NOT NULL,
    revoked_at      INTEGER,
    revoked_why     TEXT,
    CHECK (valid_from < valid_until)
) STRICT;
CREATE INDEX authorisation_by_agency ON authorisation (agency_id);

-- Every question that left, before it left and after, and every one that was not let out.
-- No foreign keys: the log stays when what it speaks of goes.
CREATE TABLE probe (
    seq              INTEGER NOT NULL PRIMARY KEY,
    at               INTEGER NOT NULL,
    step             TEXT    NOT NULL CHECK (step IN ('begun', 'ended', 'refused')),
    look_id          TEXT    NOT NULL,
    endpoint_id      TEXT    NOT NULL,
    agency_id        TEXT    NOT NULL,
    authorisation_id TEXT,
    target           TEXT    NOT NULL,
    address          TEXT    NOT NULL,
    what             TEXT    NOT NULL,
    connections      INTEGER,
    outcome          TEXT    NOT NULL,
    prev_sha256      BLOB    NOT NULL,
    sha256           BLOB    NOT NULL
) STRICT;
CREATE INDEX probe_by_endpoint ON probe (endpoint_id, seq);

-- What holds now of an endpoint, per part and address.
CREATE TABLE outside_finding (
    endpoint_id TEXT    NOT NULL REFERENCES endpoint (id),
    part        TEXT    NOT NULL,
    address     TEXT    NOT NULL,
    observation BLOB    NOT NULL,
    verdict     TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (endpoint_id, part, address)
) STRICT, WITHOUT ROWID;

-- What a host claims and an endpoint does not show. proved_at: it held on both sides of a run of the
-- host, so that a change in between does not explain it.
CREATE TABLE contradiction (
    endpoint_id TEXT    NOT NULL REFERENCES endpoint (id),
    host_id     TEXT    NOT NULL REFERENCES host (id),
    check_id    TEXT    NOT NULL,
    topic       TEXT    NOT NULL,
    claimed     TEXT    NOT NULL,
    seen        TEXT    NOT NULL,
    first_at    INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    proved_at   INTEGER,
    PRIMARY KEY (endpoint_id, host_id, check_id, topic)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER probe_no_update BEFORE UPDATE ON probe
BEGIN SELECT RAISE (ABORT, 'the log of probes is append-only'); END;
CREATE TRIGGER probe_no_delete BEFORE DELETE ON probe
BEGIN SELECT RAISE (ABORT, 'the log of probes is append-only'); END;
CREATE TRIGGER document_no_update BEFORE UPDATE ON document
BEGIN SELECT RAISE (ABORT, 'documents do not change'); END;
CREATE TRIGGER document_no_delete BEFORE DELETE ON document
BEGIN SELECT RAISE (ABORT, 'documents stay'); END;
CREATE TRIGGER authorisation_no_delete BEFORE DELETE ON authorisation
BEGIN SELECT RAISE (ABORT, 'authorisations stay; revoke them'); END;
CREATE TRIGGER authorisation_no_update BEFORE UPDATE ON authorisation
WHEN OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL
    OR NEW.id <> OLD.id OR NEW.agency_id <> OLD.agency_id OR NEW.system_id IS NOT OLD.system_id
    OR NEW.number <> OLD.number OR NEW.dated <> OLD.dated OR NEW.signed_by <> OLD.signed_by
    OR NEW.targets <> OLD.targets OR NEW.valid_from <> OLD.valid_from
    OR NEW.valid_until <> OLD.valid_until OR NEW.document_sha256 <> OLD.document_sha256
    OR NEW.recorded_by <> OLD.recorded_by OR NEW.recorded_at <> OLD.recorded_at
BEGIN SELECT RAISE (ABORT, 'an authorisation is only ever revoked'); END;
