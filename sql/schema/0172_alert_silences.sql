-- purpose: alerts that are kept quiet for a while
-- grain: one silence; the newest version holds
-- written by: the Alerts page and `spanledger alerts silence`
CREATE TABLE IF NOT EXISTS alert_silences
(
    id String COMMENT 'name of the silence',
    rule String COMMENT 'pattern on the rule; * = any',
    scope Map(String, String) COMMENT 'patterns on the scope; a dimension that is not named is not asked',
    from_at DateTime64(6, 'UTC') COMMENT 'first moment',
    to_at DateTime64(6, 'UTC') COMMENT 'moment after the last',
    said_by String COMMENT 'who wanted it',
    reason String COMMENT 'why',
    version UInt64 COMMENT 'nanoseconds at writing; the newest wins',
    is_deleted UInt8 COMMENT '1 takes it back'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY id
COMMENT 'Alerts that are kept quiet for a while'
