-- purpose: requests of provider batches, as submitted and as returned, so that what never came back is seen
-- grain: one request of one batch in one state
-- written by: the ingest view, from spans that carry spanledger.batch.state
CREATE TABLE IF NOT EXISTS batch_requests
(
    batch_id String COMMENT 'the provider''s id of the batch; empty where the process that read the answer did not know it' CODEC(ZSTD(1)),
    custom_id String COMMENT 'the sender''s id of the request; empty where the process that made the batch did not know its requests' CODEC(ZSTD(1)),
    state LowCardinality(String) COMMENT 'submitted or returned' CODEC(ZSTD(1)),
    at DateTime64(9, 'UTC') COMMENT 'when it was submitted, or when its answer was read' CODEC(ZSTD(1)),
    trace_id String COMMENT 'trace of the span that told it' CODEC(ZSTD(1)),
    span_id String COMMENT 'span that told it' CODEC(ZSTD(1)),
    task_id String COMMENT 'task of the request; empty where none was open' CODEC(ZSTD(1)),
    workload LowCardinality(String) COMMENT 'workload of the task, else the service name' CODEC(ZSTD(1)),
    tenant LowCardinality(String) COMMENT 'tenant of the task' CODEC(ZSTD(1)),
    provider LowCardinality(String) COMMENT 'who runs the batch' CODEC(ZSTD(1)),
    model LowCardinality(String) COMMENT 'model asked for' CODEC(ZSTD(1)),
    result LowCardinality(String) COMMENT 'of what returned: succeeded, errored, canceled or expired' CODEC(ZSTD(1)),
    ingested_at DateTime('UTC') COMMENT 'when the row was written' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ingested_at)
ORDER BY (batch_id, custom_id, state)
SETTINGS index_granularity = 512
COMMENT 'Requests of provider batches, submitted and returned'
