-- Goes up whenever somebody may have lost the right to speak, so that open streams are looked at.
CREATE TABLE standing (
    id    INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL
) STRICT;
INSERT INTO standing VALUES (1, 0);
CREATE TRIGGER certificate_standing AFTER UPDATE OF revoked_at ON certificate
BEGIN UPDATE standing SET epoch = epoch + 1; END;
CREATE TRIGGER host_standing AFTER UPDATE OF state ON host
BEGIN UPDATE standing SET epoch = epoch + 1; END;

-- A token with a host gives that host a new key; one without makes a new host.
ALTER TABLE token ADD COLUMN host_id TEXT REFERENCES host (id);
CREATE INDEX host_by_machine ON host (machine_id_sha256) WHERE state <> 'retired';
