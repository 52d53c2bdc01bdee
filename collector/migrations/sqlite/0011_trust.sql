-- The word of this CA that the one before it was this collector's: its signature over both fingerprints.
-- None for the first one, and where an older version made it.
ALTER TABLE authority ADD COLUMN vouches BLOB;

-- Who is turned away just now, for whoever looks: written by the collector that serves, which keeps the
-- count in its memory and begins with nobody.
CREATE TABLE ban (
    offender TEXT    NOT NULL PRIMARY KEY,
    offence  TEXT    NOT NULL,
    since    INTEGER NOT NULL,
    until    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Whom an officer wants let in again: taken out by the collector that serves, within a second.
CREATE TABLE ban_lift (
    seq      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    offender TEXT    NOT NULL,
    at       INTEGER NOT NULL
) STRICT;
