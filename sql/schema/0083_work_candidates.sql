-- purpose: the candidates of the batch, each once, with every column of call_candidates
-- grain: one span
-- written by: the keeper, anew for every batch
CREATE TABLE IF NOT EXISTS work_candidates AS call_candidates
ENGINE = Memory
