-- purpose: what people said of alerts: seen, false alarm, useful
-- grain: one statement; of one firing the newest of a kind holds
-- written by: the Alerts page and `spanledger alerts ack`
CREATE TABLE IF NOT EXISTS alert_marks
(
    fingerprint String COMMENT 'which alert',
    started_at DateTime64(6, 'UTC') COMMENT 'which firing of it',
    mark LowCardinality(String) COMMENT 'ack, unack, false_alarm, useful or unmarked',
    said_by String COMMENT 'who said so',
    note String COMMENT 'in their words',
    marked_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC') COMMENT 'when'
)
ENGINE = MergeTree
ORDER BY (fingerprint, started_at, marked_at)
COMMENT 'What people said of alerts'
