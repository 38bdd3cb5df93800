-- purpose: spans that were refused, and why, so that nothing is lost in silence
-- grain: one refused span
-- written by: store_rejected
CREATE TABLE IF NOT EXISTS rejected_spans
(
    received_at DateTime('UTC') COMMENT 'when the span arrived' CODEC(Delta, ZSTD(1)),
    reason LowCardinality(String) COMMENT 'what is wrong with it, and which value' CODEC(ZSTD(1)),
    service LowCardinality(String) COMMENT 'service.name of the resource' CODEC(ZSTD(1)),
    scope LowCardinality(String) COMMENT 'instrumentation scope' CODEC(ZSTD(1)),
    name LowCardinality(String) COMMENT 'name of the span' CODEC(ZSTD(1)),
    trace_id String COMMENT 'trace id as sent, hex' CODEC(ZSTD(1)),
    span_id String COMMENT 'span id as sent, hex' CODEC(ZSTD(1))
)
ENGINE = MergeTree
ORDER BY received_at
TTL received_at + INTERVAL 30 DAY
COMMENT 'Spans that were refused, and why'
