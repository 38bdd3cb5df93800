-- purpose: calls of the batch before they are priced
-- grain: one call
-- written by: the keeper, anew for every batch
CREATE TABLE IF NOT EXISTS work_unpriced AS llm_calls
ENGINE = Memory
