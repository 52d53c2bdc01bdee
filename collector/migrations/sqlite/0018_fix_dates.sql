-- Of a fix itself, where its advisory is that of a hole and not of what closed it (VEX): the name of the latter,
-- and when it came.
ALTER TABLE advisory_fix ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE advisory_fix ADD COLUMN published INTEGER;
-- Feeds that were read before their fixes had a day of their own: the same file is read anew.
ALTER TABLE feed ADD COLUMN without_days INTEGER NOT NULL DEFAULT 0;
UPDATE feed SET without_days = 1 WHERE kind = 'csaf';
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
-- Of before it is only known when an advisory came. That of a hole came before its fix; the fix came no later than the
-- first feed with it that is still there, and that is the day from which a host can be held to it.
INSERT INTO fix_first (distro, release, package, advisory, fixed, channel, first_at)
    SELECT f.distro, f.release, f.package, f.advisory, f.fixed, f.channel,
        CASE WHEN f.advisory LIKE 'CVE-%' OR f.advisory LIKE '%-CVE-%'
        THEN max(a.first_at, min(coalesce(feed.imported_at, feed.started_at))) ELSE a.first_at END
    FROM advisory_fix AS f JOIN feed ON feed.id = f.feed_id
    JOIN advisory_first AS a ON a.distro = f.distro AND a.id = f.advisory
    GROUP BY f.distro, f.release, f.package, f.advisory, f.fixed, f.channel, a.first_at;
-- Whether it came with the first of its feeds here, and so may be older still.
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
