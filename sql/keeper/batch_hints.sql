-- purpose: which of the dearer steps the batch needs
-- grain: one row
-- reads: work_climbing, work_candidates, work_spans
SELECT
    (SELECT count() FROM work_climbing) AS climbing,
    (SELECT count() - uniqExact(response_id) FROM work_candidates WHERE response_id != '') AS shared_responses,
    (SELECT count() FROM (SELECT 1 FROM work_candidates WHERE output_tokens > 0 GROUP BY output_tokens, ifNull(fresh_input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_short_tokens, 0) + ifNull(cache_write_long_tokens, 0) HAVING min(scope) != max(scope))) AS shared_tokens,
    (SELECT countIf(startsWith(scope, 'spanledger.log.')) FROM work_candidates) AS logs,
    (SELECT countIf(cascade_id != '') FROM work_candidates) AS cascades,
    (SELECT count() FROM (SELECT task_id FROM work_spans WHERE task_id != '' AND kind != 'outcome' GROUP BY task_id HAVING min(workload) != max(workload))) AS mixed_workloads
