-- What a run might take, and how many checks it left out because that was spent. Agents before this say
-- nothing of it.
ALTER TABLE run ADD COLUMN cpu_limit_ms INTEGER;
ALTER TABLE run ADD COLUMN rss_limit_kib INTEGER;
ALTER TABLE run ADD COLUMN over_budget INTEGER;
