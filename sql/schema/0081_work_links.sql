-- purpose: where the keys of the batch stand
-- grain: one key in one trace in one insert
-- written by: the keeper, anew for every batch
CREATE TABLE IF NOT EXISTS work_links
(
    key UInt64 COMMENT 'as in key_index',
    kind UInt8 COMMENT 'as in key_index',
    trace_id String COMMENT 'trace that holds the key',
    ingested_at DateTime64(6, 'UTC') COMMENT 'insert in which it stands'
)
ENGINE = Memory
COMMENT 'where the keys of the batch stand'
