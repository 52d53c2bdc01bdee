-- Lists of checks by their digest ("capdo.checks.v1"), so that a run may name one that an earlier run
-- brought: 149 names are most of what an unchanged run would send, and keep. Runs from before this, and of
-- agents that name no list, hold their own in run.checks.
CREATE TABLE check_list (
    sha256 BLOB PRIMARY KEY,
    -- JSON: [["check id", version], ...], sorted by the ids.
    checks TEXT NOT NULL
) STRICT, WITHOUT ROWID;
ALTER TABLE run ADD COLUMN checks_sha256 BLOB REFERENCES check_list (sha256);
