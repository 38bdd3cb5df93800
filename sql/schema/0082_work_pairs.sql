-- purpose: which rows of spans and call_candidates the batch reads
-- grain: one trace in one insert
-- written by: the keeper, anew for every batch
CREATE TABLE IF NOT EXISTS work_pairs
(
    ingested_at DateTime64(6, 'UTC') COMMENT 'insert',
    trace_id String COMMENT 'trace'
)
ENGINE = Memory
COMMENT 'which rows of spans and call_candidates the batch reads'
