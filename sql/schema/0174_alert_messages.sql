-- purpose: what receivers are told, until they have it; what could not be delivered stays as a dead letter
-- grain: one message to one receiver; the newest version holds
-- written by: the alert keeper
CREATE TABLE IF NOT EXISTS alert_messages
(
    id String COMMENT 'name of the message',
    created_at DateTime64(6, 'UTC') COMMENT 'when it was written',
    receiver LowCardinality(String) COMMENT 'name of the receiver',
    rule LowCardinality(String) COMMENT 'rule of its alerts',
    event LowCardinality(String) COMMENT 'fired, worse, repeated or resolved',
    body String COMMENT 'the alerts, JSON; no secret',
    state LowCardinality(String) COMMENT 'waiting, sent or dead',
    tries UInt32 COMMENT 'deliveries tried',
    next_try_at DateTime64(6, 'UTC') COMMENT 'not before this',
    sent_at Nullable(DateTime64(6, 'UTC')) COMMENT 'when the receiver took it',
    error String COMMENT 'why the last try failed; no secret',
    version UInt64 COMMENT 'nanoseconds at writing; the newest wins'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY id
TTL toDateTime(created_at) + INTERVAL 90 DAY
COMMENT 'What receivers are told, and what could not be delivered'
