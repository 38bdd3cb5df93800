-- purpose: the calls of the batch
-- grain: one call
-- reads: work_calls; writes: llm_calls
INSERT INTO llm_calls
SELECT *
FROM work_calls
SETTINGS optimize_on_insert = 0, max_partitions_per_insert_block = 0
