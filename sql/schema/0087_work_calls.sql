-- purpose: calls of the batch as they will stand, priced, with every column of llm_calls
-- grain: one call
-- written by: the keeper, anew for every batch
CREATE TABLE IF NOT EXISTS work_calls AS llm_calls
ENGINE = Memory
