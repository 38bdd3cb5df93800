-- purpose: candidates of the batch as they arrived, when some came more than once
-- grain: one span as it arrived
-- written by: the keeper, anew for every batch
CREATE TABLE IF NOT EXISTS work_read AS call_candidates
ENGINE = Memory
