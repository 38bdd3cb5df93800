-- purpose: reprices that were asked for, and how far each is; the newest row of an id holds
-- grain: one state of one reprice
-- written by: the command line and the price keeper
CREATE TABLE IF NOT EXISTS reprices
(
    id String COMMENT 'id of the reprice',
    at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC') COMMENT 'when it was in this state',
    state LowCardinality(String) COMMENT 'asked, calls, tasks, sums, done or failed',
    from_ DateTime('UTC') COMMENT 'first moment of the calls',
    to_ DateTime('UTC') COMMENT 'moment after the last',
    scope LowCardinality(String) COMMENT 'all, or unpriced for calls without a price only',
    done UInt64 COMMENT 'rows gone through',
    total UInt64 COMMENT 'rows to go through',
    problem String COMMENT 'why it failed; empty when it did not'
)
ENGINE = MergeTree
ORDER BY (id, at)
TTL toDateTime(at) + INTERVAL 400 DAY
COMMENT 'Reprices that were asked for, and how far each is'
