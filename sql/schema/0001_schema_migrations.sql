-- purpose: which statements were applied to this database
-- grain: one applied statement; the newest row of a name holds
-- written by: migration
CREATE TABLE IF NOT EXISTS schema_migrations
(
    name String COMMENT 'name of the file',
    digest String COMMENT 'SHA-256 of the statement, hex',
    applied_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC') COMMENT 'when it was applied'
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY name
COMMENT 'Which statements were applied to this database'
