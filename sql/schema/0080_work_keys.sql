-- purpose: keys whose traces the batch recomputes
-- grain: one key
-- written by: the keeper, anew for every batch
CREATE TABLE IF NOT EXISTS work_keys
(
    key UInt64 COMMENT 'as in key_index'
)
ENGINE = Memory
COMMENT 'keys whose traces the batch recomputes'
