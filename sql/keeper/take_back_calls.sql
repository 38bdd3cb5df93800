-- purpose: takes back calls that stood before and are no calls any more
-- grain: one call
-- params: version UInt64 number of the batch
-- reads: work_old, work_calls; writes: llm_calls
INSERT INTO llm_calls (started_at, trace_id, span_id, task_id, version, is_deleted)
SELECT started_at, trace_id, span_id, task_id, {version:UInt64}, 1
FROM work_old
WHERE (started_at, trace_id, span_id) NOT IN (SELECT started_at, trace_id, span_id FROM work_calls)
SETTINGS max_partitions_per_insert_block = 0
