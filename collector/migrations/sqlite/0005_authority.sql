-- The CAs of this collector, one after the other. Where the table is empty, the CA whose files stand in
-- the data folder becomes number 1.
CREATE TABLE authority (
    number        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    state         TEXT    NOT NULL CHECK (state IN ('next', 'current', 'previous', 'retired')),
    certificate   BLOB    NOT NULL,
    sha256        BLOB    NOT NULL UNIQUE,
    -- The same name and key, vouched for by the CA that was current when this one was made.
    cross_signed  BLOB,
    -- Where its key is: a file in the data folder, or the id of a key in a token, in hex.
    key_file      TEXT,
    key_id        TEXT,
    made_at       INTEGER NOT NULL,
    -- When it becomes the current one even if not every host has confirmed.
    promote_after INTEGER,
    promoted_at   INTEGER,
    retired_at    INTEGER,
    CHECK ((key_file IS NULL) <> (key_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX authority_current ON authority (state) WHERE state = 'current';
CREATE UNIQUE INDEX authority_next ON authority (state) WHERE state = 'next';

-- Which hosts said that they trust a CA, or connected with a certificate that came along with it.
CREATE TABLE authority_held (
    host_id   TEXT    NOT NULL REFERENCES host (id),
    authority INTEGER NOT NULL REFERENCES authority (number),
    at        INTEGER NOT NULL,
    PRIMARY KEY (host_id, authority)
) STRICT, WITHOUT ROWID;

-- Which CA issued a certificate, and the newest one that the agent was told of in the same answer.
ALTER TABLE certificate ADD COLUMN authority INTEGER NOT NULL DEFAULT 1;
ALTER TABLE certificate ADD COLUMN told INTEGER NOT NULL DEFAULT 1;
-- Which CA issued the certificate that the host's agent last connected with.
ALTER TABLE host ADD COLUMN authority INTEGER NOT NULL DEFAULT 1;

CREATE TRIGGER authority_made AFTER INSERT ON authority
BEGIN UPDATE standing SET epoch = epoch + 1; END;
CREATE TRIGGER authority_standing AFTER UPDATE OF state ON authority
BEGIN UPDATE standing SET epoch = epoch + 1; END;
