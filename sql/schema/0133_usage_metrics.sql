-- purpose: what emitters count themselves, to check that no call is missing; never priced, never part of a call
-- grain: one data point; a point sent again is the same row
-- written by: keep_usage_metrics
CREATE TABLE IF NOT EXISTS usage_metrics
(
    service LowCardinality(String) COMMENT 'service.name of the resource' CODEC(ZSTD(1)),
    session_id String COMMENT 'session as the point or its resource names it; empty when neither does' CODEC(ZSTD(1)),
    metric LowCardinality(String) COMMENT 'name of the metric' CODEC(ZSTD(1)),
    bucket LowCardinality(String) COMMENT 'what is counted: a bucket of tokens, or reported_cost_usd; see metric_conventions' CODEC(ZSTD(1)),
    model LowCardinality(String) COMMENT 'model as named' CODEC(ZSTD(1)),
    series UInt64 COMMENT 'hash of every attribute of point and resource' CODEC(ZSTD(1)),
    is_delta Bool COMMENT 'true: since the last point; false: since begun_at' CODEC(ZSTD(1)),
    begun_at DateTime64(9, 'UTC') COMMENT 'since when is counted' CODEC(Delta, ZSTD(1)),
    counted_at DateTime64(9, 'UTC') COMMENT 'until when is counted' CODEC(Delta, ZSTD(1)),
    value Float64 COMMENT 'tokens or USD' CODEC(ZSTD(1)),
    received_at DateTime('UTC') COMMENT 'when the row was written' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(received_at)
ORDER BY (service, session_id, metric, bucket, model, series, begun_at, counted_at)
TTL received_at + INTERVAL 400 DAY
COMMENT 'What emitters count themselves, to check that no call is missing'
