-- Of a fix itself, where its advisory is that of a hole and not of what closed it (VEX): the name of the latter,
-- and when it came.
ALTER TABLE advisory_fix ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE advisory_fix ADD COLUMN published INTEGER;
-- The day of a hole is not that of its fix.
UPDATE advisory SET published = NULL WHERE id LIKE 'CVE-%' OR id LIKE '%-CVE-%';

-- When a fix was first heard of, for those whose feed tells no date. An advisory of a hole may be known for
-- years before anything closes it. `came_before`: it was there when its release was first read here, so that it
-- came on some day before.
CREATE TABLE fix_first (
    distro   TEXT    NOT NULL,
    release  TEXT    NOT NULL,
    package  TEXT    NOT NULL,
    advisory TEXT    NOT NULL,
    fixed    TEXT    NOT NULL,
    channel  TEXT    NOT NULL,
    first_at INTEGER NOT NULL,
    came_before INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (distro, release, package, advisory, fixed, channel)
) STRICT, WITHOUT ROWID;
INSERT INTO fix_first (distro, release, package, advisory, fixed, channel, first_at)
    SELECT DISTINCT f.distro, f.release, f.package, f.advisory, f.fixed, f.channel, a.first_at
    FROM advisory_fix AS f JOIN advisory_first AS a ON a.distro = f.distro AND a.id = f.advisory;
-- Since when there was a fix for a hole was not noted.
UPDATE fix_first SET came_before = 1
    FROM (SELECT distro, min(first_at) AS at FROM advisory_first GROUP BY distro) AS began
    WHERE began.distro = fix_first.distro AND (fix_first.advisory LIKE 'CVE-%'
    OR fix_first.advisory LIKE '%-CVE-%' OR fix_first.first_at = began.at);
DROP TABLE advisory_first;

-- Feeds of different kinds count their fixes in different ways; packages they have in common.
ALTER TABLE feed_scope ADD COLUMN packages INTEGER NOT NULL DEFAULT 0;
UPDATE feed_scope SET packages = (
    SELECT count(DISTINCT f.package) FROM advisory_fix AS f
    WHERE f.feed_id = feed_scope.feed_id AND f.distro = feed_scope.distro
    AND f.release = feed_scope.release
);
