-- Which host holds which key, by the word of its agent: kept in step with its findings, so that a key leads
-- to its hosts without a look at all findings. held: a file of its configuration holds it; names: those of
-- its certificates, as JSON.
CREATE TABLE key_holder (
    kind    TEXT    NOT NULL CHECK (kind IN ('tls', 'ssh')),
    key     TEXT    NOT NULL,
    host_id TEXT    NOT NULL REFERENCES host (id),
    held    INTEGER NOT NULL,
    names   TEXT    NOT NULL,
    PRIMARY KEY (kind, key, host_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX key_holder_by_host ON key_holder (host_id, kind);

-- Where the collector itself saw a key of TLS, under a name that the certificate is for.
CREATE TABLE key_seen (
    endpoint_id  TEXT    NOT NULL REFERENCES endpoint (id),
    key          TEXT    NOT NULL,
    address      TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    counts_until INTEGER NOT NULL,
    PRIMARY KEY (endpoint_id, key, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX key_seen_by_key ON key_seen (key);

-- The hosts whose keys are to be judged anew, because of something elsewhere. Whatever changes it, and in
-- whichever process, the triggers below say so.
CREATE TABLE key_due (
    host_id TEXT NOT NULL PRIMARY KEY REFERENCES host (id)
) STRICT, WITHOUT ROWID;
INSERT INTO key_due SELECT id FROM host WHERE state <> 'retired';

CREATE TRIGGER key_holder_new AFTER INSERT ON key_holder
BEGIN
    INSERT OR IGNORE INTO key_due SELECT host_id FROM key_holder
    WHERE kind = NEW.kind AND key = NEW.key AND host_id <> NEW.host_id;
END;
CREATE TRIGGER key_holder_other AFTER UPDATE ON key_holder
BEGIN
    INSERT OR IGNORE INTO key_due SELECT host_id FROM key_holder
    WHERE kind = NEW.kind AND key = NEW.key AND host_id <> NEW.host_id;
END;
CREATE TRIGGER key_holder_gone AFTER DELETE ON key_holder
BEGIN
    INSERT OR IGNORE INTO key_due SELECT host_id FROM key_holder
    WHERE kind = OLD.kind AND key = OLD.key;
END;
CREATE TRIGGER key_host_state AFTER UPDATE OF state, system_id ON host
WHEN OLD.state <> NEW.state OR OLD.system_id <> NEW.system_id
BEGIN
    INSERT OR IGNORE INTO key_due SELECT other.host_id FROM key_holder AS own
    JOIN key_holder AS other ON other.kind = own.kind AND other.key = own.key
    WHERE own.host_id = NEW.id;
END;
CREATE TRIGGER key_system_archived AFTER UPDATE OF archived_at ON system
BEGIN
    INSERT OR IGNORE INTO key_due SELECT other.host_id FROM host
    JOIN key_holder AS own ON own.host_id = host.id
    JOIN key_holder AS other ON other.kind = own.kind AND other.key = own.key
    WHERE host.system_id = NEW.id;
END;
CREATE TRIGGER key_endpoint_new AFTER INSERT ON endpoint
BEGIN
    INSERT OR IGNORE INTO key_due SELECT DISTINCT key_holder.host_id FROM host
    JOIN key_holder ON key_holder.host_id = host.id WHERE host.system_id = NEW.system_id;
END;
CREATE TRIGGER key_endpoint_archived AFTER UPDATE OF archived_at ON endpoint
BEGIN
    INSERT OR IGNORE INTO key_due SELECT DISTINCT other.host_id FROM host
    JOIN key_holder AS own ON own.host_id = host.id
    JOIN key_holder AS other ON other.kind = own.kind AND other.key = own.key
    WHERE host.system_id = NEW.system_id;
END;
CREATE TRIGGER key_seen_new AFTER INSERT ON key_seen
BEGIN
    INSERT OR IGNORE INTO key_due SELECT host_id FROM key_holder
    WHERE kind = 'tls' AND key = NEW.key;
END;
CREATE TRIGGER key_seen_gone AFTER DELETE ON key_seen
BEGIN
    INSERT OR IGNORE INTO key_due SELECT host_id FROM key_holder
    WHERE kind = 'tls' AND key = OLD.key;
END;
