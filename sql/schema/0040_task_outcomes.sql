-- purpose: verdicts on tasks, late and revisable; the newest wins
-- grain: one verdict on one task
-- written by: the ingest view, from spans that carry spanledger.outcome.*
CREATE TABLE IF NOT EXISTS task_outcomes
(
    task_id String COMMENT 'the task that was judged' CODEC(ZSTD(1)),
    decided_at DateTime64(9, 'UTC') COMMENT 'when the verdict was given: end of the span that carries it' CODEC(ZSTD(1)),
    trace_id String COMMENT 'trace of the span that carried the verdict' CODEC(ZSTD(1)),
    span_id String COMMENT 'span that carried the verdict' CODEC(ZSTD(1)),
    success Nullable(Bool) COMMENT 'the verdict; NULL when only units were stated' CODEC(ZSTD(1)),
    checker LowCardinality(String) COMMENT 'who judged' CODEC(ZSTD(1)),
    checker_kind LowCardinality(String) COMMENT 'deterministic, model_judge or human; empty when not stated' CODEC(ZSTD(1)),
    useful_units Nullable(Float64) COMMENT 'useful output in units; NULL = none stated' CODEC(ZSTD(1)),
    unit LowCardinality(String) COMMENT 'name of the unit' CODEC(ZSTD(1)),
    ingested_at DateTime('UTC') COMMENT 'when the row was written' CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(ingested_at)
ORDER BY (task_id, decided_at, trace_id, span_id)
SETTINGS index_granularity = 512
COMMENT 'One verdict on one task; the newest wins'
