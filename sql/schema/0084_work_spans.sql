-- purpose: spans of the batch, each once
-- grain: one span
-- written by: the keeper, anew for every batch
CREATE TABLE IF NOT EXISTS work_spans AS spans
ENGINE = Memory
