-- purpose: how many log records and metric points arrived, and how many of them say something of calls; the rest is not kept
-- grain: one name of one signal of one emitter on one day; what is sent again counts again
-- written by: count_logs, count_metrics
CREATE TABLE IF NOT EXISTS signal_counts
(
    day Date COMMENT 'day of arrival, UTC' CODEC(ZSTD(1)),
    signal LowCardinality(String) COMMENT 'logs or metrics' CODEC(ZSTD(1)),
    service LowCardinality(String) COMMENT 'service.name of the resource' CODEC(ZSTD(1)),
    scope LowCardinality(String) COMMENT 'instrumentation scope' CODEC(ZSTD(1)),
    name LowCardinality(String) COMMENT 'name of the event or the metric, if the ledger reads it; empty for all others' CODEC(ZSTD(1)),
    received UInt64 COMMENT 'records or points that arrived' CODEC(ZSTD(1)),
    used UInt64 COMMENT 'those that tell of calls: log records that become calls, points kept in usage_metrics' CODEC(ZSTD(1))
)
ENGINE = SummingMergeTree((received, used))
ORDER BY (day, signal, service, scope, name)
TTL day + INTERVAL 400 DAY
COMMENT 'Log records and metric points that arrived, by name'
