-- What finds observations that nothing refers to, and runs that still hold staged batches.
CREATE INDEX finding_by_observation ON finding (observation_sha256);
CREATE INDEX finding_change_by_observation ON finding_change (observation_sha256)
WHERE observation_sha256 IS NOT NULL;
CREATE INDEX staged_finding_by_observation ON staged_finding (observation_sha256)
WHERE observation_sha256 IS NOT NULL;
CREATE INDEX run_in_progress ON run (received_at) WHERE state IN ('open', 'resync');
