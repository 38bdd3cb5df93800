-- purpose: the rules in force and how each stands, for pages and the command line
-- grain: one rule; the newest version holds
-- written by: the alert keeper
CREATE TABLE IF NOT EXISTS alert_rules
(
    rule String COMMENT 'name of the rule',
    kind LowCardinality(String) COMMENT 'budget, forecast, shift, runaway, limit or query',
    severity LowCardinality(String) COMMENT 'page, ticket or info',
    built_in Bool COMMENT 'one of ours',
    scopes UInt32 COMMENT 'scopes judged in the last round',
    breach UInt32 COMMENT 'of them beyond their limit',
    learning UInt32 COMMENT 'of them without enough history',
    unknown UInt32 COMMENT 'of them without enough data in the window',
    error String COMMENT 'why the rule could not be evaluated; empty when it was',
    took_ms Float64 COMMENT 'milliseconds of its last evaluation',
    judged_at DateTime64(6, 'UTC') COMMENT 'last round',
    version UInt64 COMMENT 'nanoseconds of the round; the newest wins',
    is_deleted UInt8 COMMENT '1 takes it back: the rule is gone'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY rule
COMMENT 'The rules in force and how each stands'
