-- purpose: traces of the batch in which what stands above a candidate matters
-- grain: one trace
-- written by: the keeper, anew for every batch
CREATE TABLE IF NOT EXISTS work_climbing
(
    trace_id String COMMENT 'trace'
)
ENGINE = Memory
COMMENT 'traces of the batch in which what stands above a candidate matters'
